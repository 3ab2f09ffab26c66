"""Who looks at supply and demand, and how often somebody may be asked."""

from datetime import datetime, timedelta

from market.core.permissions import ALLOWED, Actor, Verdict, refuse
from market.core.text import _
from market.lifecycle import OPEN_SCENES, Role

ASK_AGAIN_AFTER = timedelta(days=7)


def may_ask(actor: Actor, scene: object, last_asked: datetime | None, now: datetime) -> Verdict:
    """Say whether *actor* may ask people about an unserved scene: officers, once a week."""
    if actor.role is not Role.OFFICER:
        return refuse(_("Only officers ask buyers and vendors."))
    if getattr(scene, "state", None) not in OPEN_SCENES:
        return refuse(_("The scene is not open any more."))
    if last_asked is not None and now - last_asked < ASK_AGAIN_AFTER:
        return refuse(_("They were asked less than a week ago. Give them time to answer."))
    return ALLOWED


def may_rank_failed(actor: Actor) -> Verdict:
    """Say whether *actor* may have failed rankings made again: officers."""
    return ALLOWED if actor.role is Role.OFFICER else refuse(_("Only officers have failed rankings made again."))

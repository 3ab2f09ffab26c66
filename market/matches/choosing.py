"""Which ranker is in use: kept, activated, taken back. Nothing is ever changed: going back is another activation."""

from typing import Any

from market.core import clock
from market.core.errors import InvalidError, NotFoundError
from market.core.permissions import Actor, require
from market.core.text import _
from market.core.work import Work
from market.matches import rules
from market.matches.models import RankerActivation, RankerVersion
from market.matches.rankers import name_in_use, ranker_named
from matching.ranker import Ranker, shipped_ranker


async def keep_ranker(ranker: Ranker, report: dict[str, Any], *, work: Work, actor: Actor) -> RankerVersion:
    """Keep a trained ranker with the report on it; one that is kept stays as it is. Nothing is ranked with it yet."""
    found = await RankerVersion.filter(name=ranker.name).using_db(work.connection).first()
    if found is not None:
        return found
    row = await RankerVersion.create(
        using_db=work.connection, name=ranker.name, content=ranker.as_json(), report=report, created_at=clock.now()
    )
    work.record("train_ranker", row, actor=actor, name=ranker.name, report=report)
    return row


async def activate_ranker(name: str, reason: str, *, work: Work, actor: Actor) -> RankerActivation | None:
    """Rank with this ranker from now on; every scene is ranked again by the sweep, a few at a time.

    - the shipped ranker is kept first, so that it can be named like any other
    - None, and nothing changed, where it is in use already
    - refuses without a reason (``InvalidError``), and a name that nobody knows (``NotFoundError``)
    """
    require(rules.may_choose_ranker(actor))
    if not reason.strip():
        raise InvalidError(_("Give a reason."), fields={"reason": _("Give a reason.")})
    ranker = await ranker_named(name)
    if ranker is None:
        raise NotFoundError(_("The ranker %(name)s is not known here.", name=name))
    before = await name_in_use()
    if name == before:
        return None
    if before == shipped_ranker().name:  # so that one can go back to it under this name, whatever is shipped then
        await keep_ranker(shipped_ranker(), {"shipped": True}, work=work, actor=actor)
    row = await keep_ranker(ranker, {"shipped": True}, work=work, actor=actor)
    activation = await RankerActivation.create(
        using_db=work.connection, ranker_id=row.id, at=clock.now(), by_id=actor.person_id, reason=reason.strip()
    )
    work.record("activate_ranker", row, actor=actor, reason=reason.strip(), name=name, before=before)
    return activation


async def roll_back_ranker(reason: str, *, work: Work, actor: Actor) -> str:
    """Go back to the ranker that was in use before this one and return its name.

    Refuses (``NotFoundError``) where there was none before.
    """
    before = await name_before()
    if before is None:
        raise NotFoundError(_("No other ranker was in use before."))
    await activate_ranker(before, reason, work=work, actor=actor)
    return before


async def name_before() -> str | None:
    """Return the ranker that was in use before the one that is; the shipped one came before the first activation."""
    rows = await RankerActivation.all().order_by("-id").limit(2).values_list("ranker__name", flat=True)
    if not rows:
        return None
    return str(rows[1]) if len(rows) > 1 else await _first_before()


async def _first_before() -> str | None:
    """Return the shipped ranker that was in use before the only activation: it was kept then."""
    row = await RankerVersion.filter(report__contains={"shipped": True}).order_by("id").first()
    return row.name if row else None


async def versions_kept() -> list[RankerVersion]:
    """Return every ranker that is kept, the newest first."""
    return await RankerVersion.all().order_by("-id")


async def activations() -> list[RankerActivation]:
    """Return every activation, the newest first, with its ranker."""
    return await RankerActivation.all().order_by("-id").select_related("ranker")

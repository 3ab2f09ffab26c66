"""What an officer does about scenes: ask vendors or tell a buyer where nobody serves one, rank again what failed."""

from market.accounts.models import Organisation
from market.core import clock
from market.core.errors import InvalidError
from market.core.permissions import Actor, require
from market.core.text import Text, _
from market.core.work import Work
from market.insight import queries, rankings, rules
from market.lifecycle import OrganisationState, SolutionState
from market.matches import actions as matches
from market.scenes.models import Scene
from market.solutions.models import Solution


async def ask_vendors(scene: Scene, *, work: Work, actor: Actor) -> int:
    """Ask every verified vendor with a solution in the scene's field whether it can serve it; return how many.

    Refuses within a week of the last time, and where the field has no vendor yet (``InvalidError``).
    """
    await _refuse_too_soon("ask_vendors", scene, actor)
    offering = Solution.filter(state=SolutionState.PUBLISHED, fields_served__contains=[str(scene.field)])
    wanted = set(await offering.exclude(organisation_id=None).values_list("organisation_id", flat=True))
    vendors = await Organisation.filter(id__in=wanted, state=OrganisationState.VERIFIED).order_by("id")
    if not vendors:
        raise InvalidError(_("No verified vendor offers anything in this field yet."))
    text = _("Nobody serves the scene “%(scene)s” yet. Could one of your solutions?", scene=scene.title)
    for vendor in vendors:
        work.tell(text, f"/scenes/{scene.id}", organisation_id=vendor.id)
    work.record("ask_vendors", scene, actor=actor, vendors=[vendor.id for vendor in vendors])
    return len(vendors)


async def tell_buyer(scene: Scene, advice: Text, *, work: Work, actor: Actor) -> None:
    """Tell the scene's buyer that nobody serves it yet and what may help; refuses within a week of the last time."""
    await _refuse_too_soon("tell_buyer", scene, actor)
    if scene.organisation_id is None:
        raise InvalidError(_("This scene was imported; its buyer has no account here."))
    text = _("Your scene “%(scene)s” has no credible match yet. %(advice)s", scene=scene.title, advice=advice)
    work.tell(text, f"/scenes/{scene.id}/matches", organisation_id=scene.organisation_id)
    work.record("tell_buyer", scene, actor=actor, advice=advice.as_json())


async def rank_failed(*, work: Work, actor: Actor) -> int:
    """Have every scene ranked again whose last ranking failed, at most 200 at a time; return how many.

    Refuses where none has failed (``InvalidError``): somebody else, or the sweep, was faster.
    """
    require(rules.may_rank_failed(actor))
    scenes = await Scene.filter(id__in=await rankings.failed_scenes()).order_by("id")
    if not scenes:
        raise InvalidError(_("No ranking has failed any more."))
    for scene in scenes:
        await matches.ask_ranking(scene, work=work, actor=actor)
        work.record("rank_failed", scene, actor=actor)
    return len(scenes)


async def _refuse_too_soon(event: str, scene: Scene, actor: Actor) -> None:
    now = clock.now()
    last = (await queries.last_asked(event, [scene.id], now - rules.ASK_AGAIN_AFTER)).get(scene.id)
    require(rules.may_ask(actor, scene, last, now))

"""What a vendor says of a scene: useful, or not for us. The last word counts, and rankers learn from all of them."""

from market.core import clock
from market.core.errors import NotFoundError
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import Work
from market.fitting.models import SearchAlert
from market.matches.models import Feedback, Match
from market.scenes.models import Scene
from market.web.languages import say

USEFUL, USELESS = "useful", "useless"
REASONS = {
    "field": _("Not our field"),
    "small": _("Too small for us"),
    "terms": _("Its terms do not suit us"),
    "busy": _("No capacity now"),
    "other": _("Another reason"),
}


def options() -> list[tuple[str, str]]:
    """Return the reasons as the options of a field, in the reader's language."""
    return [(code, say(text)) for code, text in REASONS.items()]


async def hidden_scenes(organisation_id: int) -> set[int]:
    """Return the scenes of which a vendor's last word was "not for us"."""
    rows = Feedback.filter(solution__organisation_id=organisation_id, kind__in=(USEFUL, USELESS)).order_by("id")
    last = {row["scene_id"]: row["kind"] for row in await rows.values("scene_id", "kind")}
    return {scene_id for scene_id, kind in last.items() if kind == USELESS}


async def hide_scene(scene: Scene, reason_code: str, *, work: Work, actor: Actor) -> None:
    """Say "not for us": the scene leaves the vendor's list. Its buyer is not told."""
    code = reason_code if reason_code in REASONS else "other"
    await _say(scene.id, await _best_of(scene.id, actor), USELESS, code, work=work, actor=actor)


async def show_scene(scene: Scene, *, work: Work, actor: Actor) -> None:
    """Take "not for us" back."""
    await _say(scene.id, await _best_of(scene.id, actor), USEFUL, "", work=work, actor=actor)


async def judge_alert(alert: SearchAlert, *, useful: bool, work: Work, actor: Actor) -> None:
    """Note whether an alert was worth sending; said twice, nothing changes."""
    changed = SearchAlert.filter(id=alert.id).exclude(useful=useful).using_db(work.connection)
    if alert.useful is None:
        changed = SearchAlert.filter(id=alert.id, useful=None).using_db(work.connection)
    if await changed.update(useful=useful) and alert.solution_id is not None:
        kind = USEFUL if useful else USELESS
        await _say(alert.scene_id, alert.solution_id, kind, "", work=work, actor=actor)


async def _best_of(scene_id: int, actor: Actor) -> int:
    rows = Match.filter(scene_id=scene_id, solution__organisation_id=actor.organisation_id)
    best = await rows.order_by("-qualifies", "-score", "id").first()
    if best is not None:
        return best.solution_id  # type: ignore[attr-defined,no-any-return]
    judged = await Feedback.filter(scene_id=scene_id, solution__organisation_id=actor.organisation_id).first()
    if judged is not None:
        return judged.solution_id
    raise NotFoundError(_("There is no such page."))


async def _say(scene_id: int, solution_id: int, kind: str, code: str, *, work: Work, actor: Actor) -> None:
    match = await Match.filter(scene_id=scene_id, solution_id=solution_id).select_related("run").first()
    ranked = {} if match is None else {
        "run_id": match.run.id, "rank": match.rank, "score": match.score, "features": _parts(match),
        "explored": match.explored, "ranker": match.run.ranker, "encoder": match.run.encoder,
        "catalogue_version": match.run.catalogue_version,
    }  # fmt: skip
    await Feedback.create(
        using_db=work.connection, scene_id=scene_id, solution_id=solution_id, kind=kind, reason_code=code,
        person_id=actor.person_id, at=clock.now(), **ranked,
    )  # fmt: skip


def _parts(match: Match) -> dict[str, float]:
    return {"dense": match.dense, "lexical": match.lexical, "coverage": match.coverage}

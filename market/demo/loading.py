"""Loads the demonstration district once; says so when it is there already."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from tortoise import connections

from market.accounts.models import Organisation
from market.core import clock, database
from market.core.errors import MarketError
from market.core.models import AuditEvent
from market.core.permissions import CLOCK
from market.core.text import _
from market.core.work import Work
from market.demo import content, founding
from market.demo.content import Entry
from market.demo.district import District
from market.demo.piloting import plan_pilot
from market.demo.plot import Plot, plan
from market.demo.sessions import plan_sessions
from market.demo.timeline import Step, Timeline
from market.lifecycle import Role
from market.matches import actions as matches
from market.matches.feedback import Reason
from market.scenes import actions as scenes
from market.settings import settings
from market.solutions import actions as solutions

BEGUN, DONE = "begin_demonstration", "finish_demonstration"
DISTRICT = "district_office"
FOUNDED = -200.0
DRAFT_SCENES = frozenset({"hull_derusting", "antibody_viscosity"})
SUBMITTED_SCENES = frozenset({"archive_opening", "cro_sae_narrative", "city_event_dedup"})
RETURNED_SCENES = {"export_listing": "请补充：六个站点的法规清单由谁维护？“违规下架”请按站点给出基线。"}
WITHDRAWN_SCENES = {"voc_welding": "实训楼改造推迟到明年，届时重新发布。"}
DRAFT_SOLUTIONS = frozenset({"pinji_archive_ocr", "jike_hydro", "moluan_bio_api"})
RETIRED_SOLUTIONS = frozenset({"geli_cloud_solver"})
SHORTLISTS = {
    "insurer_claim_fraud": ("baoce_photo", "tanshi_graph"),
    "hospital_emr_qc": ("qingsi_emrqc", "cenyi_record_reviewer"),
    "crane_fatigue": ("geli_rom", "halyard_fatigue"),
}
DISMISSED = {
    ("port_mixed_traffic", "duanyun_bus_box"): (
        Reason.WRONG_FIELD,
        "我们要的是混行路口的让行决策，不是单车的盲区提醒。",
    ),
}

Progress = Callable[..., None]


@dataclass(frozen=True)
class LoadResult:
    """What loading did."""

    loaded: bool
    steps: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the result for programs."""
        return asdict(self)

    def __str__(self) -> str:
        if not self.loaded:
            return "The demonstration district is already there; nothing was changed."
        return f"The demonstration district is loaded: {self.steps} steps."


async def load(*, reset: bool = False, on_progress: Progress) -> LoadResult:
    """Load the demonstration district into an empty database; a second time changes nothing.

    - with *reset*, or after an interrupted load, empties the database first
    - refuses a database that holds anything else (``MarketError``)
    """
    begun, done = await _happened(BEGUN), await _happened(DONE)
    if done and not reset:
        return LoadResult(loaded=False)
    if begun:
        await _empty()
    elif await Organisation.all().exists():
        raise MarketError(
            _("This database holds data that is not the demonstration's. Use an empty one: JIEBANG_DATA_DIR.")
        )
    steps = await _play(on_progress)
    return LoadResult(loaded=True, steps=steps)


async def _play(on_progress: Progress) -> int:
    now = clock.now()
    timeline, district = Timeline(now), District()
    timeline.at(FOUNDED, lambda work: _found(district, work))
    published = {entry["scene"]: entry["published"] for entry in content.plots()}
    for number, entry in enumerate(content.solutions()):
        timeline.at(FOUNDED + 1 + number * 0.3, _solution_step(entry, district))
    for number, entry in enumerate(content.scenes()):
        day = published.get(entry["key"], -60 + number * 1.7)
        timeline.at(day - 6, _scene_step(entry, district))
    for entry in content.plots():
        plot = Plot(entry, district, now)
        plan(plot, timeline)
        if plot.until in {"accepted", "piloting"}:
            plan_pilot(plot, timeline)
    for scene, chosen in SHORTLISTS.items():
        timeline.at(-0.5, _shortlist_step(scene, chosen, district))
    for (scene, solution), (code, words) in DISMISSED.items():
        timeline.at(-0.5, _dismiss_step(scene, solution, code, words, district))
    plan_sessions(district, timeline)
    timeline.at(0, lambda work: _finish(district, work))
    return await timeline.play(on_progress)


async def _found(district: District, work: Work) -> None:
    cast = await founding.found_district(work=work)
    work.record(BEGUN, cast.organisations[DISTRICT], actor=CLOCK)
    await founding.fill_registry(work=work)
    district.founded = cast, await founding.open_fund(work=work, actor=cast.officer)


def _solution_step(entry: Entry, district: District) -> Step:
    async def step(work: Work) -> None:
        solution = await founding.draft_solution(entry, district.cast, work=work)
        district.solutions[entry["key"]] = solution
        vendor = district.cast.of(entry["organisation"], Role.VENDOR)
        if entry["key"] not in DRAFT_SOLUTIONS:
            await solutions.publish_solution(solution, work=work, actor=vendor)
        if entry["key"] in RETIRED_SOLUTIONS:
            await solutions.retire_solution(solution, work=work, actor=vendor)

    return step


def _scene_step(entry: Entry, district: District) -> Step:
    async def step(work: Work) -> None:
        key, start_by = entry["key"], founding.start_after(clock.today())
        scene = await founding.draft_scene(entry, district.cast, start_by=start_by, work=work)
        district.scenes[key] = scene
        buyer, officer = district.cast.of(entry["organisation"], Role.BUYER), district.cast.officer
        if key in DRAFT_SCENES:
            return
        if key in WITHDRAWN_SCENES:
            await scenes.withdraw_scene(scene, WITHDRAWN_SCENES[key], work=work, actor=buyer)
            return
        await scenes.submit_scene(scene, work=work, actor=buyer)
        if key in RETURNED_SCENES:
            await scenes.return_scene(scene, RETURNED_SCENES[key], work=work, actor=officer)
        elif key not in SUBMITTED_SCENES:
            await scenes.publish_scene(scene, work=work, actor=officer)

    return step


def _shortlist_step(key: str, chosen: tuple[str, str], district: District) -> Step:
    """The buyer shortlists two, invites the first, and its vendor answers."""

    async def step(work: Work) -> None:
        entry = next(each for each in content.scenes() if each["key"] == key)
        scene, buyer = district.scenes[key], district.cast.of(entry["organisation"], Role.BUYER)
        listed = [
            await matches.shortlist_solution(scene, district.solutions[solution], work=work, actor=buyer)
            for solution in chosen
        ]
        first = district.solutions[chosen[0]]
        await matches.invite_vendor(listed[0], scene, first, work=work, actor=buyer)
        owner = next(each["organisation"] for each in content.solutions() if each["key"] == chosen[0])
        vendor = district.cast.of(owner, Role.VENDOR)
        await matches.accept_invitation(listed[0], scene, first, work=work, actor=vendor)

    return step


def _dismiss_step(key: str, solution: str, code: Reason, words: str, district: District) -> Step:
    """The buyer puts a solution away and says why."""

    async def step(work: Work) -> None:
        entry = next(each for each in content.scenes() if each["key"] == key)
        buyer = district.cast.of(entry["organisation"], Role.BUYER)
        scene, dismissed = district.scenes[key], district.solutions[solution]
        await matches.dismiss_match(scene, dismissed, words, code=code, work=work, actor=buyer)

    return step


async def _finish(district: District, work: Work) -> None:
    work.record(DONE, district.cast.organisations[DISTRICT], actor=CLOCK)


async def _happened(event: str) -> bool:
    return await AuditEvent.filter(event=event).exists()


async def _empty() -> None:
    """Drop everything and create the tables anew: rows that never change are not deleted one by one."""
    url = settings().database_url
    if url is None:
        raise RuntimeError("DATABASE_URL is not set.")
    await connections.get("default").execute_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await database.close_database()
    await database.migrate(url)
    await database.open_database(url, pool=settings().database_pool)

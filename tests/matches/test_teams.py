"""Teams of a scene: found when it is ranked, kept with the run, shown to buyer and staff, noted for the vendor."""

from typing import Any

import pytest

from market.accounts.models import Organisation, Person
from market.core.text import Text
from market.core.work import unit_of_work
from market.lifecycle import Role, ShortlistState, SolutionState
from market.matches import queries
from market.matches.models import Match, MatchRun, Shortlisting
from market.matches.ranking import Pair
from market.matches.rules import Unmet
from market.matches.team_notes import note_for
from market.matches.teams import read_proposal, store_teams, teams_of
from market.scenes.models import Requirement, Scene
from market.solutions.models import Solution
from matching.documents import Evidence, Ranked
from matching.documents import Requirement as Asked
from tests.browser import Browser
from tests.factories import make_person
from tests.matches.rows import publish_scene, publish_solution
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db")

MUSTS = ("识别划伤", "延迟低于一百毫秒", "数据不出厂")


async def ranked(*covered: tuple[float, float, float], **given: Any) -> tuple[Scene, list[Solution], MatchRun]:
    """A scene of three musts, and one solution for each row of strengths, ranked in this order."""
    scene = await publish_scene(musts=MUSTS, **given)
    now = scene.published_at
    run = await MatchRun.create(scene_id=scene.id, asked_at=now, started_at=now, finished_at=now)
    solutions = [await publish_solution(f"方案{number}") for number in range(1, len(covered) + 1)]
    for rank, (solution, strengths) in enumerate(zip(solutions, covered, strict=True), start=1):
        await add_match(run, solution, rank, strengths)
    return scene, solutions, run


async def add_match(
    run: MatchRun, solution: Solution, rank: int, strengths: tuple[float, ...], unmet: tuple[str, ...] = ()
) -> None:
    asked = await Requirement.filter(scene_id=run.scene_id).order_by("position")
    evidence = [
        {"requirement_id": each.id, "requirement": each.text, "kind": "must", "strength": strength,
         "sentence": f"{solution.title}做到{each.text}", "contradictions": []}
        for each, strength in zip(asked, strengths, strict=True)
    ]  # fmt: skip
    reason = {"message": "no", "values": {}}
    await Match.create(
        run=run, scene_id=run.scene_id, solution=solution, rank=rank, score=0.5, dense=0.5, lexical=0.5, coverage=0.5,
        evidence=evidence, qualifies=not unmet, unmet=[{"code": c, "reason": reason, "remedy": reason} for c in unmet],
    )  # fmt: skip


def pair_of(row: Match) -> Pair:
    evidence = tuple(
        Evidence(each["requirement_id"], each["sentence"], each["strength"], tuple(each["contradictions"]))
        for each in row.evidence
    )
    ranked = Ranked(row.solution_id, row.score, row.dense, row.lexical, row.coverage, evidence)
    return Pair(ranked, row.rank, tuple(Unmet(each["code"], Text("no"), Text("no")) for each in row.unmet), row.rank)


async def proposed(scene: Scene, run: MatchRun) -> Any:
    rows = await Match.filter(run_id=run.id).order_by("-qualifies", "rank", "id")
    asked = await Requirement.filter(scene_id=scene.id).order_by("position")
    musts = [Asked(each.id, each.text, must=True) for each in asked]
    found = await teams_of([pair_of(row) for row in rows], musts, scene.budget_max_fen)
    async with unit_of_work() as work:
        await store_teams(run, found, work=work)
    return read_proposal(await MatchRun.get(id=run.id))


def members(proposal: Any) -> list[list[int]]:
    return [[member.solution_id for member in team.members] for team in proposal.teams]


async def test_two_vendors_cover_what_none_covers_alone() -> None:
    scene, (first, second, _idle), run = await ranked((0.9, 0.8, 0.1), (0.1, 0.4, 0.7), (0.2, 0.1, 0.1))
    proposal = await proposed(scene, run)
    assert (proposal.musts, proposal.uncovered, proposal.alone) == (MUSTS, (), None)
    assert members(proposal) == [[first.id, second.id]]
    lead, partner = proposal.teams[0].members
    assert [(each.must, each.strength) for each in lead.covers] == [(0, 0.9), (1, 0.8)]
    assert [(each.must, each.sentence) for each in partner.covers] == [(2, "方案2做到数据不出厂")]
    assert proposal.teams[0].strength == pytest.approx(0.8)


async def test_one_that_covers_everything_is_said_to() -> None:
    scene, (first, _second), run = await ranked((0.9, 0.8, 0.7), (0.1, 0.4, 0.7))
    proposal = await proposed(scene, run)
    assert [member.solution_id for member in proposal.alone.members] == [first.id]


async def test_a_must_that_nobody_covers_is_named() -> None:
    scene, _solutions, run = await ranked((0.9, 0.29, 0.7), (0.1, 0.1, 0.7))
    proposal = await proposed(scene, run)
    assert (proposal.uncovered, proposal.teams) == ((1,), ())


async def test_a_sentence_that_supports_only_in_part_makes_nobody_a_partner() -> None:
    scene, _solutions, run = await ranked((0.9, 0.9, 0.1), (0.1, 0.1, 0.37))
    assert (await proposed(scene, run)).uncovered == (2,)


async def test_numbers_that_contradict_cover_nothing() -> None:
    scene, (first, _second), run = await ranked((0.9, 0.8, 0.1), (0.1, 0.1, 0.7))
    match = await Match.get(solution_id=first.id)
    match.evidence[1]["contradictions"] = ["延迟 200 毫秒"]
    await match.save()
    assert (await proposed(scene, run)).uncovered == (1,)


async def test_a_partner_may_lack_the_filing_but_not_the_place_to_run() -> None:
    scene, (first,), run = await ranked((0.9, 0.8, 0.1))
    elsewhere, unfiled = await publish_solution("只在云上"), await publish_solution("未备案")
    await add_match(run, elsewhere, 1, (0.1, 0.1, 0.9), unmet=("deployment",))
    await add_match(run, unfiled, 2, (0.9, 0.9, 0.8), unmet=("filing",))
    proposal = await proposed(scene, run)
    assert members(proposal) == [[first.id, unfiled.id]]  # who lacks the filing covers all, but cannot lead


async def test_prices_are_summed_against_the_budget() -> None:
    scene, (first, second, third), run = await ranked(
        (0.9, 0.8, 0.1), (0.1, 0.4, 0.9), (0.1, 0.1, 0.5), budget_max_fen=100
    )
    for solution, price, weeks in ((first, 60, 8), (second, 50, 12), (third, 30, None)):
        await Solution.filter(id=solution.id).update(price_min_fen=price, delivery_weeks=weeks)
    proposal = await proposed(scene, run)
    assert members(proposal) == [[first.id, third.id]]
    assert (proposal.teams[0].price_fen, proposal.teams[0].unpriced, proposal.teams[0].delivery_weeks) == (90, 0, 8)
    await Solution.filter(id=third.id).update(price_min_fen=70)
    again = await MatchRun.create(scene_id=scene.id, asked_at=run.asked_at, finished_at=run.finished_at)
    await Match.filter(run_id=run.id).update(run_id=again.id)
    proposal = await proposed(scene, again)
    assert proposal.over_budget
    assert members(proposal) == [[first.id, second.id]]


async def buyer_of(scene: Scene) -> Person:
    return await make_person(Role.BUYER, await Organisation.get(id=scene.organisation_id))


async def test_the_page_shows_who_covers_what_and_shortlists_all(browser: Browser) -> None:
    scene, (first, second, third), run = await ranked((0.9, 0.8, 0.1), (0.1, 0.4, 0.7), (0.1, 0.1, 0.6))
    await proposed(scene, run)
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/teams")
    assert "No single solution that qualifies covers all 3 musts." in page.text
    assert "covers 2 of 3 musts here" in page.text
    assert f"Could be replaced by: {third.title}" in page.text
    assert "方案2做到数据不出厂" in page.text
    page = await browser.submit(f"/scenes/{scene.id}/teams/shortlist")
    assert "The whole team is on the shortlist. Invite each vendor from here." in page.text
    rows = await Shortlisting.filter(scene_id=scene.id).order_by("id").values_list("solution_id", "state")
    assert rows == [(first.id, ShortlistState.SHORTLISTED), (second.id, ShortlistState.SHORTLISTED)]


@pytest.mark.usefixtures("empty_index")
async def test_a_partner_comes_from_the_whole_catalogue(browser: Browser) -> None:
    """Who covers one must to the letter and speaks of nothing else stands behind seventy that speak of the rest."""
    scene = await publish_scene("钢板表面缺陷检测", musts=("识别钢板表面划伤", "归档合同文本"))
    for number in range(72):
        await publish_solution(f"钢板表面缺陷检测{number}", capabilities=("识别钢板表面划伤",))
    archive = await publish_solution("卷宗", capabilities=("归档合同文本",))
    await jobs.match_scene(scene_id=scene.id)
    assert not await Match.filter(scene_id=scene.id, solution_id=archive.id).exists()
    proposal = read_proposal(await MatchRun.get())
    assert proposal is not None
    assert archive.id in {member.solution_id for member in proposal.teams[0].members}
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/teams")
    assert f"{proposal.looked_at} offers were looked at" in page.text
    assert f'href="/solutions/{archive.id}"' in page.html
    await browser.submit(f"/scenes/{scene.id}/teams/shortlist")
    assert await Shortlisting.filter(scene_id=scene.id, solution_id=archive.id).exists()


@pytest.mark.parametrize("typed", ["", "x", "1,2,3,4,5,6", "987654"])
async def test_other_ids_are_not_shortlisted(browser: Browser, typed: str) -> None:
    scene, _solutions, run = await ranked((0.9, 0.8, 0.1), (0.1, 0.4, 0.7))
    await proposed(scene, run)
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    await browser.get(f"/scenes/{scene.id}/teams")
    page = await browser.submit(f"/scenes/{scene.id}/teams/shortlist", {"solutions": typed}, expect=422)
    assert "This team is not among those proposed for the scene." in page.text
    assert await Shortlisting.all().count() == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (((0.9, 0.8, 0.7),), "One solution covers every must: no team is needed"),
        (((0.9, 0.1, 0.7),), "Nobody in the ranking has a sentence that supports: 延迟低于一百毫秒"),
        (None, "Teams are proposed as soon as solutions are ranked for this scene."),
    ],
)
async def test_empty_states_say_why(browser: Browser, rows: Any, said: str) -> None:
    if rows is None:
        scene = await publish_scene(musts=MUSTS)
    else:
        scene, _solutions, run = await ranked(*rows)
        await proposed(scene, run)
    await browser.in_english()
    await browser.sign_in((await make_person(Role.AUDITOR)).email)
    page = await browser.get(f"/scenes/{scene.id}/teams")
    assert said in page.text
    assert not page.has_form(f"/scenes/{scene.id}/teams/shortlist")


async def test_a_withdrawn_member_is_said_and_not_shortlisted(browser: Browser) -> None:
    scene, (_first, second), run = await ranked((0.9, 0.8, 0.1), (0.1, 0.4, 0.7))
    await proposed(scene, run)
    await Solution.filter(id=second.id).update(state=SolutionState.RETIRED)
    await browser.in_english()
    await browser.sign_in((await buyer_of(scene)).email)
    page = await browser.get(f"/scenes/{scene.id}/teams")
    assert "A member has been withdrawn since." in page.text
    assert not page.has_form(f"/scenes/{scene.id}/teams/shortlist")


async def test_the_vendor_learns_with_whom_it_would_cover_all() -> None:
    scene, (first, second), run = await ranked((0.9, 0.8, 0.1), (0.1, 0.4, 0.7))
    await proposed(scene, run)
    matches = await queries.matches_with(scene.id, [first.id, second.id])
    note = await note_for(matches[first.id], first)
    assert note is not None
    assert (note.covered, note.musts, [each.id for each in note.with_others]) == (2, 3, [second.id])
    await Solution.filter(id=second.id).update(state=SolutionState.RETIRED)
    note = await note_for(matches[first.id], first)
    assert note is not None
    assert note.with_others == []

"""Rankers: learned from feedback, kept, put into use, taken back; scenes are ranked again with whatever is in use."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from market.cli.rankers import missing_sets
from market.core import clock
from market.core.errors import InvalidError, NotAllowedError, NotFoundError
from market.core.jobs import Job
from market.core.models import AuditEvent
from market.core.permissions import CLOCK
from market.core.work import unit_of_work
from market.lifecycle import Role
from market.matches.choosing import activate_ranker, keep_ranker, roll_back_ranker
from market.matches.feedback import Kind, Reason
from market.matches.learning import candidate_from, judged_lists
from market.matches.models import Feedback, Impression, MatchRun, RankerActivation, RankerVersion
from market.matches.rankers import current_ranker, name_in_use, order_in_use
from market.matches.rerunning import rerun
from market.settings import settings
from matching.bootstrap import Comparison
from matching.ranker import FEATURES, Ranker, shipped_ranker
from tests.browser import Browser
from tests.cross_encoders import make_cross_encoder
from tests.factories import make_actor, make_person
from tests.matches.rows import publish_scene, publish_solution, three_solutions
from workers import matching as jobs

pytestmark = pytest.mark.usefixtures("db", "empty_index")


@pytest.fixture
def second_reader() -> Iterator[Callable[[str], None]]:
    """Names the reranker in the settings, for the length of the test."""

    def name(given: str) -> None:
        patch.setenv("JIEBANG_RERANKER", given)
        settings.cache_clear()

    with pytest.MonkeyPatch.context() as patch:
        yield name
    settings.cache_clear()


def another(**changes: float) -> Ranker:
    return shipped_ranker().with_weights({**shipped_ranker().weights, **changes})


class Prompts:
    """A sweep that asks nobody: how many were due is its answer."""

    async def enqueue(self, job: Job, **ids: int) -> None: ...


async def do(action: Any, *given: Any, actor: Any = CLOCK, **named: Any) -> Any:
    async with unit_of_work() as work:
        return await action(*given, work=work, actor=actor, **named)


async def test_a_ranker_is_kept_used_and_taken_back() -> None:
    shipped, new = shipped_ranker(), another(price=0.2)
    assert (await name_in_use(), await current_ranker()) == (shipped.name, shipped)
    row = await do(keep_ranker, new, {"lists": 3})
    assert await name_in_use() == shipped.name
    await do(activate_ranker, new.name, "better on feedback")
    assert (await current_ranker()).weights == new.weights
    assert await do(activate_ranker, new.name, "again") is None
    assert await do(roll_back_ranker, "complaints") == shipped.name
    assert await current_ranker() == shipped
    assert await do(roll_back_ranker, "they were wrong") == new.name
    events = await AuditEvent.filter(subject="RankerVersion", event="activate_ranker").order_by("id")
    assert [(event.details["name"], event.details["before"], event.reason) for event in events] == [
        (new.name, shipped.name, "better on feedback"), (shipped.name, new.name, "complaints"),
        (new.name, shipped.name, "they were wrong"),
    ]  # fmt: skip
    assert (await RankerVersion.get(name=new.name)).id == row.id
    assert await RankerActivation.all().count() == 3


async def test_what_is_refused() -> None:
    with pytest.raises(NotFoundError, match="No other ranker was in use before"):
        await do(roll_back_ranker, "why")
    with pytest.raises(NotFoundError, match="The ranker ranker-x is not known here"):
        await do(activate_ranker, "ranker-x", "why")
    with pytest.raises(InvalidError):
        await do(activate_ranker, shipped_ranker().name, " ")
    with pytest.raises(NotAllowedError):
        await do(activate_ranker, shipped_ranker().name, "why", actor=await make_actor(Role.BUYER))


async def test_scenes_are_ranked_again_with_the_ranker_in_use() -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    new = another(words=0.9, meaning=0.05)
    await do(keep_ranker, new, {})
    await do(activate_ranker, new.name, "a test")
    await jobs.match_scene(scene_id=scene.id)
    first, second = await MatchRun.filter(scene_id=scene.id).order_by("id")
    assert (first.ranker, second.ranker) == (shipped_ranker().name, new.name)
    assert [each["score"] for each in first.outputs] != [each["score"] for each in second.outputs]
    await jobs.match_scene(scene_id=scene.id)
    assert await MatchRun.filter(scene_id=scene.id).count() == 2


async def test_a_second_reader_is_part_of_the_order_and_ranks_once(
    tmp_path: Path, second_reader: Callable[[str], None]
) -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    second_reader(str(make_cross_encoder(tmp_path / "tiny")))
    assert await jobs.rank_due_scenes(Prompts()) == 1
    await jobs.match_scene(scene_id=scene.id)
    run = await MatchRun.filter(scene_id=scene.id).order_by("-id").first()
    assert run.ranker == await order_in_use()
    assert run.ranker.startswith(f"{shipped_ranker().name}+tiny-")
    assert (await rerun(run)).equal
    assert await jobs.rank_due_scenes(Prompts()) == 0
    await jobs.match_scene(scene_id=scene.id)
    assert await MatchRun.filter(scene_id=scene.id).count() == 2


async def test_a_second_reader_that_is_nowhere_fails_the_ranking_with_the_reason(
    second_reader: Callable[[str], None],
) -> None:
    await three_solutions()
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    second_reader("/nowhere/reranker")
    assert await jobs.rank_due_scenes(Prompts()) == 1
    await jobs.match_scene(scene_id=scene.id)
    run = await MatchRun.filter(scene_id=scene.id).order_by("-id").first()
    assert "'/nowhere/reranker' cannot be loaded" in run.error
    assert await jobs.rank_due_scenes(Prompts()) == 0


async def test_feedback_becomes_lists_with_the_last_word_of_each_pair() -> None:
    solutions = [*await three_solutions(), await publish_solution("钢板检测"), await publish_solution("带钢检测")]
    scene = await publish_scene()
    await jobs.match_scene(scene_id=scene.id)
    done = [(0, Kind.SHORTLIST), (0, Kind.INVITE), (0, Kind.AWARD), (0, Kind.DISMISS), (1, Kind.SHORTLIST),
            (1, Kind.DISMISS), (3, Kind.DISMISS), (3, Kind.RECONSIDER), (4, Kind.DECLINED)]  # fmt: skip
    for number, (place, kind) in enumerate(done):
        await Feedback.create(
            scene=scene, solution=solutions[place], kind=kind, features={"meaning": number / 10}, at=clock.now(),
            reason_code=Reason.WRONG_FIELD if kind is Kind.DISMISS else "",
        )  # fmt: skip
    for place in (1, 2):
        await Impression.create(day=clock.today(), scene=scene, solution=solutions[place], best_rank=place)
    [judged] = await judged_lists()
    run = await MatchRun.get()
    [passed_over] = [each["features"] for each in run.outputs if each["solution"] == solutions[2].id]
    assert [(features, gain) for features, gain in judged.pairs] == [
        ({"meaning": 0.3}, 15.0), ({"meaning": 0.5}, 0.0), (passed_over, 0.0), ({"meaning": 0.7}, 3.0),
    ]  # fmt: skip


async def scenes_that_prefer_cheap(count: int) -> None:
    cheap, dear = await publish_solution("甲"), await publish_solution("乙")
    neutral = dict.fromkeys(FEATURES, 0.5)
    for number in range(count):
        scene = await publish_scene(f"需求{number}")
        for solution, kind, price in ((cheap, Kind.SHORTLIST, 1.0), (dear, Kind.DISMISS, 0.0)):
            features = neutral | {"price": price, "meaning": 0.5 - 0.02 * price}
            reason = Reason.TOO_EXPENSIVE if kind is Kind.DISMISS else ""
            await Feedback.create(
                scene=scene, solution=solution, kind=kind, reason_code=reason, features=features, at=clock.now()
            )


async def test_what_says_nothing_about_fit_is_not_learned_from() -> None:
    chosen, other = await publish_solution("甲"), await publish_solution("乙")
    for kinds in (((Kind.SHORTLIST, ""), (Kind.DISMISS, Reason.KNOWN_PROBLEM)), ((Kind.DISMISS, Reason.OTHER),)):
        scene = await publish_scene()
        for solution, done in ((chosen, ((Kind.INVITE, ""),)), (other, kinds)):
            for kind, code in done:
                await Feedback.create(scene=scene, solution=solution, kind=kind, reason_code=code,
                                      features={"meaning": 0.5}, at=clock.now())  # fmt: skip
    assert await judged_lists() == []  # one pair alone is no order


async def test_a_buyers_deed_goes_before_what_the_vendor_says_of_the_pair() -> None:
    solutions = [await publish_solution(name) for name in "甲乙丙"]
    scene = await publish_scene()
    done = ((0, Kind.DISMISS, Reason.WRONG_FIELD), (0, Kind.USEFUL, ""), (1, Kind.USEFUL, ""), (2, Kind.INVITE, ""),
            (2, Kind.USELESS, "field"))  # fmt: skip
    for place, kind, code in done:
        await Feedback.create(scene=scene, solution=solutions[place], kind=kind, reason_code=code,
                              features={"meaning": 0.5}, at=clock.now())  # fmt: skip
    [judged] = await judged_lists()
    assert [gain for _features, gain in judged.pairs] == [0.0, 3.0, 7.0]


async def test_a_candidate_replaces_only_what_it_beats() -> None:
    await scenes_that_prefer_cheap(30)
    lists, ranker = await judged_lists(), another(price=0.0)
    same, worse = Comparison(0.0, -0.01, 0.01, 1.0, 50), Comparison(-0.1, -0.2, -0.05, 0.0, 50)
    candidate = candidate_from(ranker, lists, {"bdci": same})
    assert (candidate.lists, candidate.pairs, candidate.before) == (30, 60, ranker.name)
    assert candidate.ranker.weights["price"] > 0
    assert (candidate.on_feedback.better, candidate.replaces, candidate.refusals) == (True, True, ())
    assert candidate_from(ranker, lists, {"bdci": same, "metatool": worse}).refusals == (
        "Worse on metatool: -0.1000 [-0.2000, -0.0500].",
    )
    assert candidate_from(ranker, lists, {}).refusals == ("No labelled sets were given to compare on.",)
    assert candidate_from(ranker, [], {"bdci": same}).refusals == (
        "The feedback teaches nothing that the ranker in use does not know.",
    )
    doubtful = replace(candidate, on_feedback=same, refusals=("no",))
    assert doubtful.as_json()["replaces"] is False


async def test_officers_see_the_rankers_and_go_back(browser: Browser) -> None:
    await browser.in_english()
    await browser.sign_in((await make_person(Role.OFFICER)).email)
    page = await browser.get("/rankers")
    assert "No other ranker has been trained here yet." in page.text
    new = another(price=0.2)
    compared = Comparison(0.05, 0.01, 0.09, 0.01, 30).as_json()
    await do(keep_ranker, new, {"lists": 30, "feedback": compared, "sets": {"bdci": compared}})
    await do(activate_ranker, new.name, "better on feedback")
    page = await browser.get("/rankers")
    for words in ("30 scenes with feedback", "+0.0500 [+0.0100, +0.0900] nDCG@10", "bdci", "Command line"):
        assert words in page.text
    shipped = await RankerVersion.get(name=shipped_ranker().name)
    page = await browser.submit(f"/rankers/{shipped.id}/use", {"reason": "Complaints by buyers"})
    assert "Complaints by buyers" in page.text
    assert await name_in_use() == shipped_ranker().name
    assert not page.has_form(f"/rankers/{shipped.id}/use")
    await browser.sign_in((await make_person(Role.AUDITOR)).email)
    assert not (await browser.get("/rankers")).has_form(f"/rankers/{shipped.id}/use")


def test_feedback_is_judged_on_every_set_that_the_ranker_in_use_was_judged_on() -> None:
    judged = {"sets": {"one": {}, "two": {}}}
    assert missing_sets(judged, [Path("data/two")]) == ["one"]
    assert missing_sets(judged, [Path("one"), Path("two"), Path("more")]) == []
    assert missing_sets({}, [Path("any")]) == []

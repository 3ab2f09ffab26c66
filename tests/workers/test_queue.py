from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from market.core import clock
from market.core.jobs import Job
from market.core.models import QueuedJob
from market.core.work import unit_of_work
from workers import queue
from workers.jobs import HANDLERS

START = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


class Prompts:
    """A Redis that only remembers what it was asked to start."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def enqueue_job(self, *arguments: Any, **_options: Any) -> None:
        self.asked.append(arguments)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids with which the job was run."""
    seen: list[int] = []

    async def note(*, scene_id: int) -> None:
        seen.append(scene_id)

    monkeypatch.setitem(HANDLERS, Job.MATCH_SCENE, note)
    clock.fix(START)
    return seen


async def ask(at: datetime | None = None, scene_id: int = 5) -> QueuedJob:
    async with unit_of_work() as work:
        work.after_commit(Job.MATCH_SCENE, at=at, scene_id=scene_id)
    return await QueuedJob.all().order_by("-id").first()


async def test_a_job_runs_once_however_often_it_is_prompted(db: object, runs: list[int]) -> None:
    row = await ask()
    assert await queue.run_queued_job({}, row.id) is True
    assert await queue.run_queued_job({}, row.id) is False
    assert runs == [5]
    assert (await QueuedJob.get(id=row.id)).done_at == START


async def test_a_job_that_is_rolled_back_was_never_asked_for(db: object, runs: list[int]) -> None:
    with pytest.raises(RuntimeError, match="no"):  # noqa: PT012
        async with unit_of_work() as work:
            work.after_commit(Job.MATCH_SCENE, scene_id=5)
            raise RuntimeError("no")
    assert await QueuedJob.all().count() == 0


async def test_a_job_waits_for_its_time(db: object, runs: list[int]) -> None:
    row = await ask(at=START + timedelta(minutes=5))
    prompts = Prompts()
    assert await queue.sweep_queue(queue.Context(prompts)) == 0
    assert await queue.run_queued_job({}, row.id) is False
    clock.fix(START + timedelta(minutes=5))
    assert await queue.sweep_queue(queue.Context(prompts)) == 1
    assert prompts.asked == [("run_queued_job", row.id)]
    assert await queue.run_queued_job({}, row.id) is True


async def test_a_job_held_by_a_killed_worker_runs_again_after_its_lease(db: object, runs: list[int]) -> None:
    row = await ask()
    await QueuedJob.filter(id=row.id).update(lease_until=START + queue.LEASE)
    assert await queue.run_queued_job({}, row.id) is False
    clock.fix(START + queue.LEASE + timedelta(seconds=1))
    assert await queue.sweep_queue(queue.Context(Prompts())) == 1
    assert await queue.run_queued_job({}, row.id) is True
    assert runs == [5]


async def test_a_failing_job_is_tried_later_and_at_last_given_up(db: object, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(**_ids: int) -> None:
        raise RuntimeError("the model is not there")

    monkeypatch.setitem(HANDLERS, Job.MATCH_SCENE, fail)
    clock.fix(START)
    row = await ask()
    for _attempt in range(queue.ATTEMPTS):
        assert await queue.run_queued_job({}, row.id) is False
        clock.fix(clock.now() + timedelta(seconds=301))
    stored = await QueuedJob.get(id=row.id)
    assert stored.failed_at is not None
    assert (stored.attempts, stored.error) == (queue.ATTEMPTS, "RuntimeError: the model is not there")
    assert await queue.run_queued_job({}, row.id) is False


async def test_what_redis_lost_the_sweep_finds(db: object, runs: list[int]) -> None:
    await ask()
    await ask(scene_id=6)
    prompts = Prompts()
    assert await queue.sweep_queue(queue.Context(prompts)) == 2
    assert [name for name, _id in prompts.asked] == ["run_queued_job", "run_queued_job"]


async def test_a_job_that_waits_already_is_not_asked_for_twice(db: object, runs: list[int]) -> None:
    first = await ask()
    await ask()
    assert await QueuedJob.all().count() == 1
    await queue.run_queued_job({}, first.id)
    await ask()
    assert await QueuedJob.all().count() == 2

"""Pilots of the demonstration: milestones met, numbers that move towards their targets, money paid."""

from decimal import Decimal

from market.core import clock
from market.core.files import Upload
from market.core.work import Work
from market.demo.plot import Plot
from market.demo.timeline import Step, Timeline
from market.grants import actions as grants
from market.grants.models import Tranche
from market.lifecycle import TrancheState
from market.pilots import actions as pilots
from market.pilots.actions import ReadingContent
from market.pilots.models import Milestone, Pilot
from market.scenes.models import Metric

REPORTS = (
    "按计划完成安装与基线测定，原始记录见附件，现场负责人已签字。",
    "本阶段指标已稳定两周，抽检样本与人工复核结果见附件，两处误差已说明原因。",
    "连续运行期满，达标情况与异常清单见附件，遗留问题均已关闭。",
)


def plan_pilot(plot: Plot, timeline: Timeline) -> None:
    """Put the pilot of *plot* on the timeline: all of it, or half of it where it still runs."""
    begins = plot.entry["closes"] + 21
    until = -8.0 if plot.until == "accepted" else -3.0
    timeline.at(begins, lambda work: _begin(plot, work))
    series = list(zip(*plot.entry["readings"].values(), strict=True))
    gap = (until - begins - 2) / len(series)
    for number in range(len(series)):
        timeline.at(begins + gap * (number + 1), _reading_step(plot, number))
    milestones = len(plot.entry["bids"][0]["milestones"])
    met = milestones if plot.until == "accepted" else 1
    for position in range(1, met + 1):
        timeline.at(begins + (until - begins) * position / (met + 1), _milestone_step(plot, position))
    if plot.until == "accepted":
        timeline.at(until, lambda work: _accept(plot, work))
        timeline.at(until + 3, lambda work: _pay(plot, work))
    else:
        timeline.at(-1, lambda work: _report(plot, met + 1, work))


async def _begin(plot: Plot, work: Work) -> None:
    await pilots.prepare_pilot(plot.require_award(), work=work, actor=plot.cast.officer)
    await pilots.start_pilot(await _pilot(plot), work=work, actor=plot.winner)


def _reading_step(plot: Plot, number: int) -> Step:
    async def step(work: Work) -> None:
        pilot = await _pilot(plot)
        for name, values in plot.entry["readings"].items():
            metric = await Metric.get(scene_id=plot.scene.id, name=name)
            content = ReadingContent(clock.today(), Decimal(str(values[number])))
            await pilots.record_reading(pilot, metric, content, work=work, actor=plot.winner)

    return step


def _milestone_step(plot: Plot, position: int) -> Step:
    async def step(work: Work) -> None:
        await _report(plot, position, work)
        milestone = await _milestone(plot, position)
        await pilots.meet_milestone(milestone, work=work, actor=plot.buyer)
        await _pay(plot, work)

    return step


async def _report(plot: Plot, position: int, work: Work) -> None:
    milestone = await _milestone(plot, position)
    text = f"里程碑：{milestone.title}\n日期：{clock.today()}\n{REPORTS[(position - 1) % len(REPORTS)]}\n"
    evidence = Upload(f"阶段记录-{position}.txt", text.encode())
    await pilots.submit_milestone(
        milestone, REPORTS[(position - 1) % len(REPORTS)], [evidence], work=work, actor=plot.winner
    )


async def _accept(plot: Plot, work: Work) -> None:
    pilot = await _pilot(plot)
    await pilots.request_acceptance(pilot, work=work, actor=plot.winner)
    await pilots.accept_pilot(pilot, "各项指标连续三十天达标，同意验收。", work=work, actor=plot.buyer)


async def _pay(plot: Plot, work: Work) -> None:
    released = Tranche.filter(grant__award_id=plot.require_award().id, state=TrancheState.RELEASED)
    for tranche in await released.order_by("position"):
        reference = f"LJCZ-{clock.today():%Y%m%d}-{tranche.id:03d}"
        await grants.pay_tranche(tranche, reference, work=work, actor=plot.cast.second_officer)


async def _pilot(plot: Plot) -> Pilot:
    return await Pilot.get(award_id=plot.require_award().id)


async def _milestone(plot: Plot, position: int) -> Milestone:
    return await Milestone.get(pilot__award_id=plot.require_award().id, position=position)

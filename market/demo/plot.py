"""One challenge of the demonstration, from its draft as far as its plot goes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from market.awards import actions as awards
from market.awards.models import Award, Ranking
from market.awards.objecting import ObjectionText, raise_objection
from market.bids import actions as bids
from market.bids.models import Bid
from market.challenges import actions as challenges
from market.challenges.actions import ChallengeContent, CriterionLine, Window
from market.challenges.models import Challenge, Criterion, Round
from market.challenges.rules import ChallengeRules
from market.core import clock
from market.core.money import FEN_PER_YUAN
from market.core.permissions import CLOCK, Actor
from market.core.vocabulary import ChallengeKind
from market.core.work import Work
from market.demo.content import Entry, scenes, solutions
from market.demo.district import District
from market.demo.people import Cast
from market.demo.timeline import Timeline
from market.grants import actions as grants
from market.lifecycle import Role
from market.reviews import actions as reviews
from market.reviews.actions import Mark, Marks
from market.reviews.models import Review
from market.scenes.models import Scene

RUBRIC = (
    CriterionLine("性能", "对照验收指标，方案能否达到目标值，依据是否可核验。", "performance", 40),
    CriterionLine("安全", "数据不出域、权限、日志与失效时的退路。", "safety", 25),
    CriterionLine("伦理", "对人的影响、可申诉、可解释，个人信息的最少使用。", "ethics", 10),
    CriterionLine("适配", "与现场设备、流程和人员的适配，实施节奏与报价是否合理。", "adaptation", 25),
)
ELIGIBILITY = "依法登记、信用良好的法人均可应榜，不限成立年限与规模；不要求负责人的职称和学历。"
POLICY = "《临江区“模型+”行动若干措施》（演示）第四条、第六条"
REMARKS = (
    "方案针对现场问题，数据依据充分，实施节奏稳妥。",
    "思路可行，但对异常工况的处理说得不够。",
    "报价与工作量相称，退路清楚。",
    "指标有把握，建议补充误报的统计口径。",
    "团队经验对口，接口改造量估计偏乐观。",
)


@dataclass
class Plot:
    """What has come about so far; each method is a step."""

    entry: Entry
    district: District
    loaded_at: datetime
    challenge: Challenge | None = None
    bids: dict[str, Bid] = field(default_factory=dict)
    award: Award | None = None

    @property
    def cast(self) -> Cast:
        """Who acts."""
        return self.district.cast

    @property
    def scene(self) -> Scene:
        """The scene of this challenge."""
        return self.district.scenes[self.entry["scene"]]

    @property
    def until(self) -> str:
        """How far it goes."""
        return str(self.entry["until"])

    async def draft(self, work: Work) -> None:
        """The officer drafts the challenge and commits its money."""
        now, entry = clock.now(), self.entry
        opens = opening(entry, now, self.loaded_at)
        closes = self.loaded_at + (
            timedelta(days=entry["closes"]) if "closes" in entry else timedelta(minutes=entry["closes_in_minutes"])
        )
        content = ChallengeContent(
            title=entry["title"], title_en=entry["title_en"], kind=ChallengeKind(entry.get("kind", "best_one")),
            summary=f"{self.scene.outcome}本榜单面向全国征集方案，按公开的评分标准评审，验收达标后分期资助。",
            grant_fen=entry["grant_yuan"] * FEN_PER_YUAN,
            rules=ChallengeRules(
                panel_size=entry["panel_size"], winners=entry.get("winners", 1), eligibility=ELIGIBILITY,
                policy_basis=POLICY, notice_minutes=entry.get("notice_minutes"),
            ),
            criteria=RUBRIC, windows=[Window(opens_at=opens, closes_at=closes)],
        )  # fmt: skip
        self.challenge = await challenges.create_challenge(self.scene, content, work=work, actor=self.cast.officer)
        if self.until != "draft":
            await grants.commit_fund(self.challenge, self.district.fund, work=work, actor=self.cast.officer)

    async def publish(self, work: Work) -> None:
        """The officer publishes it."""
        await challenges.publish_challenge(self._challenge(), work=work, actor=self.cast.officer)

    async def open(self, work: Work) -> None:
        """The clock opens the round."""
        await challenges.open_round(await self._round(), work=work, actor=CLOCK)

    async def bid(self, work: Work) -> None:
        """Each vendor drafts a bid; those who mean it submit."""
        for entry in self.entry["bids"]:
            bid, actor = await self._write_bid(entry, work)
            await bids.submit_bid(bid, revision=bid.revision, work=work, actor=actor)
        for entry in self.entry.get("drafts", ()):
            await self._write_bid(entry, work)

    async def close(self, work: Work) -> None:
        """The clock closes the round, opens the bids and begins review."""
        bidding_round = await self._round()
        await challenges.close_round(bidding_round, at=clock.now(), work=work, actor=CLOCK)
        await bids.open_bids(bidding_round, work=work, actor=CLOCK)
        await challenges.begin_review(self._challenge(), work=work, actor=CLOCK)

    async def fail(self, work: Work) -> None:
        """Nobody has bid: the officer closes it and the scene is free again."""
        challenge = await Challenge.get(id=self._challenge().id)
        await challenges.fail_challenge(challenge, "截止时没有收到应榜书。", work=work, actor=self.cast.officer)
        await grants.release_commitment(challenge, work=work, actor=self.cast.officer)

    async def assign(self, work: Work) -> None:
        """The officer asks the expert to sign in as, and draws the rest of the panels."""
        person = self.cast.reviewer.person_id or 0
        await reviews.assign_reviewer(self._challenge(), person, work=work, actor=self.cast.officer)
        await reviews.draw_panels(self._challenge(), work=work, actor=self.cast.officer, seed=2026)

    async def review(self, work: Work) -> None:
        """The experts score; in a review that goes on, the one to sign in as and one more still have to."""
        for entry in self.entry["bids"]:
            bid = self.bids[entry["solution"]]
            panel = await Review.filter(bid_id=bid.id).order_by("id")
            waiting = {panel[0].id, panel[-1].id} if self.until == "in_review" else set()
            for review in panel:
                if review.id not in waiting:
                    await self._score(review, entry["quality"], work)

    async def rank(self, work: Work) -> None:
        """The officer closes the review."""
        await awards.close_review(await Challenge.get(id=self._challenge().id), work=work, actor=self.cast.officer)

    async def propose(self, work: Work) -> None:
        """The officer proposes the first of the ranking."""
        first = await Ranking.filter(challenge_id=self._challenge().id).order_by("rank").first()
        assert first is not None  # noqa: S101  # the step before has made it
        self.award = await awards.propose_award(
            await Challenge.get(id=self._challenge().id), first.bid_id,
            self._challenge().grant_fen, "评审总分第一，指标依据充分，报价在预算之内，专家对安全与适配的评价一致。",
            work=work, actor=self.cast.officer,
        )  # fmt: skip

    async def approve(self, work: Work) -> None:
        """The second officer approves, which begins public notice."""
        await awards.approve_award(self.require_award(), work=work, actor=self.cast.second_officer)

    async def object(self, work: Work) -> None:
        """A competitor objects, which pauses the award."""
        other = self.entry["bids"][1]["solution"]
        written = ObjectionText(
            "卫岱检测技术有限公司 许维", "xuwei@weidai.example",
            "公示的中榜方案中“机台共性检索”与我司已公开的专利方法相近，请核实其来源。",
        )  # fmt: skip
        await raise_objection(self.require_award(), written, work=work, actor=self._vendor(other))

    async def confirm(self, work: Work) -> None:
        """The clock confirms the award after its notice; the money is reserved."""
        await awards.confirm_award(self.require_award().id, work=work, actor=CLOCK)
        await grants.reserve_grant(await Award.get(id=self.require_award().id), work=work, actor=CLOCK)

    async def _write_bid(self, entry: Entry, work: Work) -> tuple[Bid, Actor]:
        actor = self._vendor(entry["solution"])
        bid = await bids.start_bid(await self._round(), work=work, actor=actor)
        lines = [bids.MilestoneLine(title=title, due_week=week, percent=percent)
                 for title, week, percent in entry["milestones"]]  # fmt: skip
        content = bids.BidContent(
            approach=entry["approach"], team=entry["team"], price_fen=entry["price_yuan"] * FEN_PER_YUAN,
            delivery_weeks=entry["weeks"], milestones=lines, solution_id=self.district.solutions[entry["solution"]].id,
            pledge=True,
        )  # fmt: skip
        await bids.save_bid(bid, content, revision=bid.revision, work=work, actor=actor)
        self.bids[entry["solution"]] = bid
        return bid, actor

    async def _score(self, review: Review, quality: int, work: Work) -> None:
        expert = next(
            each for each in (self.cast.reviewer, *self.cast.experts)
            if each.person_id == review.reviewer_id
        )  # fmt: skip
        await reviews.accept_assignment(review, work=work, actor=expert)
        marks = {}
        for criterion in await Criterion.filter(challenge_id=self._challenge().id).order_by("position"):
            points = max(0, min(100, quality + _wobble(f"{review.id}-{criterion.position}", 9)))
            marks[criterion.id] = Mark(points, "")
        comment = REMARKS[_wobble(f"remark-{review.id}", 2) % len(REMARKS)]
        review = await Review.get(id=review.id)
        await reviews.submit_review(
            review, Marks(marks, comment), revision=review.revision, work=work, actor=expert
        )  # fmt: skip

    def _vendor(self, solution: str) -> Actor:
        key = next(each["organisation"] for each in solutions() if each["key"] == solution)
        return self.cast.of(key, Role.VENDOR)

    def _challenge(self) -> Challenge:
        assert self.challenge is not None  # noqa: S101  # drafted by the first step
        return self.challenge

    @property
    def winner(self) -> Actor:
        """Who acts for the vendor whose bid is listed first, which scores best."""
        return self._vendor(self.entry["bids"][0]["solution"])

    @property
    def buyer(self) -> Actor:
        """Who acts for the scene's buyer."""
        entry = next(each for each in scenes() if each["key"] == self.entry["scene"])
        return self.cast.of(entry["organisation"], Role.BUYER)

    def require_award(self) -> Award:
        """Return the award; an earlier step has made it."""
        assert self.award is not None  # noqa: S101  # proposed by an earlier step
        return self.award

    async def _round(self) -> Round:
        return await Round.get(challenge_id=self._challenge().id)


def plan(plot: Plot, timeline: Timeline) -> None:
    """Put the steps of *plot* on the timeline, as far as it goes."""
    entry, published = plot.entry, plot.entry["published"]
    timeline.at(published, plot.draft)
    if plot.until == "draft":
        return
    timeline.at(published + 0.01, plot.publish)
    if plot.until == "scheduled":
        return
    timeline.at(published + 1.01, plot.open)
    closes = entry.get("closes", 0)
    timeline.at(min(published + 8, closes - 1 if closes < 0 else -0.2), plot.bid)
    if plot.until in {"closing", "open"}:
        return
    steps = {
        "failed": [(0.01, plot.close), (1, plot.fail)],
        "in_review": [(0.01, plot.close), (1, plot.assign), (2, plot.review)],
    }
    decided = [(0.01, plot.close), (1, plot.assign), (3, plot.review), (4, plot.rank)]
    proposed = [*decided, (5, plot.propose)]
    steps |= {
        "deciding": decided,
        "proposed": proposed,
        "in_notice": [*proposed, (18, plot.approve)],
        "paused": [*proposed, (34, plot.approve), (36, plot.object)],
        "piloting": [*proposed, (6, plot.approve), (20, plot.confirm)],
        "accepted": [*proposed, (6, plot.approve), (20, plot.confirm)],
    }
    for days, step in steps[plot.until]:
        timeline.at(closes + days, step)


def opening(entry: Entry, drafted_at: datetime, loaded_at: datetime) -> datetime:
    """Return when the round opens: at a stated day from loading, else the day after the draft."""
    return loaded_at + timedelta(days=entry["opens"]) if "opens" in entry else drafted_at + timedelta(days=1)


def _wobble(seed: str, most: int) -> int:
    """Return a number from -most to most that is always the same for *seed*."""
    return int.from_bytes(sha256(seed.encode()).digest()[:4], "big") % (2 * most + 1) - most

"""A reviewer's pages: what they were asked, the question about conflicts, the scoring form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from market.bids.queries import latest_submission
from market.challenges.models import Challenge, Criterion
from market.challenges.queries import criteria_of, scenes_of
from market.core import clock
from market.core.errors import InvalidError, MarketError, NotFoundError, StaleStateError
from market.core.files import read_file
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import unit_of_work
from market.lifecycle import ReviewState
from market.reviews import actions, queries, rules
from market.reviews.forms import read_marks, read_revision
from market.reviews.models import Review, Score
from market.scenes.models import Scene
from market.web import plots
from market.web.access import actor_of
from market.web.downloads import stored_file
from market.web.forms import FieldError, Typed, form_of
from market.web.languages import gettext, say
from market.web.render import page, see_other

FULL_WEIGHT = 100


@dataclass(frozen=True)
class ListView:
    """One's assignments by what is to be done."""

    to_answer: list[dict[str, Any]]
    to_score: list[dict[str, Any]]
    done: list[dict[str, Any]]


@dataclass(frozen=True)
class AnswerView:
    """Who bids for what: enough to know of a conflict, and nothing of the bid."""

    review: Review
    challenge: Challenge
    vendor: Any
    scenes: list[Scene]


@dataclass(frozen=True)
class PeerRow:
    """Another reviewer's result, shown once every review is in."""

    number: int
    total: Decimal
    comment: str
    own: bool


@dataclass(frozen=True)
class ScoreView:
    """The rubric to fill in, the bid beside it."""

    review: Review
    challenge: Challenge
    vendor: Any
    criteria: list[Criterion]
    typed: Typed
    errors: list[FieldError]
    revision: int
    content: dict[str, Any]
    total: Decimal | None
    drawn: plots.StackPlot
    shown: list[str]
    peers: list[PeerRow]
    open: bool


async def list_reviews(request: Request) -> Response:
    """List one's assignments: to answer, to score, done."""
    rows = await queries.assignments_of(actor_of(request).person_id or 0)
    view = ListView(
        to_answer=[row for row in rows if row["state"] is ReviewState.ASSIGNED],
        to_score=[row for row in rows if row["state"] is ReviewState.ACCEPTED],
        done=[row for row in rows if row["state"] in {ReviewState.SUBMITTED, ReviewState.RECUSED}],
    )
    return page(request, "reviews/list.html", view)


async def show_review(request: Request) -> Response:
    """Ask for conflicts first; after that show the bid with the scoring form."""
    review = await _own(request)
    if review.state is ReviewState.ASSIGNED:
        challenge = review.bid.round.challenge
        view = AnswerView(review, challenge, review.bid.organisation, await scenes_of(challenge.id))
        return page(request, "reviews/answer.html", view)
    return page(request, "reviews/score.html", await _score_view(actor_of(request), review))


async def accept_assignment(request: Request) -> Response:
    """Note that there is no conflict, which opens the bid."""
    review = await _own(request)
    async with unit_of_work() as work:
        await actions.accept_assignment(review, work=work, actor=actor_of(request))
    return see_other(request, f"/reviews/{review.id}", flash=_("You can now read and score the bid."))


async def recuse(request: Request) -> Response:
    """Note a conflict: the bid is out of reach from now on."""
    review, form = await _own(request), await form_of(request)
    async with unit_of_work() as work:
        await actions.recuse(review, form.raw("reason"), work=work, actor=actor_of(request))
    return see_other(request, "/reviews", flash=_("Your conflict is noted. You no longer have access to this bid."))


async def save_draft(request: Request) -> Response:
    """Keep what is typed while somebody types; answers one line."""
    review, form = await _own(request), await form_of(request)
    marks = read_marks(form, await criteria_of(review.bid.round.challenge_id))
    if form.errors:
        return PlainTextResponse(say(form.errors[0].text))
    try:
        async with unit_of_work() as work:
            actor, revision = actor_of(request), read_revision(form)
            await actions.save_scores(review, marks, revision=revision, work=work, actor=actor, bump=False)
    except MarketError as error:
        return PlainTextResponse(say(error.text))
    saved = _("Saved %(time)s", time=clock.now().astimezone(clock.SHANGHAI).strftime("%H:%M"))
    waiting = _("A comment is kept once its points are given.")
    alone = any(form.raw(f"comment-{each}") and each not in marks.by_criterion for each in _ids(form.typed))
    return PlainTextResponse(" ".join(say(text) for text in ((saved, waiting) if alone else (saved,))))


async def save_review(request: Request) -> Response:
    """Save the scores, or submit them for good."""
    review, form, actor = await _own(request), await form_of(request), actor_of(request)
    marks, revision = read_marks(form, await criteria_of(review.bid.round.challenge_id)), read_revision(form)
    final, status = form.raw("final") == "yes", 422
    if form.valid:
        try:
            async with unit_of_work() as work:
                if final:
                    await actions.submit_review(review, marks, revision=revision, work=work, actor=actor)
                else:
                    await actions.save_scores(review, marks, revision=revision, work=work, actor=actor)
            flash = _("Your scores are submitted. Thank you.") if final else _("Your scores are saved.")
            return see_other(request, "/reviews" if final else f"/reviews/{review.id}", flash=flash)
        except InvalidError as error:
            form.note(error)
        except StaleStateError as error:
            form.error("", error.text)
            status = error.status_code
    view = await _score_view(actor_of(request), review, form.typed, form.errors)
    return page(request, "reviews/score.html", view, status_code=status)


async def download_file(request: Request) -> Response:
    """Hand a file of the submitted bid to a reviewer who has answered the question about conflicts."""
    review, file_id = await _own(request), request.path_params["file_id"]
    submission = await latest_submission(review.bid_id)
    files = submission.content["files"] if submission and review.state is not ReviewState.ASSIGNED else []
    if file_id not in {each["id"] for each in files}:
        raise NotFoundError(_("There is no such file."))
    return stored_file(*await read_file(file_id))


async def _own(request: Request) -> Review:
    review = await queries.review_of(request.path_params["review_id"], actor_of(request).person_id or 0)
    if review is None:
        raise NotFoundError(_("There is no such page."))
    return review


async def _score_view(
    actor: Actor, review: Review, typed: Typed | None = None, errors: Sequence[FieldError] = ()
) -> ScoreView:
    challenge = review.bid.round.challenge
    criteria, scores = await criteria_of(challenge.id), await queries.scores_of(review.id)
    submission = await latest_submission(review.bid_id)
    if submission is None:
        raise NotFoundError(_("There is no such page."))
    parts, shown = _contributions(criteria, scores)
    given = sum(Decimal(str(value)) for _label, value in parts)
    return ScoreView(
        review=review, challenge=challenge, vendor=review.bid.organisation, criteria=criteria,
        typed=typed if typed is not None else _typed(review, scores), errors=list(errors), revision=review.revision,
        content=submission.content, total=Decimal(given) if scores else None,
        drawn=plots.stack([*parts, (gettext("Not reached"), float(FULL_WEIGHT - given))]),
        shown=[*shown, str(FULL_WEIGHT - given)], peers=await _peers(actor, review, challenge),
        open=review.state is ReviewState.ACCEPTED and bool(rules.is_reviewing(challenge.state)),
    )  # fmt: skip


def _contributions(
    criteria: Sequence[Criterion], scores: Mapping[int, Score]
) -> tuple[list[tuple[str, float]], list[str]]:
    """Return each criterion's part of the total and how it comes about."""
    parts, shown = [], []
    for criterion in criteria:
        points = scores[criterion.id].points if criterion.id in scores else 0
        part = Decimal(points * criterion.weight) / FULL_WEIGHT
        parts.append((criterion.name, float(part)))
        given = criterion.id in scores
        shown.append(f"{points} × {criterion.weight}% = {part.normalize():f}" if given else "–")
    return parts, shown


async def _peers(actor: Actor, review: Review, challenge: Challenge) -> list[PeerRow]:
    all_in = await queries.all_reviews_in(challenge)
    if review.state is not ReviewState.SUBMITTED or not rules.may_see_scores(actor, all_in=all_in):
        return []
    totals = await queries.totals_of(challenge.id)
    rows = [each for each in await queries.reviews_of_challenge(challenge.id) if each.bid_id == review.bid_id]
    return [
        PeerRow(number, Decimal(totals[each.id]) / FULL_WEIGHT, each.comment, own=each.id == review.id)
        for number, each in enumerate((row for row in rows if row.state is ReviewState.SUBMITTED), start=1)
    ]


def _typed(review: Review, scores: Mapping[int, Score]) -> Typed:
    typed = Typed(comment=review.comment)
    for criterion_id, score in scores.items():
        typed |= {f"points-{criterion_id}": str(score.points), f"comment-{criterion_id}": score.comment}
    return typed


def _ids(typed: Typed) -> list[int]:
    return [int(name.removeprefix("comment-")) for name in typed if name.removeprefix("comment-").isdecimal()]

"""One of everything, for tests that walk the whole application: each text in it would run if a page let it."""

from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette

from market.accounts.actions import start_session
from market.accounts.models import Membership, Person
from market.awards.models import Award
from market.awards.objecting import ObjectionText, raise_objection
from market.bids.actions import attach_file, submit_bid
from market.bids.models import Bid
from market.challenges.models import Challenge, Round
from market.core import clock
from market.core.files import Upload, store_file
from market.core.permissions import Actor
from market.core.work import unit_of_work
from market.fitting.models import SavedSearch
from market.grants.models import Grant, Tranche
from market.insight.models import MergeProposal
from market.lifecycle import MergeState, OrganisationState, Role, SceneState, SolutionState
from market.matches.models import MatchRun
from market.meetings.models import Participant
from market.pilots.models import Milestone
from market.reviews.models import Review
from market.web import secrets
from market.web.middleware import SESSION_COOKIE
from tests import decisions, factories
from tests.browser import ORIGIN
from tests.meetings import rows as meetings

MARKUP = "<script>alert(1)</script>\"'>&"
HEAD, TAIL = "KANARIENKOPF", "KANARIENSCHWANZ"
CANARY = f"{HEAD} {TAIL} {MARKUP}"


@dataclass
class World:
    """The people by name, with their tokens, and the ids of every kind of row by name."""

    people: dict[str, Actor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def path(self, pattern: str) -> str:
        """Return *pattern* with the names in braces replaced by ids."""
        return pattern.format(**self.ids)

    def visitor(self, app: Starlette, name: str) -> httpx.AsyncClient:
        """Return a client that is signed in as *name*; the stranger is not."""
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)
        client.cookies.set("jiebang_locale", "en")
        client.cookies.set("jiebang_visitor", "the same each time")
        if name in self.tokens:
            client.cookies.set(SESSION_COOKIE, self.tokens[name])
        return client

    def csrf(self, name: str) -> str:
        """Return the token that forms of this person carry."""
        return secrets.digest("csrf", secrets.digest("browser", self.tokens.get(name, "the same each time")))


async def build_world() -> World:
    """Make the people and the rows, a sealed bid last: its round is open at the time at which the clock stands."""
    world = World()
    await _people(world)
    await _offers_and_needs(world)
    await _decisions(world)
    await _pilot(world)
    await _sessions(world)
    await _sealed_bid(world)
    world.ids["nobody"] = 987_654
    for name, actor in world.people.items():
        person = await Person.get(id=actor.person_id)
        membership = await Membership.get(person_id=person.id)
        world.tokens[name] = await start_session(person, membership.id)
    return world


async def _people(world: World) -> None:
    roles = {
        "buyer": Role.BUYER, "buyer2": Role.BUYER, "vendor": Role.VENDOR, "vendor2": Role.VENDOR,
        "officer": Role.OFFICER, "auditor": Role.AUDITOR, "reviewer2": Role.REVIEWER, "unverified": Role.BUYER,
        "suspended": Role.VENDOR,
    }  # fmt: skip
    states = {"unverified": OrganisationState.UNVERIFIED, "suspended": OrganisationState.SUSPENDED}
    for name, role in roles.items():
        state = states.get(name, OrganisationState.VERIFIED)
        organisation = await factories.make_organisation(
            factories.KIND_OF_ROLE[role], name=f"{name} {MARKUP}", name_en=f"{name} {MARKUP}", intro=MARKUP, state=state
        )
        person = await factories.make_person(role, organisation, name=f"{name} {MARKUP}")
        world.people[name] = await factories.actor_for(person)
        world.ids[f"{name}_organisation"] = organisation.id


async def _offers_and_needs(world: World) -> None:
    texts = dict.fromkeys(("title", "title_en", "problem", "outcome", "data_description", "acceptance_test"), MARKUP)
    buyer, vendor = world.people["buyer"], world.people["vendor"]
    for state in (SceneState.DRAFT, SceneState.SUBMITTED, SceneState.RETURNED, SceneState.PUBLISHED,
                  SceneState.WITHDRAWN):  # fmt: skip
        scene = await factories.make_scene(
            state=state, organisation_id=buyer.organisation_id, region=MARKUP, officer_comment=MARKUP, **texts
        )
        world.ids[f"{state}_scene"] = scene.id
    for offer in SolutionState:
        solution = await factories.make_solution(
            state=offer, organisation_id=vendor.organisation_id, title=MARKUP, title_en=MARKUP, summary=MARKUP
        )
        world.ids[f"{offer}_solution"] = solution.id
    await factories.make_filing(model=MARKUP, entity=MARKUP)
    search = await SavedSearch.create(
        person_id=vendor.person_id, organisation_id=vendor.organisation_id, name=MARKUP, query=MARKUP,
        filters={"region": MARKUP}, created_at=clock.now(),
    )  # fmt: skip
    now = clock.now()
    run = await MatchRun.create(scene_id=world.ids["published_scene"], asked_at=now, started_at=now, finished_at=now)
    world.ids |= {"saved_search": search.id, "run": run.id}
    other = await factories.make_scene(organisation_id=world.people["buyer2"].organisation_id, title=MARKUP)
    mine, theirs = sorted((world.ids["published_scene"], other.id))
    pair = await MergeProposal.create(
        kind="scene", first_id=mine, second_id=theirs, likeness=0.97, shared=0.8, state=MergeState.PROPOSED,
        keep_id=other.id, reason=MARKUP, found_at=now, proposed_at=now,
        proposed_by_id=world.people["officer"].person_id,
    )  # fmt: skip
    world.ids["merge"] = pair.id


async def _decisions(world: World) -> None:
    proposed = await decisions.make_award(approve=False)
    world.ids["proposed_award"] = proposed.id
    paused = await decisions.make_award()
    async with unit_of_work() as work:
        written = ObjectionText(f"王五 {MARKUP}", f"wang@example.com {MARKUP}", MARKUP)
        objection = await raise_objection(paused, written, work=work, actor=world.people["buyer2"])
    world.ids |= {"paused_award": paused.id, "objection": objection.id}
    challenge = await decisions.make_challenge_in_review(vendors=[world.people["vendor"], world.people["vendor2"]])
    await Challenge.filter(id=challenge.id).update(title=MARKUP, title_en=MARKUP, summary=MARKUP)
    panel = await decisions.make_panel(challenge)
    world.people["reviewer"] = panel[0]
    bid = await Bid.get(round__challenge_id=challenge.id, organisation_id=world.people["vendor"].organisation_id)
    review = await Review.get(bid_id=bid.id, reviewer_id=panel[0].person_id)
    bidding_round = await Round.get(challenge_id=challenge.id)
    world.ids |= {
        "reviewed_challenge": challenge.id, "opened_bid": bid.id, "review": review.id, "closed_round": bidding_round.id
    }  # fmt: skip


async def _pilot(world: World) -> None:
    pilot = await factories.make_pilot(world.people["buyer"], world.people["vendor"])
    milestone = await Milestone.filter(pilot_id=pilot.id).order_by("position").first()
    assert milestone is not None
    async with unit_of_work() as work:
        file = await store_file(
            Upload(f"evidence {MARKUP}.txt", b"evidence"), subject="Milestone", subject_id=milestone.id, work=work,
            actor=world.people["vendor"], limit_mb=1,
        )  # fmt: skip
    await Milestone.filter(pilot_id=pilot.id).update(title=MARKUP)
    award = await Award.get(id=pilot.award_id).select_related("challenge")
    grant = await Grant.get(award_id=award.id)
    tranche = await Tranche.filter(grant_id=grant.id).order_by("id").first()
    assert tranche is not None
    world.ids |= {
        "pilot": pilot.id, "milestone": milestone.id, "evidence": file.id, "grant": grant.id, "tranche": tranche.id,
        "fund": grant.fund_id, "confirmed_award": award.id, "awarded_challenge": award.challenge_id,
    }  # fmt: skip


async def _sessions(world: World) -> None:
    """A draft, and one that is scheduled: the buyer and the vendor meet; what they wrote is for them alone."""
    officer, buyer, vendor = (world.people[name] for name in ("officer", "buyer", "vendor"))
    texts = dict.fromkeys(("title", "title_en", "place", "place_en", "about", "about_en"), MARKUP)
    draft = await meetings.make_session(officer, announce=False, **texts)
    session = await meetings.make_session(officer, **texts)
    scene = await factories.make_scene(organisation_id=buyer.organisation_id, title=MARKUP)
    solution = await factories.make_solution(organisation_id=vendor.organisation_id, title=MARKUP)
    for actor in (buyer, vendor):
        place = await meetings.join(session, actor)
        await meetings.want(session, actor, place, {(scene.id, solution.id): "very"})
    session = await meetings.close_interest(session, officer)
    [meeting] = await meetings.compute(session, officer)
    await meetings.publish(session, officer)
    place = await Participant.get(session_id=session.id, organisation_id=vendor.organisation_id)
    world.ids |= {
        "draft_session": draft.id, "session": session.id, "meeting": meeting.id, "participant": place.id,
    }  # fmt: skip


async def _sealed_bid(world: World) -> None:
    vendor = world.people["vendor"]
    draft = await factories.make_challenge(publish=False, buyer=world.people["buyer"], title=MARKUP)
    challenge = await factories.make_challenge(buyer=world.people["buyer"], title=MARKUP)
    bidding_round = await Round.get(challenge_id=challenge.id)
    milestones = [{"title": CANARY, "due_week": 20, "percent": 100}]
    bid = await factories.make_bid(
        bidding_round, vendor, submit=False, approach=CANARY, team=CANARY, price_fen=77_123_456, milestones=milestones
    )
    async with unit_of_work() as work:
        file = await attach_file(bid, Upload(f"{CANARY}.txt", CANARY.encode()), work=work, actor=vendor)
    async with unit_of_work() as work:
        await submit_bid(bid, revision=bid.revision, work=work, actor=vendor)
    world.ids |= {
        "draft_challenge": draft.id, "open_challenge": challenge.id, "open_round": bidding_round.id,
        "sealed_bid": bid.id, "sealed_file": file.id,
    }  # fmt: skip

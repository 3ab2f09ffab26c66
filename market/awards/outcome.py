"""What follows when a challenge has its winners: the others are told, challenge and scenes move on."""

from market.awards.models import Award
from market.awards.queries import scenes_of_challenges
from market.bids.models import Bid
from market.bids.queries import opened_bids
from market.challenges.actions import award_challenge
from market.challenges.models import Challenge
from market.challenges.queries import scenes_of
from market.core.moves import make_move
from market.core.permissions import Actor
from market.core.text import Text, _
from market.core.work import Work
from market.lifecycle import BidState, SceneState
from market.scenes.actions import award_scene


async def conclude(challenge: Challenge, *, work: Work, actor: Actor) -> None:
    """End an awarded challenge: the remaining bids are not selected and told so, the scenes are awarded."""
    for bid in await opened_bids(challenge.id):
        if bid.state is BidState.OPENED:
            await make_move("pass_over_bid", bid, work=work, actor=actor)
            work.tell(_("Challenge %(number)s is decided. See your scores and your place.", number=challenge.number),
                      f"/bids/{bid.id}/result", organisation_id=bid.organisation.id)  # fmt: skip
    await award_challenge(challenge, work=work, actor=actor)
    for scene in await scenes_of(challenge.id):
        if scene.state is SceneState.CHALLENGED:
            await award_scene(scene, work=work, actor=actor)


async def tell_of_award(award: Award, text: Text, *, work: Work, vendor_link: str | None = None) -> None:
    """Tell the vendor and the buyers of the scenes what happened to an award."""
    bid = await Bid.get(id=award.bid_id)
    work.tell(text, vendor_link or f"/notices/{award.id}", organisation_id=bid.organisation_id)  # type: ignore[attr-defined]
    scenes = (await scenes_of_challenges([award.challenge_id])).get(award.challenge_id, [])
    for buyer_id in sorted({scene["buyer_id"] for scene in scenes if scene["buyer_id"] is not None}):
        work.tell(text, f"/notices/{award.id}", organisation_id=buyer_id)

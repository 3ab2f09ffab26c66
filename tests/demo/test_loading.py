from collections import Counter

import pytest

from market.awards.models import Award
from market.challenges.models import Challenge, Round
from market.core.audit import verify_audit
from market.core.errors import MarketError
from market.core.models import AuditEvent
from market.demo import ACCOUNTS, load
from market.grants.ledger import verify_ledger
from market.lifecycle import AwardState, ChallengeState, PilotState, Role, RoundState, SceneState
from market.pilots.models import Pilot
from market.scenes.models import Scene
from tests.browser import Browser
from tests.factories import make_organisation


def ignore(*_told: object) -> None:
    """Nobody watches."""


async def test_the_district_has_something_at_every_stage_and_its_books_are_sound(browser: Browser) -> None:
    result = await load(on_progress=ignore)
    assert result.loaded
    scenes = Counter(await Scene.all().values_list("state", flat=True))
    assert set(scenes) == set(SceneState) - {SceneState.AWARDED}
    challenges = set(await Challenge.all().values_list("state", flat=True))
    assert challenges == set(ChallengeState) - {ChallengeState.CANCELLED}
    assert set(await Award.all().values_list("state", flat=True)) == {
        AwardState.PROPOSED, AwardState.IN_NOTICE, AwardState.PAUSED, AwardState.CONFIRMED,
    }  # fmt: skip
    assert set(await Pilot.all().values_list("state", flat=True)) == {PilotState.RUNNING, PilotState.ACCEPTED}
    assert set(await Round.all().values_list("state", flat=True)) >= {
        RoundState.PLANNED, RoundState.SCHEDULED, RoundState.OPEN, RoundState.CLOSED,
    }  # fmt: skip
    assert (await verify_audit()).sound
    assert (await verify_ledger()).sound
    times = await AuditEvent.all().order_by("number").values_list("at", flat=True)
    assert times == sorted(times)

    again = await load(on_progress=ignore)
    assert not again.loaded
    for account in ACCOUNTS:
        page = await browser.sign_in(account.email, account.password)
        assert page.url.endswith("/desk")


async def test_a_database_with_other_data_is_left_alone(db: object) -> None:
    await make_organisation()
    with pytest.raises(MarketError, match="holds data that is not the demonstration's"):
        await load(on_progress=ignore)
    with pytest.raises(MarketError, match="holds data that is not the demonstration's"):
        await load(reset=True, on_progress=ignore)


def test_there_is_an_account_for_every_role() -> None:
    assert {account.role for account in ACCOUNTS} == set(Role) - {Role.CLOCK}

from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from market import lifecycle
from market.accounts.models import Organisation
from market.core.errors import MarketError, NotAllowedError, StaleStateError, WrongStateError
from market.core.models import AuditEvent
from market.core.moves import make_move
from market.core.permissions import Actor
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.lifecycle import MOVES, OrganisationState, Role, SceneState, find_move, moves_from
from market.scenes.models import Scene

SCENE_MOVES = sorted({move.name for move in MOVES if move.subject == "Scene"})


@pytest.mark.parametrize("name", SCENE_MOVES)
async def test_every_cell(db: object, name: str) -> None:
    """What the table allows happens with one audit event; everything else is refused and changes nothing."""
    for state, role in product(SceneState, Role):
        scene = await Scene.create(title="x", state=state)
        outcome = await attempt(name, scene, role)
        move = find_move(name, state)
        allowed = move is not None and role in move.roles
        refusal = NotAllowedError if move else WrongStateError
        stored = await Scene.get(id=scene.id)
        events = await AuditEvent.filter(subject_id=scene.id).values_list("event", "source", "target", "role")
        if move and allowed:
            assert (outcome, stored.state) == (None, move.target), (state, role)
            assert events == [(name, str(state), str(move.target), role)]
        else:
            assert (outcome, stored.state, events) == (refusal, state, []), (state, role)


async def attempt(name: str, scene: Scene, role: Role) -> type[MarketError] | None:
    try:
        async with unit_of_work() as work:
            await make_move(name, scene, work=work, actor=Actor(role=role, name="x", person_id=7), reason="because")
    except MarketError as error:
        return type(error)
    return None


async def test_a_move_that_needs_a_reason_is_refused_without_one(db: object) -> None:
    scene = await Scene.create(title="x", state=SceneState.SUBMITTED)
    officer = Actor(role=Role.OFFICER, name="o", person_id=1)
    with pytest.raises(MarketError, match="Give a reason"):
        async with unit_of_work() as work:
            await make_move("return_scene", scene, work=work, actor=officer, reason="  ")
    assert await AuditEvent.all().count() == 0


async def test_the_second_of_two_who_move_at_once_is_told(db: object) -> None:
    first = await Scene.create(title="x", state=SceneState.SUBMITTED)
    second = await Scene.get(id=first.id)
    officer = Actor(role=Role.OFFICER, name="o", person_id=1)
    async with unit_of_work() as work:
        await make_move("publish_scene", first, work=work, actor=officer)
    with pytest.raises(StaleStateError, match="Someone else changed this first"):
        async with unit_of_work() as work:
            await make_move("return_scene", second, work=work, actor=officer, reason="late")
    assert (await Scene.get(id=first.id)).state is SceneState.PUBLISHED


async def test_a_failure_after_a_move_takes_the_move_and_its_event_back(db: object) -> None:
    scene = await Scene.create(title="x", state=SceneState.SUBMITTED)
    officer = Actor(role=Role.OFFICER, name="o", person_id=1)
    with pytest.raises(RuntimeError, match="power cut"):  # noqa: PT012
        async with unit_of_work() as work:
            await make_move("publish_scene", scene, work=work, actor=officer)
            raise RuntimeError("power cut")
    assert (await Scene.get(id=scene.id)).state is SceneState.SUBMITTED
    assert await AuditEvent.all().count() == 0


async def test_a_move_changes_its_other_fields_in_the_same_update(db: object) -> None:
    organisation = await Organisation.create(name="x", kind=OrganisationKind.BUYER)
    actor = Actor(role=Role.BUYER, name="b", person_id=1, organisation_id=organisation.id)
    async with unit_of_work() as work:
        await make_move("verify_organisation", organisation, work=work, actor=actor, uscc="91")
    assert (organisation.state, organisation.uscc) == (OrganisationState.VERIFIED, "91")
    assert (await AuditEvent.get()).details == {"uscc": "91"}


def enums() -> list[type[StrEnum]]:
    named: list[Any] = [getattr(lifecycle, name) for name in dir(lifecycle) if name.endswith("State")]
    return named


@pytest.mark.parametrize("states", enums(), ids=lambda states: states.__name__)
def test_every_state_can_be_reached_or_is_a_beginning(states: type[StrEnum]) -> None:
    reached = {move.target for move in MOVES if type(move.target) is states}
    beginnings = {member for member in states if member not in reached}
    left = {move.source for move in MOVES if type(move.source) is states}
    assert beginnings <= left
    assert len(beginnings) <= 1


def test_buttons_are_in_the_order_of_the_table() -> None:
    names = [move.name for move in moves_from(SceneState.SUBMITTED, Role.OFFICER)]
    assert names == ["return_scene", "publish_scene"]
    assert moves_from(SceneState.ACCEPTED, Role.BUYER) == []

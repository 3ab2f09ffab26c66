"""Places for the unknown: who gets one, who makes room, and that the same ranking gives the same places."""

from hypothesis import given
from hypothesis import strategies as st

from market.matches.exploring import FIRST, Policy, Standing, give_places, within_margin
from matching.documents import Ranked

POLICY = Policy(slots=2, margin=0.05, seed="7:3")
WINNER = Standing(won=1, shown=40)


def ranked(*scores: float) -> list[Ranked]:
    return [
        Ranked(document_id=number, score=score, dense=0, lexical=0, coverage=0, evidence=())
        for number, score in enumerate(scores, start=1)
    ]


TWELVE = ranked(*(0.9 - number / 100 for number in range(12)))
VENDORS: dict[int, int | None] = {number: 100 + number for number in range(1, 13)}
KNOWN = {100 + number: WINNER for number in range(1, 11)}


def test_two_of_the_first_ten_places_go_to_newcomers_and_say_so() -> None:
    places = give_places(TWELVE, VENDORS, KNOWN, POLICY)
    assert [place.ranked.document_id for place in places] == [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 9, 10]
    assert [(place.rank, place.merit) for place in places if place.explored] == [(9, 11), (10, 12)]
    assert [place.rank for place in places] == list(range(1, 13))


def test_who_is_further_than_the_margin_gets_no_place() -> None:
    far = [*TWELVE[:10], *ranked(*[0.5] * 12)[10:]]
    assert not any(place.explored for place in give_places(far, VENDORS, KNOWN, POLICY))
    assert within_margin(far, 0.05) == []
    assert [item.document_id for item in within_margin(TWELVE, 0.015)] == [11]


def test_nobody_makes_room_for_somebody_as_well_known() -> None:
    assert not any(place.explored for place in give_places(TWELVE, VENDORS, {}, POLICY))


def test_whoever_was_shown_less_comes_before_whoever_was_shown_more() -> None:
    shown = {100 + number: Standing(shown=50) for number in range(1, 11)} | {111: Standing(shown=9)}
    one = Policy(slots=1, margin=0.05, seed="7:3")
    [place] = [place for place in give_places(TWELVE, VENDORS, shown, one) if place.explored]
    assert (place.ranked.document_id, place.rank) == (12, 10)


def test_a_vendor_gets_one_place_and_none_where_it_is_shown_already() -> None:
    same = VENDORS | {11: 200, 12: 200}
    assert [place.merit for place in give_places(TWELVE, same, KNOWN, POLICY) if place.explored] == [11]
    there = VENDORS | {11: 101, 12: 102}
    assert not any(place.explored for place in give_places(TWELVE, there, {}, POLICY))


def test_a_solution_without_a_vendor_is_not_shown_for_its_sake() -> None:
    imported = VENDORS | {11: None}
    assert [place.merit for place in give_places(TWELVE, imported, KNOWN, POLICY) if place.explored] == [12]


def test_the_seed_decides_between_equals() -> None:
    many = ranked(*([0.9] * 10 + [0.88] * 30))
    vendors: dict[int, int | None] = {number: 100 + number for number in range(1, 41)}
    chosen = {
        seed: [place.ranked.document_id for place in give_places(many, vendors, KNOWN, Policy(2, 0.05, seed))[8:10]]
        for seed in ("1:1", "1:2", "2:1", "3:1")
    }
    assert chosen == {
        seed: [place.ranked.document_id for place in give_places(many, vendors, KNOWN, Policy(2, 0.05, seed))[8:10]]
        for seed in chosen
    }
    assert len({tuple(places) for places in chosen.values()}) > 1


@given(
    st.lists(st.floats(0, 1), max_size=30), st.lists(st.integers(0, 3), min_size=30, max_size=30),
    st.integers(0, 4), st.floats(0, 0.3),
)  # fmt: skip
def test_nothing_is_lost_and_the_order_of_the_others_stays(
    scores: list[float], won: list[int], slots: int, margin: float
) -> None:
    items = ranked(*sorted(scores, reverse=True))
    vendors: dict[int, int | None] = {item.document_id: item.document_id for item in items}
    standings = {item.document_id: Standing(won=won[item.document_id - 1]) for item in items}
    places = give_places(items, vendors, standings, Policy(slots, margin, "s"))
    assert sorted(place.ranked.document_id for place in places) == [item.document_id for item in items]
    rest = [place.ranked.document_id for place in places if not place.explored]
    assert rest == sorted(rest)
    explored = [place for place in places if place.explored]
    assert len(explored) <= slots
    assert all(place.rank <= FIRST < place.merit for place in explored)

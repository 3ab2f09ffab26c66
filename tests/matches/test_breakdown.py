"""A score's parts: they add up to it, and what takes away is shown as taken away."""

import pytest

from market.matches.breakdown import WIDTH, break_down

PARTS = {"meaning": 0.31, "words": 0.12, "coverage": 0.2, "price": -0.03, "region": 0.0, "field": 0.02}


def test_the_parts_add_up_to_the_score() -> None:
    found = break_down(0.62, PARTS)
    assert [(piece.name, str(piece.label), piece.value) for piece in found.pieces] == [
        ("meaning", "Meaning", 0.31), ("coverage", "Requirements supported", 0.2), ("words", "Shared words", 0.12),
        ("field", "Field", 0.02), ("price", "Price", -0.03),
    ]  # fmt: skip
    assert sum(piece.value for piece in found.pieces) == pytest.approx(found.score)


def test_pieces_lie_end_to_end_and_what_is_taken_away_covers_the_end() -> None:
    found = break_down(0.62, PARTS)
    drawn = [piece for piece in found.pieces if piece.length]
    assert [piece.x for piece in drawn] == [0.0, 31.0, 51.0, 63.0]
    assert (found.taken_x, found.taken) == (62.0, 3.0)
    assert drawn[-1].x + drawn[-1].length == found.taken_x + found.taken
    assert break_down(0.5, {"meaning": 0.5}).taken == 0.0


def test_a_part_that_nobody_named_keeps_its_name_and_more_than_all_fits_the_bar() -> None:
    found = break_down(1.0, {"novelty": 1.0})
    assert (str(found.pieces[0].label), found.pieces[0].length) == ("novelty", WIDTH)

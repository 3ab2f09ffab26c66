"""Which parts of a text are marked."""

import pytest

from market.search.highlighting import Piece, marked


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("钢板表面缺陷检测", ["缺陷", "缺陷检测"], ["缺陷检测"]),
        ("Defect Detection for steel", ["detect", "steel"], ["Detect", "steel"]),
        ("a part of art", ["art"], ["art"]),
        ("100% <b>", ["<b>", "%"], ["%", "<b>"]),
        ("没有", ["缺陷"], []),
        ("text", [" ", ""], []),
    ],
)
def test_marked(text: str, words: list[str], found: list[str]) -> None:
    pieces = marked(text, words)
    assert [piece.text for piece in pieces if piece.marked] == found
    assert "".join(piece.text for piece in pieces) == text


def test_nothing_has_no_pieces() -> None:
    assert marked("", ["x"]) == []
    assert marked("x", []) == [Piece("x", marked=False)]

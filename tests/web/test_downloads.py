import pytest

from market.web.downloads import spreadsheet_text


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_what_looks_like_a_formula_is_a_text(first: str) -> None:
    text = f"{first}HYPERLINK(A1)"
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "钢板质检", "a=b", "3-5", "'=A1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert spreadsheet_text(text) == text

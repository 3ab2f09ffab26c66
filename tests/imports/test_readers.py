from pathlib import Path

import pytest

from market.core.errors import InvalidError
from market.imports.readers import read_rows
from tests.imports.files import HEADING, LINES, write_csv, write_lines, write_sheet

FIRST = dict(zip(HEADING, LINES[0], strict=True))
SECOND = {name: cell for name, cell in zip(HEADING, LINES[1], strict=True) if cell}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_a_csv_is_read_in_whatever_encoding_it_was_saved(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "需求.csv", [HEADING, *LINES], encoding=encoding)
    assert [(row.number, row.values) for row in read_rows(path)] == [(2, FIRST), (3, SECOND)]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_csv_says_by_its_heading_what_separates(tmp_path: Path, delimiter: str) -> None:
    path = write_csv(tmp_path / "rows.csv", [HEADING, *LINES], delimiter=delimiter)
    assert [row.values for row in read_rows(path)] == [FIRST, SECOND]


def test_a_spreadsheet_gives_the_rows_that_people_see(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "rows.xlsx", [[], ["name", "price", ""], ["抓取手", 12, "x"], [], ["导诊", 1.5]])
    assert [(row.number, row.values) for row in read_rows(path)] == [
        (3, {"name": "抓取手", "price": 12, "column 3": "x"}),
        (5, {"name": "导诊", "price": 1.5}),
    ]


def test_broken_lines_are_faults_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"title": "a"}\n{"title": \n\n[1]\n{"title": "\xff"}\n{"title": "b"}')
    rows = list(read_rows(path))
    assert [(row.number, row.values, str(row.fault or "")) for row in rows] == [
        (1, {"title": "a"}, ""),
        (2, {}, "Not valid JSON from character 10 on. Correct the line."),
        (4, {}, 'The line must be one JSON object, for example {"title": "…"}.'),
        (5, {}, "The line is not UTF-8. Save the file as UTF-8 and import it again."),
        (6, {"title": "b"}, ""),
    ]
    assert rows[1].raw == '{"title":'


def test_a_row_with_too_many_cells_is_a_fault(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "rows.csv", [["title", "title"], ["a", "b"], ["a", "b", "c"]])
    rows = list(read_rows(path))
    assert [row.values for row in rows] == [{"title": "a", "title (2)": "b"}] * 2
    assert [str(row.fault or "")[:31] for row in rows] == ["", "The row has more cells than the"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF", "a.pdf: this kind of file cannot be imported. Save it as .jsonl, .csv or .xlsx."),
        ("a.xlsx", b"nothing", "a.xlsx cannot be read as a spreadsheet. Save it as .xlsx or .csv again."),
    ],
)
def test_a_file_that_is_none_of_these_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidError) as refusal:
        list(read_rows(path))
    assert str(refusal.value) == reason


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert list(read_rows(write_lines(tmp_path / "a.jsonl"))) == []
    (tmp_path / "a.csv").write_text("")
    assert list(read_rows(tmp_path / "a.csv")) == []

"""Small files that the tests import, written by us."""

import csv
import json
from pathlib import Path
from typing import Any

import xlsxwriter

HEADING = ["编号", "项目名称", "需求单位", "所属领域", "需求描述", "技术要求", "预算（万元）", "截止日期", "联系人"]
LINES = [
    [
        "XQ-1", "冷轧带钢表面缺陷检测", "江畔钢铁有限公司", "工业质检", "夜班漏检多，\n靠人眼。",
        "必须在本地部署；误报率低于3%", "120", "2026/12/31", "王工",
    ],
    ["XQ-2", "门诊导诊问答", "柳树医院", "医疗", "", "", "", "", ""],
]  # fmt: skip


def write_lines(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_csv(path: Path, lines: list[list[str]], *, encoding: str = "utf-8-sig", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    return path


def write_sheet(path: Path, lines: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return path

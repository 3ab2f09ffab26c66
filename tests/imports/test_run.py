"""Files into the database: what is created, what a second run does, what is set aside."""

import json
from pathlib import Path
from typing import Any

import pytest

from market.accounts.models import Organisation
from market.core.audit import verify_audit
from market.core.errors import InvalidError
from market.core.models import AuditEvent, QueuedJob
from market.core.moves import make_move
from market.core.vocabulary import OrganisationKind
from market.core.work import unit_of_work
from market.imports.report import ImportReport
from market.imports.run import import_files
from market.lifecycle import OrganisationState, Role, SceneState, SolutionState
from market.scenes.models import Requirement, Scene
from market.settings import settings
from market.solutions.models import Capability, Filing, ModelUse, Solution
from tests.factories import make_actor
from tests.imports.files import HEADING, LINES, write_csv, write_lines, write_sheet


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return (report.total("created"), report.total("updated"), report.total("unchanged"), report.total("rejected"))


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("*"))


def rejects_in(report: ImportReport) -> list[dict[str, Any]]:
    kept = Path(report.files[0].rejects or "").read_text(encoding="utf-8")
    return [json.loads(line) for line in kept.splitlines()]


async def scene_facts() -> list[dict[str, Any]]:
    names = (
        "source_id", "title", "field", "problem", "budget_max_fen", "start_by", "state", "revision", "source",
        "organisation__name",
    )  # fmt: skip
    return await Scene.all().order_by("id").values(*names)


@pytest.mark.parametrize("form", ["csv", "gb18030", "xlsx"])
async def test_a_chinese_table_becomes_published_scenes(db: object, tmp_path: Path, form: str) -> None:
    if form == "xlsx":
        path = write_sheet(tmp_path / "demands.xlsx", [HEADING, *LINES])
    else:
        encoding = {"csv": "utf-8-sig", "gb18030": "gb18030"}[form]
        path = write_csv(tmp_path / "demands.csv", [HEADING, *LINES], encoding=encoding)
    report = await import_files("scenes", [path])
    assert counts(report) == (2, 0, 0, 0)
    assert report.files[0].unused == ["联系人"]
    first, second = await scene_facts()
    assert first == {
        "source_id": "scenes:XQ-1", "title": "冷轧带钢表面缺陷检测", "field": "smart_manufacturing",
        "problem": "夜班漏检多，\n靠人眼。", "budget_max_fen": 120_000_000, "start_by": first["start_by"],
        "state": SceneState.PUBLISHED, "revision": 1, "source": "", "organisation__name": "江畔钢铁有限公司",
    }  # fmt: skip
    assert str(first["start_by"]) == "2026-12-31"
    assert (second["title"], second["problem"], second["field"]) == ("门诊导诊问答", "", "healthcare")
    asked = await Requirement.all().order_by("position").values_list("text", "kind")
    assert [(text, str(kind)) for text, kind in asked] == [("必须在本地部署", "must"), ("误报率低于3%", "wish")]
    owner = await Organisation.get(name="柳树医院")
    assert (owner.kind, owner.state, owner.uscc) == (OrganisationKind.BUYER, OrganisationState.UNVERIFIED, None)
    assert owner.source_id == "buyer:柳树医院"


async def test_the_same_rows_again_change_nothing_and_a_changed_one_only_itself(db: object, tmp_path: Path) -> None:
    rows = [
        {"id": f"a{n}", "title": f"需求{n}", "organisation": "甲厂", "requirements": ["须快", "准"]} for n in range(3)
    ]
    path = write_lines(tmp_path / "a.jsonl", *rows)
    assert counts(await import_files("scenes", [path])) == (3, 0, 0, 0)
    before = await Scene.all().order_by("id").values()
    assert counts(await import_files("scenes", [path])) == (0, 0, 3, 0)
    assert await Scene.all().order_by("id").values() == before
    rows[1] |= {"requirements": ["准", "稳"]}
    rows[2] |= {"description": "改了"}
    assert counts(await import_files("scenes", [write_lines(tmp_path / "a.jsonl", *rows)])) == (0, 2, 1, 0)
    after = await Scene.all().order_by("id").values()
    assert (after[0], [row["revision"] for row in after]) == (before[0], [1, 2, 2])
    assert after[2]["problem"] == "改了"
    asked = await Requirement.filter(scene_id=after[1]["id"]).order_by("position").values_list("text", flat=True)
    assert asked == ["准", "稳"]
    assert await Organisation.all().count() == 1
    events = await AuditEvent.all().order_by("number").values_list("event", "details")
    assert [(name, values["created"], values["updated"]) for name, values in events] == [
        ("import_rows", 3, 0), ("import_rows", 0, 2),
    ]  # fmt: skip
    assert await QueuedJob.all().values_list("name", flat=True) == ["refresh_index"]  # a waiting one is enough
    assert (await verify_audit()).sound


async def test_bad_rows_are_kept_with_their_reason_and_the_rest_goes_in(db: object, tmp_path: Path) -> None:
    rows: list[dict[str, Any] | str] = [
        {"title": "好的一行", "organisation": "甲厂"}, {"title": "", "description": "没有标题"}, "{",
        {"title": "好的一行", "organisation": "甲厂", "description": "又来"}, {"title": "坏\x00字\ud800符"},
        {"title": "很" * 400},
    ]  # fmt: skip
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    path.chmod(0o400)
    report = await import_files("scenes", [path])
    assert counts(report) == (3, 0, 0, 3)
    assert [row["title"][:4] for row in await scene_facts()] == ["好的一行", "坏字符", "很很很很"]
    long = await Scene.get(title__startswith="很")
    assert (len(long.title), long.problem) == (300, "很" * 400)
    assert report.files[0].rejects == str(settings().data_dir / "imports" / "mixed.jsonl.rejects.jsonl")
    kept = rejects_in(report)
    assert [(each["row"], each["reason"]) for each in kept] == [
        (2, "The row has no title. Fill it in."),
        (3, "Not valid JSON from character 2 on. Correct the line."),
        (4, "The same as row 1. Remove one of them, or give them different ids."),
    ]
    assert (kept[0]["reason_zh"], kept[0]["values"], kept[1]["raw"]) == (
        "这一行没有标题，请补上。", rows[1], "{",
    )  # fmt: skip
    assert names_in(tmp_path) == ["mixed.jsonl"]


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(db: object, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "dry.jsonl", {"id": "a", "title": "甲", "vendor": "乙公司"}, {"title": ""})
    report = await import_files("solutions", [path], dry_run=True)
    assert (counts(report), report.files[0].rejects) == ((1, 0, 0, 1), None)
    assert str(report).endswith(
        "  1 would be created, 0 would be updated, 0 unchanged, 1 rejected\n"
        "  row 2: The row has no title. Fill it in.\nDry run: nothing was written."
    )
    for model in (Solution, Organisation, AuditEvent, QueuedJob):
        assert await model.all().count() == 0
    assert "dry.jsonl.rejects.jsonl" not in names_in(settings().data_dir / "imports")
    await import_files("solutions", [path])
    assert counts(await import_files("solutions", [path], dry_run=True)) == (0, 0, 1, 1)


async def test_a_column_can_be_mapped_by_hand(db: object, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "odd.csv", [["甲", "标题", "乙"], ["真标题", "假标题", "说明"]])
    report = await import_files("scenes", [path], mapping={"甲": "title", "乙": "problem", "标题": "unused"})
    assert report.files[0].mapping == {"甲": "title", "乙": "problem"}
    assert [(row["title"], row["problem"]) for row in await scene_facts()] == [("真标题", "说明")]
    with pytest.raises(InvalidError) as refusal:
        await import_files("scenes", [path], mapping={"丙": "title"})
    assert str(refusal.value) == "No file has the column 丙. Known: 甲, 标题, 乙"
    with pytest.raises(InvalidError):
        await import_files("scenes", [write_csv(tmp_path / "none.csv", [["甲"], ["x"]])])


async def test_what_people_moved_on_is_not_changed(db: object, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "b.jsonl", {"id": "b1", "title": "甲"}, {"id": "b2", "title": "乙"})
    await import_files("scenes", [path])
    scene = await Scene.get(source_id="scenes:b1")
    async with unit_of_work() as work:
        await make_move("challenge_scene", scene, work=work, actor=await make_actor(Role.OFFICER))
    assert counts(await import_files("scenes", [path])) == (0, 0, 2, 0)
    changed = write_lines(tmp_path / "b.jsonl", {"id": "b1", "title": "新甲"}, {"id": "b2", "title": "新乙"})
    report = await import_files("scenes", [changed])
    assert counts(report) == (0, 1, 0, 1)
    assert report.files[0].reasons[0]["reason"] == (
        "It differs from the file, but its status here is “Challenged”: change it on its page."
    )
    assert [row["title"] for row in await scene_facts()] == ["甲", "新乙"]


async def test_objects_and_lists_find_their_place(db: object, tmp_path: Path) -> None:
    row = {
        "id": "c1", "title": "Route planning", "description": "Trucks wait.", "language": "en", "budget": "EUR 50 000",
        "requirements": {"Expected Outcome": "Shorter waits.", "data": "GPS tracks", "Scope": "City centre",
                         "Summary": "Trucks wait."},
        "source": "https://example.org/c1",
    }  # fmt: skip
    await import_files("scenes", [write_lines(tmp_path / "c.jsonl", row)])
    scene = await Scene.get(source_id="scenes:c1")
    assert (scene.problem, scene.outcome, scene.data_description) == (
        "Trucks wait.\n\nScope: City centre", "Shorter waits.", "GPS tracks",
    )  # fmt: skip
    assert (scene.budget_max_fen, scene.source) == (None, "budget: EUR 50 000 · https://example.org/c1")
    assert await Requirement.all().count() == 0


async def test_solutions_take_both_languages_and_their_capabilities(db: object, tmp_path: Path) -> None:
    row = {
        "id": "d1", "title": "Seam inspector", "title_zh": "焊缝检查", "description": "Finds pores.",
        "tagline": "Finds pores",
        "description_zh": "找出气孔。", "vendor": "北岸视觉", "region": "苏州", "features": ["0.1 mm pores", "30 fps"],
        "domain_zh": "工业", "price": "20万元", "deployment": "边缘，或本地",
    }  # fmt: skip
    await import_files("solutions", [write_lines(tmp_path / "d.jsonl", row)])
    solution = await Solution.get(source_id="solutions:d1").select_related("organisation")
    assert (solution.title, solution.title_en, solution.summary) == (
        "焊缝检查", "Seam inspector", "找出气孔。\n\nFinds pores.",
    )  # fmt: skip
    assert (solution.state, solution.fields_served, solution.deployments, solution.regions) == (
        SolutionState.PUBLISHED, ["smart_manufacturing"], ["on_premises", "edge"], [],
    )  # fmt: skip
    assert (solution.price_max_fen, solution.organisation.region) == (20_000_000, "苏州")
    said = await Capability.all().order_by("position").values_list("text", flat=True)
    assert said == ["0.1 mm pores", "30 fps"]


FILINGS = [
    ["kind", "no", "jurisdiction", "model", "entity", "date", "filing_number", "note"],
    ["备案", "1", "上海", "远帆大模型", "远帆科技", "2023/8/31", "Shanghai-YuanFan-20230831", ""],
    ["登记", "1", "", "", "某医院", "", "", "name not listed"],
    ["备案", "2", "", "", "", "", "", ""],
    ["备案", "3", "", "灯塔", "灯塔公司", "八月底", "", ""],
]


async def test_filings_come_in_with_their_blanks_and_meet_their_models(db: object, tmp_path: Path) -> None:
    registry = write_csv(tmp_path / "registry.csv", FILINGS)
    products = write_lines(
        tmp_path / "e.jsonl",
        {"id": "e1", "title": "远帆客服", "模型": "远帆", "备案号": "shanghai-yuanfan-20230831"},
        {"id": "e2", "title": "未备案产品", "备案号": "Shanghai-None-1"},
    )
    await import_files("solutions", [products])
    report = await import_files("filings", [registry])
    assert (counts(report), report.filings_linked) == ((2, 0, 0, 2), 1)
    assert [reason["reason"] for reason in report.files[0].reasons] == [
        "The row names neither a model nor an entity. Fill in one of them.",
        "“八月底” is no date. Write it like 2023/8/31 or 2023-08-31.",
    ]
    rows = await Filing.all().order_by("id").values("source_id", "model", "entity", "filed_on", "jurisdiction")
    assert [(row["source_id"], row["model"], str(row["filed_on"])) for row in rows] == [
        ("filings:备案-1", "远帆大模型", "2023-08-31"), ("filings:登记-1", "", "None"),
    ]  # fmt: skip
    uses = await ModelUse.all().order_by("id").values("name", "filing__model")
    assert uses == [{"name": "远帆", "filing__model": "远帆大模型"}, {"name": "未备案产品", "filing__model": None}]
    assert counts(await import_files("filings", [registry])) == (0, 0, 2, 2)
    again = await import_files("solutions", [write_lines(tmp_path / "f.jsonl", {"title": "新", "模型": "远帆大模型"})])
    assert (counts(again), again.filings_linked) == ((1, 0, 0, 0), 1)


async def test_progress_counts_over_all_files(db: object, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    files = [
        write_lines(tmp_path / f"{n}.jsonl", *({"id": f"{n}-{m}", "title": "x"} for m in range(n))) for n in (2, 501)
    ]
    report = await import_files("scenes", files, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 503), (502, 503), (503, 503)]
    assert report.as_json()["created"] == 503
    assert await AuditEvent.all().count() == 3


async def test_bare_numbers_are_ids_within_their_file(db: object, tmp_path: Path) -> None:
    files = [write_csv(tmp_path / f"{name}.csv", [["序号", "标题"], ["1", name]]) for name in ("甲", "乙")]
    assert counts(await import_files("scenes", files)) == (2, 0, 0, 0)
    assert [row["source_id"] for row in await scene_facts()] == ["scenes:甲#1", "scenes:乙#1"]


async def test_every_real_file_goes_in_completely(db: object, shared: Path) -> None:
    for kind, folder in (("scenes", "demands"), ("solutions", "solutions"), ("filings", "registry")):
        files = sorted((shared / "data" / folder).iterdir())
        assert files
        heading = 1 if kind == "filings" else 0
        lines = {str(file): len(file.read_bytes().splitlines()) - heading for file in files}
        report = await import_files(kind, files)
        assert {each.file: (each.created, each.rejected) for each in report.files} == {
            file: (count, 0) for file, count in lines.items()
        }
        again = await import_files(kind, files)
        assert counts(again) == (0, 0, sum(lines.values()), 0)
    assert await Filing.all().count() == 82
    assert await Scene.filter(state=SceneState.PUBLISHED).count() == 6565

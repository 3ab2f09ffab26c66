"""Publications: what changed is read, all that was is kept, and a catalogue of then gives the numbers of then."""

import shutil

import pytest

from market.catalogue import catalogues, encoders, mirroring, publications, versions
from market.catalogue.catalogues import SCENES, SOLUTIONS
from market.catalogue.models import CatalogueEntry, CatalogueText, Publication, TextVector
from market.catalogue.searchable import changed_rows
from market.settings import settings
from market.solutions.models import Capability, Filing, Solution
from market.states import SolutionState
from matching.documents import Document, Need, Requirement
from matching.hashing import HashingEncoder
from matching.store import SnapshotError
from tests.matches.rows import publish_scene, publish_solution, three_solutions

pytestmark = pytest.mark.usefixtures("db", "empty_index")

NEED = Need("钢板表面缺陷检测", "在线识别划伤", (Requirement(1, "误检率低于百分之二", must=True),))


async def _entries() -> list[tuple[int, int, int | None]]:
    rows = await CatalogueEntry.all().order_by("document_id", "since").values("document_id", "since", "until")
    return [(row["document_id"], row["since"], row["until"]) for row in rows]


async def _edit(solution: Solution, text: str) -> None:
    capability = await Capability.filter(solution_id=solution.id).order_by("position").first()
    assert capability is not None
    capability.text = text
    await capability.save()
    await Solution.filter(id=solution.id).update(revision=solution.revision + 1)
    solution.revision += 1


async def test_only_rows_that_changed_are_read() -> None:
    steel, office, weather = await three_solutions()
    assert await catalogues.refresh(SOLUTIONS)
    assert await _entries() == [(each.id, 1, None) for each in (steel, office, weather)]
    await _edit(office, "材料预审并指出缺项")
    await Solution.filter(id=weather.id).update(state=SolutionState.RETIRED)
    changed, gone = await changed_rows(SOLUTIONS)
    assert (set(changed), gone) == ({office.id}, {weather.id})
    assert await catalogues.refresh(SOLUTIONS)
    assert await _entries() == [(steel.id, 1, None), (office.id, 1, 2), (office.id, 2, None), (weather.id, 1, 2)]
    assert await changed_rows(SOLUTIONS) == ({}, set())
    manifest = catalogues.published_manifest(SOLUTIONS)
    assert manifest is not None
    assert (manifest.publication, manifest.documents) == (2, 2)
    assert [(segment.documents, segment.deleted) for segment in manifest.segments] == [(1, 0), (1, 0)]


async def test_a_publication_says_what_it_is() -> None:
    await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    row = await Publication.get()
    manifest = catalogues.published_manifest(SOLUTIONS)
    assert manifest is not None
    assert (row.collection, row.number, row.snapshot, row.encoder, row.documents) == (
        "solutions", 1, manifest.name, "hashing-512-1", 3,
    )  # fmt: skip
    assert row.details == {"version": manifest.catalogue_version, "changed": 3, "gone": 0}


async def test_what_did_not_change_is_not_written_again() -> None:
    steel, *_others = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    await Solution.filter(id=steel.id).update(revision=7)  # saved without a change
    assert (await catalogues.status_of(SOLUTIONS)).behind
    await catalogues.refresh(SOLUTIONS)
    assert not (await catalogues.status_of(SOLUTIONS)).behind
    assert {until for _id, _since, until in await _entries()} == {None}
    assert await CatalogueText.all().count() == 3
    assert (await Publication.all().order_by("-number").first()).details["changed"] == 0


async def test_a_catalogue_of_the_past_gives_the_numbers_of_then() -> None:
    steel, _office, weather = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    encoder = await encoders.current_encoder()
    then = await catalogues.catalogue_of(SOLUTIONS)
    assert then is not None
    ranked = then.rank(NEED, encoder)
    await _edit(steel, "焊缝检测")
    await Solution.filter(id=weather.id).update(state=SolutionState.RETIRED)
    await publish_solution("铝板缺陷检测", capabilities=("铝板表面缺陷识别",))
    await catalogues.refresh(SOLUTIONS)
    now = await catalogues.catalogue_of(SOLUTIONS)
    assert now is not None
    assert now.rank(NEED, encoder) != ranked
    again = await versions.catalogue_at("solutions", 1, encoder)
    assert again.rank(NEED, encoder) == ranked
    assert again.manifest.publication == 1
    second = await versions.catalogue_at("solutions", 2, encoder)
    assert second.rank(NEED, encoder) == now.rank(NEED, encoder)


async def test_the_published_snapshot_serves_where_it_is_the_one_asked_for() -> None:
    await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    found = await versions.catalogue_at("solutions", 1, await encoders.current_encoder())
    assert found.manifest == catalogues.published_manifest(SOLUTIONS)
    assert not (settings().data_dir / "snapshots" / "past").exists()


async def test_a_past_catalogue_is_made_once_and_again_where_it_is_damaged() -> None:
    steel, *_others = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    await _edit(steel, "焊缝检测")
    await catalogues.refresh(SOLUTIONS)
    encoder = await encoders.current_encoder()
    first = await versions.catalogue_at("solutions", 1, encoder)
    assert await versions.catalogue_at("solutions", 1, encoder) is first
    (folder,) = (settings().data_dir / "snapshots" / "past").iterdir()
    for file in folder.glob("segments/*/ids.npy"):
        file.write_bytes(b"damaged")
    versions._readers.clear()  # noqa: SLF001 another process, which has not read it yet
    again = await versions.catalogue_at("solutions", 1, encoder)
    assert again is not first
    assert again.rank(NEED, encoder) == first.rank(NEED, encoder)


async def test_catalogues_that_nobody_asked_for_lately_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "KEPT", 1)
    steel, *_others = await three_solutions()
    for text in ("焊缝检测", "焊点检测", "涂层检测"):
        await catalogues.refresh(SOLUTIONS)
        await _edit(steel, text)
    encoder = await encoders.current_encoder()
    await versions.catalogue_at("solutions", 1, encoder)
    await versions.catalogue_at("solutions", 2, encoder)
    folders = [path.name for path in (settings().data_dir / "snapshots" / "past").iterdir()]
    assert [name.rsplit("-", 1)[0] for name in folders] == ["solutions-2"]
    assert (await versions.catalogue_at("solutions", 1, encoder)).manifest.publication == 1


async def test_an_unknown_publication_is_refused() -> None:
    with pytest.raises(SnapshotError, match="no publication 7 of solutions"):
        await versions.catalogue_at("solutions", 7, HashingEncoder())


async def test_documents_and_facts_are_those_of_then() -> None:
    steel, office, _weather = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    await Solution.filter(id=steel.id).update(price_min_fen=500, revision=2)
    await Solution.filter(id=office.id).update(title="办事大厅助手", revision=2)
    await catalogues.refresh(SOLUTIONS)
    titles = [[each.title for each in await versions.documents_at("solutions", number)] for number in (1, 2)]
    assert [row[1] for row in titles] == ["政务大厅智能问答", "办事大厅助手"]
    assert titles[0][0] == titles[1][0]
    prices = [(await versions.facts_at("solutions", number))[steel.id].price_min_fen for number in (1, 2)]
    assert prices == [None, 500]
    # A price alone changes nothing that is searched.
    assert [each.id for each in (await publications.changes_between("solutions", 1, 2))[0]] == [office.id]
    assert await versions.documents_at("solutions", 1, [office.id]) == [
        Document(office.id, "政务大厅智能问答", "", ("回答办事指南问题", "预审申请材料"))
    ]


async def test_an_entry_in_the_registry_is_a_change() -> None:
    solution = await publish_solution("问答", models=("沪-123",))
    await catalogues.refresh(SOLUTIONS)
    await Filing.create(kind="filing", model="模型1", entity="公司", filing_number="沪-123", source_id="1")
    assert (await catalogues.status_of(SOLUTIONS)).behind
    await catalogues.refresh(SOLUTIONS)
    filed = [(await versions.facts_at("solutions", number))[solution.id].filed for number in (1, 2)]
    assert filed == [0, 1]


async def test_who_was_overtaken_writes_nothing() -> None:
    steel, *_others = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    reading = publications.Reading([Document(steel.id, "新", "")], {}, {steel.id: "s"}, set())
    written = await publications.record(
        "solutions", reading, after=None, snapshot="s", encoder="e", version="v"
    )  # fmt: skip
    assert written is None
    assert await Publication.all().count() == 1
    assert await CatalogueText.all().count() == 3


async def test_a_machine_that_fell_behind_catches_up_from_the_database() -> None:
    steel, office, _weather = await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    kept = SOLUTIONS.directory.with_name("kept")
    shutil.copytree(SOLUTIONS.directory, kept)
    for title in ("甲", "乙"):
        await Solution.filter(id=office.id).update(title=title, revision=office.revision + ord(title))
        await catalogues.refresh(SOLUTIONS)
    shutil.rmtree(SOLUTIONS.directory)
    kept.rename(SOLUTIONS.directory)  # the snapshots of a machine that was asleep: publication 1
    assert await catalogues.refresh(SOLUTIONS)
    manifest = catalogues.published_manifest(SOLUTIONS)
    assert manifest is not None
    assert (manifest.publication, await Publication.all().count()) == (3, 3)
    assert [(segment.documents, segment.deleted) for segment in manifest.segments] == [(1, 0), (2, 0)]
    catalogue = await catalogues.catalogue_of(SOLUTIONS)
    assert catalogue is not None
    assert min(catalogue.corpus.ids.tolist()) == steel.id


async def test_a_folder_of_another_database_is_not_built_on() -> None:
    await three_solutions()
    await catalogues.refresh(SOLUTIONS)
    encoder = await encoders.current_encoder()
    row = await Publication.get()
    manifest = mirroring.published_manifest(SOLUTIONS.directory)
    assert manifest is not None
    row.details = {"version": "that of another database"}  # never saved: publications do not change
    assert await mirroring._base(SOLUTIONS.directory, row, encoder) == manifest  # noqa: SLF001 the row of this one
    path = SOLUTIONS.directory / manifest.name / "manifest.json"
    path.write_text(path.read_text().replace(manifest.catalogue_version, "foreign"))
    assert await mirroring._base(SOLUTIONS.directory, row, encoder) is None  # noqa: SLF001
    assert await catalogues.refresh(SOLUTIONS)
    assert (await catalogues.status_of(SOLUTIONS)).behind is False


async def test_another_encoder_is_another_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(HashingEncoder):
        name = "other-1"

    await three_solutions()
    await catalogues.refresh(SOLUTIONS)

    async def other() -> Other:
        return Other()

    monkeypatch.setattr(catalogues, "current_encoder", other)
    assert await catalogues.refresh(SOLUTIONS)
    assert [row.encoder for row in await Publication.all().order_by("number")] == ["hashing-512-1", "other-1"]
    assert len(await _entries()) == 3
    manifest = catalogues.published_manifest(SOLUTIONS)
    assert manifest is not None
    assert (manifest.encoder, manifest.publication, len(manifest.segments)) == ("other-1", 2, 1)
    first = await versions.catalogue_at("solutions", 1, HashingEncoder())  # its vectors are still there
    assert first.manifest.encoder == "hashing-512-1"
    assert await TextVector.filter(model="hashing-512-1").count() == await TextVector.filter(model="other-1").count()


async def test_scenes_have_publications_of_their_own() -> None:
    scene = await publish_scene()
    await catalogues.refresh(SCENES)
    assert [(row.collection, row.number) for row in await Publication.all()] == [("scenes", 1)]
    assert [each.id for each in await versions.documents_at("scenes", 1)] == [scene.id]
    assert await versions.facts_at("scenes", 1) == {}

"""How the index stands, for people and programs, and what proves that it is whole."""

import pytest

from market.catalogue import catalogues, publications
from market.catalogue.catalogues import SOLUTIONS
from market.catalogue.indexed import verify_all
from market.catalogue.models import Publication
from market.cli.index import show
from market.solutions.models import Solution
from tests.matches.rows import publish_solution, three_solutions

pytestmark = pytest.mark.usefixtures("db", "empty_index")


async def _changed_once() -> Solution:
    await three_solutions()
    for number in range(3):
        await publish_solution(f"第{number}号系统", capabilities=("识别缺陷",))
    await catalogues.build_index()
    solution = await Solution.get(title="第1号系统")
    await Solution.filter(id=solution.id).update(title="第一号系统", revision=2)
    await catalogues.build_index()
    return solution


async def test_the_status_says_what_each_snapshot_consists_of() -> None:
    await _changed_once()
    values = (await catalogues.index_status()).as_json()
    assert (values["behind"], values["encoder"], values["solutions_published"], values["solutions_indexed"]) == (
        False, "hashing-512-1", 6, 6,
    )  # fmt: skip
    solutions = values["solutions"]
    assert (solutions["publication"], solutions["recall_at_10"]) == (2, None)
    segments = solutions["segments"]
    assert [(each["documents"], each["deleted"], each["kind"], each["recall"]) for each in segments] == [
        (5, 1, "exact", None), (1, 0, "exact", None),
    ]  # fmt: skip
    assert solutions["bytes"] == sum(each["bytes"] for each in segments) > 0
    assert values["solutions_snapshot"] == (await Publication.filter(collection="solutions", number=2).get()).snapshot


async def test_the_status_is_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    await _changed_once()
    show(await catalogues.index_status(), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 of 6 solutions indexed, 0 of 0 scenes indexed; encoder hashing-512-1"
    head, first, second = (line.split() for line in lines if "publication" in line or "exact" in line)
    assert head == ["publication", "segment", "documents", "removed", "rows", "kind", "recall@10", "size"]
    assert (first[:2], first[3:5], second[1:3]) == (["solutions", "2"], ["5", "1"], ["1", "0"])


async def test_merging_leaves_one_segment_and_the_same_publication() -> None:
    await _changed_once()
    status = (await catalogues.merge_index()).solutions
    assert [(each.documents, each.deleted) for each in status.segments] == [(6, 0)]
    assert (status.behind, status.publication, await Publication.filter(collection="solutions").count()) == (
        False,
        2,
        2,
    )
    assert await catalogues.refresh(SOLUTIONS)
    assert (await catalogues.status_of(SOLUTIONS)).snapshot == status.snapshot


async def test_a_whole_index_is_said_to_be_whole() -> None:
    assert await verify_all() == {
        "solutions": (True, "nothing is published yet"), "scenes": (True, "nothing is published yet"),
    }  # fmt: skip
    await _changed_once()
    whole, text = (await verify_all())["solutions"]
    assert (whole, text) == (
        True,
        "whole, and what the database says (publication 2, documents 6, sentences 8, segments 2)",
    )


async def test_damage_is_named_and_repaired_by_building_anew() -> None:
    await _changed_once()
    (file, *_others) = SOLUTIONS.directory.glob("segments/*/letters.npy")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    whole, text = (await verify_all())["solutions"]
    assert whole is False
    assert "is damaged: letters.npy differ from the manifest. Repair it with jiebang index build --anew." in text
    await catalogues.build_index(anew=True)
    assert (await verify_all())["solutions"][0] is True
    assert await Publication.filter(collection="solutions").count() == 2


async def test_a_snapshot_that_says_something_else_than_the_database_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    await _changed_once()
    monkeypatch.setattr(publications, "documents_at", _none)
    whole, text = (await verify_all())["solutions"]
    assert whole is False
    assert "says something else than publication 2 for solutions" in text


async def _none(_collection: str, _number: int) -> list[object]:
    return []

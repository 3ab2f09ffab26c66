import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from matching.encoder import OnProgress, Vectors
from matching.evaluation import SYSTEMS, evaluate
from matching.hashing import HashingEncoder
from matching.labelled import LabelledSetError, read_labelled_set
from matching.training import plain_ranker

CORPUS = {"a": "钢板缺陷检测系统", "b": "政务问答助手", "c": "降水短临预报", "d": "钢板切割设备", "e": "病虫害识别"}


class CountingEncoder(HashingEncoder):
    def __init__(self) -> None:
        self.encoded = 0

    def encode_passages(self, texts: Sequence[str], on_progress: OnProgress | None = None) -> Vectors:
        self.encoded += len(texts)
        return super().encode_passages(texts, on_progress)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    directory = tmp_path / "small_zh"
    directory.mkdir()
    corpus = [{"_id": key, "title": "", "text": text} for key, text in CORPUS.items()]
    queries = [
        {"_id": "q1", "title": "钢板表面缺陷检测", "text": "需要检测系统"},
        {"_id": "q2", "title": "降水预报", "text": ""},
        {"_id": "q3", "title": "没有人能做的事", "text": ""},
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (directory / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _judge(directory, "q1\ta\t3\nq1\td\t1\nq1\tb\t0\nq2\tc\t2\nq2\te\t0\nq3\te\t0\n")
    return directory


def _judge(directory: Path, lines: str) -> None:
    (directory / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")


def test_every_system_is_measured_and_ours_is_right_where_words_are_shared(labelled: Path) -> None:
    result = evaluate(labelled, HashingEncoder()).as_json()
    assert list(result) == [
        "set", "queries", "documents", "primary", "systems", "best_arm", "against_best_arm", "trained_on",
        "texts_per_second",
    ]  # fmt: skip
    assert result["trained_on"] is False
    assert list(result["against_best_arm"]) == ["jiebang"]
    assert result["against_best_arm"]["jiebang"]["queries"] == 2
    assert (result["set"], result["queries"], result["documents"], result["primary"]) == (
        "small_zh", 3, 5, "pool_ndcg@10",
    )  # fmt: skip
    assert tuple(result["systems"]) == SYSTEMS
    assert result["systems"]["jiebang"] == {"ndcg@10": 1.0, "recall@10": 1.0, "mrr": 1.0, "pool_ndcg@10": 1.0}


def test_a_set_that_the_ranker_knows_is_measured_without_its_own_queries_too(labelled: Path) -> None:
    scores = {"ndcg@10": 0.5, "recall@10": 0.5, "mrr": 0.5, "pool_ndcg@10": 0.5}
    told = {
        "checksum": read_labelled_set(labelled).checksum,
        "by_query": [0.25, 0.75],
        "folds": scores,
        "leave_one_set_out": scores,
    }
    result = evaluate(labelled, HashingEncoder(), ranker=replace(plain_ranker(), provenance={"sets": {"x": told}}))
    found = result.as_json()
    assert (found["trained_on"], found["jiebang_cv"], found["jiebang_leave_one_set_out"]) == (True, scores, scores)
    arm = found["systems"][found["best_arm"]]["pool_ndcg@10"]
    assert found["against_best_arm"]["jiebang_cv"]["difference"] == pytest.approx(0.5 - arm, abs=1e-4)


def test_without_grades_there_is_no_pool(labelled: Path) -> None:
    _judge(labelled, "q1\ta\t1\nq2\tc\t1\n")
    result = evaluate(labelled, HashingEncoder()).as_json()
    assert result["primary"] == "ndcg@10"
    assert {system["pool_ndcg@10"] for system in result["systems"].values()} == {None}


def test_two_runs_print_the_same(labelled: Path) -> None:
    first, second = (evaluate(labelled, HashingEncoder()).as_json()["systems"] for _ in range(2))
    assert first == second


def test_a_second_run_embeds_only_to_measure_the_rate(labelled: Path, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = evaluate(labelled, encoder, cache_dir=tmp_path / "cache")
    encoder.encoded = 0
    second = evaluate(labelled, encoder, cache_dir=tmp_path / "cache")
    assert encoder.encoded == len(CORPUS)
    assert second.systems == first.systems
    assert second.texts_per_second > 0


def test_progress_ends_at_the_end(labelled: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate(labelled, HashingEncoder(), lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\ta\n", "qrels.tsv line 2"),
        ("corpus.jsonl", '{"_id": "a"}\n[]\n', "corpus.jsonl line 2"),
        ("queries.jsonl", '{"title": "x"}\n', "queries.jsonl line 1"),
    ],
)
def test_a_bad_line_is_named(labelled: Path, file: str, content: str, reason: str) -> None:
    (labelled / file).write_text(content, encoding="utf-8")
    with pytest.raises(LabelledSetError, match=reason):
        evaluate(labelled, HashingEncoder())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match=r"corpus\.jsonl cannot be read"):
        evaluate(tmp_path, HashingEncoder())

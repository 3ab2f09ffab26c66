"""The recipe on a small world: needs and offers in two made-up languages that only learning can bring together."""

import json
from pathlib import Path

import numpy as np
import pytest

from matching.adapting import Lesson, learn_turn
from matching.bootstrap import compare
from matching.calibration import calibrate
from matching.evaluation import open_set
from matching.features import measure
from matching.feedback import JudgedList, better_on_feedback, learn_from
from matching.hashing import HashingEncoder
from matching.prepared import Prepared, padded, prepare
from matching.ranker import FEATURES, JUDGED, Ranker
from matching.training import EXPECTED, not_worse, plain_ranker, train
from matching.weighing import learn_weights, lists_of

THINGS = ("钢板", "轴承", "晶圆", "降水", "贷款", "影像", "课程", "病虫害", "井盖", "合同", "泵站", "焊缝")


def write_set(directory: Path, *, grade: int = 1) -> Path:
    """Each thing has a need and two offers; the first offer is the answer."""
    directory.mkdir()
    corpus = [{"_id": f"{thing}-{n}", "title": "", "text": f"{thing}{word}系统"} for thing in THINGS for n, word in
              enumerate(("识别", "销售"))]  # fmt: skip
    queries = [{"_id": thing, "title": "", "text": f"需要{thing}检测"} for thing in THINGS]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (directory / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    judged = [f"{thing}\t{thing}-0\t{grade}\n{thing}\t{thing}-1\t0\n" for thing in THINGS]
    (directory / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged), encoding="utf-8")
    return directory


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def sets(tmp_path: Path, encoder: HashingEncoder) -> list[Prepared]:
    opened = [open_set(write_set(tmp_path / f"set{grade}", grade=grade), encoder) for grade in (1, 3)]
    return [prepare(each.labelled, each.catalogue, each.encoder, plain_ranker()) for each in opened]


def test_a_prepared_set_holds_what_the_catalogue_would_measure(tmp_path: Path, encoder: HashingEncoder) -> None:
    opened = open_set(write_set(tmp_path / "set"), encoder)
    prepared = prepare(opened.labelled, opened.catalogue, opened.encoder, plain_ranker())
    rows = np.arange(len(prepared))
    found = prepared.features(prepared.meaning(None, rows), rows)
    for row, query in enumerate(prepared.queries):
        question = opened.catalogue.encode(opened.labelled.needs[query], opened.encoder, plain_ranker())
        places = opened.catalogue.corpus.places_of(range(len(opened.labelled.keys)))
        expected = measure(opened.catalogue.corpus, question, places, np.zeros(len(places), np.float32), None)
        np.testing.assert_allclose(padded(found[row]), expected, atol=2e-3)


def test_a_turn_learns_what_answers_what() -> None:
    generator = np.random.default_rng(3)
    passages = generator.normal(size=(40, 16)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    needs = np.roll(passages, 1, axis=1)  # needs say it another way round
    change = learn_turn([Lesson(needs, passages, np.eye(40, dtype=np.float32), None)] * 2)
    before, after = (needs @ passages.T, (needs + needs @ change) @ passages.T)
    rank = [float((scores > np.diag(scores)[:, None]).sum(axis=1).mean()) for scores in (before, after)]
    assert rank[1] < rank[0]
    np.testing.assert_array_equal(change, learn_turn([Lesson(needs, passages, np.eye(40, dtype=np.float32), None)] * 2))


def test_training_tells_how_it_fares_on_what_it_has_not_seen(sets: list[Prepared], encoder: HashingEncoder) -> None:
    trained = train(sets, encoder.name)
    assert list(trained.unseen) == ["set1", "set3"]
    for each in sets:
        told = trained.ranker.provenance["sets"][each.labelled.name]
        assert (told["checksum"], told["queries"], told["documents"]) == (each.labelled.checksum, 12, 24)
        assert len(told["by_query"]) == len(THINGS)
        assert told["folds"][told["primary"]] > 0.8
        assert told["leave_one_set_out"][told["primary"]] > 0.8
    assert trained.ranker.adapter_for(encoder.name) is not None
    assert train(sets, encoder.name).ranker.name == trained.ranker.name
    assert not any(found.worse for found in not_worse(plain_ranker(), trained.ranker, sets, encoder.name).values())


def test_a_ranker_that_sees_nothing_is_worse_where_order_matters(sets: list[Prepared], encoder: HashingEncoder) -> None:
    only = {**dict.fromkeys(FEATURES, 0.0), "coverage": 1.0}
    found = not_worse(plain_ranker(), Ranker(only), sets, encoder.name)
    assert {name: each.worse for name, each in found.items()} == {
        "set1": True,
        "set3": False,
    }  # ties stand as they stood


def test_weights_follow_the_feature_that_tells_right_from_wrong() -> None:
    generator = np.random.default_rng(4)
    rows = []
    for _ in range(60):
        gains = np.zeros(10, np.float32)
        gains[generator.integers(10)] = 1
        features = generator.random((10, 3)).astype(np.float32)
        features[:, 1] = 0.5 * features[:, 1] + 0.5 * gains
        rows.append((features, gains))
    lists = lists_of(rows)
    assert lists is not None
    learned = learn_weights([lists], EXPECTED)
    assert sum(learned) == pytest.approx(sum(EXPECTED))
    assert learned[1] > 3 * max(learned[0], learned[2])
    assert lists.ndcg(np.array(learned)).mean() > lists.ndcg(np.array(EXPECTED)).mean()


def test_lists_in_which_nothing_is_wanted_teach_nothing() -> None:
    assert lists_of([(np.ones((3, 2), np.float32), np.zeros(3, np.float32))]) is None


def judged(generator: np.random.Generator, *, by: str) -> JudgedList:
    shown = [{name: float(generator.random()) for name in ("meaning", "likeness", "words", "price")} for _ in range(8)]
    return JudgedList(tuple((features, float(features[by] == max(each[by] for each in shown))) for features in shown))


def test_what_people_prefer_moves_the_weights_and_is_judged_by_lists_unseen() -> None:
    generator = np.random.default_rng(5)
    feedback = [judged(generator, by="price") for _ in range(40)]
    learned = learn_from(plain_ranker(), feedback)
    assert learned.weights["price"] > 5 * plain_ranker().weights["price"]
    assert learned.provenance["feedback"] == {"lists": 40, "from": plain_ranker().name}
    found = better_on_feedback(plain_ranker(), feedback)
    assert (found.better, found.queries) == (True, 40)


def test_chance_does_not_pass_for_a_better_ranker() -> None:
    generator = np.random.default_rng(6)
    noise = [
        JudgedList(tuple(({"meaning": float(generator.random()), "price": float(generator.random())},
                          float(generator.random() > 0.8)) for _ in range(8)))
        for _ in range(12)
    ]  # fmt: skip
    assert not better_on_feedback(plain_ranker(), noise).better


@pytest.mark.parametrize("feedback", [[], [JudgedList(())], [JudgedList((({"meaning": 0.5}, 0.0),))]])
def test_without_anything_wanted_nothing_changes(feedback: list[JudgedList]) -> None:
    assert learn_from(plain_ranker(), feedback) == plain_ranker()
    assert not better_on_feedback(plain_ranker(), feedback).better


def test_a_comparison_knows_luck_from_difference() -> None:
    generator = np.random.default_rng(7)
    theirs = generator.random(100)
    better = compare(theirs + 0.05 + 0.01 * generator.normal(size=100), theirs)
    assert better.better
    assert better.low <= better.difference <= better.high
    assert better.p < 0.01
    same = compare(theirs + 0.2 * generator.normal(size=100), theirs)
    assert not same.better
    assert not same.worse
    assert compare(theirs, theirs).difference == 0
    assert compare([], []).queries == 0


def test_calibration_rises_and_pools_what_falls() -> None:
    pairs = [(0.1, number < 10) for number in range(100)]
    pairs += [(0.3, number < 60) for number in range(100)] + [(0.5, number < 40) for number in range(100)]
    assert calibrate(pairs) == ((0.1, 0.1), (0.3, 0.5), (0.5, 0.5))
    assert calibrate([]) == ()


def test_facts_are_what_the_expected_weights_leave_small() -> None:
    weights = plain_ranker().weights
    assert sum(weights[name] for name in JUDGED) < 0.15 < weights["words"]

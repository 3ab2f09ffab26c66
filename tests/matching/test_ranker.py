import numpy as np
import pytest

from matching.adapter import Adapter
from matching.ranker import FEATURES, JUDGED, SAID, Ranker, RankerError, shipped_ranker

WEIGHTS = {"meaning": 0.4, "likeness": 0.2, "words": 0.25, "coverage": 0.15, **dict.fromkeys(JUDGED, 0.02)}
RANKER = Ranker(WEIGHTS)


def row(**values: float) -> np.ndarray:
    return np.array([[values.get(name, np.nan) for name in FEATURES]], np.float32)


def score(**values: float) -> float:
    return float(RANKER.scores(row(**values))[0][0])


def test_the_best_pair_there_can_be_scores_one_and_the_worst_nothing() -> None:
    assert score(**dict.fromkeys(FEATURES, 1.0)) == pytest.approx(1)
    assert score(**dict.fromkeys(FEATURES, 0.0)) == 0


def test_contributions_add_up_to_the_score() -> None:
    features = np.random.default_rng(1).random((50, len(FEATURES)), np.float32)
    features[::3, 5] = np.nan
    features[::4, 3] = np.nan
    scores, added = RANKER.scores(features)
    np.testing.assert_allclose(added.sum(axis=1), scores, atol=1e-6)


@pytest.mark.parametrize("name", FEATURES)
def test_more_of_anything_is_never_worse(name: str) -> None:
    middling = dict.fromkeys(FEATURES, 0.4)
    scores = [score(**{**middling, name: value}) for value in (0.0, 0.3, 0.6, 1.0)]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_what_is_not_known_neither_helps_nor_harms() -> None:
    said = dict.fromkeys(SAID, 0.6)
    assert score(**said) == score(**said, **dict.fromkeys(JUDGED, 0.5))
    assert score(meaning=0.6, likeness=0.6, words=0.6) == pytest.approx(score(**said))


def test_facts_cannot_beat_meaning() -> None:
    assert score(**dict.fromkeys(SAID, 0.6), **dict.fromkeys(JUDGED, 0.0)) > score(
        **dict.fromkeys(SAID, 0.4), **dict.fromkeys(JUDGED, 1.0)
    )


def test_the_name_names_the_content() -> None:
    assert Ranker(WEIGHTS).name == RANKER.name
    assert RANKER.with_weights({**WEIGHTS, "price": 0.03}).name != RANKER.name


def test_written_and_read_it_is_the_same() -> None:
    change = np.random.default_rng(2).normal(size=(4, 4)).astype(np.float16).astype(np.float32)
    ranker = Ranker(WEIGHTS, (Adapter("small-1", change, change[0]),), ((0.1, 0.0), (0.4, 0.7)), {"sets": {}})
    again = Ranker.from_json(ranker.as_json())
    adapter = again.adapter_for("small-1")
    assert adapter is not None
    np.testing.assert_array_equal(adapter.change, change)
    np.testing.assert_array_equal(adapter.centre, change[0])
    assert (again.name, again.adapter_for("another")) == (ranker.name, None)


def test_every_form_of_a_model_shares_its_adapter() -> None:
    zeros = np.zeros((2, 2), np.float32)
    ranker = Ranker(WEIGHTS, (Adapter("small-1571-int8-2", zeros, zeros[0]),))
    assert ranker.adapter_for("small-1571-int8-3") is ranker.adapters[0]
    assert ranker.adapter_for("small-1571-q4-3") is ranker.adapters[0]
    assert ranker.adapter_for("small-9999-int8-2") is None


def test_precision_lies_between_the_measured_points() -> None:
    ranker = Ranker(WEIGHTS, calibration=((0.1, 0.2), (0.5, 0.6)))
    assert [ranker.precision_at(score) for score in (0.0, 0.3, 0.9)] == pytest.approx([0.2, 0.4, 0.6])
    assert RANKER.precision_at(0.3) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"format": 99}, "format 99, this program reads 1"),
        ({"weights": {"meaning": 1.0}}, "A ranker weighs meaning, likeness"),
        ({"weights": {**WEIGHTS, "words": -0.1}}, "negative"),
        ({"weights": {**WEIGHTS, **dict.fromkeys(SAID, 0.0)}}, "weighs nothing"),
        ({"calibration": [[0.1, 0.5], [0.4, 0.3]]}, "smaller share"),
        ({"adapters": [{"encoder": "x", "change": "AAAA", "centre": "AAA="}]}, "cannot be read"),
        ({"weights": None}, "cannot be read"),
    ],
)
def test_what_makes_no_ranker_is_refused_with_the_reason(changed: dict, reason: str) -> None:
    with pytest.raises(RankerError, match=reason):
        Ranker.from_json({**RANKER.as_json(), **changed})


def test_the_shipped_ranker_says_what_it_learned_from_and_how_well() -> None:
    ranker = shipped_ranker()
    assert [adapter.encoder.rsplit("-", 1)[0] for adapter in ranker.adapters] == ["multilingual-e5-small-1571fc98-int8"]
    assert len(ranker.provenance["sets"]) == 7
    for told in ranker.provenance["sets"].values():
        assert len(told["checksum"]) == 64
        assert 0 < told["leave_one_set_out"][told["primary"]] <= 1
        assert 0 < told["folds"][told["primary"]] <= 1
    assert ranker.precision_at(0.6) > ranker.precision_at(0.1)

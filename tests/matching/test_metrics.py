from math import log2

import pytest

from matching.metrics import mean, ndcg, recall, reciprocal_rank

GRADES = {"a": 3, "b": 1, "c": 0}


def test_ndcg_by_hand() -> None:
    gained = 1 / log2(2) + 0 + 7 / log2(4)
    best = 7 / log2(2) + 1 / log2(3)
    assert ndcg(["b", "x", "a"], GRADES) == pytest.approx(gained / best)
    assert ndcg(["a", "b", "c"], GRADES) == 1


def test_only_the_first_ten_count() -> None:
    order = [f"x{number}" for number in range(10)] + ["a"]
    assert ndcg(order, GRADES) == 0
    assert recall(order, GRADES) == 0
    assert reciprocal_rank(order, GRADES) == 1 / 11


def test_recall_counts_relevant_documents_only() -> None:
    assert recall(["c", "b"], GRADES) == 0.5


def test_nothing_relevant_and_nothing_found_are_zero() -> None:
    assert (ndcg(["a"], {"a": 0}), recall(["a"], {"a": 0}), reciprocal_rank(["a"], {"a": 0})) == (0, 0, 0)
    assert (ndcg([], GRADES), recall([], GRADES), reciprocal_rank([], GRADES)) == (0, 0, 0)
    assert mean([]) == 0

import numpy as np
import pytest

from matching.documents import Evidence, Requirement
from matching.evidence import Scale, best_evidence, coverage, strengths
from matching.hashing import HashingEncoder

MUST = Requirement(1, "支持本地部署", must=True)
WISH = Requirement(2, "支持英文界面", must=False)


def test_strength_is_agreement_beyond_chance() -> None:
    bounds = np.array([[0.75, 0.95]], np.float32)
    found = strengths(np.array([[0.70, 0.75, 0.85, 0.95, 1.0]], np.float32), bounds)
    assert found[0].tolist() == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-5)


def test_a_texts_own_words_are_strength_one_and_strangers_are_near_zero(encoder: HashingEncoder) -> None:
    query = encoder.encode_queries([MUST.text])
    bounds = Scale(encoder).bounds(query, encoder.encode_passages([MUST.text]))
    said = encoder.encode_passages([MUST.text, "The pump was painted blue."])
    own, stranger = strengths(query @ said.T, bounds)[0].tolist()
    assert own == pytest.approx(1)
    assert stranger < 0.2


def test_an_empty_text_resembles_nothing(encoder: HashingEncoder) -> None:
    empty = encoder.encode_queries([""])
    bounds = Scale(encoder).bounds(empty, empty)
    assert strengths(empty @ encoder.encode_passages(["任何句子"]).T, bounds).tolist() == [[0]]


def test_the_strongest_sentence_is_taken_and_the_first_on_a_tie() -> None:
    found = np.array([[0.2, 0.9, 0.9], [0.4, 0.1, 0.4]], np.float32)
    evidence = best_evidence((MUST, WISH), found, ("甲", "乙", "丙"))
    assert [(item.requirement_id, item.sentence) for item in evidence] == [(1, "乙"), (2, "甲")]


def test_without_sentences_there_is_no_evidence() -> None:
    assert best_evidence((MUST,), np.zeros((1, 0), np.float32), ()) == ()


def test_a_must_counts_twice() -> None:
    evidence = (Evidence(1, "甲", 0.9), Evidence(2, "乙", 0.3))
    assert coverage((MUST, WISH), evidence) == pytest.approx((2 * 0.9 + 0.3) / 3)
    assert coverage((MUST, WISH), evidence[1:]) == pytest.approx(0.3 / 3)
    assert coverage((), ()) == 0

from math import log
from pathlib import Path

import bm25s
import numpy as np
import pytest

from matching.lexical import LexicalIndex
from matching.postings import Postings
from matching.text import tokens

CORPUS = ["表面缺陷检测系统", "Predictive maintenance of pumps", "", "政务问答，支持缺陷上报"]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build([tokens(text) for text in CORPUS])


@pytest.mark.parametrize(("query", "best"), [("钢板缺陷检测", 0), ("PUMPS maintenance", 1), ("政务大厅", 3)])
def test_the_document_with_the_words_comes_first(index: LexicalIndex, query: str, best: int) -> None:
    assert int(index.scores(tokens(query)).argmax()) == best


def test_scores_follow_the_formula() -> None:
    index = LexicalIndex.build([["steel", "steel", "plate"], ["pump"]])
    idf = log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    assert index.scores(["steel"]).tolist() == pytest.approx([expected, 0])


def test_words_that_nobody_holds_count_nothing(index: LexicalIndex) -> None:
    assert index.scores(["量子"]).tolist() == [0, 0, 0, 0]
    assert index.scores([]).tolist() == [0, 0, 0, 0]


def test_a_document_of_the_same_words_reaches_the_own_score(index: LexicalIndex) -> None:
    words = tokens(CORPUS[0])
    assert float(index.scores(words)[0]) == pytest.approx(index.own_score(words), rel=1e-5)
    assert index.own_score([]) == 0


def test_unknown_words_raise_the_own_score_only(index: LexicalIndex) -> None:
    known, more = ["缺陷"], ["缺陷", "量子"]
    assert index.scores(more).tolist() == index.scores(known).tolist()
    assert index.own_score(more) > index.own_score(known)


def test_an_empty_catalogue_has_no_scores() -> None:
    assert LexicalIndex.build([]).scores(["缺陷"]).shape == (0,)
    assert LexicalIndex.build([[], []]).scores(["缺陷"]).tolist() == [0, 0]


def test_written_and_read_it_scores_the_same(index: LexicalIndex, tmp_path: Path) -> None:
    postings = Postings.build([tokens(text) for text in CORPUS])
    postings.write(tmp_path / "words")
    again = LexicalIndex([Postings.read(tmp_path / "words")], [np.arange(len(CORPUS))])
    words = tokens("缺陷 maintenance")
    assert again.scores(words).tolist() == index.scores(words).tolist()
    assert again.own_score(words) == index.own_score(words)


def test_scores_are_those_of_an_independent_implementation() -> None:
    generator = np.random.default_rng(7)
    vocabulary = [f"词{number}" for number in range(60)]
    documents = [generator.choice(vocabulary, generator.integers(1, 40)).tolist() for _ in range(300)]
    query = generator.choice([*vocabulary, "unknown"], 25).tolist()
    peer = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    peer.index(documents, show_progress=False)
    known = [word for word in query if word != "unknown"]
    assert LexicalIndex.build(documents).scores(query).tolist() == pytest.approx(peer.get_scores(known), abs=1e-5)


def test_some_places_score_as_among_all_whatever_was_removed() -> None:
    generator = np.random.default_rng(8)
    vocabulary = [f"词{number}" for number in range(6)]  # so common that their shares are kept
    parts = [Postings.build([generator.choice(vocabulary, 5).tolist() for _ in range(900)]) for _ in range(3)]
    index = LexicalIndex(parts, [np.arange(900), np.arange(0, 900, 3), np.arange(900)])
    places = generator.permutation(2100)[:50]
    words = [*vocabulary, "词1"]
    everywhere = index.scores(words)
    assert len(everywhere) == 2100
    assert index.scores(words, places).tolist() == everywhere[places].tolist()
    assert index.scores(words).tolist() == everywhere.tolist()


def test_many_places_and_few_score_to_the_same_bits() -> None:
    documents = [[f"w{number % 5}", f"w{number % 7}", "common"] for number in range(40)]
    index = LexicalIndex.build(documents)
    asked, places = {"w1": 1.0, "w3": 0.5, "common": 2.0}, np.arange(40)[::-1]
    few = np.concatenate([index.scores(asked, places[at : at + 1]) for at in range(40)])
    np.testing.assert_array_equal(index.scores(asked, places), few)
    np.testing.assert_array_equal(index.scores(asked), few[::-1])

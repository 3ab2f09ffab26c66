from math import log
from pathlib import Path

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

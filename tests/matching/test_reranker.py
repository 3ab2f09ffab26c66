from pathlib import Path

import numpy as np
import pytest

from matching.documents import Document, Ranked
from matching.encoder import EncoderError
from matching.hashing import HashingEncoder
from matching.reranker import DEPTH, Reranker, reranked
from matching.store import Snapshots
from tests.cross_encoders import make_cross_encoder
from tests.matching.conftest import NEED, Publish


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cross_encoder(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def reranker(folder: Path) -> Reranker:
    return Reranker(str(folder))


def test_its_name_says_which_weights_judge(reranker: Reranker, folder: Path) -> None:
    assert reranker.name.startswith("tiny-")
    assert Reranker(str(folder)).name == reranker.name


def test_it_moves_the_first_places_and_says_by_how_much(
    publish: Publish, snapshots: Snapshots, encoder: HashingEncoder, reranker: Reranker
) -> None:
    publish([Document(number, f"第{number}号检测系统", "钢板缺陷检测。" * (1 + number % 7)) for number in range(60)])
    catalogue = snapshots.current()
    assert catalogue is not None
    plain = catalogue.rank(NEED, encoder, k=40)
    found = catalogue.rank(NEED, encoder, k=40, reranker=reranker)
    assert [item.document_id for item in found[:DEPTH]] != [item.document_id for item in plain[:DEPTH]]
    assert {item.document_id for item in found[:DEPTH]} == {item.document_id for item in plain[:DEPTH]}
    assert found[DEPTH:] == plain[DEPTH:]
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    for item in found:
        assert item.score == pytest.approx(sum(item.contributions.values()), abs=1e-6)
    assert catalogue.rank(NEED, encoder, k=40, reranker=reranker) == found


def test_one_alone_stays_as_it_is(reranker: Reranker) -> None:
    alone = [Ranked(1, 0.5, 0.5, 0.5, 0.0, ())]
    assert reranked(alone, NEED, ["钢板"], reranker) == alone
    assert reranked([], NEED, [], reranker) == []


def test_what_it_likes_best_cannot_leave_the_first_places(reranker: Reranker) -> None:
    ranked = [Ranked(number, 0.6 - number / 100, 0.5, 0.5, 0.0, ()) for number in range(3)]
    scores = [item.score for item in reranked(ranked, NEED, ["钢板", "缺陷", "检测"], reranker)]
    assert 0.58 <= np.min(scores) <= np.max(scores) <= 0.6


def test_a_model_that_is_nowhere_is_said_so() -> None:
    with pytest.raises(EncoderError, match="'/nowhere/reranker' cannot be loaded"):
        Reranker("/nowhere/reranker")

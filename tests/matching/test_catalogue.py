from dataclasses import replace

import pytest

from matching import ranking
from matching.documents import Document, Need, Requirement
from matching.hashing import HashingEncoder
from matching.store import Catalogue, SnapshotError, Snapshots
from tests.matching.conftest import DESK, NEED, STEEL, Publish


def test_the_offer_that_fits_comes_first_with_the_sentences_that_say_so(
    catalogue: Catalogue, encoder: HashingEncoder
) -> None:
    best = catalogue.rank(NEED, encoder)[0]
    assert best.document_id == STEEL.id
    assert [(item.requirement_id, item.sentence) for item in best.evidence] == [
        (1, "误检率低于百分之一。"),
        (2, "支持本地部署。"),
    ]
    assert best.evidence[1].strength > best.evidence[0].strength > 0.5


def test_a_score_is_the_weighted_sum_of_its_parts(catalogue: Catalogue, encoder: HashingEncoder) -> None:
    for item in catalogue.rank(NEED, encoder):
        parts = (item.dense, item.lexical, item.coverage)
        assert item.score == ranking.combine(*parts, ranking.WEIGHTS)
        assert all(0 <= part <= 1 for part in (*parts, item.score))


@pytest.mark.parametrize("weights", [ranking.WEIGHTS, ranking.FIRST_STAGE])
def test_weights_add_up_to_one(weights: ranking.Weights) -> None:
    assert weights.dense + weights.lexical + weights.coverage == pytest.approx(1)


def test_without_requirements_the_needs_sentences_count_and_nothing_is_quoted(
    catalogue: Catalogue, encoder: HashingEncoder
) -> None:
    by_sentences = catalogue.rank(replace(NEED, requirements=()), encoder)
    as_wishes = catalogue.rank(replace(NEED, requirements=(Requirement(1, NEED.text, must=False),)), encoder)
    assert {item.evidence for item in by_sentences} == {()}
    assert [item.coverage for item in by_sentences] == [item.coverage for item in as_wishes]
    assert by_sentences[0].coverage > 0


def test_given_documents_score_as_they_rank(publish: Publish, snapshots: Snapshots, encoder: HashingEncoder) -> None:
    publish([Document(number, f"第{number}号检测系统", "钢板缺陷检测。" * (number % 5)) for number in range(300)])
    catalogue = snapshots.current()
    assert catalogue is not None
    ranked = catalogue.rank(NEED, encoder, k=50)
    assert len(ranked) == 50
    assert catalogue.score(NEED, encoder, [item.document_id for item in ranked]) == ranked
    assert catalogue.score(NEED, encoder, [ranked[7].document_id, 10**9]) == [ranked[7]]


def test_a_restriction_comes_before_the_search(publish: Publish, snapshots: Snapshots, encoder: HashingEncoder) -> None:
    better = [Document(number, NEED.title, NEED.text) for number in range(100, 600)]
    publish([DESK, STEEL, *better])
    catalogue = snapshots.current()
    assert catalogue is not None
    found = catalogue.rank(NEED, encoder, k=5, only={DESK.id, STEEL.id, 10**9})
    assert [item.document_id for item in found] == [STEEL.id, DESK.id]


def test_ties_go_to_the_lower_id(publish: Publish, snapshots: Snapshots, encoder: HashingEncoder) -> None:
    publish([Document(number, "钢板检测", "钢板表面缺陷检测。") for number in (30, 4, 12, 9)])
    catalogue = snapshots.current()
    assert catalogue is not None
    assert [item.document_id for item in catalogue.rank(NEED, encoder, k=3)] == [4, 9, 12]


def test_a_search_finds_words_and_quotes_the_nearest_sentence(catalogue: Catalogue, encoder: HashingEncoder) -> None:
    hit = catalogue.search("本地部署", encoder, k=1)[0]
    assert (hit.document_id, hit.sentence) == (STEEL.id, "支持本地部署。")
    assert [hit.document_id for hit in catalogue.search("premises", encoder, k=1)] == [5]


def test_given_sentences_are_searchable_and_quoted_instead_of_the_text(
    catalogue: Catalogue, encoder: HashingEncoder
) -> None:
    assert (
        catalogue.search("bearing failure vibration", encoder, k=1)[0].sentence
        == "Predicts bearing failure two weeks ahead."
    )


def test_an_empty_need_is_ranked_without_fuss(catalogue: Catalogue, encoder: HashingEncoder) -> None:
    assert [item.score for item in catalogue.rank(Need("", ""), encoder)] == [0, 0, 0, 0]


def test_another_encoder_is_refused(catalogue: Catalogue) -> None:
    class Other(HashingEncoder):
        name = "other-1"

    with pytest.raises(SnapshotError, match="hashing-512-1, now other-1 runs"):
        catalogue.rank(NEED, Other())

from dataclasses import replace

import pytest

from matching.documents import Document, Need, Requirement
from matching.hashing import HashingEncoder
from matching.ranker import FEATURES, JUDGED, Ranker
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


def test_what_each_feature_adds_makes_the_score(catalogue: Catalogue, encoder: HashingEncoder) -> None:
    fits = {STEEL.id: {"price": 0.9, "region": 0.2}, DESK.id: {"field": 0.0}}
    for item in catalogue.rank(NEED, encoder, structured=fits):
        assert item.score == pytest.approx(sum(item.contributions.values()), abs=1e-6)
        assert item.features.keys() == {"meaning", "likeness", "words", "coverage", *fits.get(item.document_id, {})}
        assert (item.dense, item.lexical, item.coverage) == tuple(
            item.features[name] for name in ("meaning", "words", "coverage")
        )
        assert all(0 <= part <= 1 for part in (*item.features.values(), item.score))


def test_a_fit_of_the_facts_lifts_and_lowers_a_little_and_an_unknown_one_does_neither(
    catalogue: Catalogue, encoder: HashingEncoder
) -> None:
    def scored(**fits: float) -> float:
        return catalogue.score(NEED, encoder, [STEEL.id], structured={STEEL.id: fits})[0].score

    assert scored() == scored(price=0.5)
    assert scored(price=0.0) < scored() < scored(price=1.0)
    assert scored(**dict.fromkeys(JUDGED, 0.0)) > catalogue.score(NEED, encoder, [DESK.id])[0].score


def test_another_ranker_orders_otherwise(catalogue: Catalogue, encoder: HashingEncoder) -> None:
    by_price = Ranker({**dict.fromkeys(FEATURES, 0.0), "meaning": 0.01, "price": 1.0})
    fits = {DESK.id: {"price": 1.0}}
    found = catalogue.rank(NEED, encoder, structured=fits, ranker=by_price)
    assert found[0].document_id == DESK.id
    assert catalogue.score(NEED, encoder, [DESK.id], structured=fits, ranker=by_price) == found[:1]


def test_without_requirements_nothing_is_covered_and_nothing_is_quoted(
    catalogue: Catalogue, encoder: HashingEncoder
) -> None:
    best = catalogue.rank(replace(NEED, requirements=()), encoder)[0]
    assert (best.document_id, best.evidence, best.coverage) == (STEEL.id, (), 0)
    assert best.features.keys() == {"meaning", "likeness", "words"}
    assert best.score == pytest.approx(sum(best.contributions.values()), abs=1e-6)


def test_a_number_on_the_wrong_side_takes_the_strength_away(
    publish: Publish, snapshots: Snapshots, encoder: HashingEncoder
) -> None:
    publish([Document(1, "检测", "误检率低于百分之一"), Document(2, "检测", "误检率低于百分之五")])
    catalogue = snapshots.current()
    assert catalogue is not None
    need = Need("检测", "", (Requirement(4, "误检率低于百分之二", must=True),))
    good, bad = (item.evidence[0] for item in catalogue.rank(need, encoder))
    assert (good.sentence, good.contradicted) == ("误检率低于百分之一", False)
    assert (bad.sentence, bad.contradictions) == ("误检率低于百分之五", ("5% > 2%",))
    assert bad.strength < 0.3 < good.strength


def test_an_english_offer_is_found_by_chinese_words(
    publish: Publish, snapshots: Snapshots, encoder: HashingEncoder
) -> None:
    publish([Document(1, "Weather", "Short-term rain forecast."), Document(2, "Bank", "Reads bank statements.")])
    catalogue = snapshots.current()
    assert catalogue is not None
    assert catalogue.rank(Need("银行对账", ""), encoder)[0].document_id == 2
    assert catalogue.score(Need("银行对账", ""), encoder, [2])[0].features["words"] > 0


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

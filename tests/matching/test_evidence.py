import numpy as np
import pytest

from matching.encoder import Encoder
from matching.evidence import Scale, scale_of, strengths
from matching.hashing import HashingEncoder


def test_strength_is_agreement_beyond_chance() -> None:
    bounds = np.array([[0.75, 0.95]], np.float32)
    found = strengths(np.array([[0.70, 0.75, 0.85, 0.95, 1.0]], np.float32), bounds)
    assert found[0].tolist() == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-5)


def test_a_texts_own_words_are_strength_one_and_strangers_are_near_zero(encoder: HashingEncoder) -> None:
    query = encoder.encode_queries(["支持本地部署"])
    said = encoder.encode_passages(["支持本地部署", "The pump was painted blue."])
    own, stranger = strengths(query @ said.T, Scale(encoder).bounds(query))[0].tolist()
    assert own == pytest.approx(1)
    assert stranger < 0.2


def test_an_empty_text_resembles_nothing(encoder: HashingEncoder) -> None:
    empty = encoder.encode_queries([""])
    for bounds in (Scale(encoder).bounds(empty), Scale(encoder).bounds(empty, empty)):
        assert strengths(empty @ encoder.encode_passages(["任何句子"]).T, bounds).tolist() == [[0]]


def test_the_scale_of_an_encoder_is_measured_once(encoder: HashingEncoder) -> None:
    assert scale_of(encoder) is scale_of(encoder)


def test_a_translation_supports_and_a_stranger_in_the_other_language_does_not(bundled: Encoder) -> None:
    asked = bundled.encode_queries(["患者数据不得离开医院", "Rain of the next two hours, updated every ten minutes"])
    said = bundled.encode_passages(["No patient data leaves the hospital.", "未来两小时降水每十分钟更新一次。"])
    found = scale_of(bundled).strengths(asked, said)
    assert found.diagonal().min() > 0.5
    assert max(found[0, 1], found[1, 0]) < 0.2


def test_an_encoder_of_one_language_is_asked_for_no_translation(encoder: HashingEncoder) -> None:
    asked, said = (
        encoder.encode_queries(["支持本地部署"]),
        encoder.encode_passages(["Runs on premises.", "支持本地部署"]),
    )
    expected = strengths(asked @ said.T, Scale(encoder).bounds(asked))
    np.testing.assert_allclose(Scale(encoder).strengths(asked, said), expected, atol=1e-6)

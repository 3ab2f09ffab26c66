"""What is meant by words typed wrong, by sound, in pinyin or by initials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.spelling import Vocabulary, initials, normal, phrases, sound

TITLES = (
    "钢板表面缺陷检测模型", "钢板缺陷检测系统", "轴承故障预测", "政务大厅智能问答", "设备监测平台", "短临降水预报",
    "Surface defect detection for steel", "Predictive maintenance of pumps", "MES 数据接口",
)  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(phrases(TITLES))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("缺限检测", "缺陷检测"),  # a character of the same sound
        ("轴承故章预测", "轴承故障预测"),
        ("智能文答", "智能问答"),
        ("缺陷检则", "缺陷检测"),  # another character
        ("quexianjiance", "缺陷检测"),
        ("que xian jian ce", "缺陷检测"),
        ("qxjc", "缺陷检测"),
        ("gangban缺陷", "钢板缺陷"),
        ("鋼板缺陷檢測", "钢板缺陷检测"),
        ("ＭＥＳ　接口", "mes 接口"),
        ("defct detection", "defect detection"),
        # What has a known word's stem finds that word as it stands.
        ("predictve maintenence", "predictive maintenence"),
    ],
)
def test_what_was_meant(vocabulary: Vocabulary, typed: str, meant: str) -> None:
    assert vocabulary.corrected(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "设备监测",
        "缺陷监测",
        "钢板缺陷检测",
        "mes",
        "steel",
        "detecting defects",
        "predicted",
        "无人机",
        "3d",
        "cnc",
        "%_\\",
        "",
    ],
)
def test_what_is_known_or_like_nothing_stays(vocabulary: Vocabulary, typed: str) -> None:
    assert vocabulary.corrected(typed) == typed


@given(st.text(max_size=40))
def test_any_text_is_answered_and_a_correction_is_final(text: str) -> None:
    vocabulary = Vocabulary(phrases(TITLES))
    assert isinstance(vocabulary.corrected(text), str)
    assert all(vocabulary.corrected(word) == word for word in phrases(TITLES))


def test_what_is_held_elsewhere_is_not_corrected() -> None:
    vocabulary = Vocabulary(phrases(["打磨型机器人", "缺陷检测"]))
    assert vocabulary.corrected("大模型") == "打磨型"
    assert vocabulary.corrected("大模型 缺限", held=lambda run: run == "大模型") == "大模型 缺陷"


def test_sounds() -> None:
    assert (sound("缺陷检测"), initials("缺陷检测"), sound("绿色AI"), normal("ＡＩ  檢測")) == (
        "quexianjiance", "qxjc", "lvseai", "ai 检测",
    )  # fmt: skip


def test_words_that_begin_so(vocabulary: Vocabulary) -> None:
    assert vocabulary.starting_with("缺陷", 2) == ["缺陷", "缺陷检测"]
    assert vocabulary.starting_with("gangb", 1) == ["钢板"]


def test_a_filler_word_before_a_known_one_is_no_phrase() -> None:
    vocabulary = Vocabulary(phrases(["用于检测管道", "缺陷定级"]))
    assert vocabulary.corrected("缺限检测") == "缺陷检测"

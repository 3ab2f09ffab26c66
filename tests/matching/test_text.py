import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text import LONGEST_SENTENCE, PASSAGE_LENGTH, length, passages, sentences, text_hash, tokens

PROSE = st.text(alphabet="钢板缺陷检测，。；！\n abc.D 12", max_size=400)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("需要检测缺陷。误检率≤2%！可行吗？", ["需要检测缺陷。", "误检率≤2%！", "可行吗？"]),
        ("一、支持3.5毫秒响应；\n（2）可本地部署", ["支持3.5毫秒响应；", "可本地部署"]),
        ("他说“可以。”然后走了。", ["他说“可以。”然后走了。"]),
        (
            "Runs on-prem. Version 2.1 is fast, e.g. on a CPU. It scales.",
            ["Runs on-prem.", "Version 2.1 is fast, e.g. on a CPU.", "It scales."],
        ),
        ("Made by Dr. Wang. Tested.", ["Made by Dr. Wang.", "Tested."]),
        ("Accuracy 95%. It runs on site.", ["Accuracy 95%.", "It runs on site."]),
        ("Rotates by 5°. It runs at 80 ℃. Tested.", ["Rotates by 5°.", "It runs at 80 ℃.", "Tested."]),
        (
            "Built on GPT-4. It runs. Seen at 3.5 m by J. Smith.",
            ["Built on GPT-4.", "It runs.", "Seen at 3.5 m by J. Smith."],
        ),
        ("- first line\n- second line", ["first line", "second line"]),
        ("……。\n\n", []),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_sentence_is_cut_at_its_commas() -> None:
    parts = sentences("缺陷检测系统部署，" * 40)
    assert [length(part) for part in parts] == [LONGEST_SENTENCE, LONGEST_SENTENCE, 80]
    assert "".join(parts) == "缺陷检测系统部署，" * 40


@given(PROSE)
def test_no_word_gets_lost_between_sentences_and_passages(text: str) -> None:
    assert " ".join(passages(text)).split() == " ".join(sentences(text)).split()


@given(PROSE)
def test_a_passage_is_short_or_one_sentence(text: str) -> None:
    whole = sentences(text)
    for passage in passages(text):
        assert length(passage) <= PASSAGE_LENGTH or passage in whole


def test_tokens_are_words_and_their_parts_without_punctuation() -> None:
    assert tokens("人工智能，ＡＩ 平台！") == ["人工", "智能", "人工智能", "ai", "平台"]
    assert tokens("Predict Failures, 24/7.") == ["predict", "failures", "24", "7"]


def test_the_hash_ignores_width_but_not_words() -> None:
    assert text_hash("ＡＩ平台") == text_hash("AI平台")
    assert text_hash("AI平台") != text_hash("AI平台 ")

from matching.bridge import bridged


def known(*words: str):  # noqa: ANN201
    return lambda word: word in words


def test_a_chinese_word_asks_for_its_english_names_as_well() -> None:
    assert bridged(["银行"], known("bank", "loan")) == {"银行": 1, "bank": 1}


def test_an_english_word_asks_for_its_chinese_names_as_well() -> None:
    assert bridged(["bank"], known("银行")) == {"bank": 1, "银行": 1}


def test_all_the_names_of_a_word_weigh_as_much_as_the_word() -> None:
    asked = bridged(["检测", "检测"], known("detect", "test", "sens"))
    assert asked.pop("检测") == 2
    assert set(asked) == {"detect", "test", "sens"}
    assert abs(sum(asked.values()) - 2) < 1e-9


def test_what_the_catalogue_does_not_hold_is_not_asked() -> None:
    assert bridged(["检测", "2024", "xyz"], known()) == {"检测": 1, "2024": 1, "xyz": 1}

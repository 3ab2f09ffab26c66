import pytest

from matching.claims import contradictions


@pytest.mark.parametrize(
    ("requirement", "sentence", "against"),
    [
        ("识别准确率不低于93%", "识别准确率达到89%", ("89% < 93%",)),
        ("识别准确率不低于93%", "旧版识别准确率89%，新版识别准确率97%", ()),
        ("误检率低于百分之二", "误检率为3%", ("3% > 2%",)),
        ("误检率低于百分之二", "误检率低于百分之一", ()),
        ("准确率95％以上", "误检率1%", ()),
        ("检测延迟不超过一百毫秒", "相机与产线同步，检测延迟一百毫秒", ()),
        ("交付周期三个月以内", "六个月内完成交付", ("6个月 > 3个月",)),
        ("响应时间不超过三秒", "响应时间五点一秒", ("5.1秒 > 3秒",)),
        ("响应时间不超过五点五秒", "响应时间五点一秒", ()),
        ("支持至少64路视频", "支持32路视频接入", ("32路 < 64路",)),
        ("支持本地部署", "暂不支持本地部署", ("暂不",)),
        ("数据不能离开园区", "数据不能离开园区", ()),
        ("Accuracy of at least 93 %", "Accuracy reaches 89 % on the test set.", ("89% < 93%",)),
        ("Response within 200 ms", "Answers in 1.5 seconds.", ("1.5second > 200ms",)),
        ("Response within 200 ms", "Answers in 80 ms.", ()),
        ("识别准确率不低于93%", "Accuracy reaches 89 %.", ("89% < 93%",)),
        ("At least 99.9% availability", "Uptime of 99.5%", ("99.5% < 99.9%",)),
        ("Must run on premises", "Does not run on premises.", ("not",)),
        ("12,000 rows at most", "20 rows", ()),
        ("", "", ()),
    ],
)
def test_a_sentence_speaks_against_what_is_asked_or_it_does_not(
    requirement: str, sentence: str, against: tuple[str, ...]
) -> None:
    assert contradictions(requirement, sentence) == against

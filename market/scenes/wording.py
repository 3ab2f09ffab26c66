"""Which words of a sentence oblige, which wish, which only tell how things are; in Chinese and in English."""

import re
from collections.abc import Iterator

from market.core.vocabulary import RequirementKind
from matching.text import sentences

# Words that oblige whatever stands around them; limits that oblige in a clause that tells nothing; and loose ones,
# that tell as often as they oblige: they do so only where nothing was told before them in the sentence either.
_OBLIGES = re.compile(
    r"必须|务必|[须需](?!求)|应(?=当|能|支持|在|不|具|可|满足|达|提供|采用|保证|与|按|有|由|通过|符合|覆盖|兼容|给出|自动|先)"
    r"|不得|不允许|严禁|禁止|要求|只能|一律|确保"
    r"|要(?=能|支持|达到|做到|控制|[降减缩提压])"
    r"|不能(?=超|低|高|出|上|离|外|泄|停|断|丢|影响|传)|不(?=出厂|出院|出域|出园区|上互联网|依赖外网)"
    r"|\b(?:must|shall|require(?:s|d|ments?)?|mandatory|needs? to|ha(?:s|ve) to|may not)\b",
    re.IGNORECASE,
)
_COUNTED = r"\s*\d[\d,.]*(?!\d|[,.]\d)\s*万?(?!\s*[人名家岁位])"
_LIMITS = re.compile(
    r"不低于|不少于|不小于|不高于|不[得能应可]?超过|不大于|不多于|≥|≤|>=|<=|控制[在到]|[降减缩提升压]\w?[到至为]|以内"
    rf"|(?:小于|低于|少于|短于|不足|大于|高于|[<>＜＞]){_COUNTED}"
    r"|(?:[小少大低高短]于|不足)(?=[百千万]分之)"
    r"|(?:[率度时]|时[间长]|延迟|误差|比例?|成本)(?:要|应|须)?超过(?=\s*[\d百千])"
    r"|\b(?:at least|at most|no (?:more|less|fewer) than|not exceed|from \d\S*(?: [a-z]+)? to \d)"
    r"|\b(?:within|below|under|above|less than|fewer than|greater than|higher than|lower than) \d"
    r"|\b(?:rate|accuracy|time|recall|precision|availability|yield|error|share)\b[^,.]{0,20}\b(?:over|more than) \d",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"至少|[至最]多(?=\s*[\d零一二两三四五六七八九十百千允占使]|不)|达到|以上|以下|\bup to \d", re.IGNORECASE
)
_WISHES = re.compile(
    r"希望|最好|建议|期望|期待|尽量|尽可能|优先|如能|若能|可选|加分|最理想"
    r"|\b(?:should|prefer\w*|ideally|nice to have|would like|optional\w*"
    r"|would be (?:nice|good|great|welcome|useful|a plus)|hopes?|wish\w*|if possible|a plus|bonus)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"目前|现在|现有|如今|去年|前年|今年|上个?月|以前|曾经?|平均每|已有|过去|一直|往往|经常|常常|有一次|有时|"
    r"\b(?:currently|today|now|at present|last year|last month|so far|at the moment|used to"
    r"|every (?:day|week|shift)|we have|there (?:is|are)"
    r"|was|were|had|rose|fell|grew|dropped)\b",
    re.IGNORECASE,
)
_STARTS_FROM = re.compile(r"[从由比](?:目前|现在|现有|如今)的?|\bfrom (?:now|today's|currently)", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•●■◆·]|[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）.、．](?!\d))")
_HEADING = re.compile(r"^[^。；;！？]{1,40}[:：]\s*$")
_CLAUSES = re.compile(r"(?<=[，,])(?!\d)")
_ENDS = re.compile(r"(?<=[。！？!?])|(?<=[a-z\d)%]\.)\s+(?=[A-Z\u4e00-\u9fff])|\n")
_LEAD_IN = re.compile(
    r"^(?:[^，,。:：]{0,16}(?:要求|须|必须|指标|如下|希望|requirements?|musts?|wishes))\s*[:：]\s*", re.IGNORECASE
)


def classify(sentence: str) -> RequirementKind | None:
    """Return what a sentence asks: a wish where it wishes, a must where it obliges or limits, None where it tells.

    A word that tells takes back the limit of its own clause, not that of another: “at most 0.5 %, now it is 3 %”.
    """
    if _WISHES.search(sentence):
        return RequirementKind.WISH
    if _OBLIGES.search(sentence) or _limits(sentence):
        return RequirementKind.MUST
    return None


def _limits(sentence: str) -> bool:
    told = False
    for clause in _CLAUSES.split(sentence):
        tells = bool(_TELLS.search(_STARTS_FROM.sub("", clause)))
        told = told or tells
        if (_LIMITS.search(clause) and not tells) or (_LOOSE.search(clause) and not told):
            return True
    return False


def asked_parts(text: str) -> Iterator[tuple[str, RequirementKind | None]]:
    """Cut a description into parts that ask one thing each, in order, with what they ask.

    Items of a list take over what its heading says, and parts after a semicolon what the part before them says, where
    they say nothing themselves. A sentence that both obliges and wishes is cut at the comma between.
    """
    heading: RequirementKind | None = None
    for line in text.splitlines():
        if not line.strip():
            heading = None
        elif _HEADING.match(line.strip()):
            heading = classify(line)
        else:
            yield from _parts_of_line(line, heading if _BULLET.match(line) else None)


def _parts_of_line(line: str, heading: RequirementKind | None) -> Iterator[tuple[str, RequirementKind | None]]:
    for whole in _ENDS.split(line):
        before = heading
        for sentence in sentences(whole or ""):
            for part in _cut_between_kinds(sentence):
                kind = classify(part) or before
                if heading is None:
                    before = kind
                said = _LEAD_IN.sub("", part).strip(" ，,。；;.")
                if said:
                    yield said, kind


def _cut_between_kinds(sentence: str) -> list[str]:
    parts: list[str] = []
    last: RequirementKind | None = None
    for clause in _CLAUSES.split(sentence):
        kind = classify(clause)
        if last is RequirementKind.WISH and not _OBLIGES.search(clause):
            kind = None  # “希望甲少于三十分钟，乙超过九成”: the wish goes on until something obliges
        if parts and (kind is None or last is None or kind is last):
            parts[-1] += clause
        else:
            parts.append(clause)
        last = kind or last
    return parts

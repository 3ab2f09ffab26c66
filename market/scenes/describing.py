"""A pasted description → a draft of requirements, metrics and hints, each with the sentence it came from.

Deterministic: every proposed word stands in the person's own text, and what is left out is named with the reason.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from market.core.text import Text, _
from market.core.vocabulary import DataLevel, Deployment, RequirementKind
from market.scenes.amounts import amounts_in, weeks_in
from market.scenes.measures import Measure, measures_in
from market.scenes.wording import asked_parts

MOST_ROWS = 40
LONGEST_ROW = 1000
_BUDGET = re.compile(
    r"预算|总价|总费用|费用上限|经费|总投入|\bbudget\b|\bspend\b|\btotal (?:cost|price)"
    r"|(?:^|[，,])(?:项目|整体|建设|全部)?(?:费用|花费|投入|投资|报价|价格)(?!超过|高于)[^，,\d]{0,12}\d[^，,]*万",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:试点|工期|周期|交付|上线|项目|实施|pilot|deliver\w*|go[- ]live|project|duration)", re.IGNORECASE
)
_DATA = re.compile(
    r"(?:数据|样本|日志|图片|照片|病历|记录|录像|视频|录音|工单)(?!库|中心)|\b(?:data|images?|records?|logs?|samples?)\b",
    re.IGNORECASE,
)
_HAVE = re.compile(r"有|提供|积累|留存|可给|共|\bhave\b|\bavailable\b|\bprovide\b|\bcollected\b", re.IGNORECASE)
_DEPLOYMENTS = (
    (Deployment.ON_PREMISES, re.compile(
        r"本地(?:化)?部署|本地运行|内网|不出厂|不出院|不出园区|不上互联网|不上云|厂内|院内服务器"
        r"|on[- ]prem\w*|on[- ]site servers?|local servers?|leave (?:the|our) (?:plant|hospital|site|factory)",
        re.IGNORECASE)),
    (Deployment.PRIVATE_CLOUD, re.compile(r"专有云|私有云|政务云|private cloud", re.IGNORECASE)),
    (Deployment.PUBLIC_CLOUD, re.compile(r"公有云|public cloud", re.IGNORECASE)),
    (Deployment.EDGE, re.compile(r"边缘(?:设备|侧|盒|计算)|车端|端侧|edge (?:device|box|computer)", re.IGNORECASE)),
    (Deployment.API, re.compile(r"API\s*(?:调用|接口)|接口调用|\bAPI calls?\b", re.IGNORECASE)),
)  # fmt: skip
_REFUSES = re.compile(r"不[上用]|不得(?:上|用|使用)|禁止|no public cloud|not .{0,12}public cloud", re.IGNORECASE)
_LEVELS = (
    (DataLevel.IMPORTANT, re.compile(r"重要数据|important data", re.IGNORECASE)),
    (DataLevel.SENSITIVE, re.compile(
        r"敏感数据|敏感个人信息|患者(?:信息|数据|隐私)|sensitive data|patient data", re.IGNORECASE)),
    (DataLevel.PUBLIC, re.compile(r"公开数据|public data\b", re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A requirement that is proposed; *own_idea*: a model's, which no sentence of the person supports."""

    text: str
    kind: RequirementKind
    sentence: str
    own_idea: bool = False


@dataclass(frozen=True)
class MetricRow:
    """A metric that is proposed."""

    measure: Measure
    sentence: str
    own_idea: bool = False


@dataclass(frozen=True)
class Hint:
    """A single answer of a later step: *field* as the form names it, *value* as it would be typed."""

    field: str
    value: str
    sentence: str


@dataclass(frozen=True)
class LeftOut:
    """A sentence that became no row, and why."""

    sentence: str
    reason: Text


@dataclass(frozen=True)
class Draft:
    """What a description gives."""

    requirements: tuple[Row, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    hints: tuple[Hint, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def describe(text: str) -> Draft:
    """Read a description sentence by sentence."""
    rows: list[Row] = []
    metrics: list[MetricRow] = []
    hints: list[Hint] = []
    left: list[LeftOut] = []
    seen: set[str] = set()
    for said, kind in asked_parts(text):
        found = list(_hints_in(said, kind))
        hints += found
        if plain(said) in seen:
            left.append(LeftOut(said, _("said before")))
        elif any(hint.field in {"budget_max", "duration_weeks"} for hint in found):
            seen.add(plain(said))  # a budget or a duration is no requirement: it has a step of its own
        elif kind is None:
            if not found:
                left.append(LeftOut(said, _("tells how things are, asks for nothing")))
        elif len(rows) >= MOST_ROWS:
            left.append(LeftOut(said, _("more than %(most)s requirements", most=MOST_ROWS)))
        else:
            seen.add(plain(said))
            rows.append(Row(said[:LONGEST_ROW], kind, said))
            metrics += [MetricRow(measure, said) for measure in measures_in(said)]
    return Draft(tuple(rows), tuple(metrics), tuple(_merged(hints)), tuple(left))


def plain(text: str) -> str:
    """Return what two texts that say the same share: no spaces, no punctuation, one width, lower case."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", text).lower() if letter.isalnum() or letter in "%‰"
    )


def already_there(text: str, present: Collection[str]) -> bool:
    """Whether the same words are already among what is *present*."""
    return plain(text) in {plain(each) for each in present}


def _hints_in(sentence: str, kind: RequirementKind | None) -> Iterator[Hint]:
    if _BUDGET.search(sentence) and (amounts := amounts_in(sentence)):
        if len(amounts) > 1 and min(amounts) < max(amounts):
            yield Hint("budget_min", str(min(amounts)), sentence)
        yield Hint("budget_max", str(max(amounts)), sentence)
    if _TIME.search(sentence) and (weeks := weeks_in(sentence)):
        yield Hint("duration_weeks", str(weeks), sentence)
    refused = bool(_REFUSES.search(sentence))
    for form, pattern in _DEPLOYMENTS:
        if pattern.search(sentence) and not (refused and form is Deployment.PUBLIC_CLOUD):
            yield Hint("deployments", str(form), sentence)
    level = next((level for level, pattern in _LEVELS if pattern.search(sentence)), None)
    if level is not None:
        yield Hint("data_level", str(level), sentence)
    if (
        kind is None
        and _DATA.search(sentence)
        and _HAVE.search(sentence)
        and re.search(r"\d|[一二三四五六七八九十百千万]", sentence)
    ):
        yield Hint("data_description", sentence, sentence)


def _merged(hints: Collection[Hint]) -> Iterator[Hint]:
    """Keep the first answer of each field; forms of deployment and sentences about data are gathered."""
    once: set[tuple[str, str]] = set()
    for hint in hints:
        key = (hint.field, hint.value if hint.field in {"deployments", "data_description"} else "")
        if key not in once:
            once.add(key)
            yield hint

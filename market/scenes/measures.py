"""Numbers that a description states: acceptance metrics with their direction, with what stands for today."""

import re
from dataclasses import dataclass
from decimal import Decimal

from market.core.vocabulary import Direction
from market.scenes.amounts import NUMBER, number_of

_UNIT = (
    r"毫秒|秒|分钟|小时|个?工作日|天|周|个月|年|毫米|厘米|公里|微米|米|万元|元|吨"
    r"|公斤|千瓦时|路|帧|张|例|台|人|次(?:/\w|每\w)?|件|条|家|个"
    r"|ms|milliseconds?|seconds?|minutes?|min|hours?|days?|weeks?|months?|mm|cm|km|kg|tonnes?|kWh|fps|yuan|times"
)
_VALUE = rf"(?P<per>百分之|千分之)?\s*(?P<number>{NUMBER})\s*(?P<unit>%|％|‰|per ?cent|{_UNIT})?"
_UPWARDS = r"(?:提[升高]?|上?升|增加|达)[到至]"
_DOWNWARDS = r"(?:降低?|减少?|缩[短减]|压缩?)[到至]|控制[在到]"
_LEAST = (
    rf"不[得能应可]?低于|不[得能应可]?[少小]于|大于等于|至少|{_UPWARDS}|高于|超过|大于|≥|>=|[>＞]"
    r"|at least|no less than|no fewer than|(?:greater|higher) than|(?<!no )more than|above|over"
    r"|(?:raised?|rise|increased?|improved?|grow|go up) to"
)
_MOST = (
    rf"不[得能应可]?超过|不[得能应可]?[高大多]于|小于等于|低于|小于|少于|短于|不足|{_DOWNWARDS}|至多|最多|≤|<=|[<＜]"
    r"|at most|no more than|no longer than|not exceed|below|under|within|up to|(?<!no )(?:less|fewer|lower) than"
    r"|(?:down|fall|drop|reduced?|cut|lowered|shortened) to"
)
_METRIC = re.compile(
    rf"(?P<bound>不[得能应可]?(?:超过|[高大多]于)|{_LEAST}|{_MOST})\s*{_VALUE}(?P<after>以内|以下|以上)?", re.IGNORECASE
)
_TRAILING = re.compile(rf"{_VALUE}(?P<after>以内|之内|以下|以上)(?P<bound>)", re.IGNORECASE)
_NOW = r"目前|现在|如今|当前|currently|today|now|at present"
_CHANGE = re.compile(
    rf"(?:[从由](?:{_NOW})?|目前|现在|from)\s*(?:的|约|是|is|of|about)*\s*"
    rf"{_VALUE.replace('?P<', '?P<was_')}\s*[，,]?\s*"
    rf"(?P<bound>{_UPWARDS}|{_DOWNWARDS}|到|to)\s*{_VALUE}(?P<after>)",
    re.IGNORECASE,
)
# How things are: “漏检约3%”, “现在是3%”, “the scrap rate is 4% today”.
_STATED = re.compile(_VALUE, re.IGNORECASE)
_IS_NOW = re.compile(_NOW, re.IGNORECASE)
_TIME = re.compile(r"毫秒|秒|分钟|小时|天|周|个月|年|ms|(?:second|minute|min|hour|day|week|month)s?", re.IGNORECASE)
_LEAST_ONLY = re.compile(rf"(?:{_LEAST})\Z", re.IGNORECASE)
_EDGES = re.compile(
    r"^(?:其中|并且|并|且|但|和|以及|要求|希望|最好|务必|必须|应当|应|须|需|将|把|使|让|对)\s*"
    r"|^(?:目前|现在|如今|当前|去年|我们的?|目标(?=[是为]|$))\s*"
    r"|^we (?:need|require|want|expect)\b\s*"
    r"|^(?:the|an?|and|but|with|its|our|that|keep|reduce|raise|cut|lower|increase|bring|reach|achieve"
    r"|currently|today|now)\b\s*"
    r"|\s*(?:必须|应当|应该|(?<![响反效适])应|须|需要?|要求?|希望|能够|能|的|是|为|在|也|均|都|已?经?)$"
    r"|\s*(?:(?:目前|现在)有?|如今|当前|大?约|大概|只有|仅|高达|平均)$"
    rf"|\s*(?:{_UPWARDS}|{_DOWNWARDS}|达到|降|提高|缩短)$"
    r"|\s*\b(?:must|should|shall|is|be|are|of|to|in|stay|remain|not|has to be|needs to be|with|an?|from"
    r"|takes?|fall|drop|come|go|rise|gets?|about|around|at|only|currently|today|now|has|have|needs?)$",
    re.IGNORECASE,
)
# What stands before “must” is who does it; what is measured follows the verb of change, or nothing is.
_WHO = re.compile(
    r"^.*\b(?:must|shall|should|will|needs? to|ha(?:s|ve) to|want (?:it|this|that|them)(?: to)?)(?:\s+|$)"
    r"(?P<verb>(?:keep|reduce|raise|cut|lower|increase|bring|hold|limit|improve)\s+)?",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"[，。；：、;:（(]|,(?!\d)"
    r"|\b(?:and|but)\s+(?=(?:it )?(?:must|should|shall|needs?|has|have|currently|now|today)\b)",
    re.IGNORECASE,
)
_PRONOUNS = frozenset({"it", "this", "that", "they", "we", "它", "这", "那"})
_LONGEST_NAME, _SHORTEST_NAME = 60, 2


@dataclass(frozen=True)
class Measure:
    """A number to accept by, as it stands in a sentence."""

    name: str
    baseline: Decimal | None
    target: Decimal
    unit: str
    direction: Direction


def measures_in(sentence: str) -> list[Measure]:
    """Return the numbers to accept by that a sentence states with name and unit, in order, each name once.

    The name stands before the limit, or in the clause before (“漏检约3%，要求降到0.5%以内”); what the same sentence
    says of today is the baseline.
    """
    found: dict[tuple[int, int], Measure] = {}
    for pattern, read in ((_CHANGE, _changed), (_METRIC, _limited), (_TRAILING, _limited)):
        if found and pattern is _TRAILING:
            break  # “八小时以上” beside a plain limit tells under which conditions it holds
        for match in pattern.finditer(sentence):
            apart = all(match.end() <= start or end <= match.start() for start, end in found)
            if apart and (measure := read(sentence, match)):
                found[match.span()] = measure
    by_name: dict[str, Measure] = {}
    for _span, measure in sorted(found.items(), key=lambda each: each[0]):
        by_name.setdefault(measure.name, measure)
    return list(by_name.values())


def _changed(sentence: str, change: re.Match[str]) -> Measure | None:
    unit, unit_before = _unit(change["per"], change["unit"]), _unit(change["was_per"], change["was_unit"])
    baseline = number_of(change["was_number"]) if unit_before in {"", unit} or not unit else None
    return _measure(_name(sentence[: change.start()]), baseline, change, unit or unit_before)


def _limited(sentence: str, found: re.Match[str]) -> Measure | None:
    unit = _unit(found["per"], found["unit"])
    name, stated = _name(sentence[: found.start()]), _stated_before(sentence[: found.start()])
    baseline = _stated_after(sentence[found.end() :], unit)
    if stated is not None and name in {"", stated[0]} and _comparable(stated[2], unit):
        name = stated[0]
        baseline = stated[1] if stated[2] == unit else baseline
    return _measure(name, baseline, found, unit)


def _measure(name: str, baseline: Decimal | None, found: re.Match[str], unit: str) -> Measure | None:
    if not unit or not _SHORTEST_NAME <= len(name) <= _LONGEST_NAME:
        return None
    target = number_of(found["number"])
    if found.re is _CHANGE and baseline is not None and baseline != target:
        direction = Direction.LOWER if target < baseline else Direction.HIGHER
    else:
        direction = _direction(found)
    return Measure(name, baseline, target, unit, direction)


def _stated_before(before: str) -> tuple[str, Decimal, str] | None:
    """Return name, number and unit of what the nearest clause before the limit's own says of today.

    Of “the error rate, currently 6%” the name stands one clause earlier.
    """
    clauses = _PARTS.split(before)[:-1]
    for at, clause in reversed(list(enumerate(clauses))):
        for value in _STATED.finditer(clause):
            name = _name(clause[: value.start()]) or (_name(clauses[at - 1]) if at and _IS_NOW.search(clause) else "")
            if (unit := _unit(value["per"], value["unit"])) and len(name) >= _SHORTEST_NAME:
                return name, number_of(value["number"]), unit
    return None


def _stated_after(after: str, unit: str) -> Decimal | None:
    for clause in _PARTS.split(after):
        if _IS_NOW.search(clause):
            numbers = (
                number_of(value["number"])
                for value in _STATED.finditer(clause)
                if _unit(value["per"], value["unit"]) == unit
            )
            return next(numbers, None)
    return None


def _comparable(unit: str, other: str) -> bool:
    return unit == other or all(_TIME.fullmatch(each) for each in (unit, other))


def _unit(per: str | None, unit: str | None) -> str:
    return {"百分之": "%", "千分之": "‰"}.get(per or "", unit or "").replace("％", "%")


def _direction(found: re.Match[str]) -> Direction:
    if after := found["after"]:
        return Direction.HIGHER if after == "以上" else Direction.LOWER
    return Direction.HIGHER if _LEAST_ONLY.match(found["bound"]) else Direction.LOWER


def _name(before: str) -> str:
    name = _trimmed(_PARTS.split(before)[-1])
    who = _WHO.match(name)
    if who is not None:
        name = _trimmed(name[who.end() :]) if who["verb"] else ""
    return "" if name.lower() in _PRONOUNS else name


def _trimmed(name: str) -> str:
    name = name.strip()
    while (shorter := _EDGES.sub("", name).strip()) != name:
        name = shorter
    return name

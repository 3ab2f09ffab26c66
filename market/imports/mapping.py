"""Which column is which field: guessed from its name in Chinese or English, shown, and overridden by the user."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from market.core.errors import InvalidError
from market.core.text import _
from market.imports.cleaning import opened
from market.imports.readers import Row

UNUSED = "unused"
_SAMPLE = 60
# What a list of sentences is where no column's name says it.
_SENTENCES = {"scenes": "requirements"}

_SHARED = {
    "id": "id 编号 序号 row_id source_row_id uuid key",
    "title_zh": "title_zh 中文标题 中文名称 name_zh",
    "title_en": "title_en 英文标题 英文名称 name_en",
    "language": "language lang 语言 语种",
    "source": "source url link 来源 链接 网址 出处",
    "domain": "domain field sector industry category 领域 行业 所属领域 应用领域 所属行业 技术领域 类别 分类 domain_zh",
}
FIELDS: dict[str, dict[str, str]] = {
    "scenes": _SHARED | {
        "title": "title name subject 标题 项目名称 需求名称 需求标题 场景名称 名称 项目 课题名称 任务名称 榜单名称",
        "organisation": "organisation organization org buyer agency department company 单位 单位名称 需求单位 需求方 "
                        "企业名称 企业 公司 机构 采购人 采购单位 发榜单位 发榜方 出题方 申报单位",
        "problem": "description summary problem need details background 描述 需求描述 需求内容 问题 问题描述 "
                   "背景 需求背景 简介 摘要 内容 项目内容 现状 痛点 directions 方向",
        "outcome": "outcome outcomes objective objectives goal goals expected_outcome expected_outcomes "
                   "expected_benefits 目标 预期目标 预期成果 预期效果 成效",
        "requirements": "requirements requirement rules constraints 要求 技术要求 技术指标 需求要求 指标要求 申报条件",
        "data_description": "data data_description dataset 数据 数据说明 数据情况 数据资源",
        "acceptance_test": "acceptance acceptance_test 验收 验收标准 验收方式 考核方式",
        "deployments": "deployment deployments 部署 部署方式 部署要求",
        "budget": "budget amount price 预算 预算金额 金额 项目金额 资金 投资额 拟投入资金 预算万元 奖金",
        "start_by": "deadline due due_date closing_date start_by 截止 截止日期 截止时间 申报截止 完成时间 启动时间",
        "region": "region location place city 地区 地点 区域 所在地 所属地区 城市",
    },
    "solutions": _SHARED | {
        "title": "title name product solution 标题 名称 产品 产品名称 方案名称 解决方案 解决方案名称 成果名称",
        "organisation": "vendor organisation organization company provider supplier 企业名称 企业 公司 供应商 厂商 "
                        "供给方 单位 单位名称 机构 研发单位",
        "summary_zh": "description_zh summary_zh",
        "summary": "description summary intro introduction abstract 描述 简介 介绍 产品介绍 方案描述 方案简介 摘要",
        "tagline_zh": "tagline_zh",
        "tagline": "tagline slogan 标语 一句话介绍",
        "capabilities": "capabilities capability functionality functions features performance 功能 产品功能 功能特点 "
                        "能力 性能 性能指标 技术指标 优势",
        "models": "model models model_name 模型 模型名称 大模型 使用模型 所用模型",
        "filing_number": "filing_number filing 备案号 备案编号 登记号 备案登记号",
        "deployments": "deployment deployments 部署 部署方式",
        "price": "price cost 价格 报价 价格区间 收费",
        "regions": "regions service_area 服务区域 服务地区 服务范围",
        "organisation_region": "region location city 地区 所在地 城市 所属地区",
        "readiness": "readiness maturity stage 成熟度 阶段 产品阶段",
    },
    "filings": {
        "kind": "kind type 类型 类别 备案类型",
        "number": "no number 序号 编号",
        "jurisdiction": "jurisdiction region place 属地 地区 省份 所在地",
        "model": "model name service 模型 模型名称 服务名称 应用名称 产品名称",
        "entity": "entity organisation company applicant 单位 备案单位 主体 企业 企业名称 申请单位",
        "filed_on": "date filed_on 日期 备案时间 备案日期 时间 登记时间",
        "filing_number": "filing_number 备案号 备案编号 登记号 上线编号",
        "note": "note remark remarks 备注 说明",
        "source": "source url 来源 链接",
    },
}  # fmt: skip
NEEDED = {"scenes": ("title",), "solutions": ("title",), "filings": ("model",)}
SEVERAL = frozenset({"problem", "outcome", "requirements", "summary", "capabilities", "models", "domain", "source"})
"""Fields that take more than one column: texts are joined, lists put together, the first known domain counts."""


@dataclass
class Column:
    """A column as the file has it: its first value, and which kinds of value it holds."""

    sample: str = ""
    kinds: set[str] = field(default_factory=set)


@dataclass
class Survey:
    """What a first reading finds: how many rows, and the columns in their order."""

    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)


def survey(rows: Iterable[Row]) -> Survey:
    """Read once through *rows*: columns may appear late in JSON Lines."""
    found = Survey()
    for row in rows:
        found.rows += 1
        for name, value in row.values.items():
            column = found.columns.setdefault(name, Column())
            if value not in (None, "", [], {}):
                column.kinds.add(type(opened(value)).__name__)
                column.sample = column.sample or _sample(value)
    return found


def known_field(kind: str, name: str) -> str | None:
    """Return the field that a column's or a key's name means; capitals, spaces and units do not matter."""
    plain = _plain(name)
    for each, names in FIELDS[kind].items():
        if plain in names.split():
            return each
    return None


def guess(kind: str, columns: Mapping[str, Column], given: Mapping[str, str]) -> dict[str, str]:
    """Return column → field: what the user gave, then what names say, then a list of sentences as requirements.

    Raises ``InvalidError`` for a field that does not exist.
    """
    for column, name in given.items():
        if name not in FIELDS[kind] and name != UNUSED:
            known = ", ".join([*FIELDS[kind], UNUSED])
            text = _("%(column)s=%(field)s: there is no such field. Known: %(known)s", column=column, field=name,
                     known=known)  # fmt: skip
            raise InvalidError(text)
    chosen = {column: name for column, name in given.items() if column in columns}
    named = {column: known_field(kind, column) for column in columns if column not in given}
    by_rank = sorted(
        (FIELDS[kind][name].split().index(_plain(column)), column, name) for column, name in named.items() if name
    )
    several, taken = SEVERAL - set(given.values()), set(chosen.values())
    for _rank, column, name in by_rank:
        if name not in taken or name in several:
            chosen[column] = name
            taken.add(name)
    sentences = _SENTENCES.get(kind)
    if sentences and sentences not in taken:
        lists = [column for column, name in named.items() if name is None and columns[column].kinds == {"list"}]
        chosen |= dict.fromkeys(lists, sentences) if len(lists) == 1 else {}
    return {column: chosen[column] for column in columns if column in chosen and chosen[column] != UNUSED}


def require_columns(given: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse a column that no file has (``InvalidError``)."""
    for column in given:
        if column not in known:
            text = _("No file has the column %(column)s. Known: %(known)s", column=column, known=", ".join(known))
            raise InvalidError(text)


def require_fields(kind: str, file: str, columns: Collection[str], chosen: Mapping[str, str]) -> None:
    """Refuse a file without the column that every row needs (``InvalidError``)."""
    needed = NEEDED[kind]
    names = set(chosen.values())
    if columns and not names & {*needed, *(f"{each}_{tail}" for each in needed for tail in ("zh", "en"))}:
        text = _("%(file)s: no column is recognised as %(field)s. Say which with --map COLUMN=%(field)s. "
                 "Columns: %(known)s", file=file, field=needed[0], known=", ".join(columns))  # fmt: skip
        raise InvalidError(text)


def _plain(name: str) -> str:
    """Lower case, without what stands in brackets (a unit), words joined by one underscore."""
    bare = re.sub(r"[（(\[【].*?[】\])）]", "", name)
    return re.sub(r"[\s\-_/.:：*]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", bare)).strip("_").lower()


def _sample(value: Any) -> str:
    plain = " ".join(str(value).split())
    return plain if len(plain) <= _SAMPLE else plain[: _SAMPLE - 1] + "…"

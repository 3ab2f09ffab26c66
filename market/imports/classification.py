"""Free words → our closed lists: fields, deployment forms, readiness, language."""

import re
from functools import lru_cache

from market.core.vocabulary import Deployment, Field, Readiness

# In the order in which they are tried: the particular before the general. English words match from their beginning.
_FIELDS: dict[Field, str] = {
    Field.INTEGRATED_CIRCUITS: """
        集成电路 芯片 半导体 晶圆 semiconductor integrated-circuit microelectronic chip-design""",
    Field.AUTONOMOUS_DRIVING: """
        自动驾驶 无人驾驶 智能网联 智能驾驶 车路协同 autonomous-driv self-driving autonomous-vehicle""",
    Field.ROBOTICS: "(?<!聊天|对话|写作|客服|问答|听译)机器人 具身 robot embodied",
    Field.METEOROLOGY: "气象 天气 气候 降水 台风 meteorolog weather climate",
    Field.LIFE_SCIENCES: """
        生命科学 生物 药物 制药 医药 基因 蛋白 life-scien biotech biolog drug-discover pharma genom protein""",
    Field.HEALTHCARE: "医疗 健康 医学 医院 卫生 临床 诊断 中医 护理 health medic clinic hospital patient diagnos",
    Field.FINANCE: """
        金融 银行 保险 证券 投资 风控 量化 信贷 会计 financ bank insuranc invest accounting fintech econom""",
    Field.EDUCATION: "教育 教学 考试 学校 学习 培训 educat teach student school universit",
    Field.AGRICULTURE: "农业 农村 种植 养殖 粮食 畜牧 agricult farm crop livestock",
    Field.CULTURE_TOURISM: """
        文旅 旅游 文化 博物馆 景区 文物 影视 游戏 音乐 tourism travel cultur museum heritage music gaming""",
    Field.URBAN_GOVERNANCE: """
        城市 交通 公交 治理 环保 生态环境 环境监测 环境保护 水务 水利 消防 应急 公安 安防
        urban city cities transport traffic environment emergency law-enforcement""",
    Field.GOVERNMENT_SERVICES: """
        政务 政府 公共服务 公共管理 司法 法律 热线 government public-service public-admin legal justice
        service-delivery benefits-process""",
    Field.ENGINEERING_COMPUTING: """
        工程计算 仿真 科学计算 数值模拟 工业软件 有限元 simulation engineering-comput finite-element""",
    Field.SMART_MANUFACTURING: """
        制造 工业 质检 生产 设备 装备 缺陷 工厂 产线 工艺 焊接 铸造 锻造 冶炼 合金 钢铁 炼钢 轧制 机床 数控 模具
        manufactur industr factory production-line defect predictive-maint""",
    Field.COMMERCE: "电商 零售 消费 营销 客服 商业 贸易 物流 commerc retail marketing e-commerce customer-s sales",
}
_DEPLOYMENTS: dict[Deployment, str] = {
    Deployment.ON_PREMISES: "本地 私有化 内网 机房 on-prem",
    Deployment.PRIVATE_CLOUD: "私有云 专有云 政务云 private-cloud",
    Deployment.PUBLIC_CLOUD: "公有云 公共云 saas public-cloud",
    Deployment.EDGE: "边缘 端侧 终端 edge",
    Deployment.API: "接口调用 api",
}
_READINESS: dict[Readiness, str] = {
    Readiness.PRODUCTION: "量产 成熟 商用 已上线 规模化 production deployed",
    Readiness.PILOT: "试点 试用 中试 pilot trial",
    Readiness.PROTOTYPE: "原型 样机 研发 实验室 prototype",
}


def field_of(*texts: str) -> Field:
    """Return the first field that one of *texts* names, the first text first; other where none does."""
    found = (field for text in texts if text for field, words in _FIELDS.items() if _pattern(words).search(text))
    return next(found, Field.OTHER)


def deployments_of(text: str) -> list[Deployment]:
    """Return the deployment forms that *text* names."""
    return [form for form, words in _DEPLOYMENTS.items() if _pattern(words).search(text)]


def readiness_of(text: str) -> Readiness | None:
    """Return how far an offer has come, where *text* says so."""
    return next((stage for stage, words in _READINESS.items() if _pattern(words).search(text)), None)


def is_chinese(text: str) -> bool:
    """Whether *text* is written in Chinese: it has Chinese characters."""
    return re.search(r"[\u3400-\u9fff]", text) is not None


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    parts = (
        rf"(?<![a-z0-9]){word.replace('-', '[ -]')}" if word[0].isalpha() and word[0].isascii() else word
        for word in words.split()
    )
    return re.compile("|".join(parts), re.IGNORECASE)

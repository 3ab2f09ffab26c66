"""How strongly a sentence supports a requirement, on a scale that a person can read."""

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from matching.corpus import products
from matching.encoder import Encoder, Vectors

MUST_WEIGHT, WISH_WEIGHT = 2.0, 1.0

# Plain statements from fields that have nothing to do with one another: what a text resembles by chance.
BACKGROUND = (
    "钢板表面缺陷由相机在线识别。",
    "晶圆量测数据每小时汇总一次。",
    "自动驾驶车辆在路口减速让行。",
    "机械臂可抓取不规则零件。",
    "蛋白质结构预测用于药物筛选。",
    "有限元网格自动生成并加密。",
    "未来两小时降水逐十分钟更新。",
    "办事指南由大厅窗口发放。",
    "影像报告须由医师签字。",
    "贷款审批材料在线提交。",
    "学生作业自动批改。",
    "稻田病虫害每周巡查。",
    "博物馆展品配有语音讲解。",
    "门店销量按周预测。",
    "井盖位移会触发告警。",
    "合同到期前三十天提醒。",
    "The pump's bearing is replaced every year.",
    "Customers can return goods within thirty days.",
    "The service runs on two graphics cards.",
    "Satellite images are updated daily.",
    "Patients book appointments by phone.",
    "The report is written in English.",
    "Traffic lights adapt to the flow of cars.",
    "The library opens at nine.",
)

# The same statements in the other language, one by one.
TRANSLATED = (
    "Cameras on the line detect defects on the steel surface.",
    "Wafer measurements are summarised every hour.",
    "The self-driving car slows down and gives way at crossings.",
    "The robot arm can grasp parts of irregular shape.",
    "Protein structures are predicted to screen drugs.",
    "Finite-element meshes are made and refined automatically.",
    "Rain of the next two hours is updated every ten minutes.",
    "Guides are handed out at the counters of the service hall.",
    "A doctor must sign the imaging report.",
    "Documents for loan approval are submitted online.",
    "Pupils' homework is marked automatically.",
    "Rice fields are inspected for pests every week.",
    "Museum exhibits have an audio guide.",
    "Shop sales are forecast by the week.",
    "A manhole cover that moves raises an alarm.",
    "A reminder is sent thirty days before the contract ends.",
    "水泵轴承每年更换一次。",
    "顾客三十天内可以退货。",
    "服务运行在两块显卡上。",
    "卫星影像每日更新。",
    "患者通过电话预约。",
    "报告用英文撰写。",
    "红绿灯随车流调整。",
    "图书馆九点开门。",
)
_CHINESE = 16  # so many of the first are Chinese, the others English

# The nearest quarter: a document shows its best sentence, so chance is what a best sentence gets by chance. Measured on
# demands and random offers, nine of ten then stay under 0.2 (docs/decisions/ranking.md).
NEAREST = 6
# An encoder that puts a translation no further above chance does not know it from a stranger.
_LEAST_DISTANCE = 0.02


class Scale:
    """Turns cosines into 0..1 for one encoder.

    strength = (cosine − chance) / (same − chance), cut to 0..1: agreement beyond chance as in Cohen (1960). *chance* is
    the query's mean cosine to the ``NEAREST`` of ``BACKGROUND``, *same* the mean cosine of the background's statements
    to their own words. An encoder whose cosines all lie between 0.7 and 0.95 (E5 does, Wang et al. 2022) and one that
    uses the whole range thus give comparable numbers, and a number does not move when other documents come or go.
    """

    def __init__(self, encoder: Encoder) -> None:
        statements = (*BACKGROUND, *TRANSLATED)
        asked, said = encoder.encode_queries(statements), encoder.encode_passages(statements)
        self._background = said[: len(BACKGROUND)]
        self.mean: Vectors = self._background.mean(axis=0)
        self._same = float((asked * said)[: len(BACKGROUND)].sum(axis=1).mean())
        self._same_across = float((asked * np.roll(said, len(BACKGROUND), axis=0)).sum(axis=1).mean())
        self._said, self._asked = _by_language(said), _by_language(asked)
        self._reads_both = self._tells_apart()

    def bounds(self, queries: Vectors, same: Vectors | None = None) -> Vectors:
        """(n, 2) float32: chance and same for each query; *same* (n, dimension) are their own words, where encoded."""
        chance = np.sort(queries @ self._background.T, axis=1)[:, -NEAREST:].mean(axis=1)
        top = np.full(len(queries), self._same) if same is None else (queries * same).sum(axis=1)
        # An empty text resembles nothing, not even itself; a hair above chance keeps the division finite.
        return np.stack([chance, np.maximum(top, chance + 1e-3)], axis=1)

    def strengths(self, queries: Vectors, rows: Vectors) -> Vectors:
        """How strongly each of *rows* (m, dimension) says what each query asks, (n, m) of 0..1.

        A row in the other language is measured by what statements of that language resemble by chance and what
        translations reach: E5 keeps languages apart, and the same statement in another would count as chance.
        """
        found = products(np.concatenate([queries, _centres(self._said)]), rows)
        cosines, (chinese, english) = found[:-2], found[-2:]
        within = strengths(cosines, self.bounds(queries))
        if not self._reads_both or not len(rows):
            return within
        across = _english(queries, self._asked)[:, None] != (english > chinese)[None, :]
        return np.where(across, strengths(cosines, self._bounds_across(queries)), within)

    def _bounds_across(self, queries: Vectors) -> Vectors:
        """(n, 2): chance and same for what each query's counterparts in the other language are."""
        chinese, english = (np.sort(queries @ own.T, axis=1)[:, -NEAREST:].mean(axis=1) for own in self._said)
        chance = np.where(_english(queries, self._asked), chinese, english)
        return np.stack([chance, np.maximum(self._same_across, chance + 1e-3)], axis=1)

    def _tells_apart(self) -> bool:
        """Whether the encoder both tells the languages apart and knows a translation from a stranger."""
        for own in (self._said, self._asked):
            chinese, english = (_english(vectors, own) for vectors in own)
            if chinese.any() or not english.all():
                return False
        chance = self._bounds_across(np.concatenate(self._asked))[:, 0]
        return self._same_across > float(chance.mean()) + _LEAST_DISTANCE


def _by_language(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Those of the statements in Chinese, and those in English."""
    plain, translated = vectors[: len(BACKGROUND)], vectors[len(BACKGROUND) :]
    return (
        np.concatenate([plain[:_CHINESE], translated[_CHINESE:]]),
        np.concatenate([plain[_CHINESE:], translated[:_CHINESE]]),
    )


def _english(vectors: Vectors, statements: tuple[Vectors, Vectors]) -> NDArray[np.bool_]:
    """Whether each vector is nearer to the English *statements* than to the Chinese, (n,)."""
    chinese, english = products(_centres(statements), vectors)
    return np.asarray(english > chinese)


def _centres(statements: tuple[Vectors, Vectors]) -> Vectors:
    """(2, dimension): the mean of each."""
    return np.stack([own.mean(axis=0) for own in statements])


_scales: WeakKeyDictionary[Encoder, Scale] = WeakKeyDictionary()


def scale_of(encoder: Encoder) -> Scale:
    """The scale of *encoder*, measured once."""
    if encoder not in _scales:
        _scales[encoder] = Scale(encoder)
    return _scales[encoder]


def strengths(cosines: Vectors, bounds: Vectors) -> Vectors:
    """Map *cosines* (n, m) of n queries by their *bounds* (n, 2) to 0..1."""
    chance, same = bounds[:, :1], bounds[:, 1:]
    return np.clip((cosines - chance) / (same - chance), 0.0, 1.0)

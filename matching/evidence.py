"""How strongly a sentence supports a requirement, on a scale that a person can read."""

from weakref import WeakKeyDictionary

import numpy as np

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

# The nearest quarter: a document shows its best sentence, so chance is what a best sentence gets by chance. Measured on
# demands and random offers, nine of ten then stay under 0.2 (docs/decisions/ranking.md).
NEAREST = 6


class Scale:
    """Turns cosines into 0..1 for one encoder.

    strength = (cosine − chance) / (same − chance), cut to 0..1: agreement beyond chance as in Cohen (1960). *chance* is
    the query's mean cosine to the ``NEAREST`` of ``BACKGROUND``, *same* the mean cosine of the background's statements
    to their own words. An encoder whose cosines all lie between 0.7 and 0.95 (E5 does, Wang et al. 2022) and one that
    uses the whole range thus give comparable numbers, and a number does not move when other documents come or go.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._background = encoder.encode_passages(BACKGROUND)
        self.mean: Vectors = self._background.mean(axis=0)
        self._same = float((encoder.encode_queries(BACKGROUND) * self._background).sum(axis=1).mean())

    def bounds(self, queries: Vectors, same: Vectors | None = None) -> Vectors:
        """(n, 2) float32: chance and same for each query; *same* (n, dimension) are their own words, where encoded."""
        chance = np.sort(queries @ self._background.T, axis=1)[:, -NEAREST:].mean(axis=1)
        top = np.full(len(queries), self._same) if same is None else (queries * same).sum(axis=1)
        # An empty text resembles nothing, not even itself; a hair above chance keeps the division finite.
        return np.stack([chance, np.maximum(top, chance + 1e-3)], axis=1)


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

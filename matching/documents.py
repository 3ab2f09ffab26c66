"""What goes into matching and what comes out: needs, documents, ranked ids and their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from matching import text as texts


@dataclass(frozen=True)
class Document:
    """An offer. *sentences* are what may be quoted as evidence; where there are none, the text's own are taken."""

    id: int
    title: str
    text: str
    sentences: tuple[str, ...] = ()

    def quotable(self) -> tuple[str, ...]:
        """The evidence candidates: the given sentences, else those of the text, else the title."""
        if self.sentences:
            return self.sentences
        return tuple(texts.sentences(self.text)) or ((self.title,) if self.title else ())

    def passages(self) -> tuple[str, ...]:
        """What stands for the document in the dense index: the title, then passages of text and given sentences."""
        body = "\n".join((self.text, *self.sentences))
        found = (self.title.strip(), *texts.passages(body))
        return tuple(dict.fromkeys(part for part in found if part))

    def words(self) -> list[str]:
        """The terms that the lexical index knows the document by."""
        return texts.terms("\n".join((self.title, self.text, *self.sentences)))


@dataclass(frozen=True)
class Requirement:
    """One thing that the need asks for; a *must* weighs more than a wish."""

    id: int
    text: str
    must: bool


@dataclass(frozen=True)
class Need:
    """What documents are ranked for."""

    title: str
    text: str
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The sentence of a document that supports a requirement best: from 0, unrelated, to 1, the same statement.

    *contradictions* name what of the sentence speaks against the requirement, numbers and refusals; they lower its
    *strength*.
    """

    requirement_id: int
    sentence: str
    strength: float
    contradictions: tuple[str, ...] = ()

    @property
    def contradicted(self) -> bool:
        """Whether the sentence speaks of what is asked, but against it."""
        return bool(self.contradictions)


@dataclass(frozen=True)
class Ranked:
    """A document's place for a need. *score* is 0 to 1, the sum of *contributions*: what each feature adds to it.

    *features* and *contributions* are by name (``ranker.FEATURES``); what is not known is left out of *features*.
    *dense*, *lexical* and *coverage* are the first three, 0 where not known: likeness of meaning, shared words, and the
    mean strength of the *evidence* for the requirements, which is empty where the need states none.
    """

    document_id: int
    score: float
    dense: float
    lexical: float
    coverage: float
    evidence: tuple[Evidence, ...]
    features: Mapping[str, float] = field(default_factory=dict)
    contributions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """A document found by a search, with the sentence nearest to the query."""

    document_id: int
    score: float
    sentence: str

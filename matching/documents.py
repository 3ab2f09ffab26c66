"""What goes into matching and what comes out: needs, documents, ranked ids and their evidence."""

from dataclasses import dataclass

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
        """The tokens that the lexical index knows the document by."""
        return texts.tokens("\n".join((self.title, self.text, *self.sentences)))


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
    """The sentence of a document that supports a requirement best: from 0, unrelated, to 1, the same statement."""

    requirement_id: int
    sentence: str
    strength: float


@dataclass(frozen=True)
class Ranked:
    """A document's place for a need. All parts are 0 to 1; *score* is their weighted sum (``ranking.WEIGHTS``).

    *dense*: likeness of the whole need to the nearest passage; *lexical*: shared words; *coverage*: mean strength of
    the evidence, over the need's sentences where it names no requirements (then *evidence* is empty).
    """

    document_id: int
    score: float
    dense: float
    lexical: float
    coverage: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Hit:
    """A document found by a search, with the sentence nearest to the query."""

    document_id: int
    score: float
    sentence: str

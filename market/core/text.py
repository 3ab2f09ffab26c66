"""A sentence that will be shown in the reader's language, kept as its English text and its values until then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """An English message with named values; the page translates it, the log prints it as it is."""

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message

    def translate(self, gettext: Callable[[str], str]) -> str:
        """Return the text in the language of *gettext*; a value that is a Text is translated too."""
        values = {name: v.translate(gettext) if isinstance(v, Text) else v for name, v in self.values.items()}
        message = gettext(self.message)
        return message % values if values else message

    def as_json(self) -> dict[str, Any]:
        """Return a form that can be stored and read back with ``Text.from_json``."""
        values = {name: v.as_json() if isinstance(v, Text) else v for name, v in self.values.items()}
        return {"message": self.message, "values": values}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Text":
        """Read back what ``as_json`` gave."""
        values = {
            name: cls.from_json(v) if isinstance(v, dict) and v.keys() == {"message", "values"} else v
            for name, v in stored["values"].items()
        }
        return cls(stored["message"], values)


def _(message: str, **values: Any) -> Text:
    """Mark *message* for translation: ``_("Closed on %(when)s.", when=...)``."""
    return Text(message, values)

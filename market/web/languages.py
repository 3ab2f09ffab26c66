"""Languages: English texts in the code, translations in one file a stage, chosen by cookie or person."""

import io
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from market.core.text import Text

LOCALES = ("zh", "en")
DEFAULT = "zh"
_LOCALE_DIR = Path(__file__).parent.parent / "locale" / "zh_Hans_CN"

current: ContextVar[str] = ContextVar("locale", default=DEFAULT)


@lru_cache(maxsize=1)
def chinese() -> GNUTranslations:
    """Read every ``.po`` file of the Chinese locale into one catalogue. The English texts need none."""
    merged = Catalog(locale="zh_Hans_CN", fuzzy=False)
    for path in sorted(_LOCALE_DIR.glob("*.po")):
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh_Hans_CN"):
            if message.id and message.string:
                merged.add(message.id, message.string, flags=message.flags, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def translations() -> NullTranslations:
    """Return the translations of the current locale."""
    return chinese() if current.get() == "zh" else NullTranslations()


def gettext(message: str) -> str:
    """Translate *message* into the current language."""
    return translations().gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate a message that counts."""
    return translations().ngettext(singular, plural, count)


def say(text: Text | str) -> str:
    """Return *text* in the current language; what is a plain string has been translated before."""
    return text if isinstance(text, str) else text.translate(gettext)

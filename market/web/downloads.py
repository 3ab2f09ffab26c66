"""Files that people take away: always as attachments, never run by the browser."""

from urllib.parse import quote

from starlette.responses import Response

from market.core.models import StoredFile

_RISKY = ("=", "+", "-", "@", "\t", "\r")  # OWASP, "CSV Injection": how what a spreadsheet computes can begin


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """Answer with *data* as a download called *name*."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=media_type, headers=headers)


def spreadsheet_text(text: str) -> str:
    """Return *text* as a cell that no spreadsheet takes for a formula: an apostrophe before what looks like one."""
    return f"'{text}" if text.startswith(_RISKY) else text


def stored_file(row: StoredFile, data: bytes) -> Response:
    """Answer with an uploaded file."""
    return attachment(data, row.name, row.media_type)

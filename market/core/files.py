"""Uploaded files: type checked by content, kept in the database with the rows that speak of them."""

import hashlib
import io
import struct
import zipfile
from dataclasses import dataclass

from market.core import clock
from market.core.errors import InvalidError, NotFoundError
from market.core.models import FileContent, StoredFile
from market.core.permissions import Actor
from market.core.text import _
from market.core.work import Work

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_ENDINGS: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    _OFFICE["word/"]: (".docx",),
    _OFFICE["xl/"]: (".xlsx",),
    _OFFICE["ppt/"]: (".pptx",),
    "text/plain": (".txt", ".csv", ".md", ".log"),
}
_LONGEST_NAME = 200
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as it came in: its name is the person's, its type is what its bytes say."""

    name: str
    data: bytes


def media_type_of(data: bytes) -> str | None:
    """Return the type that the content shows, or None where it is none that we accept; the name is not believed."""
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text or text.lstrip()[:1] == "<" else "text/plain"


def _office_type(data: bytes) -> str | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):  # a broken one may raise any
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for prefix, kind in _OFFICE.items() if any(n.startswith(prefix) for n in names)), None)


def name_for(given: str, media_type: str) -> str:
    """Return a file's name without folders and invisible characters, ending as its content asks.

    ``report.html`` that holds plain text becomes ``report.html.txt``: opened from a disk, it is no page.
    """
    name = "".join(each for each in given.replace("\\", "/").rsplit("/", 1)[-1] if each.isprintable()).strip()
    endings = _ENDINGS[media_type]
    if not name.lower().endswith(endings):
        name = f"{name or 'file'}{endings[0]}"
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _LONGEST_NAME - 6]}{dot}{ending}"


async def store_file(
    upload: Upload, *, subject: str, subject_id: int, work: Work, actor: Actor, limit_mb: int
) -> StoredFile:
    """Keep *upload* for a row, named by its kind and id.

    - refuses an empty or too large file, and one whose content is none of PDF, PNG, JPEG, Word, Excel, PowerPoint
      or plain text (``InvalidError``)
    """
    if not upload.data:
        raise InvalidError(_("The file is empty. Choose another one."))
    if len(upload.data) > limit_mb * MEGABYTE:
        raise InvalidError(_("The file is larger than %(limit)s MB. Make it smaller or split it.", limit=limit_mb))
    media_type = media_type_of(upload.data)
    if media_type is None:
        raise InvalidError(_("This kind of file is not accepted. Send PDF, PNG, JPEG, Word, Excel or plain text."))
    row = await StoredFile.create(
        using_db=work.connection,
        subject=subject,
        subject_id=subject_id,
        name=name_for(upload.name, media_type),
        media_type=media_type,
        size=len(upload.data),
        sha256=hashlib.sha256(upload.data).hexdigest(),
        organisation_id=actor.organisation_id,
        uploaded_by=actor.person_id,
        uploaded_at=clock.now(),
    )
    await FileContent.create(using_db=work.connection, file=row, data=upload.data)
    # The name stays in the row: it may say what is sealed, and the log is read by auditors.
    work.record("store_file", row, actor=actor, sha256=row.sha256)
    return row


async def files_of(subject: str, subject_id: int) -> list[StoredFile]:
    """List the files of one row, oldest first."""
    return await StoredFile.filter(subject=subject, subject_id=subject_id).order_by("id")


async def read_file(file_id: int) -> tuple[StoredFile, bytes]:
    """Return a file with its bytes. The caller has already asked whether the reader may see its subject."""
    row = await StoredFile.get_or_none(id=file_id)
    content = await FileContent.get_or_none(file_id=file_id)
    if row is None or content is None:
        raise NotFoundError(_("There is no such file."))
    return row, bytes(content.data)

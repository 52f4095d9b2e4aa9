"""Binary files of no format: `comity identify` says that nothing in them is looked at, and what could be done."""

from __future__ import annotations

from collections.abc import Mapping

from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.profile import FILE_NAME

NAME = "binary"
TITLE = "Binary files, in which nothing is looked at"
SUPPLIES: Mapping[str, frozenset[str]] = {}

#: How files begin that are binary although they may look like text, and what to do with them.
_UNPACK = "unpack it first"
_EXPORT = "save what it holds as text or CSV"
_BEGINNINGS = {
    b"%PDF-": _EXPORT,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _EXPORT,
    b"PK\x03\x04": f"{_UNPACK}; of a document of an office program, {_EXPORT}",
    b"7z\xbc\xaf\x27\x1c": _UNPACK,
    b"BZh": _UNPACK,
    b"\xfd7zXZ\x00": _UNPACK,
    b"Rar!\x1a\x07": _UNPACK,
    b"\x7fELF": "",
}


def begins_as_binary(start: bytes) -> bool:
    """Whether a file begins as only binary files do."""
    return start.startswith(tuple(_BEGINNINGS))


def recognise(head: Head) -> bool:
    """Whatever nothing else recognises, but for a profile, which is no evidence."""
    return head.path.name != FILE_NAME


def where(position: int) -> str:
    """The file has no places."""
    return ""


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Refuse the file. Raises ``EvidenceError``."""
    help = next((help for start, help in _BEGINNINGS.items() if file.head.start.startswith(start)), "")
    raise file.error(f"`{file.path}` is binary: nothing in it was looked at", help=help or None)

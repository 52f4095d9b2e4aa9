"""What a Zeek log says about itself: the ``#`` lines of tab-separated logs, the keys of JSON ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from comity.evidence.base import Head

#: The logs that hold flows.
KINDS = ("conn", "dns", "ssl", "http")

#: Fields of http logs that hold content: addresses, and those that are taken whole.
ADDRESSES = ("uri", "referrer")
KEPT_WHOLE = ("user_agent", "username", "password", "proxied", "cookie", "post_body")
FIELDS = (*ADDRESSES, *KEPT_WHOLE)

#: The table of what is known of records by these: ``position`` and the attributes ``KNOWN``.
CONTENT = "zeek_content"

#: Lines that matter for reading, as a SQL pattern over ``line``.
HEADER_LINE = r"regexp_matches(line, '^#(separator|unset_field|empty_field|path|fields)\b')"

_SEPARATOR_LINE = re.compile(r"^#separator \S", re.MULTILINE)

#: Field names that tell a log's kind where no path does; the first match counts.
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("sip", frozenset({"call_id"})),
    ("dns", frozenset({"query", "trans_id"})),
    ("dns", frozenset({"query", "qtype"})),
    ("ssl", frozenset({"server_name", "version"})),
    ("ssl", frozenset({"cipher", "version"})),
    ("ssl", frozenset({"established", "resumed"})),
    ("http", frozenset({"method", "uri"})),
    ("http", frozenset({"trans_depth", "status_code"})),
    ("conn", frozenset({"conn_state"})),
    ("conn", frozenset({"proto", "duration"})),
)

#: Keys, all of them together, that only Zeek's JSON records have beside ``ts``.
_ZEEK_KEYS = tuple(
    map(
        frozenset,
        (
            {"_path"},
            {"id.orig_h"},
            {"id_orig_h"},
            {"fuid"},
            {"uids"},
            {"certificate.version"},
            {"host", "port_num"},
            {"host", "software_type"},
            {"peer", "gaps"},
            {"peer", "pkts_proc"},
        ),
    )
)


@dataclass(frozen=True)
class Layout:
    """How lines are to be read. A header in the midst of a log changes it once its last line, ``#fields``, is there."""

    separator: str = "\t"
    unset: str = "-"
    empty: str = "(empty)"
    path: str | None = None
    fields: tuple[str, ...] = ()
    coming: Layout | None = field(default=None, compare=False)

    @property
    def kind(self) -> str | None:
        """``conn``, ``dns``, ``ssl`` or ``http``; None for logs without flows."""
        return self.path if self.path in KINDS else kind_of(self.fields)


def kind_of(fields: Iterable[str]) -> str | None:
    """The kind of log that has these fields, None for logs without flows."""
    names = set(fields)
    kind = next((kind for kind, signs in _SIGNS if signs <= names), None)
    return kind if kind in KINDS else None


def is_tsv(head: Head) -> bool:
    """Whether a file begins with the header of a tab-separated Zeek log."""
    text = head.text
    return text.startswith("#") and bool(_SEPARATOR_LINE.search(text)) and "\n#fields" in text


def next_layout(layout: Layout, line: str) -> Layout:
    """The layout once a header line has been read."""
    coming = layout.coming or layout
    if line.startswith("#separator"):
        return replace(layout, coming=Layout(_unescaped(line.removeprefix("#separator").strip(" "))))
    name, *values = line.split(coming.separator)
    if name == "#fields":
        return replace(coming, fields=tuple(values), coming=None)
    value = values[0] if values else ""
    match name:
        case "#unset_field":
            coming = replace(coming, unset=value)
        case "#empty_field":
            coming = replace(coming, empty=value)
        case "#path":
            coming = replace(coming, path=value)
    return replace(layout, coming=replace(coming, coming=None))


def _unescaped(separator: str) -> str:
    return re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), separator) or "\t"


def json_records(head: Head) -> list[dict[str, Any]]:
    """The JSON objects at the start of a file that has one a line; none when its first line is no such object."""
    text = head.text if head.whole else head.text.rpartition("\n")[0]
    records = []
    for line in text.splitlines():
        try:
            record = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            records.append(record)
        elif not records and line.strip():
            break
    return records


def is_json(records: list[dict[str, Any]]) -> bool:
    """Whether these are records of a Zeek log."""
    return any("ts" in record and _has_zeek_keys(record) for record in records)


def _has_zeek_keys(record: dict[str, Any]) -> bool:
    nested = record.get("id")
    return any(keys <= record.keys() for keys in _ZEEK_KEYS) or (isinstance(nested, dict) and "orig_h" in nested)

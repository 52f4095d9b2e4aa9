"""What every evidence format shares: recognising a file, the tables its facts go to, and an honest count.

A format is one module in this package, or a package where it takes several. It is found by its place and offers

    NAME         its name in reports and on the command line, such as ``zeek``
    TITLE        one line for ``comity formats``
    SUPPLIES     kind of fact → the attributes that its files can give
    recognise    (Head) -> bool: is this file mine? by its content, never by its name
    read         (EvidenceFile, FactTables) -> Reading
    where        (position) -> str: where in the file a record stands, in words or as a JSON pointer
    LAST         where it is true (it may be left out), all other formats are asked before: what they know is theirs
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, cast

import zstandard

from comity.categories import SENSITIVE_DATA
from comity.engine.duckdb import Engine, literal, quote
from comity.errors import EvidenceError, Place
from comity.identify import Detection, Identifier
from comity.vocabulary import KINDS, Kind

#: How much of a file's start (decompressed) formats may look at to recognise it.
HEAD_BYTES = 64 * 1024

#: How many places of skipped records a report names.
SHOWN_SKIPS = 5

#: A record's place as one number: the file's number above, the position in the file below. SQL over facts as ``f``.
REF = "(f.file::BIGINT << 40) | f.position"
REF_BITS = 40

#: The table of what was found in content, and its columns.
DETECTIONS = "detections"
_DETECTED = {
    "kind": "VARCHAR",
    "file": "INTEGER",
    "position": "BIGINT",
    "category": "VARCHAR",
    "detector": "VARCHAR",
    "confidence": "DOUBLE",
    "field": "VARCHAR",
    "place": "VARCHAR",
    "value": "VARCHAR",
}

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

#: What reading a damaged or truncated file raises, before or after some of its content came out.
BROKEN = (OSError, EOFError, zlib.error, zstandard.ZstdError)


@dataclass(frozen=True)
class Head:
    """The beginning of a file: ``start`` is decompressed, ``whole`` says that it is the entire content."""

    path: Path
    compression: str | None
    start: bytes
    whole: bool

    @property
    def text(self) -> str:
        """The start as text; bytes that are not UTF-8 come out as replacement characters."""
        return self.start.decode("utf-8", errors="replace").removeprefix("\ufeff")


@dataclass(frozen=True)
class EvidenceFile:
    """One file to read; ``number`` stands for it in fact tables."""

    number: int
    path: Path
    head: Head

    @property
    def compression(self) -> str | None:
        """``gzip``, ``zstd`` or None, by content."""
        return self.head.compression

    def open(self) -> IO[bytes]:
        """The decompressed bytes."""
        return open_decompressed(self.path, self.compression)

    def error(self, summary: str, line: int | None = None, help: str | None = None) -> EvidenceError:
        """An error about this file."""
        return EvidenceError("evidence", summary, Place(str(self.path), line), help)


@dataclass(frozen=True)
class Skip:
    """A record that was not read, and why. ``where`` is in the format's own words."""

    where: str
    why: str


@dataclass
class Reading:
    """What came of reading one file: records read and skipped, the first places of what was skipped."""

    format: str
    read: int = 0
    skipped: int = 0
    skips: list[Skip] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def skip(self, where: str, why: str, count: int = 1) -> None:
        """Count records as skipped and keep the first few places."""
        self.skipped += count
        if len(self.skips) < SHOWN_SKIPS:
            self.skips.append(Skip(where, why))


class Format(Protocol):
    """An evidence format: what its module offers."""

    NAME: str
    TITLE: str
    SUPPLIES: Mapping[str, frozenset[str]]
    recognise: Callable[[Head], bool]
    read: Callable[[EvidenceFile, FactTables], Reading]
    where: Callable[[int], str]


class FactTables:
    """Where the facts of each kind are gathered: tables filled by readers, and queries over files read in place.

    Beside the vocabulary's attributes every fact has ``file`` (the file's number), ``position`` (where in it, a number
    that the format's ``where`` turns into words) and ``client``: true where the record was made by the very
    application or browser of the person concerned, so that nobody but that person is known to be the sender.
    Formats that tell of one connection in several logs give ``connection``, the id they share, and ``detail``: false in
    the log that holds connections whole, true elsewhere (``comity.evidence.connections`` puts them together).

    Readers that see content ask the ``identifier`` what it holds, and tell of it with ``detect``. ``answers`` says that
    what came back is looked at too. It is no data of the fact, which tells of what was sent, and is detected alone.
    """

    def __init__(self, engine: Engine, identifier: Identifier | None = None, answers: bool = False) -> None:
        self.engine = engine
        self.identifier = identifier or Identifier()
        self.answers = answers
        self._detected = False
        self._tables: dict[str, list[str]] = {}
        self._queries: dict[str, list[str]] = {}
        self._alike: dict[str, list[str | None]] = {}

    def columns(self, kind: Kind) -> dict[str, str]:
        """Every column that facts of a kind may have, with its SQL type."""
        attributes = {a.name: a.type.sql for a in kind.attributes}
        joined = {"connection": "VARCHAR", "detail": "BOOLEAN"} if kind.name == "flow" else {}
        return {**attributes, "file": "INTEGER", "position": "BIGINT", "client": "BOOLEAN", **joined}

    def insert(self, kind: str, query: str, reading: Reading, where: Callable[[int], str]) -> None:
        """Run ``query`` once and keep its rows.

        Its columns are attributes of the kind by name, ``file``, ``position``, and ``skip``: null for a fact, otherwise
        the reason why the record at ``position`` is not one. Counts go to ``reading``.
        """
        self.widen(kind, self.engine.columns(query))
        table = f"facts_{kind}"
        before = self.engine.value(f"SELECT count(*) FROM {table}")
        self.engine.run(f"INSERT INTO {table} BY NAME {query}")
        counted = (
            f"SELECT skip, count(*), min(position) FROM {table} WHERE skip IS NOT NULL GROUP BY skip ORDER BY 3, 1"
        )
        for why, count, first in self.engine.rows(counted):
            reading.skip(where(first), why, count)
        self.engine.run(f"DELETE FROM {table} WHERE skip IS NOT NULL")
        reading.read += self.engine.value(f"SELECT count(*) FROM {table}") - before

    def append(self, kind: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows made in Python, for formats that are documents and not logs."""
        self.widen(kind, columns)
        types = self.columns(KINDS[kind])
        self.engine.append(f"facts_{kind}", {name: types[name] for name in columns}, rows)

    def detect(self, kind: str, found: Iterable[tuple[int, int, Sequence[Detection]]]) -> None:
        """Keep what was found in the content of facts of a kind: number of the file, position, detections."""
        if not self._detected:
            self.engine.create(DETECTIONS, _DETECTED)
            self._detected = True
        rows = [
            (kind, file, position, d.category, d.detector, d.confidence, d.field, d.where, d.value)
            for file, position, detections in found
            for d in detections
        ]
        self.engine.append(DETECTIONS, _DETECTED, rows)

    def move_detections(self, kind: str, moves: str) -> None:
        """Give what was found in some facts to others: a query for file, position, to_file and to_position."""
        if self._detected:
            self.engine.run(
                f"UPDATE {DETECTIONS} SET file = to_file, position = to_position FROM ({moves}) m "
                f"WHERE kind = {literal(kind)} AND {DETECTIONS}.file = m.file AND {DETECTIONS}.position = m.position"
            )

    def detections(self, kind: str, refs: Iterable[int]) -> dict[int, list[Detection]]:
        """What was found in the content of facts of a kind, by their places as numbers (``REF``).

        What reports should tell first comes first, see ``importance``.
        """
        found: dict[int, list[Detection]] = {}
        if self._detected:
            self.engine.create("detected", {"ref": "BIGINT"}, ((ref,) for ref in sorted(refs)))
            rows = self.engine.rows(
                f"SELECT {REF}, category, detector, confidence, field, place, value FROM {DETECTIONS} f "
                f"WHERE kind = {literal(kind)} AND {REF} IN (SELECT ref FROM detected) ORDER BY f.rowid"
            )
            for ref, *values in rows:
                found.setdefault(ref, []).append(Detection(*values))
        return {ref: sorted(detections, key=importance) for ref, detections in found.items()}

    def found_with(self, kind: str, parties: str) -> dict[str, list[str]]:
        """The categories found in the content of facts of a kind, by party; a query for ``ref`` and ``party``."""
        if not self._detected:
            return {}
        rows = self.engine.rows(
            f"SELECT party, list_sort(list(DISTINCT category)) FROM (SELECT {REF} AS ref, category FROM {DETECTIONS} f "
            f"WHERE kind = {literal(kind)}) JOIN ({parties}) USING (ref) WHERE party IS NOT NULL GROUP BY party"
        )
        return {party: sorted(categories) for party, categories in rows}

    def widen(self, kind: str, names: Collection[str]) -> None:
        """See to it that the kind has a table with at least these columns.

        Temporary, and no wider than what was found: that takes a third of the time of a stored table with a column for
        every attribute. What memory can't hold goes to disk all the same.
        """
        types = {**self.columns(KINDS[kind]), "skip": "VARCHAR"}
        if kind not in self._tables:
            self._tables[kind] = list(dict.fromkeys(("file", "position", "skip", *names)))
            columns = ", ".join(f"{quote(name)} {types[name]}" for name in self._tables[kind])
            self.engine.run(f"CREATE OR REPLACE TEMP TABLE facts_{kind} ({columns})")
        for name in names:
            if name not in self._tables[kind]:
                self.engine.run(f"ALTER TABLE facts_{kind} ADD COLUMN {quote(name)} {types[name]}")
                self._tables[kind].append(name)

    def forget(self, file: int) -> None:
        """Take back the rows of a file that turned out to be unreadable."""
        for table in [*(f"facts_{kind}" for kind in self._tables), *([DETECTIONS] if self._detected else [])]:
            self.engine.run(f"DELETE FROM {table} WHERE file = {int(file)}")

    def attach(self, kind: str, query: str, alike: str | None = None) -> None:
        """Leave the rows where they are (Parquet): ``query`` is run whenever facts are needed.

        ``alike`` may be a query for what rows share, once for all that are alike: columns ``alike`` (a number that the
        rows have too), ``file`` and attributes.
        """
        self._queries.setdefault(kind, []).append(query)
        self._alike.setdefault(kind, []).append(alike)

    def alike(self, kind: str) -> str | None:
        """A query for what facts of a kind share, where that is known of all of them."""
        parts = self._alike.get(kind, [None])
        if kind in self._tables or None in parts:
            return None
        return " UNION ALL BY NAME ".join(f"({part})" for part in parts)

    def given(self, kind: str) -> set[str]:
        """The columns of the kind's table."""
        return set(self._tables.get(kind, ()))

    def kinds(self) -> list[str]:
        """The kinds of which there are facts or queries, in the vocabulary's order."""
        return [kind for kind in KINDS if kind in self._tables or kind in self._queries]

    def relation(self, kind: str) -> str:
        """A query for all facts of a kind; it has only columns that some source gives."""
        parts = list(self._queries.get(kind, []))
        if kind in self._tables:
            given = [quote(name) for name, count in self._filled(kind).items() if count or name in ("file", "position")]
            parts.insert(0, f"SELECT {', '.join(given)} FROM facts_{kind}")
        return " UNION ALL BY NAME ".join(f"({part})" for part in parts)

    def _filled(self, kind: str) -> dict[str, int]:
        names = [name for name in self._tables[kind] if name != "skip"]
        counts = self.engine.rows(f"SELECT {', '.join(f'count({quote(n)})' for n in names)} FROM facts_{kind}")
        return dict(zip(names, counts[0], strict=True))


def importance(found: Detection) -> tuple[bool, float]:
    """What detections are sorted by: sensitive data first, then the surest."""
    return found.category not in SENSITIVE_DATA, -found.confidence


def open_decompressed(path: Path, compression: str | None) -> IO[bytes]:
    """A file's bytes, decompressed while reading."""
    if compression == "gzip":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if compression == "zstd":
        return io.BufferedReader(_ZstdStream(path))
    return path.open("rb")


class _ZstdStream(io.RawIOBase):
    """Decompressed zstd, all its frames; one cut short raises ``EOFError`` as gzip does, and does not end quietly."""

    #: A zstd block of 4 bytes may hold 128 KiB: little is taken at a time so that a bomb stays small.
    _TAKE = 1024

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._compressed, self._out = b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        while not self._out:
            if not self._compressed and not (taken := self._file.read(self._TAKE)):
                if self._frame is not None:
                    raise EOFError("compressed file ended before the end of its last frame")
                return 0
            self._decompress(self._compressed or taken)
        size = min(len(buffer), len(self._out))
        buffer[:size], self._out = self._out[:size], self._out[size:]
        return size

    def _decompress(self, data: bytes) -> None:
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._out = memoryview(frame.decompress(data))
        self._compressed = frame.unused_data if frame.eof else b""
        self._frame = None if frame.eof else frame


def head_of(path: Path) -> Head:
    """Read the start of a file. Raises ``EvidenceError`` for what can't be opened, is empty or won't decompress."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        compression = next((name for mark, name in _MAGIC.items() if magic.startswith(mark)), None)
        start = _start(path, compression)
    except BROKEN as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise EvidenceError("evidence", f"`{path}` can't be read: {reason.lower()}") from None
    if not start:
        raise EvidenceError("evidence", f"`{path}` is empty")
    return Head(path, compression, start[:HEAD_BYTES], len(start) <= HEAD_BYTES)


def _start(path: Path, compression: str | None) -> bytes:
    """As many decompressed bytes as a head wants; of a damaged file, those before the damage."""
    start = b""
    with open_decompressed(path, compression) as file:
        read = getattr(file, "read1", file.read)
        try:
            while len(start) <= HEAD_BYTES and (more := read(HEAD_BYTES)):
                start += more
        except BROKEN:
            if not start:
                raise
    return start

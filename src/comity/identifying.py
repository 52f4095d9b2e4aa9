"""What personal data is in files, as a library: no law, only what was found and where, and what was not scanned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from comity import __version__
from comity.categories import SENSITIVE_DATA
from comity.checking import Progress, profile_for
from comity.engine.duckdb import Engine
from comity.evidence import EvidenceRecord, _binary, _plain, formats, table
from comity.evidence._gather import read_all
from comity.evidence.base import DETECTIONS, EvidenceFile, FactTables, Format, Reading
from comity.identify import Identifier, Names
from comity.identify.scanner import Scanner
from comity.profile import FILE_NAME, Profile

#: What became of a file: in which order reports tell of them.
FOUND, NOTHING, NO_CONTENT, NOT_READ = "found", "nothing found", "no content", "not read"


@dataclass(frozen=True)
class Found:
    """A category that one detector found in one field of a file: in how many records, how surely, first where.

    ``about`` says what the records are: ``flow``, ``store`` (a table), ``text`` (a line). ``example`` is the first
    value, masked.
    """

    about: str
    category: str
    detector: str
    field: str
    confidence: float
    records: int
    where: str
    example: str

    @property
    def sensitive(self) -> bool:
        """Whether it is a special category."""
        return self.category in SENSITIVE_DATA


@dataclass(frozen=True)
class FileFound:
    """One file: what became of it, and what was found, by category, sensitive data first."""

    record: EvidenceRecord
    state: str
    found: tuple[Found, ...]


@dataclass(frozen=True)
class Identified:
    """All files, in the order in which they were found; ``names`` is the pipeline that looked for names."""

    files: tuple[FileFound, ...]
    profile: Profile
    names: str | None
    version: str = field(default=__version__)

    def those(self, state: str) -> tuple[FileFound, ...]:
        """The files of which that became."""
        return tuple(file for file in self.files if file.state == state)


def identify(
    paths: Sequence[str | Path],
    *,
    profile: Profile | str | Path | None = None,
    names: str | None = None,
    memory: str | None = None,
    progress: Progress | None = None,
) -> Identified:
    """Find personal data in files, folders and globs of evidence, and in text of any other kind.

    ``profile`` tells of personas, and ``names`` of a pipeline of spaCy; they and the rest are as for ``check``.

    Raises ``ComityError`` for options that can't be used. What is wrong with one file stands in its record.
    """
    read_profile = profile_for(profile, paths)
    identifier = _Watching(read_profile.personas, None if names is None else Names(names))
    looked_into: set[int] = set()
    known_formats = [*formats(), cast(Format, _plain), cast(Format, _binary)]
    readers = [cast(Format, _Watched(format, identifier, looked_into)) for format in known_formats]
    with Engine(memory) as engine:
        tables = FactTables(engine, identifier, answers=True)
        records = [r for r in read_all([Path(path) for path in paths], tables, progress, readers) if not _profile(r)]
        where = {reader.NAME: reader.where for reader in readers}
        found = _found(tables, {record.number: where[record.format] for record in records if record.format})
    files = (FileFound(r, _state(r, r.number in found, looked_into), found.get(r.number, ())) for r in records)
    return Identified(tuple(files), read_profile, names)


def _profile(record: EvidenceRecord) -> bool:
    """Whether it is a profile that stands beside evidence."""
    return record.note is not None and Path(record.path).name == FILE_NAME


def _state(record: EvidenceRecord, found: bool, looked_into: set[int]) -> str:
    if record.reading is None:
        return NOT_READ
    if found:
        return FOUND
    return NOTHING if record.format == table.NAME or record.number in looked_into else NO_CONTENT


def _found(tables: FactTables, where: Mapping[int, Callable[[int], str]]) -> dict[int, tuple[Found, ...]]:
    """What was found, by the number of the file; ``where`` says by that number where in it a position is."""
    tables.detect(_plain.NAME, ())  # so that there is a table to ask
    rows = tables.engine.rows(
        "SELECT file, kind, category, detector, field, max(confidence), count(DISTINCT position) AS records, "
        f"arg_min((position, place, value), rowid) FROM {DETECTIONS} "
        "GROUP BY ALL ORDER BY file, records DESC, category, detector, field, kind"
    )
    found: dict[int, list[Found]] = {}
    for number, kind, category, detector, name, confidence, records, (position, place, value) in rows:
        first = ", ".join(filter(None, (where[number](position), place.strip()))).replace(", (", " (")
        found.setdefault(number, []).append(Found(kind, category, detector, name, confidence, records, first, value))
    return {number: tuple(_by_category(rows)) for number, rows in found.items()}


def _by_category(found: Sequence[Found]) -> list[Found]:
    """What is sensitive first, then the category of the most records; rows of a category stand together."""
    most: dict[str, int] = {}
    for row in found:
        most[row.category] = max(row.records, most.get(row.category, 0))
    return sorted(found, key=lambda row: (not row.sensitive, -most[row.category], row.category))


class _Watching(Identifier):
    """Remembers whether it was asked to look at anything."""

    asked = False

    @property
    def scanner(self) -> Scanner:
        self.asked = True
        return super().scanner


class _Watched:
    """A format, and the files in which its reader saw content."""

    def __init__(self, format: Format, identifier: _Watching, with_content: set[int]) -> None:
        self._format, self._identifier, self._with_content = format, identifier, with_content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._format, name)

    def read(self, file: EvidenceFile, tables: FactTables) -> Reading:
        self._identifier.asked = False
        reading = self._format.read(file, tables)
        if self._identifier.asked:
            self._with_content.add(file.number)
        return reading

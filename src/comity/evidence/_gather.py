"""From the paths a user gives to files, each read by the format that recognises it; none stops the others."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from comity.errors import ComityError, EvidenceError
from comity.evidence.base import EvidenceFile, FactTables, Format, Head, Reading, head_of
from comity.evidence.table.databases import Database, database_at, read_database

#: Files that stand beside evidence in a folder; they are no mistake when no format recognises them.
BESIDE = re.compile(r"comity\.toml|.*\.(?:md|py|toml|ya?ml|rst)|LICEN[CS]E(?:\..*)?|Makefile", re.IGNORECASE)

NOT_EVIDENCE = "not evidence"


@dataclass(frozen=True)
class EvidenceRecord:
    """What became of one file. ``error`` and ``note`` are both None for a file that was read.

    ``note`` is "not evidence" for files such as a README that stand beside evidence in a folder. ``path`` is as given,
    or joined to the folder given; of a database its address without the password. ``sha256`` is of the file as it lies
    there; None if it can't be opened, and for a database.
    """

    number: int
    path: str
    sha256: str | None
    format: str | None
    reading: Reading | None
    error: ComityError | None = None
    note: str | None = None


@dataclass(frozen=True)
class Found:
    """A file to look at. ``asked`` says that the user named it, or that a glob matched it; else a folder held it.

    Of a database its address is ``path``, without the password.
    """

    path: Path
    asked: bool
    error: EvidenceError | None = None
    database: Database | None = None

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return str(self.database or self.path)


def find(paths: Iterable[Path]) -> Iterator[Found]:
    """What is meant by paths: files, folders with all they hold, globs, databases. What is reached twice comes once."""
    seen: set[str] = set()
    for path in paths:
        for found in _expand(path):
            identity = found.name if found.database else os.path.realpath(found.path)
            if found.error or identity not in seen:
                seen.add(identity)
                yield found


def read_all(
    paths: Sequence[Path],
    tables: FactTables,
    progress: Callable[[str], None] | None,
    formats: Iterable[Format],
) -> list[EvidenceRecord]:
    """Read every file meant by ``paths``, numbered from 1 in the order in which they are found."""
    records = []
    with ThreadPoolExecutor(1) as background:
        for number, found in enumerate(find(paths), 1):
            if progress:
                progress(f"reading {found.name}")
            records.append(_read(number, found, tables, formats, background))
    return records


def recognise(head: Head, formats: Iterable[Format]) -> Format | None:
    """The first format, by name, that says the file is its own."""
    return next((format for format in formats if format.recognise(head)), None)


def _expand(path: Path) -> Iterator[Found]:
    try:
        database = database_at(str(path))
    except EvidenceError as error:
        yield Found(Path("a database"), True, error)
        return
    if database:
        yield Found(Path(str(database)), True, database=database)
    elif path.is_dir():
        yield from _folder(path)
    elif os.path.lexists(path):
        yield Found(path, asked=True)
    elif glob.has_magic(str(path)):
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - absolute patterns and `**` alike
        if not matches:
            yield Found(path, True, EvidenceError("evidence", f"nothing matches `{path}`"))
        for match in map(Path, matches):
            yield from _folder(match) if match.is_dir() else [Found(match, asked=True)]
    else:
        yield Found(path, True, EvidenceError("evidence", f"`{path}` does not exist"))


def _folder(top: Path) -> Iterator[Found]:
    """The files below a folder, in order; those whose name begins with a dot are left out."""
    unread: list[OSError] = []
    entered: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(top, onerror=unread.append, followlinks=True):
        here = os.stat(folder)  # noqa: PTH116 - os.walk speaks in strings
        if (here.st_dev, here.st_ino) in entered:
            folders.clear()  # a link that leads back
            continue
        entered.add((here.st_dev, here.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Found(Path(folder, name), asked=False) for name in sorted(files) if not name.startswith("."))
    for error in unread:
        text = f"`{error.filename}` can't be read: {(error.strerror or str(error)).lower()}"
        yield Found(Path(error.filename), False, EvidenceError("evidence", text))


def _read(
    number: int, found: Found, tables: FactTables, formats: Iterable[Format], background: ThreadPoolExecutor
) -> EvidenceRecord:
    digest: Future[str] | None = None
    format, reading, problem = None, None, found.error
    if found.database:
        return _read_database(number, found.database, tables)
    try:
        if problem is None:
            must_be_file(found.path)
            digest = background.submit(sha256_of, found.path)
            file = EvidenceFile(number, found.path, head_of(found.path))
            format = recognise(file.head, formats)
            if format is None:
                raise unrecognised(file, found, formats)
            reading = _read_as(format, file, tables)
    except EvidenceError as error:
        problem = error
    sha256 = None if digest is None or digest.exception() else digest.result()
    name = format.NAME if format else None
    if problem and format is None and not found.asked and BESIDE.fullmatch(found.path.name):
        return EvidenceRecord(number, str(found.path), sha256, None, None, None, NOT_EVIDENCE)
    return EvidenceRecord(number, str(found.path), sha256, name, reading, problem)


def _read_database(number: int, database: Database, tables: FactTables) -> EvidenceRecord:
    try:
        reading = read_database(number, database, tables)
    except EvidenceError as error:
        tables.forget(number)
        return EvidenceRecord(number, str(database), None, None, None, error)
    return EvidenceRecord(number, str(database), None, reading.format, reading)


def _read_as(format: Format, file: EvidenceFile, tables: FactTables) -> Reading:
    try:
        return format.read(file, tables)
    except (EvidenceError, OSError, duckdb.Error) as error:
        # What was read before the error must not be judged: the report says that the file wasn't read.
        tables.forget(file.number)
        if isinstance(error, EvidenceError):
            raise
        raise file.error(f"`{file.path}` can't be read: {str(error).splitlines()[0]}") from None


def must_be_file(path: Path) -> None:
    """Raise ``EvidenceError`` for what is no plain file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EvidenceError("evidence", f"`{path}` can't be read: {reason}") from None
    if not stat.S_ISREG(mode):
        # A pipe would wait for a writer, and can be read only once.
        raise EvidenceError("evidence", f"`{path}` is not a plain file", help="write what it gives to a file first")


def sha256_of(path: Path) -> str:
    """The digest of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unrecognised(file: EvidenceFile, found: Found, formats: Iterable[Format]) -> EvidenceError:
    """The error about a file that no format knows."""
    help = f"formats tried: {', '.join(format.NAME for format in formats)}"
    if near := _nearest(file.head):
        help = f"{near}\n{help}"
    name = found.path if found.asked else found.path.name
    return file.error(f"no evidence format recognises `{name}`", help=help)


def _nearest(head: Head) -> str | None:
    """What a file looks like, and what it lacks to be evidence."""
    text = head.text.lstrip()
    if head.start.startswith(b"PAR1"):
        return "it is Parquet, but broken, or with names of facts and without a column `kind` (facts)"
    if text.startswith(("{", "[")):
        return (
            "it is JSON, but no HAR (`log` with `entries`) and no lines of facts (`kind` is one of the vocabulary's); "
            "nor has it the fields of any other format"
        )
    if re.match(r'[\w"][^\n]*[,;\t][^\n]*\n', text) and "\ufffd" not in text:
        return "it may be CSV, but its header has no column `kind` (facts), or no rows as wide below it (table)"
    return None

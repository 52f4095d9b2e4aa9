"""NDJSON and CSV of facts in Spark: lines are numbered by file and judged one by one, on all machines at once.

A line's number is what the lines before it come to: those of the same part of the file, counted as the part is read,
and those of the parts before, counted first. No line leaves its part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from comity.engine.duckdb import literal, quote
from comity.engine.spark import SparkEngine, arrow_type, spark_type
from comity.engine.spark_session import told
from comity.errors import EvidenceError, UsageError
from comity.evidence._pieces import MARKS, MAX_LINE
from comity.evidence._spark.attached import Attached
from comity.evidence._spark.files import SparkFile
from comity.evidence._spark.parquet import Came
from comity.evidence.base import Reading
from comity.evidence.facts import NAME, check_header, check_layout, header_of, where
from comity.evidence.facts.record import NAMES, Refused
from comity.evidence.facts.text import OTHER_REASONS, REASONS, Csv, Ndjson, Refusals, Syntax
from comity.vocabulary import KINDS, Type

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

_CONTROL = str.maketrans("\x00\x01", "\x1a\x1a")
_CODING, _LONG = (next(mark for mark in MARKS if name in mark) for name in ("coding", "long"))

#: What a line is told as, beside the attributes of a fact: its kind if it is one, else why it is none. ``unknown`` and
#: ``among`` say which name nobody knows, and among which names it was looked for; ``dated`` is the kind of what is a
#: fact but for a day that no calendar has.
_TOLD = {
    "kind": "string",
    "file": "int",
    "position": "bigint",
    "why": "string",
    "unknown": "string",
    "among": "string",
    "dated": "string",
}

_Header = tuple[tuple[str, ...], int, str]


def read(engine: SparkEngine, files: Sequence[SparkFile], attached: Attached) -> Came:
    """Read files of text and hand over the records in order; what came of each file, by its number."""
    came: Came = {}
    alike: dict[_Header | None, list[SparkFile]] = {}
    for file in files:
        try:
            header = header_of(file.head.text)
            check_layout(file) if header is None else check_header(file, *header)
        except EvidenceError as error:
            came[file.number] = error
            continue
        alike.setdefault(None if header is None else (tuple(header[0]), *header[1:]), []).append(file)
    for known, group in alike.items():
        came |= _read(group, Ndjson() if known is None else Csv(*known), engine, attached)
    return came


def _read(files: Sequence[SparkFile], syntax: Syntax, engine: SparkEngine, attached: Attached) -> Came:
    """Files of one syntax; where one of them is damaged, each half by itself."""
    view = f"lines_{files[0].number}_{len(files)}"
    try:
        with told():
            engine.keep(view, _judged(engine, _numbered(engine, files), syntax).persist())
        counts, refused = _counted(engine, view), _refused(engine, view)
    except UsageError as error:
        engine.drop(view)
        if len(files) == 1:
            reason = error.summary.removeprefix("Spark can't go on: ")
            return {files[0].number: files[0].error(f"`{files[0].name}` can't be read: {reason}")}
        half = len(files) // 2
        return _read(files[:half], syntax, engine, attached) | _read(files[half:], syntax, engine, attached)
    came: Came = {file.number: _told(file, counts, refused) for file in files}
    for kind in dict.fromkeys(kind for _, kind in counts):
        found = [numbers for (_, other), numbers in counts.items() if other == kind]
        given = [n for n in KINDS[kind].by_name if any(numbers[n] for numbers in found)]
        listing = ", ".join(["file", "position", *map(quote, given)])
        query = f"SELECT {listing} FROM {view} WHERE kind = {literal(kind)}"
        attached.add(kind, query, sum(numbers[""] for numbers in found))
    return came


# Lines and their numbers ----------------------------------------------------------------------------------------------


def _numbered(engine: SparkEngine, files: Sequence[SparkFile]) -> DataFrame:
    """The lines of files: ``file``, ``position``, and ``line`` as bytes.

    ``id`` ascends within a part as lines are read. Files are parted alike whenever they are read, as the listing of
    files and the least number of parts stay; if a part were not found again, that would be an error.
    """
    from pyspark.sql import functions as sql

    spark = engine.spark
    spark.conf.set("spark.sql.files.minPartitionNum", str(spark.sparkContext.defaultParallelism))
    lines = (
        spark.read.text([file.pattern for file in files], lineSep="\n")
        .selectExpr("_metadata.file_path AS uri", "_metadata.file_block_start AS part", "value")
        .withColumn("id", sql.monotonically_increasing_id())
    )
    parts = lines.groupBy("uri", "part").agg(sql.count("*").alias("lines"), sql.min("id").alias("first")).collect()
    numbers = {file.key: file.number for file in files}
    rows, before = [], dict.fromkeys(numbers, 0)
    for uri, part, count, first in sorted(tuple(row) for row in parts):
        rows.append((uri, part, numbers[uri], 1 + before[uri] - first))
        before[uri] += count
    begins = spark.createDataFrame(rows, "uri string, part bigint, file int, shift bigint")
    known = lines.join(sql.broadcast(begins), ["uri", "part"], "left")
    position = "coalesce(id + shift, raise_error('a part of a file was not found again')) AS position"
    return known.selectExpr("file", position, "CAST(value AS BINARY) AS line")


def _judged(engine: SparkEngine, lines: DataFrame, syntax: Syntax) -> DataFrame:
    """Lines as facts, or with the reason why they are none."""
    columns = {**_TOLD, **{name: spark_type(attribute.type.sql) for name, attribute in NAMES.items()}}
    schema = ", ".join(f"`{name}` {kind}" for name, kind in columns.items())

    types = {name: arrow_type(kind) for name, kind in columns.items()}

    def judge(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        for batch in batches:
            rows = (_line(syntax, *row) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
            yield _batch([row for row in rows if row], types)

    return lines.mapInArrow(judge, schema)


def _batch(rows: Sequence[Mapping[str, Any]], types: Mapping[str, Any]) -> pyarrow.RecordBatch:
    import pyarrow

    columns: dict[str, list[Any]] = {}
    for number, row in enumerate(rows):
        for name, value in row.items():
            columns.setdefault(name, [None] * len(rows))[number] = value
    arrays = [
        pyarrow.array(columns[name], type=kind) if name in columns else pyarrow.nulls(len(rows), kind)
        for name, kind in types.items()
    ]
    return pyarrow.RecordBatch.from_arrays(arrays, names=list(types))


def _line(syntax: Syntax, file: int, position: int, line: bytes) -> dict[str, Any] | None:
    """What a line is told as; None for one that is none, such as a header."""
    text = _clean(line, position)
    if not text.strip():
        return None
    try:
        if text in MARKS:
            raise Refused(MARKS[text])
        found = syntax.parse(text, position)
    except Refused as refused:
        among = "kind" if refused.known is KINDS else "name" if refused.known is NAMES else _kind_of(refused.known)
        return {
            "file": file,
            "position": position,
            "why": refused.reason,
            "unknown": refused.unknown,
            "among": among,
            "dated": _dated(syntax, text),
        }
    if found is None:
        return None
    times = {name: _time(value) for name, value in found.values.items() if found.kind.by_name[name].type is Type.TIME}
    return {**found.values, **times, "kind": found.kind.name, "file": file, "position": position}


def _clean(line: bytes, position: int) -> str:
    """A line as the embedded engine is given it; see ``evidence/_pieces``."""
    if len(line) > MAX_LINE:
        return _LONG
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return _CODING
    text = text.removesuffix("\r").replace("\r", " ").translate(_CONTROL)
    return text.removeprefix("\ufeff") if position == 1 else text


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _kind_of(known: Iterable[str]) -> str | None:
    return next((name for name, kind in KINDS.items() if kind.by_name is known), None)


def _dated(syntax: Syntax, text: str) -> str | None:
    """The kind of fact that a refused line would be, were there such a day."""
    found = (name for name, pattern in _patterns(syntax) if name in text and pattern.fullmatch(text))
    return next(found, None) if len(text) < 1_000_000 else None


@cache
def _patterns(syntax: Syntax) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(syntax.pattern(kind), re.DOTALL)) for name, kind in KINDS.items()]


# What came of files ---------------------------------------------------------------------------------------------------

_Counts = dict[tuple[int, str], dict[str, int]]


def _counted(engine: SparkEngine, view: str) -> _Counts:
    """How many facts of each kind a file has (under the empty name), and how many have each attribute."""
    counts = ", ".join(f"count({quote(name)})" for name in NAMES)
    rows = engine.rows(
        f"SELECT file, kind, count(*), {counts} FROM {view} WHERE kind IS NOT NULL GROUP BY file, kind ORDER BY 1, 2"
    )
    return {(file, kind): dict(zip(("", *NAMES), numbers, strict=True)) for file, kind, *numbers in rows}


def _refused(engine: SparkEngine, view: str) -> list[tuple[Any, ...]]:
    """For each file and reason (the first ones of each file) how many lines were refused, and where the first stands.

    Reasons beyond the most that are told apart come as one.
    """
    return engine.rows(
        "SELECT file, dated, CASE WHEN place <= "
        f"{REASONS} THEN why END AS reason, sum(n)::BIGINT, min(first) AS first, arg_min(unknown, first), "
        "arg_min(among, first) FROM "
        "(SELECT *, row_number() OVER (PARTITION BY file ORDER BY first, why) AS place FROM ("
        "SELECT file, dated, why, count(*) AS n, min(position) AS first, arg_min(unknown, position) AS unknown, "
        f"arg_min(among, position) AS among FROM {view} WHERE why IS NOT NULL GROUP BY file, dated, why)) "
        "GROUP BY 1, 2, 3 ORDER BY file, dated IS NULL, dated, first, reason"
    )


def _told(file: SparkFile, counts: _Counts, rows: Sequence[tuple[Any, ...]]) -> Reading | EvidenceError:
    read = sum(numbers[""] for (number, _), numbers in counts.items() if number == file.number)
    reading, refusals = Reading(NAME, read=read), Refusals()
    for number, dated, why, count, first, unknown, among in rows:
        if number != file.number:
            continue
        if dated:
            reading.skip(where(first), why, count)
        else:
            known = KINDS if among == "kind" else KINDS[among].by_name if among in KINDS else NAMES
            refusals.add(first, Refused(why or OTHER_REASONS, unknown if why else None, known), count)
    if not read and refusals.only_lacks_kind:
        return file.error("no record has a `kind`", help=f"kinds are {', '.join(KINDS)}")
    refusals.tell(reading, where)
    return reading

"""Parquet of facts in Spark: files whose columns are alike are checked in one scan, and left in place."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import duckdb

from comity.engine.duckdb import literal, quote
from comity.engine.spark import SparkEngine, sql_type
from comity.engine.spark_session import cause
from comity.errors import ComityError, EvidenceError, UsageError
from comity.evidence._spark.attached import Attached
from comity.evidence._spark.files import SparkFile
from comity.evidence.base import Reading
from comity.evidence.facts import NAME, where
from comity.evidence.facts.alike import Alike, gathered
from comity.evidence.facts.columns import Column, Records, columns_of, skip_reason
from comity.evidence.facts.parquet import MOST_REASONS, ROWS, source_of
from comity.evidence.facts.record import Refused, shown
from comity.evidence.facts.text import OTHER_REASONS, Refusals
from comity.vocabulary import KINDS

Came = dict[int, Reading | ComityError]


def read(engine: SparkEngine, files: Sequence[SparkFile], attached: Attached) -> Came:
    """Check every record of files of Parquet and hand over those in order; what came of each, by its number."""
    came: Came = {}
    alike: dict[tuple[tuple[str, str], ...], list[tuple[SparkFile, list[Column]]]] = {}
    with ThreadPoolExecutor(8) as pool:
        for file, types in zip(files, pool.map(lambda file: _types(engine, file), files), strict=True):
            try:
                if isinstance(types, EvidenceError):
                    raise types
                columns = columns_of(file, types)
                alike.setdefault(tuple(types.items()), []).append((file, columns))
            except EvidenceError as error:
                came[file.number] = error
    for group in alike.values():
        came |= _read([file for file, _ in group], group[0][1], engine, attached)
    return came


def _types(engine: SparkEngine, file: SparkFile) -> dict[str, str] | EvidenceError:
    """Names and types of a file's columns."""
    try:
        if file.is_here:
            query = f"DESCRIBE SELECT * FROM {source_of(file.path)}"
            return {row[0]: row[1] for row in engine.connection.cursor().execute(query).fetchall()}
        schema = engine.spark.read.parquet(file.pattern).schema
        return {field.name: sql_type(field.dataType.simpleString()) for field in schema}
    except Exception as error:  # of DuckDB, of Spark, of the store
        text = str(error).splitlines()[0] if isinstance(error, duckdb.Error) else cause(error)
        return file.error(f"`{file.name}` can't be read: {text}")


def _read(files: Sequence[SparkFile], columns: list[Column], engine: SparkEngine, attached: Attached) -> Came:
    """Files whose columns are alike; where one of them is damaged, each half by itself."""
    view = f"parquet_{files[0].number}_{len(files)}"
    records = Records(f"FROM {view}", columns)
    try:
        _show(engine, view, files)
        alike = gathered(engine, f"alike_{files[0].number}", records)
        rows = _alike_rows(engine, alike) if alike else _check(engine, records)
    except UsageError as error:
        if len(files) == 1:
            reason = error.summary.removeprefix("Spark can't go on: ")
            return {files[0].number: files[0].error(f"`{files[0].name}` can't be read: {reason}")}
        half = len(files) // 2
        return _read(files[:half], columns, engine, attached) | _read(files[half:], columns, engine, attached)
    came: Came = {}
    kinds: dict[str, int] = {}
    for file in files:
        try:
            found, reading = _told(file, [row[1:] for row in rows if row[0] == file.number])
        except EvidenceError as error:
            came[file.number] = error
            continue
        came[file.number] = reading
        for kind, count in found.items():
            kinds[kind] = kinds.get(kind, 0) + count
    # Spark computes a condition anew for each query, and this one is long: it is left out where it leaves out nothing.
    in_order = [] if all(why is None for _, _, why, *_ in rows) else [f"({skip_reason(columns)}) IS NULL"]
    for name, count in kinds.items():
        if alike:
            attached.add(name, alike.facts(name), count, alike.shared(name))
        else:
            attached.add(name, records.facts(name, [f'"kind" = {literal(name)}', *in_order]), count)
    return came


def _alike_rows(engine: SparkEngine, alike: Alike) -> list[tuple[object, ...]]:
    """What ``_check`` finds, of records that are all in order."""
    counts = f'SELECT file, "kind"::VARCHAR, sum(n)::BIGINT FROM {alike.table} GROUP BY ALL ORDER BY ALL'
    return [(file, kind, None, count, None, count) for file, kind, count in engine.rows(counts)]


def _check(engine: SparkEngine, records: Records) -> list[tuple[object, ...]]:
    """For each file how many records of each kind are in order, and for each reason how many are not.

    Rows of file, kind, reason, count, first position, number of records in the file; every page is opened.
    """
    touched = "".join(f", count({quote(column.attribute.name)})" for column in records.columns)
    order = "PARTITION BY file ORDER BY why IS NOT NULL, first, why"
    return engine.rows(
        f"SELECT file, known, why, n, first, records FROM (SELECT *, row_number() OVER ({order}) AS place, "
        "(sum(n) OVER (PARTITION BY file))::BIGINT AS records FROM ("
        'SELECT file, CASE WHEN skip IS NULL THEN "kind"::VARCHAR END AS known, skip AS why, count(*) AS n, '
        f"min(position) AS first{touched} FROM (SELECT *, {skip_reason(records.columns)} AS skip {records.source}) "
        f"GROUP BY 1, 2, 3"
        f")) WHERE place <= {MOST_REASONS} ORDER BY file, place"
    )


def _show(engine: SparkEngine, view: str, files: Sequence[SparkFile]) -> None:
    """The records of files, each with the number of its file and its position."""
    from pyspark.sql import functions as sql

    from comity.engine.spark_session import told

    with told():
        numbers = engine.spark.createDataFrame([(file.key, file.number) for file in files], "uri string, number int")
        read = engine.spark.read.parquet(*(file.pattern for file in files))
        names = [f"`{name}`" for name in read.columns]
        rows = read.selectExpr(*names, "_metadata.file_path AS uri", f"{ROWS + 1} + _metadata.row_index AS position")
        numbered = rows.join(sql.broadcast(numbers), "uri", "left")
        number = "coalesce(number, raise_error('a file was not found again')) AS file"
        engine.keep(view, numbered.selectExpr(*names, "position", number))


def _told(file: SparkFile, rows: Sequence[Sequence[object]]) -> tuple[dict[str, int], Reading]:
    """What came of one file: the records in order by kind, and the reading with those that were skipped."""
    kinds: dict[str, int] = {}
    refused = Refusals()
    for kind, why, count, first, _ in rows:
        if why is None:
            kinds[str(kind)] = int(str(count))
        else:
            refused.add(int(str(first)), Refused(shown(str(why), len(str(why)))), int(str(count)))
    if len(rows) == MOST_REASONS:
        rest = int(str(rows[0][4])) - sum(int(str(row[2])) for row in rows)
        refused.add(int(str(rows[-1][3])), Refused(OTHER_REASONS), rest)
    if not kinds and refused.only_lacks_kind:
        raise file.error("no record has a `kind`", help=f"kinds are {', '.join(KINDS)}")
    reading = Reading(NAME, read=sum(kinds.values()))
    refused.tell(reading, where)
    return kinds, reading


__all__ = ["Came", "read"]

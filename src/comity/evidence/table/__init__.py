"""Tables: databases and files of rows, each table a store of data, with what its columns hold.

SQLite (sqlite.org/fileformat2.html), databases of DuckDB, Parquet, CSV and TSV with a header (RFC 4180), lines of JSON
objects; and databases by their address, see `databases`. Any file of rows looks like a table, so that this format comes
after all others: what they know is theirs.

Every value is read only to be told apart from others: facts have categories and counts, detections a masked example.
How people are counted: the different values of the column with the most of them that stand for a person each.
"""

from __future__ import annotations

import sqlite3

import duckdb

from comity.engine.duckdb import literal
from comity.errors import EvidenceError
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.table.files import attached_tables, csv_table, is_parquet, json_table, parquet_table
from comity.evidence.table.shape import csv_shape, is_ndjson
from comity.evidence.table.sqlite import SqliteFile, SqliteTable
from comity.evidence.table.stores import KNOWN, add_stores, reason

NAME = "table"
TITLE = "tables: SQLite, DuckDB, Parquet, CSV, NDJSON, and databases by address (`postgresql://…`, `mysql://…`)"
SUPPLIES = {"store": frozenset((*KNOWN, "personal", "sensitive"))}
LAST = True

_SQLITE = b"SQLite format 3\x00"
_DUCKDB = b"DUCK"
_PARQUET = b"PAR1"

_ATTACHED = "evidence_file"

#: Tables that hold rows of their own; views are code of others, and not run.
_LISTING = (
    "SELECT schema_name, table_name FROM duckdb_tables() "
    f"WHERE database_name = {literal(_ATTACHED)} AND NOT internal ORDER BY ALL"
)
_VIEWS = f"SELECT count(*) FROM duckdb_views() WHERE database_name = {literal(_ATTACHED)} AND NOT internal"


def recognise(head: Head) -> bool:
    """A database or a table, whatever it holds."""
    if _is_sqlite(head) or _is_duckdb(head):
        return True
    if head.start.startswith(_PARQUET):
        return head.compression is None and is_parquet(head.path)
    return is_ndjson(head) or csv_shape(head) is not None


def where(position: int) -> str:
    """Which table, in the order of their names; a file of one table has the first."""
    return f"table {position}"


def read(file: EvidenceFile, tables: FactTables) -> Reading:
    """Read every table. Raises ``EvidenceError`` where the file is damaged or can't be opened."""
    reading = Reading(NAME)
    try:
        _read(file, tables, reading)
    except (sqlite3.Error, duckdb.Error) as error:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise file.error(f"`{file.path}` can't be read: {reason(error)}") from None
    return reading


def _read(file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
    engine = tables.engine
    if _is_sqlite(file.head):
        _must_be_plain(file)
        _read_sqlite(file, tables, reading)
    elif _is_duckdb(file.head):
        _must_be_plain(file)
        engine.run(f"ATTACH {literal(str(file.path))} AS {_ATTACHED} (READ_ONLY)")
        try:
            add_stores(file.number, attached_tables(engine, _ATTACHED, _LISTING), tables, reading)
            if views := engine.value(_VIEWS):
                reading.notes.append(f"views, not read: {views}")
        finally:
            engine.run(f"DETACH {_ATTACHED}")
    elif file.head.start.startswith(_PARQUET):
        add_stores(file.number, [parquet_table(file, engine)], tables, reading)
    elif is_ndjson(file.head):
        add_stores(file.number, [json_table(file, engine, reading)], tables, reading)
    elif shape := csv_shape(file.head):
        add_stores(file.number, [csv_table(file, shape, engine, reading)], tables, reading)


def _read_sqlite(file: EvidenceFile, tables: FactTables, reading: Reading) -> None:
    with SqliteFile(file.path) as database:
        names, others = database.names()
        if others:
            reading.notes.append(f"views and tables of extensions, not read: {others}")
        log = file.path.with_name(f"{file.path.name}-wal")
        if log.exists() and log.stat().st_size:
            reading.notes.append(f"what stands in `{log.name}` alone was not read")
        add_stores(file.number, (SqliteTable(database, name, tables.engine) for name in names), tables, reading)


def _must_be_plain(file: EvidenceFile) -> None:
    if file.compression:
        raise _packed(file)


def _packed(file: EvidenceFile) -> EvidenceError:
    return file.error(f"`{file.path}` is a database that is compressed", help="unpack it first")


def _is_sqlite(head: Head) -> bool:
    return head.start.startswith(_SQLITE)


def _is_duckdb(head: Head) -> bool:
    return head.start[8:12] == _DUCKDB

"""Files that the engine reads in place: CSV, lines of JSON, Parquet, and databases of DuckDB's own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.base import EvidenceFile, Reading
from comity.evidence.table.relation import Relation
from comity.evidence.table.shape import Csv, meant_as_facts

#: A row of CSV, and a line of JSON, of more bytes than this is skipped.
_LONGEST_ROW = 2_000_000
_LONGEST_LINE = 16_000_000

#: So many columns are looked at in one pass: counting takes memory for each.
_COUNTED = 1_000

#: Where the engine notes rows that it can't read, and why.
_SCANS, _REJECTS = "table_reject_scans", "table_rejects"
_WHY = {
    "INVALID ENCODING": "not in the encoding of the file's beginning",
    "MISSING COLUMNS": "fewer cells than the header",
    "TOO MANY COLUMNS": "more cells than the header",
    "UNQUOTED VALUE": "quotes that don't match",
    "LINE SIZE OVER MAXIMUM": "too long",
}


def csv_table(file: EvidenceFile, shape: Csv, engine: Engine, reading: Reading) -> Relation:
    """A CSV file; rows that can't be read are counted in the reading."""
    columns = {f"c{number}": "VARCHAR" for number in range(len(shape.header))}
    shown = dict(zip(columns, _apart(shape.header), strict=True))
    if shape.encoding == "latin-1":
        reading.notes.append("not UTF-8: read as Latin-1")
    how = f"delim = {literal(shape.delimiter)}, quote = '\"', escape = '\"', encoding = '{shape.encoding}'"
    source = _rows(file, engine, reading, columns, f"skip = {shape.line}, max_line_size = {_LONGEST_ROW}, {how}")
    return Relation(engine, file.path.name, source, columns, shown)


def _apart(header: Sequence[str]) -> Iterator[str]:
    """The names of columns; those that several have, or none has, are numbered."""
    seen: Counter[str] = Counter()
    for number, name in enumerate(header, 1):
        seen[name] += 1
        yield f"{name} {seen[name]}" if name and seen[name] > 1 else name or f"column {number}"


def json_table(file: EvidenceFile, engine: Engine, reading: Reading) -> Relation:
    """Lines of JSON objects; lines that are none are counted in the reading."""
    how = f"max_line_size = {_LONGEST_LINE}, delim = '\x01', quote = '', escape = ''"
    lines = _rows(file, engine, reading, {"line": "VARCHAR"}, how)
    is_object = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"
    numbered = f"SELECT line, row_number() OVER () AS n FROM {lines} WHERE trim(line) <> ''"
    ((count, first),) = engine.rows(f"SELECT count(*), min(n) FROM ({numbered}) WHERE NOT {is_object}")
    if count:
        reading.skip(f"record {first}", "no JSON object", count)
    source = f"(SELECT line::JSON AS json FROM {lines} WHERE {is_object})"
    return Relation(engine, file.path.name, source, {"json": "JSON"}, {"json": ""})


def _rows(file: EvidenceFile, engine: Engine, reading: Reading, columns: Mapping[str, str], how: str) -> str:
    """SQL for the rows of a text that can be read; the others are counted in the reading."""
    # In parallel the engine loses rows that are too long, and says nothing.
    source = (
        f"read_csv({_path(file.path)}, header = false, auto_detect = false, strict_mode = false, parallel = false, "
        f"{how}, compression = '{file.compression or 'none'}', "
        f"columns = {{{', '.join(f'{literal(name)}: {literal(kind)}' for name, kind in columns.items())}}}"
    )
    noted = f"{source}, store_rejects = true, rejects_scan = '{_SCANS}', rejects_table = '{_REJECTS}')"
    names = list(columns)
    for first in range(0, len(names), _COUNTED):
        engine.rows(f"SELECT {', '.join(f'count({name})' for name in names[first : first + _COUNTED])} FROM {noted}")
    counted = f"SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM {_REJECTS} GROUP BY 1 ORDER BY 3, 1"
    for why, count, first in engine.rows(counted):
        reading.skip(f"line {first}", _WHY.get(why, why.lower()), count)
    for table in (_REJECTS, _SCANS):
        engine.run(f"DROP TABLE {table}")
    return f"{source}, ignore_errors = true)"


def parquet_table(file: EvidenceFile, engine: Engine) -> Relation:
    """A Parquet file."""
    source = f"read_parquet({_path(file.path)})"
    return Relation(engine, file.path.name, source, engine.columns(f"SELECT * FROM {source}"))


def is_parquet(path: Path) -> bool:
    """Whether a file can be read as Parquet, with columns that are not those of facts."""
    try:
        with Engine() as engine:
            return not meant_as_facts(list(engine.columns(f"SELECT * FROM read_parquet({_path(path)})")))
    except duckdb.Error:
        return False


def attached_tables(
    engine: Engine, database: str, listing: str, plain: str = "main", most: int | None = None
) -> Iterator[Relation]:
    """The tables of an attached database: ``listing`` is SQL for their schemas and names, in order.

    Tables of the schema ``plain`` are called by their name alone. ``most`` is how many rows of each are read.
    """
    for schema, table in engine.rows(listing):
        source = f"{quote(database)}.{quote(schema)}.{quote(table)}"
        columns = engine.columns(f"SELECT * FROM {source}")
        limited = f"(SELECT * FROM {source} LIMIT {most})" if most else source
        yield Relation(engine, table if schema == plain else f"{schema}.{table}", limited, columns, most=most)


def _path(path: Path) -> str:
    """A path as SQL text; the engine takes some letters for wildcards."""
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))

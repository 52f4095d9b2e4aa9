"""Parquet of the `facts` format: left in place when its columns have the vocabulary's types, else cast and kept.

Every record is checked: in large files what records share is checked once for all that are alike, else each by itself.
The scan for that finds damaged pages before anyone builds on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from comity.engine.duckdb import Engine, literal, quote
from comity.evidence.base import EvidenceFile, FactTables, Head, Reading
from comity.evidence.facts.alike import gathered
from comity.evidence.facts.columns import Records, columns_of, kinds_in, skip_reason
from comity.evidence.facts.record import Refused, shown
from comity.evidence.facts.text import OTHER_REASONS, Refusals
from comity.vocabulary import KINDS

#: Positions from here on are rows of a Parquet file, not lines of a text.
ROWS = 1 << 39

MOST_REASONS = 1_000

_VPC_FLOW = {"srcaddr", "dstaddr"}


def is_parquet(head: Head) -> bool:
    """Whether a file is Parquet; compressed as a whole it can't be read."""
    return head.compression is None and head.start.startswith(b"PAR1")


def recognise(head: Head) -> bool:
    """A Parquet file with a column `kind` that isn't a flow log."""
    try:
        with Engine() as engine:
            names = set(engine.columns(f"SELECT * FROM {source_of(head.path)}"))
    except duckdb.Error:
        return False
    return "kind" in names and not names >= _VPC_FLOW


def read(file: EvidenceFile, tables: FactTables, reading: Reading, where: Callable[[int], str]) -> None:
    """Check every record, and hand over those in order."""
    columns = columns_of(file, tables.engine.columns(f"SELECT * FROM {source_of(file.path)}"))
    source = f"FROM {source_of(file.path, ', file_row_number = true')}"
    records = Records(source, columns, str(file.number), f"{ROWS + 1} + file_row_number")
    if alike := gathered(tables.engine, f"alike_{file.number}", records):
        for name, count in alike.kinds.items():
            tables.attach(name, alike.facts(name), alike.shared(name))
            reading.read += count
        return
    skip = skip_reason(columns, kinds_in(tables.engine, source))
    kinds, refused = _check(tables.engine, records, skip)
    if not kinds and refused.only_lacks_kind:
        raise file.error("no record has a `kind`", help=f"kinds are {', '.join(KINDS)}")
    refused.tell(reading, where)
    for name, count in kinds.items():
        wanted = [f'"kind" = {literal(name)}'] * (len(kinds) > 1) + [f"({skip}) IS NULL"] * bool(reading.skipped)
        query = records.facts(name, wanted)
        if all(column.exact for column in columns if column.attribute.name in KINDS[name].by_name):
            tables.attach(name, query)
            reading.read += count
        else:
            tables.insert(name, f"SELECT *, NULL AS skip FROM ({query})", reading, where)


def source_of(path: Path, options: str = "") -> str:
    """A file as SQL to select from."""
    # The engine takes some letters for wildcards.
    plain = re.sub(r"([*?[])", r"[\1]", str(path))
    return f"read_parquet({literal(plain)}{options})"


def _check(engine: Engine, records: Records, skip: str) -> tuple[dict[str, int], Refusals]:
    """How many records of each kind are in order, and those that are not; every page of the file is opened."""
    touched = "".join(f", count({quote(column.attribute.name)})" for column in records.columns)
    rows = engine.rows(
        f'SELECT CASE WHEN skip IS NULL THEN "kind"::VARCHAR END, skip, count(*), min(file_row_number){touched} '
        f"FROM (SELECT *, {skip} AS skip {records.source}) GROUP BY 1, 2 "
        f"ORDER BY skip IS NOT NULL, 4, 2 LIMIT {MOST_REASONS}"
    )
    kinds: dict[str, int] = {}
    refused = Refusals()
    for kind, why, count, first, *_ in rows:
        if why is None:
            kinds[kind] = count
        else:
            refused.add(ROWS + 1 + first, Refused(shown(why, len(why))), count)
    if len(rows) == MOST_REASONS:
        rest = engine.value(f"SELECT count(*) {records.source}") - sum(row[2] for row in rows)
        refused.add(ROWS + 1 + rows[-1][3], Refused(OTHER_REASONS), rest)
    return kinds, refused

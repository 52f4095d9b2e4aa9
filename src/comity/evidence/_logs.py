"""What readers of logs share: which header stands over which lines, and SQL for values that are written as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from comity.engine.duckdb import Engine, literal
from comity.evidence._pieces import MARKS, Piece
from comity.evidence.base import EvidenceFile

L = TypeVar("L")

#: More header lines than this in a piece of a log are no rotated logs put together.
_MOST_HEADERS = 2_000

_INSTANT = r"\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d(?::?\d\d)?)"

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = rf"{_OCTET}(?:\.{_OCTET}){{3}}|[0-9a-f]{{0,4}}(?::[0-9a-f]{{0,4}}){{2,7}}(?:{_OCTET}(?:\.{_OCTET}){{3}})?"

#: A host name, with the final dot and the port that may follow. Its last label is no number: that would be an address.
_HOST = r"^((?:[a-z0-9_-]+\.)*[a-z0-9_-]*[a-z][a-z0-9_-]*)\.?(?::\d+)?$"


def runs(
    file: EvidenceFile, piece: Piece, engine: Engine, table: str, header: str, layout: L, follow: Callable[[L, str], L]
) -> tuple[dict[L, list[tuple[int, int]]], L]:
    """Which rows of a staged piece stand under which layout, and the layout at its end.

    ``layout`` is the one at its beginning, ``header`` the SQL condition for header lines, ``follow`` gives the layout
    from a header line on. A run of rows is written as its first row and the row after its last; header lines are in it.
    """
    select = f"SELECT rowid, line FROM {table} WHERE {header} ORDER BY rowid LIMIT {_MOST_HEADERS + 1}"
    headers = engine.rows(select)
    if len(headers) > _MOST_HEADERS:
        raise file.error(f"`{file.path}` has more than {_MOST_HEADERS:,} header lines", piece.first)
    found: dict[L, list[tuple[int, int]]] = {}
    begin = 0
    for row, line in headers:
        _extend(found, layout, begin, row)
        begin, layout = row, follow(layout, line)
    _extend(found, layout, begin, piece.lines)
    return found, layout


def _extend(found: dict[L, list[tuple[int, int]]], layout: L, begin: int, end: int) -> None:
    if begin < end:
        spans = found.setdefault(layout, [])
        if spans and spans[-1][1] == begin:
            begin, _ = spans.pop()
        spans.append((begin, end))


def among(spans: list[tuple[int, int]]) -> str:
    """SQL for the rows of these runs."""
    return "(" + " OR ".join(f"rowid >= {begin} AND rowid < {end}" for begin, end in spans) + ")"


def plain_path(path: Path) -> str:
    """A path as SQL text; what the engine would take for wildcards stands for itself."""
    return literal("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def marked(line: str) -> str:
    """SQL for the reason why a line can't be read, null for lines that can."""
    return f"CASE {line} {' '.join(f'WHEN {literal(mark)} THEN {literal(why)}' for mark, why in MARKS.items())} END"


def whole_number(value: str) -> str:
    """SQL for an integer, null for all else."""
    return f"TRY_CAST({value} AS BIGINT)"


def moment(value: str) -> str:
    """SQL for a time written as seconds (or milliseconds) since 1970 or in ISO 8601 with its offset, else null."""
    number = f"TRY_CAST({value} AS DOUBLE)"
    # From 10¹¹ on they are milliseconds: taken for seconds that is the year 5138. Without the test of its form the
    # engine would also take `infinity` and `epoch` for times. Casts that fail are dear: what has a T is no number.
    return f"""CASE
        WHEN contains({value}, 'T')
            THEN CASE WHEN regexp_full_match({value}, {literal(_INSTANT)}) THEN TRY_CAST({value} AS TIMESTAMPTZ) END
        WHEN {number} BETWEEN 0 AND 99999999999 THEN make_timestamptz(round({number} * 1e6)::BIGINT)
        WHEN {number} BETWEEN 0 AND 1e14 THEN make_timestamptz(round({number} * 1e3)::BIGINT)
    END"""


def address(value: str) -> str:
    """SQL for an IP address in lower case, null for what is none."""
    return f"CASE WHEN regexp_full_match(lower({value}), {literal(_ADDRESS)}) THEN lower({value}) END"


def host(value: str) -> str:
    """SQL for a host name in lower case without final dot and port, null for what is none."""
    return f"nullif(regexp_extract(lower({value}), {literal(_HOST)}, 1), '')"


def columns(values: Mapping[str, str]) -> str:
    """SQL for the columns of a query, from names to expressions."""
    return ", ".join(f'{value} AS "{name}"' for name, value in values.items())

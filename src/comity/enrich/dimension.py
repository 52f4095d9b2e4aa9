"""Dimensions: what enrichment learns about the ends of facts, in tables beside them, never by widening rows."""

from __future__ import annotations

from dataclasses import dataclass

from comity.engine.duckdb import quote

#: Attributes that hold for a fact as soon as they hold for one of its ends.
EITHER_END = frozenset({"critical"})

#: Attributes that hold for a fact only when they hold for both of its ends.
BOTH_ENDS = frozenset({"same_party"})

_NOTHING = {"BIGINT": "-1", "INTEGER": "-1", "BOOLEAN": "false", "UBIGINT": "0"}


@dataclass(frozen=True)
class Dimension:
    """A table with one row for each distinct combination of ``keys`` (columns of facts, with their SQL types).

    ``columns`` are the attributes it gives, ``later`` those that it gives only where no other source does (in columns
    of the name that ``later_name`` makes); ``label`` says whether it has a column ``label``: how reports name the
    party at that end.
    """

    table: str
    keys: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    label: bool = False
    later: tuple[str, ...] = ()

    def join(self, facts: str, alias: str, table: str | None = None) -> str:
        """The join of facts with this dimension. A missing key meets a missing key."""
        conditions = " AND ".join(
            f"{safe(f'{facts}.{quote(key)}', kind)} = {alias}.{quote(f'key_{key}')}" for key, kind in self.keys
        )
        return f"LEFT JOIN {table or self.table} {alias} ON {conditions or 'true'}"

    def distinct(self, facts: str) -> str:
        """A query for the distinct combinations of keys in a relation of facts."""
        listing = ", ".join(f"{safe(quote(key), kind)} AS {quote(f'key_{key}')}" for key, kind in self.keys)
        return f"SELECT DISTINCT {listing} FROM ({facts})"


def later_name(attribute: str) -> str:
    """The column for an attribute that a dimension gives only where no other source does."""
    return f"later {attribute}"


def safe(expression: str, kind: str) -> str:
    """An expression that is never null, so that missing keys compare as equal and joins stay hash joins."""
    nothing = "['']" if kind.endswith("[]") else _NOTHING.get(kind, "''")
    return f"coalesce({expression}, {nothing})"

"""The embedded engine: DuckDB over a temporary database of its own, so that data larger than memory spills to disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from comity.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 20_000


def quote(name: str) -> str:
    """A name as SQL text, whatever letters it has."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL text."""
    return "'" + text.replace("'", "''") + "'"


class Engine:
    """Runs SQL in DuckDB's dialect. Use it as a context manager: the temporary database goes with it.

    ``memory`` is DuckDB's limit, such as ``2GB``; by default DuckDB takes four fifths of the machine's.
    """

    def __init__(self, memory: str | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="comity-", ignore_cleanup_errors=True)
        config: dict[str, Any] = {"temp_directory": self._folder.name, "autoinstall_known_extensions": "false"}
        # All tables are temporary: there is nothing to write at a checkpoint, which would only compress them.
        config["checkpoint_threshold"] = "1TB"
        if memory:
            config["memory_limit"] = memory
        try:
            self.connection = duckdb.connect(str(Path(self._folder.name) / "comity.duckdb"), config=config)
        except duckdb.Error:
            self._folder.cleanup()
            raise UsageError("memory", f"`{memory}` is no size of memory", help="such as 2GB") from None
        # The bar would go to standard output wherever DuckDB takes Python to be asked by hand.
        self.run("SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the temporary database."""
        self.connection.close()
        self._folder.cleanup()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement."""
        self.connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, for results that are small."""
        return self.connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        row = self.connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def columns(self, query: str) -> dict[str, str]:
        """Names and SQL types of a query's columns."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {query}")}

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, a batch at a time; no other statement may run until the last."""
        cursor = self.connection.execute(sql)
        while batch := cursor.fetchmany(_BATCH):
            yield from batch

    def arrays(self, sql: str) -> dict[str, NDArray[Any]]:
        """The columns of a query as arrays, masked where there are nulls."""
        return dict(self.connection.execute(sql).fetchnumpy())

    def load(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """A new temporary table from arrays."""
        given = dict(columns)  # noqa: F841 - the query finds it by its name, if it is run from here
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM given")

    def table(self, name: str, query: str) -> None:
        """A new table with the rows of a query.

        It is temporary, so that nothing of it is written ahead to disk: that takes longer than a small table itself.
        """
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def gather(self, name: str, query: str) -> None:
        """A new table with the rows of a query that are few and asked for often: results, codes, names.

        Where facts lie elsewhere, these come here.
        """
        self.table(name, query)

    def group(self, name: str, keys: Mapping[str, str], number: str, aggregates: Iterable[str], source: str) -> None:
        """A new table, as by ``gather``, with each combination of ``keys`` (name → SQL) and ``aggregates`` (SQL) of it.

        ``number`` is a hash by which combinations are told apart; ``source`` is what follows FROM, and that word.
        """
        known = (f"any_value({sql}) AS {name}" for name, sql in keys.items())
        self.gather(name, f"SELECT {', '.join([*known, *aggregates])} {source} GROUP BY {number}")

    def hashed(self, name: str, query: str) -> None:
        """A new table with the rows of a query, hashed as the facts are, wherever these lie."""
        self.table(name, query)

    def distinct(self, relation: str, columns: Mapping[str, str]) -> dict[str, str]:
        """For each column (name → SQL type) of a relation a query for its distinct values; lists are told by hash."""
        return {
            name: f"SELECT any_value({quote(name)}) FROM {relation} GROUP BY hash({quote(name)})"
            if kind.endswith("[]")
            else f"SELECT DISTINCT {quote(name)} FROM {relation}"
            for name, kind in columns.items()
        }

    def in_ranges(self, name: str, query: str, ranges: str) -> None:
        """A new table: the rows of a query, which has a number ``key``, each with the range that its key lies in.

        ``ranges`` is a query that has ``start``; a range ends where the next begins, and its other columns are added.
        """
        self.table(
            name, f"SELECT q.*, r.* EXCLUDE (start) FROM ({query}) q ASOF LEFT JOIN ({ranges}) r ON q.key >= r.start"
        )

    def drop(self, *tables: str) -> None:
        """Forget tables that are needed no more."""
        for table in tables:
            self.run(f"DROP TABLE IF EXISTS {table}")

    def create(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]] = ()) -> None:
        """A new temporary table with the given columns (name → SQL type), filled with ``rows`` in bounded batches."""
        iterator = iter(rows)
        first = list(zip(*islice(iterator, _BATCH), strict=True)) or [()] * len(columns)
        arrays = (f"unnest(${n + 1}::{kind}[]) AS {quote(name)}" for n, (name, kind) in enumerate(columns.items()))
        query = f"CREATE OR REPLACE TEMP TABLE {quote(table)} AS SELECT {', '.join(arrays)}"
        self.run(query, [list(column) for column in first])
        self.append(table, columns, iterator)

    def append(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Add ``rows`` to a table, by column arrays: many times faster than row by row."""
        names = ", ".join(map(quote, columns))
        arrays = ", ".join(f"unnest(${n + 1}::{kind}[])" for n, kind in enumerate(columns.values()))
        iterator = iter(rows)
        while batch := list(islice(iterator, _BATCH)):
            self.run(
                f"INSERT INTO {quote(table)} ({names}) SELECT {arrays}",
                [list(column) for column in zip(*batch, strict=True)],
            )

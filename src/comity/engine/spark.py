"""The engine for data that outgrows one machine: what is large stays in Spark, what is small in the embedded engine.

A query runs where its tables are. As soon as one of them is in Spark it runs there, transpiled, and the small tables
that it reads are sent along; all other SQL runs in DuckDB. So facts and all that is as many as they are never come to
this process: only what is gathered (situations, codes, names) and the rows that are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from comity.engine.duckdb import Engine, quote
from comity.engine.spark_session import session, told

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame
    from sqlglot import exp

T = TypeVar("T")

#: A table of no more rows than this comes to the embedded engine, which is done with it before Spark has begun.
FEW = 100_000

_FETCHED = "fetched_from_spark"

#: Types of DuckDB by those of Spark.
_TYPES = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
    "binary": "BLOB",
    "void": "INTEGER",
}
_SPARK_TYPES = {kind: name for name, kind in _TYPES.items()} | {"TIMESTAMPTZ": "timestamp", "INTEGER": "int"}


class SparkEngine(Engine):
    """Runs SQL in DuckDB's dialect, on Spark where the tables are large.

    ``master`` is that of a new session, by default this machine; where Spark runs already it is used as it is.
    ``memory`` is the limit of the embedded engine.
    """

    def __init__(self, master: str | None = None, memory: str | None = None) -> None:
        self._frames: dict[str, DataFrame] = {}
        self._sent: dict[str, DataFrame] = {}
        self._gathered = 0
        self.spark, self._started = session(master)
        super().__init__(memory)

    def close(self) -> None:
        """Give back the temporary database, and what Spark keeps for it."""
        for name in list(self._frames):
            self._forget(name)
        if self._started:
            self.spark.stop()
        super().close()

    # Where a query runs ----------------------------------------------------------------------------------------------

    def frame(self, sql: str) -> DataFrame:
        """The rows of a query that reads something in Spark."""
        found = self._frame(sql)
        if found is None:
            raise ValueError(f"nothing in Spark is read by {sql}")
        return found

    def _frame(self, sql: str) -> DataFrame | None:
        """The rows of a query that reads something in Spark; None for all others."""
        if not self._frames.keys() & _words(sql):
            return None
        from comity.engine.spark_sql import parsed, tables_in

        tree = parsed(sql)
        return self._there(tree) if tables_in(tree) & self._frames.keys() else None

    def _there(self, tree: exp.Expr) -> DataFrame:
        """The rows of a query, by Spark, to which its small tables are sent."""
        from comity.engine.spark_sql import spark_sql, tables_in

        for table in sorted(tables_in(tree) - self._frames.keys()):
            self._send(table)
        with told():
            return self.spark.sql(spark_sql(tree, self._spark_columns))

    def _spark_columns(self, sql: str) -> Mapping[str, str]:
        return {field.name: field.dataType.simpleString() for field in self.spark.sql(sql).schema}

    def _send(self, table: str) -> None:
        """Let Spark know a small table."""
        if table not in self._sent:
            columns = ", ".join(_sent_column(name, kind) for name, kind in Engine.columns(self, quote(table)).items())
            rows = self.connection.sql(f"SELECT {columns} FROM {quote(table)}").to_arrow_table()
            if not rows.num_rows:
                rows = type(rows).from_pylist(
                    [], schema=rows.schema
                )  # Spark wants a chunk, though there is nothing in it
            with told():
                self._sent[table] = self.spark.createDataFrame(rows)
        self._sent[table].createOrReplaceTempView(table)

    def keep(self, name: str, frame: DataFrame) -> None:
        """Give rows in Spark a name; they are computed once."""
        self._forget(name)
        key = name.strip('"').lower()
        super().run(f"DROP TABLE IF EXISTS {quote(key)}")
        self._frames[key] = frame
        frame.createOrReplaceTempView(f"`{key}`")

    def _forget(self, name: str) -> None:
        key = name.strip('"').lower()
        self._sent.pop(key, None)
        if frame := self._frames.pop(key, None):
            frame.unpersist()

    def _fetch(self, frame: DataFrame) -> pyarrow.Table:
        with told():
            return frame.toArrow()

    # The interface of every engine -----------------------------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement in the embedded engine; what it may change is sent to Spark anew."""
        for table in self._sent.keys() & _words(sql):
            del self._sent[table]
        super().run(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, for results that are small."""
        frame = self._frame(sql)
        if frame is None:
            return super().rows(sql, parameters)
        return self._with_rows(self._fetch(frame), lambda: Engine.rows(self, f"SELECT * FROM {_FETCHED}"))

    def _with_rows(self, rows: pyarrow.Table, use: Callable[[], T]) -> T:
        self.connection.register(_FETCHED, rows)
        try:
            return use()
        finally:
            self.connection.unregister(_FETCHED)

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first column of the first row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def columns(self, query: str) -> dict[str, str]:
        """Names and SQL types of a query's columns."""
        frame = self._frame(query)
        if frame is None:
            return {row[0]: row[1] for row in super().rows(f"DESCRIBE {query}")}
        return {field.name: sql_type(field.dataType.simpleString()) for field in frame.schema}

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        return iter(self.rows(sql)) if self._frame(sql) is not None else super().stream(sql)

    def table(self, name: str, query: str) -> None:
        """A new table with the rows of a query, there where the query runs."""
        frame = self._frame(query)
        if frame is None:
            self._forget(name)
            super().table(name, query)
            return
        frame = frame.persist()
        first = self._fetch(frame.limit(FEW + 1)) if FEW else None
        if first is None or first.num_rows > FEW:
            self.keep(name, frame)
        else:
            frame.unpersist()
            self._forget(name)
            self._with_rows(first, lambda: Engine.table(self, name, f"SELECT * FROM {_FETCHED}"))

    def gather(self, name: str, query: str) -> None:
        """A new table of the embedded engine with the rows of a query that are few."""
        frame = self._frame(query)
        self._forget(name)
        if frame is None:
            super().table(name, query)
        else:
            self._bring(name, frame)

    def group(self, name: str, keys: Mapping[str, str], number: str, aggregates: Iterable[str], source: str) -> None:
        """A new table of the embedded engine with each combination of keys; Spark hashes them itself."""
        known = (f"{sql} AS {name}" for name, sql in keys.items())
        self.gather(name, f"SELECT {', '.join([*known, *aggregates])} {source} GROUP BY {', '.join(keys.values())}")

    def hashed(self, name: str, query: str) -> None:
        """A new table of the embedded engine; Spark has hashes of its own."""
        from comity.engine.spark_sql import parsed

        frame = self._there(parsed(query))
        self._forget(name)
        self._bring(name, frame)

    def _bring(self, name: str, frame: DataFrame) -> None:
        self._with_rows(self._fetch(frame), lambda: Engine.table(self, name, f"SELECT * FROM {_FETCHED}"))

    def load(self, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
        """A new table of the embedded engine."""
        self._forget(table)
        super().load(table, columns)

    def create(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]] = ()) -> None:
        """A new table of the embedded engine."""
        self._forget(table)
        super().create(table, columns, rows)

    def distinct(self, relation: str, columns: Mapping[str, str]) -> dict[str, str]:
        """For each column a query for its distinct values: those of one type are gathered in one look at the rows."""
        if not columns or self._frame(f"SELECT * FROM {relation}") is None:
            return super().distinct(relation, columns)
        queries: dict[str, str] = {}
        for kind in dict.fromkeys(columns.values()):
            names = [name for name, other in columns.items() if other == kind]
            self._gathered += 1
            table = f"distinct_{self._gathered}"
            pairs = ", ".join(f"struct({number} AS n, {quote(name)} AS v)" for number, name in enumerate(names))
            self.gather(table, f"SELECT DISTINCT n, v FROM (SELECT inline([{pairs}]) FROM {relation})")
            queries |= {name: f"SELECT v FROM {table} WHERE n = {number}" for number, name in enumerate(names)}
        return queries

    def in_ranges(self, name: str, query: str, ranges: str) -> None:
        """A new table: the rows of a query with the range that each one's ``key`` lies in, by prefixes of keys."""
        frame = self._frame(query)
        if frame is None:
            super().in_ranges(name, query, ranges)
            return
        from comity.engine.spark_ranges import in_ranges

        self.keep(name, in_ranges(self, query, ranges).persist())

    def drop(self, *tables: str) -> None:
        """Forget tables that are needed no more; those in Spark are still read by what was made of them."""
        for table in tables:
            self._frames.pop(table.strip('"').lower(), None)
        super().drop(*tables)


def _sent_column(name: str, kind: str) -> str:
    """A column as it is sent to Spark, which has no number without a sign and none of 128 bits."""
    if kind == "UBIGINT":
        return f"TRY_CAST({quote(name)} AS BIGINT) AS {quote(name)}"  # a hash, which Spark does not look at
    return f"{quote(name)}::DECIMAL(38, 0) AS {quote(name)}" if kind == "HUGEINT" else quote(name)


def _words(sql: str) -> set[str]:
    return set(re.findall(r"\w+", sql.lower()))


def sql_type(kind: str) -> str:
    """The type of DuckDB for one of Spark."""
    if kind.startswith("array<"):
        return f"{sql_type(kind[6:-1])}[]"
    return _TYPES.get(kind, kind.upper())


def arrow_type(kind: str) -> pyarrow.DataType:
    """The type of Arrow for one of Spark."""
    import pyarrow

    if kind.startswith("array<"):
        return pyarrow.list_(arrow_type(kind[6:-1]))
    if kind == "timestamp":
        return pyarrow.timestamp("us", "UTC")
    return {"string": pyarrow.string(), "int": pyarrow.int32(), "bigint": pyarrow.int64(), "boolean": pyarrow.bool_()}[
        kind
    ]


def spark_type(kind: str) -> str:
    """The type of Spark for one of DuckDB."""
    return f"array<{spark_type(kind[:-2])}>" if kind.endswith("[]") else _SPARK_TYPES.get(kind, kind)

"""Tables of SQLite files, read by Python's own library, which has never to write beside them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote as percent

from comity.engine.duckdb import Engine, quote
from comity.evidence.table.sample import LETTERS, Sample

#: A cell of more bytes than this ends the reading of a table: the library would hold it several times over.
_LARGEST = 64 << 20
_BATCH = 100
_COLUMNS = 200
_MEMORY_KIB = 32 << 10

_VALUES = "sqlite_values"


class SqliteFile:
    """An open file; what goes wrong with it is a ``sqlite3.Error``. Use it as a context manager."""

    def __init__(self, path: Path) -> None:
        address = f"file:{percent(str(path.absolute()))}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True)
        self._connection.text_factory = lambda data: data.decode("utf-8", "replace")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
        for setting in ("trusted_schema = OFF", "query_only = ON", f"cache_size = -{_MEMORY_KIB}"):
            self._connection.execute(f"PRAGMA {setting}")

    def __enter__(self) -> SqliteFile:
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    def rows(self, query: str) -> sqlite3.Cursor:
        """The rows of a query."""
        return self._connection.execute(query)

    def names(self) -> tuple[list[str], int]:
        """The tables that hold rows of their own, and how many others there are: views, tables of extensions."""
        listed = [(name, kind) for _, name, kind, *_ in self.rows("PRAGMA main.table_list")]
        own = sorted(name for name, kind in listed if kind == "table" and not name.startswith("sqlite_"))
        return own, sum(kind in {"view", "virtual"} for _, kind in listed)

    def columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return [row[1] for row in self.rows(f"PRAGMA main.table_xinfo({quote(table)})")]


class SqliteTable:
    """One table of a file."""

    def __init__(self, file: SqliteFile, name: str, engine: Engine) -> None:
        self.name = name
        self._file, self._engine = file, engine
        self._source = f"main.{quote(name)}"

    def sample(self) -> Sample:
        """Every so many-th row."""
        ((rows,),) = self._file.rows(f"SELECT count(*) FROM {self._source}")
        names = self._file.columns(self.name)
        sample = Sample(rows, len(names))
        try:
            for first in range(0, len(names), _COLUMNS):
                self._read(names[first : first + _COLUMNS], sample)
        except sqlite3.DataError:
            sample.whole = False
            sample.stop(f"rows from the first with a cell of more than {_LARGEST >> 20} MB")
        return sample

    def people(self, field: str) -> int:
        """How many different values a field has, counted by the engine, which spills to disk."""
        values = self._file.rows(f"SELECT CAST({quote(field)} AS TEXT) FROM {self._source}")
        self._engine.create(_VALUES, {"v": "VARCHAR"}, values)
        counted = self._engine.value(f"SELECT count(DISTINCT nullif(lower(trim(v)), '')) FROM {_VALUES}")
        self._engine.run(f"DROP TABLE {_VALUES}")
        return int(counted)

    def _read(self, names: list[str], sample: Sample) -> None:
        cells = ", ".join(f"{_text(name)}, typeof({quote(name)}) = 'blob'" for name in names)
        listed = ", ".join(map(quote, names))
        numbered = f"SELECT {listed}, row_number() OVER () AS comity_row FROM {self._source}"
        cursor = self._file.rows(f"SELECT {cells} FROM ({numbered}) WHERE (comity_row - 1) % {sample.step} = 0")
        while sample.wants(names) and (batch := cursor.fetchmany(_BATCH)):
            columns = list(zip(*batch, strict=True))
            for number, name in enumerate(names):
                sample.add(name, columns[2 * number])
                if any(columns[2 * number + 1]):
                    sample.leave("binary values", name)


def _text(name: str) -> str:
    cell = quote(name)
    return f"CASE WHEN typeof({cell}) <> 'blob' THEN substr(CAST({cell} AS TEXT), 1, {LETTERS + 1}) END"

"""Databases by their address: PostgreSQL and MySQL, read through the engine's extensions for them.

    postgresql://user@host:5432/database        mysql://user:password@host/database

The first rows of every table are read, and nothing is written. An extension is never fetched: where it is not
installed, an error says how to install it. A password stands in no report and in no error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import duckdb

from comity.engine.duckdb import Engine, literal
from comity.errors import EvidenceError
from comity.evidence.base import FactTables, Reading
from comity.evidence.table.files import attached_tables
from comity.evidence.table.sample import ROWS, Table
from comity.evidence.table.stores import add_stores, reason

_EXTENSIONS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}

#: As a path, an address has lost one of its slashes.
_SCHEME = re.compile(rf"(?:{'|'.join(_EXTENSIONS)}):/")
_ADDRESS = re.compile(
    r"(?P<scheme>\w+):/{1,2}(?:(?P<user>[^:@/]*)(?P<password>:.*)?@)?"
    r"(?P<host>\[[^\]]*\]|[^:/?#@\[]*)(?P<port>:\d{1,5})?/(?P<database>[^/?#]+)",
    re.DOTALL,
)

_ATTACHED = "evidence_database"

#: Tables that hold rows of their own, in the words of the database: a view is code, and may take any time.
_LISTINGS = {
    "postgres": "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$)'",
    "mysql": "SELECT table_schema, table_name FROM information_schema.tables "
    "WHERE table_type = 'BASE TABLE' AND table_schema = database()",
}
_LOGIN = "evidence_login"


@dataclass(frozen=True)
class Database:
    """Where a database is; its text is the address without the password."""

    scheme: str
    user: str
    password: str
    host: str
    port: str
    database: str

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}/{self.database}"

    @property
    def extension(self) -> str:
        """The extension of the engine that reads it."""
        return _EXTENSIONS[self.scheme]

    def secret(self) -> Mapping[str, str]:
        """What the engine must know to connect."""
        names = ("user", "password", "host", "port", "database")
        known = {name: unquote(getattr(self, name)).strip("[]" * (name == "host")) for name in names}
        return {name: value for name, value in known.items() if value}

    def error(self, summary: str, help: str | None = None) -> EvidenceError:
        """An error about this database."""
        return EvidenceError("evidence", f"`{self}` can't be read: {summary}", help=help)


def database_at(path: str) -> Database | None:
    """The database that a path is the address of, None for a file. Raises ``EvidenceError`` for half an address."""
    if not _SCHEME.match(path):
        return None
    match = _ADDRESS.fullmatch(path)
    if match is None:
        # It is not shown: nobody can tell which part of it is a password.
        help = "such as postgresql://user@host:5432/database; options belong in the environment (PGSSLMODE)"
        raise EvidenceError("evidence", "an address of a database that can't be understood", help=help)
    parts = {name: part or "" for name, part in match.groupdict().items()}
    return Database(**{**parts, "password": parts["password"][1:], "port": parts["port"][1:]})


def read_database(number: int, database: Database, tables: FactTables) -> Reading:
    """Read the first rows of every table. Raises ``EvidenceError`` where the database can't be reached or read."""
    engine = tables.engine
    _load(engine, database)
    reading = Reading("table")
    try:
        _attach(engine, database)
        reading.notes.append("views and foreign tables are not read")
        add_stores(number, _tables(engine, database), tables, reading)
    except duckdb.Error as error:
        raise database.error(_reason(error, database)) from None
    finally:
        engine.run(f"DETACH DATABASE IF EXISTS {_ATTACHED}")
        engine.run(f"DROP SECRET IF EXISTS {_LOGIN}")
    return reading


def _load(engine: Engine, database: Database) -> None:
    try:
        engine.run(f"LOAD {database.extension}")
    except duckdb.Error:
        install = f"python -c \"import duckdb; duckdb.sql('INSTALL {database.extension}')\""
        raise database.error(
            f"the engine's extension `{database.extension}` is not installed",
            help=f"to install it, run once: {install}",
        ) from None


def _attach(engine: Engine, database: Database) -> None:
    known = ", ".join(f"{name} {literal(value)}" for name, value in database.secret().items())
    engine.run(f"CREATE OR REPLACE TEMPORARY SECRET {_LOGIN} (TYPE {database.extension}, {known})")
    engine.run(f"ATTACH '' AS {_ATTACHED} (TYPE {database.extension}, SECRET {_LOGIN}, READ_ONLY)")


def _tables(engine: Engine, database: Database) -> Iterator[Table]:
    asked = literal(_LISTINGS[database.extension])
    listing = f"SELECT * FROM {database.extension}_query('{_ATTACHED}', {asked}) ORDER BY ALL"
    plain = "public" if database.extension == "postgres" else unquote(database.database)
    return attached_tables(engine, _ATTACHED, listing, plain, ROWS)


def _reason(error: duckdb.Error, database: Database) -> str:
    """What went wrong, without the password."""
    shown = reason(error)
    for secret in filter(None, (database.password, unquote(database.password))):
        shown = shown.replace(secret, "…")
    return shown

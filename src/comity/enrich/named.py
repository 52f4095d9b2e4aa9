"""What is known of the parties that facts name, of stores that are ours, of suppliers: for every kind but flows.

A flow's ends are known by host and address (`flows`); everything else names its parties. What a record says itself goes
before what is found here, but for one thing: a party that the profile or the register knows gets the name it has there,
so that `HUAWEI TECHNOLOGIES CO LTD` and `Huawei Technologies Co., Ltd.` are one.
"""

from __future__ import annotations

import fnmatch
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from comity.engine.duckdb import Engine, quote
from comity.enrich.dimension import Dimension
from comity.enrich.parties import COLUMNS, Known, content, of_recipient, own_party, register
from comity.profile import Profile, Supplier, System
from comity.vocabulary import Kind

#: Ends of names that say the legal form of a company and nothing else.
_FORMS = frozenset(
    """inc incorporated llc llp lp ltd limited co corp corporation company gmbh mbh kg kgaa ag se sa sas sarl sl slu bv
    nv ab oy oyj as asa aps plc pte pty kk spa srl sro zoo doo ooo pao ao pjsc jsc oao bhd sdn tbk pt cv""".split()
)

#: Whose a fact is when it does not say: the party judged.
_OWN = {"store": "holder", "request": "holder"}

#: What a profile says of a supplier beside what is said of any party.
_SUPPLY = {"alternatives": "BIGINT"}

_STORED = {
    "subjects": "VARCHAR[]",
    "origin": "VARCHAR[]",
    "data": "VARCHAR[]",
    "personal": "BOOLEAN",
    "sensitive": "BOOLEAN",
    "important": "BOOLEAN",
    "basis": "VARCHAR",
    "reason": "VARCHAR",
    "product": "VARCHAR",
    "place": "VARCHAR",
}

#: Attributes for which a profile that is complete means none where it says nothing.
_NONE_SAID = ("basis", "reason")


@functools.lru_cache(maxsize=100_000)
def plain_name(name: str) -> str:
    """A party's name for comparison: lower case, no accents and punctuation, no legal form at the end, no article."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    words = re.sub(r"[^\w\s]", " ", re.sub(r"['’.]|[\u0300-\u036f]", "", letters)).split()
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


class NamedParties:
    """Builds the dimensions of facts that name their parties."""

    def __init__(self, engine: Engine, profile: Profile, files: Mapping[int, str]) -> None:
        self._engine, self._profile, self._files = engine, profile, files
        self._own = own_party(profile)
        described = [_of_supplier(supplier) for supplier in profile.suppliers]
        described += [of_recipient(recipient) for recipient in profile.recipients]
        self._by_name: dict[str, Known] = {}
        for known in (self._own, *described, *register()):
            self._by_name.setdefault(plain_name(str(known.values.get("name") or "")), known)
        for supplier, known in zip(profile.suppliers, described, strict=False):
            self._by_name |= {plain_name(name): known for name in supplier.match if not _is_purl(name)}

    def dimensions(self, kind: Kind, relation: str, columns: Mapping[str, str]) -> tuple[Dimension, ...]:
        """The dimensions for a relation of facts of a kind with the given columns."""
        parties = [name.removesuffix(".name") for name in kind.by_name if name.endswith(".name")]
        found = [self._party(kind, party, relation, columns) for party in parties]
        if kind.name == "store":
            found.append(self._stores(relation, columns))
        return tuple(dimension for dimension in found if dimension)

    def named_alike(self, kind: Kind, relation: str, columns: Mapping[str, str]) -> str:
        """The facts with each party under the name by which the profile or the register knows it."""
        alike, joins = [], []
        for number, column in enumerate(c for c in kind.by_name if c.endswith(".name") and c in columns):
            names = self._engine.rows(f"SELECT DISTINCT {quote(column)} FROM ({relation}) WHERE {quote(column)} <> ''")
            found = [
                (name, known.values["name"]) for (name,) in names if (known := self._by_name.get(plain_name(name)))
            ]
            other = [(name, known) for name, known in found if name != known]
            if other:
                table = f"{kind.name}_names_{number}"
                self._engine.create(table, {"written": "VARCHAR", "known": "VARCHAR"}, other)
                joins.append(f"LEFT JOIN {table} n{number} ON f.{quote(column)} = n{number}.written")
                alike.append(f"coalesce(n{number}.known, f.{quote(column)}) AS {quote(column)}")
        return f"SELECT f.* REPLACE ({', '.join(alike)}) FROM ({relation}) f {' '.join(joins)}" if alike else relation

    def _party(self, kind: Kind, party: str, relation: str, columns: Mapping[str, str]) -> Dimension | None:
        """What is known of one party of a kind by its name; of a supplier also by package URLs."""
        wanted = [f"{party}.name"] + (["purl"] if party == "supplier" and any(self._patterns()) else [])
        keys = tuple((name, "VARCHAR") for name in wanted if name in columns)
        ours = _OWN.get(kind.name) == party and self._profile.party is not None
        if not keys and not ours:
            return None
        supply = _SUPPLY if party == "supplier" else {}
        given = {f"{party}.{name}": type for name, type in COLUMNS.items()} | supply
        rows = []
        for row in self._distinct(f"{kind.name}_{party}", keys, relation):
            names = dict(zip((name for name, _ in keys), row, strict=True))
            known = self._known(names.get(f"{party}.name") or "", names.get("purl") or "", ours)
            rows.append((*row, *(known.get(name) for name in (*COLUMNS, *supply))))
        return self._table(f"{kind.name}_{party}", keys, given, rows)

    def _known(self, name: str, purl: str, ours: bool) -> Mapping[str, Any]:
        if name:
            known = self._by_name.get(plain_name(name))
        else:
            by_purl = (known for pattern, known in self._patterns() if purl and fnmatch.fnmatchcase(purl, pattern))
            known = self._own if ours else next(by_purl, None)
        return known.values if known else {}

    def _patterns(self) -> Iterator[tuple[str, Known]]:
        for supplier in self._profile.suppliers:
            yield from ((pattern, _of_supplier(supplier)) for pattern in supplier.match if _is_purl(pattern))

    def _stores(self, relation: str, columns: Mapping[str, str]) -> Dimension | None:
        """What the profile says of stores, by the patterns of their names or by the file that tells of them."""
        systems = self._profile.systems
        keys = tuple((name, kind) for name, kind in (("name", "VARCHAR"), ("file", "INTEGER")) if name in columns)
        if not systems and not self._profile.complete:
            return None
        rows = []
        for row in self._distinct("store_system", keys, relation):
            names = dict(zip((name for name, _ in keys), row, strict=True))
            system = self._system(names.get("name"), self._files.get(names["file"], ""))
            said = _of_system(system)
            if self._profile.complete:
                said |= {name: said.get(name) or "none" for name in _NONE_SAID}
            rows.append((*row, *(said.get(name) for name in _STORED)))
        return self._table("store_system", keys, _STORED, rows)

    def _system(self, store: str | None, file: str) -> System | None:
        by_name = (s for s in self._profile.systems if any(fnmatch.fnmatchcase(store or "", p) for p in s.stores))
        by_file = (s for s in self._profile.systems if any(file_matches(file, pattern) for pattern in s.captures))
        return next(by_name, None) or next(by_file, None)

    def _distinct(self, table: str, keys: Sequence[tuple[str, str]], relation: str) -> list[tuple[Any, ...]]:
        if not keys:
            return [()]
        return self._engine.rows(f"{Dimension(table, tuple(keys), ()).distinct(relation)} ORDER BY ALL")

    def _table(
        self, table: str, keys: tuple[tuple[str, str], ...], given: Mapping[str, str], rows: Iterable[Sequence[Any]]
    ) -> Dimension:
        self._engine.create(table, {f"key_{name}": type for name, type in keys} | dict(given), rows)
        return Dimension(table, keys, tuple(given))


def _is_purl(pattern: str) -> bool:
    return pattern.startswith("pkg:")


def file_matches(path: str, pattern: str) -> bool:
    """Whether a file is meant by a pattern of a profile: its path, its name, or the end of its path."""
    return (
        fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(PurePath(path).name, pattern) or path.endswith(f"/{pattern}")
    )


def _of_supplier(supplier: Supplier) -> Known:
    """A supplier as the profile describes it, over what the register knows of its name."""
    names = [supplier.name, *(name for name in supplier.match if not _is_purl(name))]
    found = next((known for known in map(_registered, filter(None, names)) if known), None)
    said = {name: getattr(supplier, name, None) for name in (*COLUMNS, *_SUPPLY)}
    plain = {name: sorted(value) if isinstance(value, tuple) else value for name, value in said.items()}
    values = {**(found.values if found else {}), **{name: v for name, v in plain.items() if v is not None}}
    return Known((), (), {"name": next(filter(None, names), None), **values})


@functools.cache
def _register_names() -> dict[str, Known]:
    return {plain_name(str(known.values["name"])): known for known in register()}


def _registered(name: str) -> Known | None:
    return _register_names().get(plain_name(name))


def _of_system(system: System | None) -> dict[str, Any]:
    if system is None:
        return {}
    said = {name: getattr(system, name, None) for name in _STORED}
    return {n: sorted(v) if isinstance(v, tuple) else v for n, v in said.items()} | content(system.data)

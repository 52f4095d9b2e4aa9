"""Places: from an IP address to the jurisdiction and the network it stands in, offline.

A table of address ranges is shipped (``scripts/build_places.py`` makes it); any MMDB file can take its stead. Beside
it stands ``special_addresses.csv``: the prefixes that are everywhere, nowhere or close by. What is not known is null:

=========== ====================================================================================== ===== =======
nature      which addresses                                                                        place network
=========== ====================================================================================== ===== =======
public      global unicast; null for edges of CDNs, 6to4 and Teredo: they don't tell who answers   yes   yes
anycast     served from many countries at once: big resolvers, root servers, CDNs, load balancers  null  yes
private     private use, unique local, and 100.64.0.0/10, shared by the customers of a carrier     null  null
loopback    the machine itself                                                                     null  null
link-local  one link only                                                                          null  null
multicast   many receivers                                                                         null  null
reserved    documentation, benchmarking, broadcast, unspecified, future use                        null  null
invalid     no IP address                                                                          null  null
=========== ====================================================================================== ===== =======

IPv4 dressed as IPv6 (``::ffff:1.2.3.4``, and ``64:ff9b::/96``, by which NAT64 writes it) is IPv4. Zones (``%eth0``)
don't count. IPv6 is looked up by its leading 64 bits: where a /64 is divided among several places, none is told.
"""

from __future__ import annotations

import csv
import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path

from comity.engine.duckdb import Engine, literal, quote
from comity.enrich.addresses import in_networks, key_of, keyed, number
from comity.errors import Place, UsageError

_HERE = Path(__file__).parent
_ABOUT = json.loads((_HERE / "places.json").read_text(encoding="utf-8"))
_JURISDICTIONS = frozenset(_ABOUT["jurisdictions"].split())
_LOCATED = {
    "address": "VARCHAR",
    "key": "VARCHAR",
    "place": "VARCHAR",
    "network": "BIGINT",
    "network_name": "VARCHAR",
    "nature": "VARCHAR",
}

#: How the keys of IPv4 dressed as IPv6 begin.
_DRESSES = tuple(key_of(prefix)[:25] for prefix in ("::ffff:0:0", "64:ff9b::"))
_OWN = {"address": "VARCHAR", "place": "VARCHAR", "network": "BIGINT", "name": "VARCHAR"}


@dataclass(frozen=True)
class Table:
    """Where places come from, as reports show it: data of this kind goes out of date."""

    name: str
    source: str
    date: str


class Places:
    """Tells places and networks by the shipped table."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def locate(self, engine: Engine, addresses: str, into: str) -> None:
        """Fill a new table ``into``: address, key (see ``addresses``), place, network, network_name, nature.

        It gets a row for each distinct address, not null, in the column ``address`` of the table or view ``addresses``.
        """
        if not engine.rows(f"SELECT 1 FROM {quote(addresses)} WHERE address IS NOT NULL LIMIT 1"):
            engine.create(into, _LOCATED)
            return
        own = f"{into}_own"
        seen, found, names = (quote(f"{into}_{part}") for part in ("seen", "found", "names"))
        _see(engine, addresses, into)
        place = self._overlay(engine, seen, own)
        engine.in_ranges(found, f"SELECT * FROM {seen}", _shipped_ranges(engine, seen))
        engine.table(names, f"SELECT * FROM read_parquet({literal(str(_HERE / 'networks.parquet'))})")
        engine.table(
            quote(into),
            f"""
            SELECT found.address, found.written AS key, CASE WHEN placed THEN {place} END AS place,
                coalesce(own.network, found.network) AS network, coalesce(own.name, names.name) AS network_name, nature
            FROM {found} AS found
            LEFT JOIN {quote(own)} AS own ON own.address = found.address
            LEFT JOIN {names} AS names ON names.network = coalesce(own.network, found.network)""",
        )
        engine.drop(seen, quote(own), found, names)

    def _overlay(self, engine: Engine, seen: str, own: str) -> str:
        """Put what another source knows into a new table ``own``; returns the column that places come from."""
        engine.create(own, _OWN)
        return "found.place"


class _Mmdb(Places):
    """Tells places by an MMDB file, and networks too where it knows them."""

    def __init__(self, path: Path) -> None:
        import maxminddb  # here, as it costs time and few need it

        self._path = path
        try:
            # Looked over by the reader in plain Python: the one in C, ten times as fast, may crash on a damaged file.
            with maxminddb.open_database(path, maxminddb.MODE_MMAP) as careful:
                about = careful.metadata()
                sample = [_record(record) for _, record in islice(careful, 2_000)]
            date = datetime.fromtimestamp(about.build_epoch, UTC).date().isoformat()
            self._reader, self._ip_version = maxminddb.open_database(path), about.ip_version
        except Exception as error:  # a damaged file may lead the reader to any of them
            raise self._unusable(error) from None
        self._has_places = any(place for place, _, _ in sample)
        if not self._has_places and not any(network for _, network, _ in sample):
            raise self._unusable("its records hold no country and no network")
        base = shipped().table
        lacking = f"networks it lacks: {base.name} of {base.date}" if self._has_places else f"places: {base.name}"
        super().__init__(Table(str(about.database_type) or path.stem, f"{path} ({lacking})", date))

    def _unusable(self, why: Exception | str) -> UsageError:
        if isinstance(why, Exception):
            why = str(why.strerror).lower() if isinstance(why, OSError) else "it is not an MMDB file, or a damaged one"
        return UsageError(
            "places",
            f"`{self._path.name}` can't tell places: {why}",
            Place(str(self._path)),
            "give an MMDB file whose records have `country.iso_code`, `country_code` or `autonomous_system_number`",
        )

    def _overlay(self, engine: Engine, seen: str, own: str) -> str:
        asked = engine.rows(f"SELECT address, undressed FROM {seen} WHERE key IS NOT NULL")
        try:
            known = [(address, *_record(self._get(key))) for address, key in asked]
        except Exception as error:
            raise self._unusable(error) from None
        engine.create(own, _OWN, known)
        return "own.place" if self._has_places else "found.place"

    def _get(self, key: str) -> object:
        if key.startswith("4"):
            return self._reader.get(ipaddress.IPv4Address(int(key[1:], 16)))
        return None if self._ip_version == 4 else self._reader.get(ipaddress.IPv6Address(int(key[1:], 16)))


@cache
def shipped() -> Places:
    """Places by the table that comes with Comity."""
    return Places(Table(_ABOUT["name"], _ABOUT["source"], _ABOUT["date"]))


def from_mmdb(path: Path) -> Places:
    """Places by an MMDB file; networks that it lacks (places, if it has none at all) come from the shipped table."""
    return _Mmdb(path)


@cache
def _special() -> list[tuple[str, str]]:
    """The listed prefixes with their natures."""
    with (_HERE / "special_addresses.csv").open(encoding="utf-8", newline="") as file:
        return [(row["prefix"], row["nature"]) for row in csv.DictReader(file)]


def _see(engine: Engine, addresses: str, into: str) -> None:
    """A table of the distinct addresses: address, written, undressed (the key of each), nature, placed, key.

    ``placed`` says whether a place may be told, and ``key`` is the number that the shipped table is asked for.
    """
    keys, natured = f"{into}_keys", f"{into}_natured"
    distinct = f"SELECT DISTINCT address FROM {quote(addresses)} WHERE address IS NOT NULL"
    undressed = f"CASE WHEN left(key, 25) IN {_DRESSES} THEN '4' || right(key, 8) ELSE key END"
    engine.table(quote(keys), f"SELECT address, key AS written, {undressed} AS undressed FROM ({keyed(distinct)})")
    special = {"nature": _special()}
    in_networks(engine, natured, f"SELECT * FROM {quote(keys)}", {"nature": "VARCHAR"}, special, "undressed")
    leading = f"CASE WHEN undressed < '5' THEN {number('undressed', 8)} ELSE {number('undressed', 16)} END"
    engine.table(
        quote(f"{into}_seen"),
        "SELECT address, written, undressed, undressed IS NOT NULL AND nature IS NULL AS placed, "
        "coalesce(nature, CASE WHEN undressed IS NULL THEN 'invalid' ELSE 'public' END) AS nature, "
        f"CASE WHEN nature IS NULL OR nature IN ('public', 'anycast') THEN {leading} END AS key FROM {quote(natured)}",
    )
    engine.drop(quote(keys), quote(natured))


def _shipped_ranges(engine: Engine, seen: str) -> str:
    """A query of the shipped ranges (start, place, network), only those of the IP versions that occur."""
    first, last = engine.rows(f"SELECT coalesce(min(key), 0), coalesce(max(key), 0) FROM {seen}")[0]
    ranges = (
        "SELECT start::BIGINT AS start, place, network "
        f"FROM read_parquet({literal(str(_HERE / 'places.parquet'))}) WHERE start <= {last}"
    )
    return ranges if first < 2**32 else f"{ranges} AND start >= {2**32}"


def _at(record: object, *keys: str) -> object:
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _record(record: object) -> tuple[str | None, int | None, str | None]:
    """Place, network and its name, by the field names that the makers of MMDB files use."""
    countries = (("country", "iso_code"), ("registered_country", "iso_code"), ("country_code",), ("country",))
    codes = (str(_at(record, *keys)).upper() for keys in countries if not _at(record, "traits", "is_anycast"))
    number = str(_at(record, "autonomous_system_number") or _at(record, "asn")).upper().removeprefix("AS")
    network = int(number) if number.isdecimal() and 0 < int(number) < 2**32 else None
    name = _at(record, "autonomous_system_organization") or _at(record, "as_name")
    place = next((code for code in codes if code in _JURISDICTIONS), None)
    return place, network, name if network and isinstance(name, str) else None

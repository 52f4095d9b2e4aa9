"""Parties: host name or AS number → who runs the receiving end, where that party is seated, who controls it.

The shipped register (``parties.csv``, a source per row) covers widely met operators; what a profile says of a recipient
goes before it. An empty cell means not known.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.categories import derived_from_data
from comity.enrich.dated import written
from comity.profile import Certification, Profile, Recipient, is_network

REGISTER = Path(__file__).parent / "parties.csv"

#: The day on which the register was last gone through.
REGISTER_DATE = "2026-11-22"

#: Columns of the table of parties, with SQL types: what a party brings to the end at which it stands.
COLUMNS = {
    "name": "VARCHAR",
    "role": "VARCHAR",
    "seat": "VARCHAR[]",
    "established": "VARCHAR[]",
    "controlled_by": "VARCHAR[]",
    "influenced_by": "VARCHAR[]",
    "serves": "VARCHAR[]",
    "handles": "BIGINT",
    "certifications": "VARCHAR[]",
    "listed": "VARCHAR[]",
}

#: What is agreed with a party or said of what it gets; only a profile knows.
TERMS = {
    "safeguards": "VARCHAR[]",
    "agreement": "VARCHAR",
    "purpose": "VARCHAR",
    "basis": "VARCHAR",
    "place": "VARCHAR",
    "data": "VARCHAR[]",
    "personal": "BOOLEAN",
    "sensitive": "BOOLEAN",
    "important": "BOOLEAN",
}


@dataclass(frozen=True)
class Known:
    """A party as register or profile know it: suffixes of host names, AS numbers, ranges of addresses (CIDR).

    ``values`` are for ``COLUMNS`` and ``TERMS``.
    """

    suffixes: tuple[str, ...]
    networks: tuple[int, ...]
    values: Mapping[str, Any]
    ranges: tuple[str, ...] = ()

    @property
    def is_carrier(self) -> bool:
        """Whether its networks tell who carries the data, not who receives it."""
        return self.values.get("role") == "provider"


@functools.cache
def register() -> tuple[Known, ...]:
    """The shipped register."""
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return tuple(_registered(row) for row in csv.DictReader(file))


def _registered(row: Mapping[str, str]) -> Known:
    lists = {name: row[name].split() or None for name in ("seat", "established", "controlled_by")}
    networks = tuple(int(number.removeprefix("AS")) for number in row["networks"].split())
    return Known(tuple(row["domains"].split()), networks, {"name": row["name"], "role": row["role"] or None, **lists})


def of_recipient(recipient: Recipient) -> Known:
    """A party as a profile describes it, over what the register knows of its hosts and networks.

    Certifications and safeguards left out mean none.
    """
    ranges = tuple(m for m in recipient.match if is_network(m))
    hosts = tuple(m.removeprefix("*.") for m in recipient.match if not m.startswith("AS") and m not in ranges)
    networks = tuple(int(m.removeprefix("AS")) for m in recipient.match if m.startswith("AS"))
    said = {name: _plain(getattr(recipient, name, None)) for name in (*COLUMNS, *TERMS)}
    said["certifications"] = certifications(recipient.certifications)
    base = _registered_values(hosts, networks)
    values = {**base, **{name: value for name, value in said.items() if value is not None}, **content(recipient.data)}
    if not values.get("name"):
        values["name"] = recipient.match[0].removeprefix("*.")
    return Known(hosts, networks, values, ranges)


def _registered_values(hosts: tuple[str, ...], networks: tuple[int, ...]) -> Mapping[str, Any]:
    """What the register says of the first of some hosts and networks that it knows."""
    matcher = register_matcher()
    numbers = [*map(matcher.of_host, hosts), *map(matcher.by_network.get, networks)]
    found = next((number for number in numbers if number is not None), None)
    return {} if found is None else register()[found].values


def own_party(profile: Profile) -> Known:
    """The party judged."""
    party = profile.party
    if party is None:
        return Known((), (), {})
    values = {name: _plain(getattr(party, name)) for name in COLUMNS if hasattr(party, name)}
    held = certifications(party.certifications or ()) if party.certifications is not None or party.complete else None
    listed = [] if party.complete and party.listed is None else values["listed"]
    return Known((), (), {**values, "certifications": held, "listed": listed})


def content(data: Iterable[str] | None) -> dict[str, Any]:
    """Categories of data and what they imply; nothing where they are not known."""
    return {} if data is None else {"data": sorted(data), **derived_from_data(data)}


def certifications(held: Iterable[Certification]) -> list[str]:
    """Certifications as fact tables hold them, with their days."""
    return sorted(written(c.name, c.start, c.end) for c in held)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value


class Matcher:
    """Finds the party of a host name (longest suffix wins), of an AS number, of a name."""

    def __init__(self, parties: Iterable[Known], first: int, carriers: bool = True) -> None:
        """``first`` is the number of the first party; without ``carriers`` their networks tell nothing."""
        self.by_suffix: dict[str, int] = {}
        self.by_network: dict[int, int] = {}
        self.by_name: dict[str, int] = {}
        for number, known in enumerate(parties, first):
            self.by_suffix.update(dict.fromkeys(known.suffixes, number))
            if carriers or not known.is_carrier:
                self.by_network.update(dict.fromkeys(known.networks, number))
            self.by_name.setdefault(str(known.values.get("name")), number)

    def of_host(self, host: str) -> int | None:
        """The number of the party that runs a host."""
        labels = host.split(".")
        return next(
            (n for start in range(len(labels)) if (n := self.by_suffix.get(".".join(labels[start:]))) is not None),
            None,
        )


@functools.cache
def register_matcher() -> Matcher:
    """The matcher over the shipped register; numbers are its rows."""
    return Matcher(register(), 0, carriers=False)

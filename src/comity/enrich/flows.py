"""What can be known of the two ends of a flow: places, parties, our own systems. One row per distinct end.

What a record gives itself always goes before what is derived here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.categories import AND_MORE, SENSITIVE_DATA
from comity.engine.duckdb import Engine, literal, quote
from comity.enrich.addresses import in_networks
from comity.enrich.dimension import Dimension, later_name
from comity.enrich.domains import in_domains
from comity.enrich.named import file_matches
from comity.enrich.parties import (
    COLUMNS,
    TERMS,
    Known,
    Matcher,
    content,
    of_recipient,
    own_party,
    register,
)
from comity.enrich.places import Places
from comity.profile import Profile

_RECIPIENT_KEYS = {"host": "VARCHAR", "address": "VARCHAR", "network": "BIGINT", "recipient.name": "VARCHAR"}
_SENDER_KEYS = {"source": "VARCHAR", "sender.name": "VARCHAR", "client": "BOOLEAN"}

#: What a system brings to a flow that leaves or enters it.
_SYSTEM = {
    "place": "VARCHAR",
    "subjects": "VARCHAR[]",
    "origin": "VARCHAR[]",
    "data": "VARCHAR[]",
    "personal": "BOOLEAN",
    "sensitive": "BOOLEAN",
    "important": "BOOLEAN",
    "purpose": "VARCHAR",
    "basis": "VARCHAR",
    "critical": "BOOLEAN",
    "product": "VARCHAR",
}

#: What a system says of the data it handles, and so of flows that leave it; of flows that enter it only where the
#: sending side says nothing.
_CONTENT = tuple(name for name in _SYSTEM if name not in ("place", "critical"))


@dataclass(frozen=True)
class _Own:
    """Our systems as they are matched: by address, by host name, by evidence file."""

    profile: Profile
    files: Mapping[int, str]

    def of_file(self) -> list[tuple[int, int]]:
        """(file number, system number) of evidence recorded on a system."""
        return [
            (file, number)
            for file, path in self.files.items()
            for number, system in enumerate(self.profile.systems)
            if any(file_matches(path, pattern) for pattern in system.captures)
        ]

    def of_host(self, host: str) -> str:
        """SQL for the system that answers to a host name: the one with the longest pattern, the first of equals."""
        patterns = ((pattern, n) for n, system in enumerate(self.profile.systems) for pattern in system.hosts)
        each = sorted(patterns, key=lambda item: (-len(item[0]), item[1]))
        cases = []
        for pattern, number in each:
            below = f" OR ends_with({host}, {literal(pattern[1:])})" if pattern.startswith("*.") else ""
            cases.append(f"WHEN {host} = {literal(pattern.removeprefix('*.'))}{below} THEN {number}")
        return f"CASE {' '.join(cases)} END" if cases else "NULL::INTEGER"


def host_matches(host: str, pattern: str) -> bool:
    """``*.example.org`` matches everything below ``example.org`` and itself; else the names are equal."""
    base = pattern.removeprefix("*.")
    return host == base or (pattern.startswith("*.") and host.endswith(f".{base}"))


class FlowEnrichment:
    """Builds the dimensions of flows in the engine."""

    def __init__(self, engine: Engine, profile: Profile, places: Places, files: Mapping[int, str]) -> None:
        self._engine, self._profile, self._places = engine, profile, places
        self._own = _Own(profile, files)
        self._described = [of_recipient(recipient) for recipient in profile.recipients]

    def dimensions(self, relation: str, columns: Mapping[str, str]) -> tuple[Dimension, ...]:
        """The dimensions for a relation of flows with the given columns, nearest to the record first."""
        recipient_keys = tuple((k, t) for k, t in _RECIPIENT_KEYS.items() if k in columns)
        sender_keys = [(k, t) for k, t in _SENDER_KEYS.items() if k in columns]
        captured = self._own.of_file()
        if captured:
            sender_keys.append(("file", "INTEGER"))
        recipients = Dimension("recipients", recipient_keys, (), True)
        senders = Dimension("senders", tuple(sender_keys), ())
        for dimension in (recipients, senders):
            if dimension.keys:
                keys = dimension.distinct(relation)
                self._engine.table(_keys_of(dimension), keys)
        self._locate(dict(recipient_keys), dict(sender_keys))
        self._name_parties(dict(recipient_keys), dict(sender_keys))
        self._engine.create("captured", {"file": "INTEGER", "system": "INTEGER"}, captured)
        self._both = bool(recipient_keys and sender_keys)
        built = [self._recipients(recipients)] if recipient_keys else []
        return (*built, *([self._senders(senders, bool(captured))] if sender_keys else ()))

    # Lookups ---------------------------------------------------------------------------------------------------------

    def _locate(self, recipient_keys: Mapping[str, str], sender_keys: Mapping[str, str]) -> None:
        """``located``: address → place, network, system."""
        parts = ["SELECT NULL::VARCHAR AS address"]
        if "address" in recipient_keys:
            parts.append("SELECT key_address FROM recipients_keys WHERE key_address <> ''")
        if "source" in sender_keys:
            parts.append("SELECT key_source FROM senders_keys WHERE key_source <> ''")
        self._engine.table("addresses", " UNION ".join(parts))
        self._places.locate(self._engine, "addresses", "located")
        systems = [(network, n) for n, system in enumerate(self._profile.systems) for network in system.networks]
        described = [(network, n) for n, known in enumerate(self._described, 1) for network in known.ranges]
        found = {"system": "INTEGER", "described": "INTEGER"}
        if systems or described:
            networks = {"system": systems, "described": described}
            in_networks(self._engine, "asked_addresses", "SELECT address, key FROM located", found, networks)
            known = "SELECT * FROM asked_addresses WHERE system IS NOT NULL OR described IS NOT NULL"
            self._engine.table("known_addresses", known)
        else:
            self._engine.create("known_addresses", {"address": "VARCHAR", **found})
        self._engine.create("systems", {"number": "INTEGER", **_SYSTEM}, self._systems())

    def _systems(self) -> Iterable[tuple[Any, ...]]:
        for number, system in enumerate(self._profile.systems):
            values = {
                "place": system.place,
                "subjects": _list(system.subjects),
                "origin": _list(system.origin),
                "important": system.important,
                "purpose": system.purpose,
                "basis": system.basis,
                "critical": False if system.critical is None and self._profile.complete else system.critical,
                "product": system.product,
                **content(system.data),
            }
            yield (number, *(values.get(name) for name in _SYSTEM))

    def _name_parties(self, recipient_keys: Mapping[str, str], sender_keys: Mapping[str, str]) -> None:
        """``parties`` and the lookups of their numbers: ``host_parties``, ``network_parties``, ``name_parties``."""
        described, own = self._described, own_party(self._profile)
        everyone: list[Known] = [own, *described, *register()]
        ours, widely_met = Matcher(described, 1), Matcher(register(), 1 + len(described), carriers=False)
        names = (*COLUMNS, *TERMS)
        rows = [(number, *(known.values.get(name) for name in names)) for number, known in enumerate(everyone)]
        self._engine.create("parties", {"number": "INTEGER", **COLUMNS, **TERMS}, rows)
        number = "INTEGER"
        columns = {"host": "VARCHAR", "domain": "VARCHAR", "described": number, "registered": number, "system": number}
        if "host" in recipient_keys:
            hosts = "SELECT DISTINCT key_host AS host FROM recipients_keys WHERE key_host <> ''"
            domains = {"described": ours.by_suffix, "registered": widely_met.by_suffix}
            in_domains(self._engine, "host_domains", hosts, domains)
            found = f"SELECT *, {self._own.of_host('host')} AS system FROM host_domains"
            self._engine.table("host_parties", found)
        else:
            self._engine.create("host_parties", columns)
        networks = {**widely_met.by_network, **ours.by_network}
        self._engine.create(
            "network_parties",
            {"network": "BIGINT", "described": number, "registered": number},
            [(n, ours.by_network.get(n), widely_met.by_network.get(n)) for n in sorted(networks)],
        )
        own_name = {own.values["name"]: 0} if own.values.get("name") else {}
        by_name = {**widely_met.by_name, **ours.by_name, **own_name}
        named = "recipient.name" in recipient_keys or "sender.name" in sender_keys
        self._engine.create("name_parties", {"name": "VARCHAR", "party": number}, by_name.items() if named else ())

    # Ends ------------------------------------------------------------------------------------------------------------

    def _recipients(self, dimension: Dimension) -> Dimension:
        """The receiving ends. A host that nobody knows is not taken for the network on which it is hosted."""
        keys = dict(dimension.keys)
        host, address, network, name = (
            f"nullif(k.{quote(f'key_{key}')}, {'-1' if kind == 'BIGINT' else chr(39) * 2})" if key in keys else "NULL"
            for key, kind in _RECIPIENT_KEYS.items()
        )
        system = "coalesce(h.system, ka.system)"
        party = (
            f"coalesce(n.party, CASE WHEN {system} IS NOT NULL THEN 0 END, h.described, ka.described, a.described, "
            f"CASE WHEN {host} IS NULL THEN a.registered ELSE h.registered END)"
        )
        columns = {
            "to": "coalesce(s.place, p.place, l.place)",
            "network": f"coalesce({network}, l.network)",
            **{f"recipient.{column}": f"p.{column}" for column in COLUMNS},
            **{column: f"p.{column}" for column in TERMS if column != "place"},
            "critical": "s.critical",
            **self._same_party(),
        }
        if self._profile.complete:
            columns |= {name: f"coalesce({columns[name]}, [])" for name in ("recipient.certifications", "safeguards")}
        if declared := self._declared(host):
            columns["declared"] = declared
        label = (
            f"coalesce({name}, p.name, h.domain, {host}, CASE WHEN l.nature NOT IN ('public', 'anycast') "
            "THEN l.nature || ' addresses' END, 'AS' || coalesce("
            + network
            + ", l.network) || coalesce(' ' || l.network_name, ''))"
        )
        located = f"coalesce({network}, l.network)"
        self._build(
            dimension,
            columns,
            f"LEFT JOIN host_parties h ON h.host = {host} LEFT JOIN located l ON l.address = {address} "
            f"LEFT JOIN known_addresses ka ON ka.address = {address} LEFT JOIN systems s ON s.number = {system} "
            f"LEFT JOIN network_parties a ON a.network = {located} LEFT JOIN name_parties n ON n.name = {name} "
            f"LEFT JOIN parties p ON p.number = {party}",
            {"label": label, **{later_name(column): f"s.{column}" for column in _CONTENT}},
        )
        return Dimension(dimension.table, dimension.keys, tuple(columns), True, _CONTENT)

    def _senders(self, dimension: Dimension, captured: bool) -> Dimension:
        """The sending ends. A person's own client is that person sending, unless a profile says whose client it is."""
        keys = dict(dimension.keys)
        source = "nullif(k.key_source, '')" if "source" in keys else "NULL"
        name = "nullif(k.\"key_sender.name\", '')" if "sender.name" in keys else "NULL"
        client = "k.key_client" if "client" in keys else "false"
        system = "coalesce(c.system, ka.system)"
        own = f"{system} IS NOT NULL" + (f" OR {client}" if self._profile.party else "")
        columns = {
            "from": "coalesce(s.place, l.place)",
            **{f"sender.{column}": f"p.{column}" for column in COLUMNS},
            **{column: f"s.{column}" for column in (*_CONTENT, "critical")},
            **self._same_party(),
        }
        if not self._profile.party:
            columns["sender.role"] = f"CASE WHEN {client} THEN 'individual' ELSE p.role END"
        self._build(
            dimension,
            columns,
            f"LEFT JOIN captured c ON c.file = {'k.key_file' if captured else 'NULL'} "
            f"LEFT JOIN located l ON l.address = {source} LEFT JOIN known_addresses ka ON ka.address = {source} "
            f"LEFT JOIN systems s ON s.number = {system} LEFT JOIN name_parties n ON n.name = {name} "
            f"LEFT JOIN parties p ON p.number = coalesce(n.party, CASE WHEN {own} THEN 0 END)",
            {},
        )
        return Dimension(dimension.table, dimension.keys, tuple(columns))

    def _same_party(self) -> dict[str, str]:
        """Whether an end is the party judged; it takes two ends to show that data stays with it."""
        return {"same_party": "p.number = 0"} if self._both else {}

    def _build(self, dimension: Dimension, columns: Mapping[str, str], joins: str, more: Mapping[str, str]) -> None:
        listing = [quote(f"key_{key}") for key, _ in dimension.keys]
        listing += [f"{expression} AS {quote(name)}" for name, expression in {**columns, **more}.items()]
        self._engine.table(dimension.table, f"SELECT {', '.join(listing)} FROM {_keys_of(dimension)} k {joins}")

    def _declared(self, host: str) -> str | None:
        """Whether some product's maker declared a host, as SQL; None where no profile declares anything."""
        lists = [p.declared_endpoints for p in self._profile.products if p.declared_endpoints is not None]
        if not lists:
            return None
        exact = [f"{host} = {literal(pattern.removeprefix('*.'))}" for patterns in lists for pattern in patterns]
        below = [
            f"ends_with({host}, {literal(pattern[1:])})"
            for patterns in lists
            for pattern in patterns
            if pattern[0] == "*"
        ]
        return f"CASE WHEN {host} IS NOT NULL THEN {' OR '.join([*exact, *below, 'false'])} END"


def content_dimension(engine: Engine, relation: str, columns: Mapping[str, str]) -> tuple[Dimension, ...]:
    """What categories of data given by the records themselves imply: personal, sensitive."""
    if "data" not in columns:
        return ()
    dimension = Dimension("contents", (("data", "VARCHAR[]"),), ("personal", "sensitive"))
    special = ", ".join(literal(term) for term in sorted(SENSITIVE_DATA))
    more = literal(AND_MORE)

    def implied(shown: str) -> str:
        """True where what is shown implies it; else false, but for an open list, and for one that is not known."""
        return f"CASE WHEN key_data = [''] THEN NULL WHEN {shown} THEN true WHEN key_data = shown THEN false END"

    engine.table(
        "contents",
        f"SELECT key_data, {implied('len(shown) > 0')} AS personal, "
        f"{implied(f'list_has_any(shown, [{special}])')} AS sensitive "
        f"FROM (SELECT key_data, list_filter(key_data, lambda x: x <> {more}) AS shown "
        f"FROM ({dimension.distinct(relation)}))",
    )
    return (dimension,)


def _keys_of(dimension: Dimension) -> str:
    return f"{dimension.table}_keys"


def _list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)

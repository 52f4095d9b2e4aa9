"""Barriers: which flows and paths cross one, which pass through a gate, which stay behind it.

Each end stands somewhere at each barrier: inside, outside, on neither side, or it can't be told. A flow or path from
one side to the other, in whatever direction, crosses the barrier; with a gate at an end or on the way it passes through
the gate. What can't be told is not known, but never hides what is certain: a list then holds what is certain alone.

An end of a flow is told by the system it belongs to (as ``flows`` finds it), by host name, address, network or product.

- A list that names hosts says nothing of an end of which no more than the address is known, unless the address is that
  of a system. No evidence names the host that sends: gates that are named by host are seen where they receive.
- An end known by its name is at no network of our own (inside, gates) as long as no address says so; whether it is at a
  network outside can't be told.

What is known of the nodes of a path is their names.

Facts are not joined with all combinations of both ends: each end gets a number for where it stands at all barriers, and
a small table says what comes of two numbers.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.barrier import SIDES, Members, expression, members
from comity.engine.duckdb import Engine, literal, quote
from comity.enrich.addresses import in_networks
from comity.enrich.dimension import Dimension
from comity.enrich.named import file_matches
from comity.profile import Profile

#: What the dimension gives.
COLUMNS = ("crosses", "gated", "within")

#: Whether something belongs to a list of entries. Where it stands at a barrier is spelt with one for each of ``SIDES``,
#: where it stands at all barriers with these one after the other.
NO, OPEN, YES = "0", "1", "2"

_MAYBE = {NO: (False,), OPEN: (False, True), YES: (True,)}

#: Where something may stand.
INSIDE, OUTSIDE, NEITHER = "inside", "outside", "neither"

_RECEIVING = {"host": "VARCHAR", "address": "VARCHAR", "network": "BIGINT"}
_SENDING = {"source": "VARCHAR", "product": "VARCHAR"}
_PATH = {"start": "VARCHAR", "end": "VARCHAR", "through": "VARCHAR[]"}

#: What stands between the nodes of a route.
ARROW = " → "

_TABLE = "barriers"


@dataclass(frozen=True)
class _Between(Dimension):
    """A dimension whose keys are the numbers (``stand``) that other dimensions, the ``ends``, give a fact."""

    ends: tuple[Dimension, ...] = ()

    def join(self, facts: str, alias: str, table: str | None = None) -> str:
        """The joins with the ends, and with what comes of their numbers."""
        steps = [end.join(facts, f"{alias}_{number}") for number, end in enumerate(self.ends)]
        met = " AND ".join(
            f"{alias}_{number}.stand = {alias}.{quote(f'key_{key}')}" for number, (key, _) in enumerate(self.keys)
        )
        return " ".join([*steps, f"LEFT JOIN {table or self.table} {alias} ON {met}"])


@dataclass(frozen=True)
class Sides:
    """A barrier: what its lists mean, and whether all that is not inside is outside."""

    name: str
    lists: tuple[Members, ...]
    all_else: bool

    def possible(self, spelt: str) -> set[tuple[str, bool]]:
        """Where something may stand, and whether it is a gate then. A gate on neither side is outside of what is in."""
        inside, outside, gate = spelt[0], spelt[1], spelt[2]
        sides = {side for side, belongs in ((INSIDE, inside), (OUTSIDE, outside)) if belongs == YES}
        if not sides:
            sides = {side for side, belongs in ((INSIDE, inside), (OUTSIDE, outside)) if belongs == OPEN}
            sides.add(OUTSIDE if self.all_else else NEITHER)
        found = itertools.product(sides, _MAYBE[gate])
        return {(OUTSIDE if side == NEITHER and is_gate else side, is_gate) for side, is_gate in found}

    def outcomes(self, spelt: Sequence[str]) -> set[str]:
        """What may come of two ends and of what is on the way between them: ``COLUMNS``, ``neither``."""
        first, second, *way = spelt
        on_way = {any(gates) for gates in itertools.product(*(_MAYBE[one[2]] for one in way))}
        return {
            _outcome({a, b}, at_a or at_b or between)
            for a, at_a in self.possible(first)
            for b, at_b in self.possible(second)
            for between in on_way
        }


def _outcome(sides: set[str], gate: bool) -> str:
    if sides == {INSIDE, OUTSIDE}:
        return "gated" if gate else "crosses"
    return "within" if sides == {INSIDE} else NEITHER


def sides_of(profile: Profile) -> list[Sides]:
    """The barriers of a profile."""
    return [
        Sides(str(b.name), tuple(members(getattr(b, side), profile) for side in SIDES), not b.outside)
        for b in profile.barriers
    ]


def barrier_dimensions(
    engine: Engine, profile: Profile, kind: str, relation: str, columns: Mapping[str, str], files: Mapping[int, str]
) -> tuple[Dimension, ...]:
    """What is known of barriers about flows or paths, a relation with the given columns; nothing about other kinds.

    ``files`` are the paths of evidence by number. About flows, ``FlowEnrichment`` has left its tables in the engine.
    Without a barrier one row without keys says that none is crossed.
    """
    if kind not in ("flow", "path"):
        return ()
    shown = _routes(engine, relation, columns) if kind == "path" else ()
    barriers = sides_of(profile)
    ends: tuple[Dimension, ...] = ()
    if barriers and kind == "flow":
        ends = _FlowEnds(engine, profile, barriers, relation, columns, files).build()
    elif barriers:
        ends = tuple(_path_end(engine, barriers, name, relation, columns) for name in _PATH)
    keys = tuple((end.table, "INTEGER") for end in ends)
    stands = [engine.rows(f"SELECT DISTINCT stand, spelt FROM {end.table} ORDER BY ALL") for end in ends]
    engine.create(
        _TABLE,
        {**{f"key_{name}": kind for name, kind in keys}, **dict.fromkeys(COLUMNS, "VARCHAR[]")},
        (
            (*(number for number, _ in met), *_certain(barriers, [spelt for _, spelt in met]))
            for met in itertools.product(*stands)
        ),
    )
    return (*shown, _Between(_TABLE, keys, COLUMNS, ends=ends) if ends else Dimension(_TABLE, (), COLUMNS))


def _certain(barriers: Sequence[Sides], spelt: Sequence[str]) -> Iterator[list[str] | None]:
    """For each of ``COLUMNS`` the barriers of which it is certain; None where of none, and of some it may be."""
    width = len(SIDES)
    outcomes = {
        barrier.name: barrier.outcomes([one[number * width : (number + 1) * width] for one in spelt])
        for number, barrier in enumerate(barriers)
    }
    for column in COLUMNS:
        certain = sorted(name for name, found in outcomes.items() if found == {column})
        yield None if not certain and any(column in found for found in outcomes.values()) else certain


# Flows ----------------------------------------------------------------------------------------------------------------


class _FlowEnds:
    """Builds the two ends of flows, in SQL."""

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        barriers: Sequence[Sides],
        relation: str,
        columns: Mapping[str, str],
        files: Mapping[int, str],
    ) -> None:
        self._engine, self._profile, self._barriers = engine, profile, barriers
        self._relation, self._columns, self._files = relation, columns, files

    def build(self) -> tuple[Dimension, Dimension]:
        """The sending and the receiving end."""
        captured = list(self._captured())
        self._engine.create("barrier_files", {"file": "INTEGER", "system": "INTEGER", "product": "VARCHAR"}, captured)
        self._find_addresses()
        return self._sending(bool(captured)), self._receiving()

    def _captured(self) -> Iterator[tuple[int, int | None, str | None]]:
        """Files recorded on a system or about a product: number, number of the system, name of the product."""
        profile = self._profile
        for number, path in self._files.items():
            systems = (n for n, s in enumerate(profile.systems) if any(file_matches(path, p) for p in s.captures))
            products = (p.name for p in profile.products if any(file_matches(path, c) for c in p.captures))
            found = (next(systems, None), next(products, None))
            if found != (None, None):
                yield number, *found

    def _find_addresses(self) -> None:
        """``barrier_addresses``: the addresses within networks that barriers name, in which of all their lists."""
        columns = {"address": "VARCHAR", "lists": "INTEGER[]"}
        lists = [found for barrier in self._barriers for found in barrier.lists]
        networks = sorted({network for found in lists for network in found.networks})
        if not networks:
            self._engine.create("barrier_addresses", columns)
            return
        within = [(net, [n for n, found in enumerate(lists) if _is_in(net, found.networks)]) for net in networks]
        located = "SELECT address, key FROM located"
        in_networks(self._engine, "barrier_located", located, {"lists": "INTEGER[]"}, {"lists": within})
        self._engine.table("barrier_addresses", "SELECT * FROM barrier_located WHERE lists IS NOT NULL")

    def _sending(self, captured: bool) -> Dimension:
        keys = {name: kind for name, kind in _SENDING.items() if name in self._columns}
        keys |= {"file": "INTEGER"} if captured else {}
        source = "nullif(k.key_source, '')" if "source" in keys else "NULL::VARCHAR"
        product = "nullif(k.key_product, '')" if "product" in keys else "NULL::VARCHAR"
        return self._end(
            Dimension("barrier_sending", tuple(keys.items()), ("stand",)),
            f"NULL::VARCHAR AS host, {source} AS address, l.network, coalesce(c.system, ka.system) AS system, "
            f"coalesce({product}, c.product, s.product) AS product",
            f"LEFT JOIN barrier_files c ON c.file = {'k.key_file' if captured else 'NULL'} "
            f"LEFT JOIN located l ON l.address = {source} LEFT JOIN known_addresses ka ON ka.address = {source} "
            f"LEFT JOIN systems s ON s.number = coalesce(c.system, ka.system) "
            f"LEFT JOIN barrier_addresses r ON r.address = {source}",
            sending=True,
        )

    def _receiving(self) -> Dimension:
        keys = {name: kind for name, kind in _RECEIVING.items() if name in self._columns}
        host = "nullif(k.key_host, '')" if "host" in keys else "NULL::VARCHAR"
        address = "nullif(k.key_address, '')" if "address" in keys else "NULL::VARCHAR"
        network = "nullif(k.key_network, -1)" if "network" in keys else "NULL::BIGINT"
        return self._end(
            Dimension("barrier_receiving", tuple(keys.items()), ("stand",)),
            f"{host} AS host, {address} AS address, coalesce({network}, l.network) AS network, "
            "coalesce(h.system, ka.system) AS system, s.product",
            f"LEFT JOIN host_parties h ON h.host = {host} LEFT JOIN located l ON l.address = {address} "
            f"LEFT JOIN known_addresses ka ON ka.address = {address} "
            f"LEFT JOIN systems s ON s.number = coalesce(h.system, ka.system) "
            f"LEFT JOIN barrier_addresses r ON r.address = {address}",
            sending=False,
        )

    def _end(self, end: Dimension, known: str, joins: str, sending: bool) -> Dimension:
        keys = "".join(f"{quote(f'key_{key}')}, " for key, _ in end.keys)
        distinct = end.distinct(self._relation) if end.keys else "SELECT 1"
        spelt = " || ".join(
            self._belongs(found, 3 * number + side, SIDES[side], sending)
            for number, barrier in enumerate(self._barriers)
            for side, found in enumerate(barrier.lists)
        )
        ends, spellings, stands = (f"{end.table}_{part}" for part in ("ends", "spellings", "stands"))
        self._engine.table(
            ends, f"SELECT {keys}{spelt} AS spelt FROM (SELECT k.*, {known}, r.lists FROM ({distinct}) k {joins})"
        )
        self._engine.gather(spellings, f"SELECT DISTINCT spelt FROM {ends}")
        self._engine.table(
            stands, f"SELECT spelt, row_number() OVER (ORDER BY spelt)::INTEGER AS stand FROM {spellings}"
        )
        self._engine.table(end.table, f"SELECT e.*, s.stand FROM {ends} e JOIN {stands} s ON s.spelt = e.spelt")
        return end

    def _belongs(self, found: Members, number: int, side: str, sending: bool) -> str:
        """Whether an end belongs to a list (of that number), as SQL: ``NO``, ``OPEN`` or ``YES``."""
        if not found.in_traffic:
            return literal(NO)
        surely = " OR ".join(self._hits(found, number)) or "false"
        maybe = " OR ".join(self._doubts(found, side, sending))
        return f"CASE WHEN {surely} THEN '{YES}' WHEN system IS NULL AND ({maybe}) THEN '{OPEN}' ELSE '{NO}' END"

    def _hits(self, found: Members, number: int) -> Iterator[str]:
        if found.systems:
            yield f"system IN ({', '.join(str(self._profile.systems.index(system)) for system in found.systems)})"
        if found.names:
            yield f"product IN ({', '.join(map(literal, sorted(found.names)))})"
        if pattern := expression(found.hosts):
            yield f"regexp_full_match(host, {literal(pattern.lower())})"
        if found.numbers:
            yield f"network IN ({', '.join(map(str, sorted(found.numbers)))})"
        if found.networks:
            yield f"list_contains(lists, {number})"

    def _doubts(self, found: Members, side: str, sending: bool) -> Iterator[str]:
        """When it can't be told whether an end that is no system belongs to a list, as SQL."""
        yield "coalesce(host, address, product) IS NULL AND network IS NULL"
        by_host = any(system.hosts and not system.networks for system in found.systems)
        if (found.hosts or by_host) and not (sending and side == "gates"):
            yield "host IS NULL"
        named = "" if side == "outside" else "host IS NULL AND "
        if found.networks or any(system.networks and not system.hosts for system in found.systems):
            yield f"{named}address IS NULL"
        if found.numbers:
            yield f"{named}network IS NULL"
        if (sending or side == "outside") and self._unrecognised(found, sending):
            yield "product IS NULL"

    def _unrecognised(self, found: Members, sending: bool) -> bool:
        """Whether there is a product that nothing but a flow's own word tells: no system, nor a file if it sends."""
        told = {system.product for system in found.systems}
        told |= {product.name for product in self._profile.products if sending and product.captures}
        return not found.products <= told


# Paths ----------------------------------------------------------------------------------------------------------------


def node_test(found: Members, side: str) -> Callable[[str], bool]:
    """Whether the node of that name belongs to a list. A network is outside as soon as a part of it is."""
    pattern = re.compile(expression(found.all_patterns) or r"(?!)")
    networks = found.all_networks

    def belongs(name: str) -> bool:
        return name in found.names or bool(pattern.fullmatch(name)) or _is_in(name, networks, part=side == "outside")

    return belongs


def spell(barriers: Sequence[Sides]) -> Callable[[str], str]:
    """Where the node of a name stands at all barriers, spelt; of a node without a name nothing can be told."""
    tests = [node_test(found, side) for barrier in barriers for side, found in zip(SIDES, barrier.lists, strict=True)]
    nowhere = "".join(OPEN if found != Members() else NO for barrier in barriers for found in barrier.lists)
    return lambda name: "".join(YES if belongs(name) else NO for belongs in tests) if name else nowhere


def spell_way(barriers: Sequence[Sides], spelling: Callable[[str], str]) -> Callable[[Iterable[str]], str]:
    """The same for what is on the way, where nothing but gates counts. What is not named is not there."""
    gates = range(SIDES.index("gates"), len(SIDES) * len(barriers), len(SIDES))

    def of_way(names: Iterable[str]) -> str:
        found = [spelling(name) for name in names if name]
        passed = [YES if any(one[gate] == YES for one in found) else NO for gate in gates]
        return "".join(f"{NO}{NO}{gate}" for gate in passed)

    return of_way


def _path_end(
    engine: Engine, barriers: Sequence[Sides], name: str, relation: str, columns: Mapping[str, str]
) -> Dimension:
    """The start or the end of paths, or what they lead through."""
    keys = ((name, _PATH[name]),) if name in columns else ()
    end = Dimension(f"barrier_{name}", keys, ("stand",))
    spelling: Callable[[Any], str] = spell(barriers)
    if name == "through":
        spelling = spell_way(barriers, spelling)
    values = engine.rows(f"{end.distinct(relation)} ORDER BY ALL") if keys else [()]
    spelt = [spelling(value[0] if value else "") for value in values]
    numbers = {found: number for number, found in enumerate(sorted(set(spelt)))}
    rows = ((*value, numbers[found], found) for value, found in zip(values, spelt, strict=True))
    types = {f"key_{key}": kind for key, kind in keys} | {"stand": "INTEGER", "spelt": "VARCHAR"}
    engine.create(end.table, types, rows)
    return end


def _routes(engine: Engine, relation: str, columns: Mapping[str, str]) -> tuple[Dimension, ...]:
    """How each path leads, as one text; its end is the party at the far end where none is named."""
    kinds = {**_PATH, "recipient.name": "VARCHAR"}
    dimension = Dimension("routes", tuple((k, t) for k, t in kinds.items() if k in columns), ("route",), label=True)
    if not dimension.keys:
        return ()
    keys = dict(dimension.keys)
    start, end, party = (
        f"nullif({quote(f'key_{key}')}, '')" if key in keys else "NULL::VARCHAR"
        for key in ("start", "end", "recipient.name")
    )
    through = "list_filter(key_through, lambda name: name <> '')" if "through" in keys else "[]::VARCHAR[]"
    hop = f"coalesce(nullif(array_to_string({through}, ', '), '') || '{ARROW}', '')"
    engine.table(
        "routes",
        f"SELECT *, {start} || '{ARROW}' || {hop} || {end} AS route, "
        f"coalesce({party}, {end}) AS label FROM ({dimension.distinct(relation)})",
    )
    return (dimension,)


def _is_in(text: str, networks: Iterable[str], part: bool = False) -> bool:
    """Whether a network or address, as text, lies in one of several networks; with ``part``, whether any of it does."""
    if not (text[:1].isdigit() or ":" in text):
        return False
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    others = (other for other in map(ipaddress.ip_network, networks) if other.version == network.version)
    return any(network.overlaps(o) if part else network.subnet_of(o) for o in others)  # type: ignore[arg-type]

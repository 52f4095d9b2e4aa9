"""Where this very machine is talking to now: its open connections as flows, judged like any other evidence.

The operating system is asked for its sockets, and nobody else: no name is looked up, nothing is sent. So a host name is
never known, and who is at the other end is told by the address alone.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import psutil

from comity.checking import Judgement, Progress, judge, profile_for
from comity.engine.duckdb import Engine
from comity.enrich import places
from comity.enrich.flows import FlowEnrichment
from comity.errors import UsageError
from comity.evidence import EvidenceRecord
from comity.evidence.base import FactTables, Reading
from comity.judge.scan import Facts
from comity.profile import Profile
from comity.report.words import count_of
from comity.vocabulary import FLOW

#: The evidence by name: what this machine opened, and what others opened to it. Profiles may say `captures` of it.
MACHINE, INBOUND = "this machine", "this machine, from outside"

NAME = "look"

_COLUMNS = ("file", "position", "client", "at", "source", "address", "product", "from", "to")


class Socket(Protocol):
    """What psutil tells of a socket: ``laddr`` and ``raddr`` have an ``ip`` and a ``port``, or are empty."""

    type: int
    laddr: Any
    raddr: Any
    status: str
    pid: int | None


@dataclass(frozen=True)
class Connection:
    """An open connection; ``process`` is None where the system does not tell whose it is."""

    process: str | None
    pid: int | None
    local: str
    remote: str
    port: int
    inbound: bool


@dataclass
class Sockets:
    """The connections that are open, and how many are left out, by reason."""

    connections: list[Connection] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class End:
    """What is known of the other end of a connection. ``nature`` is that of its address (``comity.enrich.places``)."""

    place: str | None
    party: str | None
    seat: tuple[str, ...] | None
    controlled_by: tuple[str, ...] | None
    network: int | None
    nature: str | None


@dataclass(frozen=True)
class Facets:
    """By what findings about a connection are told from others."""

    origin: str | None
    target: str | None
    recipient: str | None
    product: str | None


@dataclass(frozen=True)
class Look:
    """What a look at this machine shows: each connection with its other end and facets, and the judgement of all.

    ``left_out`` says how many connections were not judged, by reason.
    """

    at: datetime
    connections: tuple[tuple[Connection, End, Facets], ...]
    left_out: Mapping[str, int]
    judgement: Judgement


def look(
    *,
    packs: Iterable[str] | None = None,
    profile: Profile | str | Path | None = None,
    place: str | None = None,
    sockets: Iterable[Socket] | None = None,
    name_of: Callable[[int], str | None] | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Look:
    """Judge the connections that this machine holds open.

    ``packs`` and ``profile`` are as for ``check``; ``place`` is the jurisdiction where this machine stands, by default
    that of the profile's system whose ``captures`` name it. ``sockets``, ``name_of`` (pid → name of the process) and
    ``now`` stand in for what the operating system says.

    Raises ``ComityError`` for packs and profiles that can't be used, where the operating system does not tell its
    connections, and where there is none to judge.
    """
    known = profile_for(profile, ())
    seen = open_connections(_sockets() if sockets is None else sockets, name_of or _name_of)
    if not seen.connections:
        raise _nothing(seen)
    at = now or datetime.now(UTC)
    place = place or _place(known)

    def gather(tables: FactTables, say: Progress) -> Sequence[EvidenceRecord]:
        tables.append("flow", _COLUMNS, [_flow(c, n, at, place) for n, c in enumerate(seen.connections, 1)])
        return _records(seen)

    def where(record: EvidenceRecord, position: int) -> str:
        return _called(seen.connections[position - 1])

    judgement = judge(gather, where, packs=packs, profile=known, progress=progress)
    return Look(at, tuple(_ends(seen.connections, at, place, known)), dict(sorted(seen.left_out.items())), judgement)


def open_connections(sockets: Iterable[Socket], name_of: Callable[[int], str | None]) -> Sockets:
    """The connections that lead beyond this machine and its link; one to a port that waits for others is inbound."""
    seen = Sockets()
    given = list(sockets)
    waiting = {(found.type, found.laddr.port) for found in given if _waits(found)}
    own = {_plain(found.laddr.ip) for found in given if found.laddr}
    for found in given:
        if not found.laddr or not found.raddr:
            continue
        local, remote = _plain(found.laddr.ip), _plain(found.raddr.ip)
        if why := _left_out(found, remote, own):
            seen.left_out[why] += 1
            continue
        inbound = (found.type, found.laddr.port) in waiting
        process = name_of(found.pid) if found.pid is not None else None
        port = found.laddr.port if inbound else found.raddr.port
        seen.connections.append(Connection(process, found.pid, local, remote, port, inbound))
    seen.connections.sort(key=lambda c: (c.process or "~", c.pid or 0, c.remote, c.port, c.inbound))
    return seen


def _waits(found: Socket) -> bool:
    """Whether a socket waits for others: with UDP, one that is not tied to another end."""
    return (
        bool(found.laddr)
        and not found.raddr
        and (found.type != socket.SOCK_STREAM or found.status == psutil.CONN_LISTEN)
    )


def _left_out(found: Socket, remote: str, own: set[str]) -> str | None:
    address = ipaddress.ip_address(remote)
    if address.is_loopback or remote in own:
        return "within this machine"
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return "within the link"
    if found.type == socket.SOCK_STREAM and found.status != psutil.CONN_ESTABLISHED:
        return "not open: being set up or closed"
    return None


def _plain(address: str) -> str:
    """An address without its zone; IPv4 dressed as IPv6 is IPv4."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)


def _nothing(seen: Sockets) -> UsageError:
    told = ", ".join(f"{count:,} {why}" for why, count in sorted(seen.left_out.items()))
    return UsageError(
        "look",
        "no connection leads beyond this machine now" + (f" ({told})" if told else ""),
        help="open a page or a program and look again, or judge what was recorded: `comity check`",
    )


def _sockets() -> list[Any]:
    try:
        return [*psutil.net_connections("inet")]
    except (psutil.Error, OSError) as error:
        why = "it takes more rights" if isinstance(error, psutil.AccessDenied | PermissionError) else str(error).lower()
        raise UsageError(
            "look", f"this system does not tell its connections: {why}", help="run it as an administrator"
        ) from None


def _name_of(pid: int) -> str | None:
    try:
        # Names of processes are bytes that need not be text.
        return psutil.Process(pid).name().encode("utf-8", "backslashreplace").decode() or None
    except psutil.Error:
        return None


def _place(profile: Profile) -> str | None:
    """Where this machine stands, as a profile says that has it among its systems."""
    own = (s for s in profile.systems if any(fnmatch.fnmatch(MACHINE, pattern) for pattern in s.captures))
    return next((system.place for system in own if system.place), None)


def _flow(connection: Connection, number: int, at: datetime, place: str | None) -> tuple[Any, ...]:
    """A connection as a flow from the one who opened it. What this machine opened was sent by its user."""
    here, there = (connection.local, place), (connection.remote, None)
    (source, origin), (address, target) = (there, here) if connection.inbound else (here, there)
    file = 2 if connection.inbound else 1
    return (file, number, not connection.inbound, at, source, address, connection.process, origin, target)


def _records(seen: Sockets) -> list[EvidenceRecord]:
    directions = Counter(connection.inbound for connection in seen.connections)
    outbound = Reading(NAME, read=directions[False])
    for why, count in sorted(seen.left_out.items()):
        outbound.skip(count_of(count, "connection"), why, count)
    if nameless := sum(1 for connection in seen.connections if connection.process is None):
        outbound.notes.append(f"{nameless:,} × whose process is not told: an administrator sees more")
    records = [EvidenceRecord(1, MACHINE, None, NAME, outbound)]
    if directions[True]:
        records.append(EvidenceRecord(2, INBOUND, None, NAME, Reading(NAME, read=directions[True])))
    return records


def _called(connection: Connection) -> str:
    who = connection.process or "a process not known"
    pid = f" (pid {connection.pid})" if connection.pid is not None else ""
    return f"{who}{pid}, port {connection.port}"


def _ends(
    connections: Sequence[Connection], at: datetime, place: str | None, profile: Profile
) -> Iterable[tuple[Connection, End, Facets]]:
    """What enrichment knows of each connection as it was judged, and of its other end as if that were receiving."""
    towards = [replace(connection, inbound=False) for connection in connections]
    count = len(connections)
    with Engine() as engine:
        tables = FactTables(engine)
        rows = [_flow(connection, number, at, place) for number, connection in enumerate([*connections, *towards])]
        tables.append("flow", _COLUMNS, rows)
        relation = tables.relation("flow")
        columns = engine.columns(relation)
        enrichment = FlowEnrichment(engine, profile, places.shipped(), {1: MACHINE, 2: INBOUND})
        facts = Facts(FLOW, relation, columns, enrichment.dimensions(relation, columns))
        names = ("from", "to", "product", "recipient.seat", "recipient.controlled_by", "network")
        listing = ", ".join(facts.value(name) for name in names)
        found = engine.rows(
            f"SELECT {facts.label()}, l.nature, {listing} FROM ({relation}) f {facts.joins()} "
            "LEFT JOIN located l ON l.address = f.address ORDER BY f.position"
        )
    for number, connection in enumerate(connections):
        label, _, origin, target, product, *_ = found[number]
        party, nature, _, far, _, seat, control, network = found[count + number]
        end = End(far, party, _tuple(seat), _tuple(control), network, nature)
        yield connection, end, Facets(origin, target, label, product)


def _tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)

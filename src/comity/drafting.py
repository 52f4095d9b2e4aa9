"""Drafting a profile from evidence: who is on our side, whom we talk to, and what only the user can say."""

from __future__ import annotations

import glob
import ipaddress
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.engine.duckdb import Engine
from comity.enrich import places
from comity.enrich.flows import FlowEnrichment
from comity.errors import ComityError
from comity.evidence import read_all
from comity.evidence.base import FactTables
from comity.judge.scan import Facts
from comity.profile import Profile
from comity.report.words import visible
from comity.vocabulary import KINDS

#: Recipients beyond this many, by volume, are counted and not drafted.
MOST_RECIPIENTS = 40

_HEAD = """\
# What Comity can't see for itself. Everything here is optional; what is left out stays not known.
# Jurisdictions are ISO 3166-1 codes; data categories are DPV-PD terms (https://w3id.org/dpv/pd).

# Who is judged: you. Once this is here, what your files show browsers and apps sending counts as sent by you, and no
# longer by the persons who used them.
# [party]
# name = "…"
# role = "controller"         # or processor, provider, public-authority, State, individual
# seat = ["DE"]               # where you are organised
# established = ["DE"]        # every jurisdiction in which you have an establishment
# controlled_by = ["DE"]      # jurisdictions of those who own half of you or more
"""

_RECIPIENTS = """\
# Whom the evidence shows you talking to. Take the marks away from those you deal with: once a recipient is named here,
# certifications and safeguards that are left out mean that there are none.
"""

#: Addresses that anybody may use within networks of their own: RFC 1918, RFC 4193.
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


@dataclass(frozen=True)
class Draft:
    """A drafted profile, or None where no flow was found; what could not be read stands in ``errors``."""

    text: str | None
    errors: tuple[ComityError, ...]


def draft(paths: Sequence[Path]) -> Draft:
    """Read evidence and draft a profile from its flows."""
    with Engine() as engine:
        tables = FactTables(engine)
        records = read_all(paths, tables)
        errors = tuple(record.error for record in records if record.error)
        if "flow" not in tables.kinds():
            return Draft(None, errors)
        relation = tables.relation("flow")
        columns = engine.columns(relation)
        files = {record.number: str(record.path) for record in records}
        dimensions = FlowEnrichment(engine, Profile(), places.shipped(), files).dimensions(relation, columns)
        facts = Facts(KINDS["flow"], relation, columns, dimensions)
        parts = [_HEAD, *_systems(engine, facts, files), *_recipients(engine, facts)]
    return Draft("\n".join(parts), errors)


def _query(engine: Engine, facts: Facts, columns: str, rest: str) -> list[tuple[Any, ...]]:
    return engine.rows(f"SELECT {columns} FROM ({facts.relation}) f {facts.joins()} {rest}")


def _systems(engine: Engine, facts: Facts, files: dict[int, str]) -> Iterable[str]:
    """A system for each private network that sends, and for each file recorded in somebody's own client."""
    if "client" in facts.columns:
        for (file,) in _query(engine, facts, "DISTINCT f.file", "WHERE f.client ORDER BY 1"):
            path = Path(files[file])
            captures = f"captures = [{_text(glob.escape(path.name))}]"
            yield _system(path.stem, captures, "where it was recorded")
    if "source" in facts.columns:
        sources = _query(engine, facts, "DISTINCT f.source", "WHERE f.source IS NOT NULL ORDER BY 1")
        for network in sorted(_private_networks(source for (source,) in sources), key=str):
            yield _system(f"network {network}", f"networks = [{_text(str(network))}]", "where these machines stand")


def _system(name: str, match: str, place: str) -> str:
    return (
        f"[[system]]\nname = {_text(name)}\n{match}\n"
        f'# place = "DE"               # {place}\n'
        '# subjects = ["DE"]          # where the people live whose data it handles\n'
        '# data = ["EmailAddress"]    # categories of data it handles; [] for none that is personal\n'
        "# critical = false           # true for critical infrastructure\n"
    )


def _private_networks(sources: Iterable[str]) -> set[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The /24 (IPv4) and /64 (IPv6) networks of private addresses."""
    found = set()
    for source in sources:
        try:
            address = ipaddress.ip_address(source)
        except ValueError:
            continue
        if any(address in network for network in _PRIVATE):
            found.add(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))
    return found


def _recipients(engine: Engine, facts: Facts) -> Iterable[str]:
    """A recipient for each registrable domain or network, the most met first, with what is known of it as comment."""
    label = facts.label()
    if label is None:
        return
    known = ", ".join(
        f"any_value({facts.value(name)})" for name in ("recipient.name", "recipient.seat", "recipient.controlled_by")
    )
    place = facts.value("to")
    to = f"list_sort(list(DISTINCT {place}) FILTER ({place} IS NOT NULL))"
    host = "any_value(h.domain)" if "host" in facts.columns else "NULL"
    join = "LEFT JOIN host_parties h ON h.host = f.host" if "host" in facts.columns else ""
    rows = _query(
        engine,
        facts,
        f"{label}, {host}, any_value({facts.value('network')}), {to}, count(*) AS n, {known}",
        f"{join} WHERE {label} IS NOT NULL AND {label} NOT LIKE '% addresses' GROUP BY 1 ORDER BY n DESC, 1",
    )
    if rows:
        yield _RECIPIENTS
    for row in rows[:MOST_RECIPIENTS]:
        yield _recipient(*row)
    if len(rows) > MOST_RECIPIENTS:
        yield f"# {len(rows) - MOST_RECIPIENTS} more recipients were met less often.\n"


def _recipient(
    label: str, domain: str | None, network: int | None, to: Sequence[str], count: int, name: str | None,
    seat: Sequence[str] | None, controlled_by: Sequence[str] | None,
) -> str:  # fmt: skip
    match = domain or (f"AS{network}" if network is not None else label)
    where = f" in {', '.join(to)}" if to else ", place not known"
    known = f"the register knows {name}: seat {_codes(seat)}, controlled by {_codes(controlled_by)}"
    lines = [
        f"{label}: {count:,} flow{'' if count == 1 else 's'}{where}" + ("" if name is None else f"; {known}"),
        "[[recipient]]",
        f"match = [{_text(match)}]",
        *(['name = "…"', 'seat = ["…"]', 'controlled_by = ["…"]'] if name is None else []),
        'certifications = []         # such as {name = "dpf", from = 2023-10-01}',
        'safeguards = []             # such as "scc-2021", "transfer-impact-assessment"',
        '# data = ["EmailAddress"]   # categories of data sent to it; [] for none that is personal',
    ]
    return "\n".join(f"# {visible(line)}" for line in lines) + "\n"


def _codes(codes: Sequence[str] | None) -> str:
    return ", ".join(codes) if codes else "not known"


def _text(value: str) -> str:
    """A TOML string (the same as JSON's, control characters apart)."""
    return json.dumps(visible(value), ensure_ascii=False)

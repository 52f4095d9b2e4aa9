"""What a look at this machine shows: a table of who talks to whom now, and the report on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from comity.law.model import KEPT
from comity.looking import Connection, End, Facets, Look
from comity.report import json as json_report
from comity.report import text as text_report
from comity.report.plain import plain
from comity.report.words import PLURALS, breach_word, count_of, visible

#: Rows beyond this many are counted.
TOLD = 40

_ANYCAST = "anycast"
_KEPT, _SILENT = "kept", "no rule speaks of it"
_WORDS = (*PLURALS, _KEPT, _SILENT)
_COLOURS = dict(zip(_WORDS, ("bold red", "red", "red", "yellow", "cyan", "green", "dim"), strict=True))


#: Columns, and the width below which they can't be read.
_COLUMNS = (
    *(("Process", 10), ("Address", 12), ("Place", 9)),
    *(("Who is there", 12), ("Seat", 6), ("Control", 7), ("Verdict", 10)),
)


@dataclass(frozen=True)
class Row:
    """What one process has open with one party in one place; the gravest word about it, and how many rules say so."""

    process: str | None
    inbound: bool
    end: End
    word: str
    rules: int


def render(look: Look) -> str:
    """Table and report as plain text."""
    return plain(_parts(look)) + text_report.render(look.judgement)


def show(look: Look, console: Console) -> None:
    """Print table and report to a console."""
    for part in _parts(look):
        console.print(part, highlight=False)
    text_report.show(look.judgement, console)


def render_json(look: Look) -> str:
    """Each connection, and the report as ``comity check`` gives it, as JSON."""
    document = {
        "at": json_report.moment(look.at),
        "connections": [_connection(connection, end) for connection, end, _ in look.connections],
        "left_out": look.left_out,
        "report": json_report.as_document(look.judgement),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _connection(connection: Connection, end: End) -> dict[str, Any]:
    return {**vars(connection), **vars(end)}


def _parts(look: Look) -> Iterable[RenderableType]:
    rows = _rows(look)
    processes = len({connection.process for connection, _, _ in look.connections})
    yield Text(
        f"This machine at {look.at:%Y-%m-%d %H:%M} UTC: {count_of(len(look.connections), 'connection')} beyond it, by "
        f"{processes:,} {'process' if processes == 1 else 'processes'}",
        style="bold",
    )
    yield ""
    yield _table([(row, addresses) for row, addresses in rows.items()][:TOLD])
    if len(rows) > TOLD:
        yield Text(f"and {len(rows) - TOLD:,} more: --format json has all", style="dim")
    yield ""
    yield from (Text(line, style="dim") for line in _caveats(look))
    yield ""


def _rows(look: Look) -> dict[Row, list[str]]:
    """The remote addresses of each row, the gravest row first."""
    words = _Words(look)
    found: dict[Row, list[str]] = {}
    for connection, end, facets in look.connections:
        row = Row(connection.process, connection.inbound, replace(end, network=None), *words.of(facets))
        found.setdefault(row, []).append(connection.remote)
    order = sorted(found, key=lambda row: (_WORDS.index(row.word), row.process or "", -len(found[row])))
    return {row: found[row] for row in order}


class _Words:
    """What reports say of a connection, by its facets: the gravest word, and how many rules have it said."""

    def __init__(self, look: Look) -> None:
        self._said: dict[Facets, Counter[str]] = {}
        for finding in look.judgement.findings:
            names = (finding.facets[name] for name in ("from", "to", "recipient", "product"))
            said = self._said.setdefault(Facets(*names), Counter())
            said[breach_word(look.judgement.law, finding)] += 1
        self._kept = {(c.origin, c.target, c.party) for c in look.judgement.cells if c.verdict == KEPT}

    def of(self, facets: Facets) -> tuple[str, int]:
        said = self._said.get(facets)
        if said:
            word = min(said, key=_WORDS.index)
            return word, said[word]
        return (_KEPT if (facets.origin, facets.target, facets.recipient) in self._kept else _SILENT), 0


def _table(rows: Sequence[tuple[Row, list[str]]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name, least in _COLUMNS:
        table.add_column(name, overflow="fold", min_width=least)
    for row, addresses in rows:
        end = row.end
        word = f"{row.word}: {row.rules:,} rules" if row.rules > 1 else row.word
        table.add_row(
            Text(visible(row.process or "not known") + (f" ×{len(addresses):,}" if len(addresses) > 1 else "")),
            Text(_addresses(addresses)),
            Text(f"{'←' if row.inbound else '→'} {_place(end)}"),
            Text(visible(end.party or "?")),
            Text(_codes(end.seat)),
            Text(_codes(end.controlled_by)),
            Text(word, _COLOURS[row.word]),
        )
    return table


def _addresses(addresses: Sequence[str]) -> str:
    first, *others = sorted(set(addresses))
    return f"{first} +{len(others):,}" if others else first


def _place(end: End) -> str:
    return end.place or (_ANYCAST if end.nature == _ANYCAST else "?")


def _codes(codes: Sequence[str] | None) -> str:
    return "?" if codes is None else ", ".join(codes) or "nobody"


def _caveats(look: Look) -> Iterable[str]:
    yield (
        "Only this machine was asked; no name was looked up and nothing was sent. Who is there is told by the network "
        "of the address: who rents a server in it is not known."
    )
    place = "A place is what the table of addresses says; ? is not known"
    if any(end.nature == _ANYCAST for _, end, _ in look.connections):
        place += ", anycast is answered from many countries at once"
    if look.left_out:
        yield f"Left out: {', '.join(f'{count:,} {why}' for why, count in look.left_out.items())}."
    inbound = any(connection.inbound for connection, _, _ in look.connections)
    yield f"{place}.{' ← was opened from outside.' if inbound else ''}"
    if look.judgement.profile.party is None:
        yield (
            "No profile says whose machine this is: what it sends counts as sent by the person who uses it, which is "
            "no transfer under GDPR chapter V. comity.toml can say whose it is, and what data it handles."
        )

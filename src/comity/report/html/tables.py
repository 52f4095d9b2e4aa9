"""Tables of a page: routes between jurisdictions, jurisdictions by packs, parties by categories of data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.checking import Judgement
from comity.judge import judgement as judged
from comity.judge.judgement import GRADES, Traffic, severity
from comity.law.model import KEPT
from comity.report.html.grades import Cell

#: So many parties are named on a route, so many stand in the table of categories.
_NAMED = 5
_PARTIES = 40

#: The kind of fact that moves: the others stand still.
MOVES = "flow"


@dataclass(frozen=True)
class Route:
    """Flows from one jurisdiction to another (None where it is not known): grades, volume, parties by number.

    ``whole`` says that the volume is that of all of them, and not only of those that tell theirs.
    """

    origin: str | None
    target: str | None
    cell: Cell
    count: int
    bytes: int | None
    whole: bool
    parties: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Matrix:
    """Names of rows and of columns, and the cells that there are."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    left_out: int = 0


def routes(judgement: Judgement) -> list[Route]:
    """Every route that a flow took, the gravest first, then the most travelled."""
    rows: dict[tuple[str | None, str | None], list[Traffic]] = defaultdict(list)
    for row in moves(judgement):
        rows[row.origin, row.target].append(row)
    found = [_route(*ends, alike) for ends, alike in rows.items()]
    order = {name: number for number, name in enumerate(GRADES)}
    return sorted(found, key=lambda r: (order[r.cell.worst.name], -r.count, r.origin or "~", r.target or "~"))


def moves(judgement: Judgement) -> Iterable[Traffic]:
    """What is told of flows: who, where and when."""
    return (row for kind in judgement.kinds if kind.kind == MOVES for row in kind.traffic)


def _route(origin: str | None, target: str | None, rows: Sequence[Traffic]) -> Route:
    grades, parties = Counter[str](), Counter[str]()
    for row in rows:
        grades[row.grade] += row.count
        if row.party:
            parties[row.party] += row.count
    volumes = [row.bytes for row in rows if row.bytes is not None]
    named = tuple(sorted(parties, key=lambda name: (-parties[name], name)))
    return Route(
        origin=origin,
        target=target,
        cell=Cell.of(grades),
        count=grades.total(),
        bytes=sum(volumes) if volumes else None,
        whole=all(row.measured == row.count for row in rows),
        parties=named[:_NAMED],
        more=max(len(named) - _NAMED, 0),
    )


def jurisdictions(judgement: Judgement) -> Matrix:
    """Jurisdictions, as places that facts leave, reach or rest in, by packs: how often rules say what."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for cell, grade in graded(judgement):
        for place in {cell.origin, cell.target} - {None}:
            counts[str(place), cell.pack][grade] += cell.count
    order = [pack.id for pack in judgement.shown_packs]
    return _matrix(counts, order)


def graded(judgement: Judgement) -> Iterable[tuple[judged.Cell, str]]:
    """Every cell of the judgement, and how grave its verdict is."""
    results = {(r.pack.id, r.rule.id, r.rule.about): r for r in judgement.rules}
    for cell in judgement.cells:
        result = results[cell.pack, cell.rule, cell.about]
        yield cell, KEPT if cell.verdict == KEPT else severity(result.pack, result.rule, cell.verdict)


def holdings(judgement: Judgement) -> Matrix:
    """Parties by the categories of data that facts about them hold."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for kind in judgement.kinds:
        for row in kind.holdings:
            if row.party:
                counts[row.party, row.category][row.grade] += row.count
    return _matrix(counts, sorted({category for _, category in counts}), _PARTIES)


def _matrix(counts: Mapping[tuple[str, str], Counter[str]], columns: Sequence[str], most: int | None = None) -> Matrix:
    """A matrix of what was counted, the rows with the gravest first; at most so many rows."""
    weights: dict[str, list[int]] = {}
    for (row, _), cell in counts.items():
        weight = weights.setdefault(row, [0] * len(GRADES))
        for number, grade in enumerate(GRADES):
            weight[number] -= cell[grade]
    rows = sorted(weights, key=lambda row: (weights[row], row))
    used = {column for _, column in counts}
    shown = tuple(rows[:most])
    kept = set(shown)
    return Matrix(
        rows=shown,
        columns=tuple(column for column in columns if column in used),
        cells={key: Cell.of(cell) for key, cell in counts.items() if key[0] in kept},
        left_out=len(rows) - len(shown),
    )

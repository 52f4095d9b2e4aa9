"""Promised, observed, permitted: of each recipient and product what the profile says, what was seen, what rules say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from comity.categories import narrower
from comity.checking import Judgement
from comity.judge.judgement import Declared
from comity.profile import Recipient
from comity.report.html.grades import Cell
from comity.report.html.tables import MOVES, graded

#: So many recipients are compared, those that the profile names first.
_RECIPIENTS = 60

#: What a thing is called on either side.
PLACE, DATA, PURPOSE, SAFEGUARDS = "place", "data", "purpose", "safeguards"
ENDPOINTS, CAPABILITIES = "endpoints", "capabilities"
THINGS = (PLACE, DATA, PURPOSE, SAFEGUARDS, ENDPOINTS, CAPABILITIES)


@dataclass(frozen=True)
class Side:
    """What is promised, or was observed, of one thing: values, None where nobody says."""

    what: str
    promised: tuple[str, ...] | None
    observed: tuple[str, ...] | None
    beyond: tuple[str, ...] = ()

    @property
    def disagrees(self) -> bool:
        """Whether something was observed that was not promised."""
        return bool(self.beyond)


@dataclass(frozen=True)
class Compared:
    """A recipient or a product; ``permitted`` has what each pack says of its facts, by the pack's id."""

    name: str
    product: bool
    sides: tuple[Side, ...]
    permitted: tuple[tuple[str, Cell], ...]

    @property
    def disagrees(self) -> bool:
        """Whether anything was observed that was not promised."""
        return any(side.disagrees for side in self.sides)


def compare(judgement: Judgement) -> list[Compared]:
    """Recipients and products, those of which something disagrees first."""
    found = [*_recipients(judgement), *_products(judgement)]
    return sorted(found, key=lambda each: (not each.disagrees, each.product, each.name.casefold()))


def _recipients(judgement: Judgement) -> Iterable[Compared]:
    promised = {entry.name: entry for entry in judgement.profile.recipients if entry.name}
    places: dict[str, Counter[str]] = defaultdict(Counter)
    data: Mapping[str, Sequence[str]] = {}
    for kind in (kind for kind in judgement.kinds if kind.kind == MOVES):
        data = kind.found_with
        for row in kind.traffic:
            if row.party:
                places[row.party][row.target or ""] += row.count
    permitted = _permitted(judgement)
    seen = sorted(places, key=lambda name: (-places[name].total(), name))
    for name in list(dict.fromkeys([*promised, *seen]))[:_RECIPIENTS]:
        entry = promised.get(name)
        reached = tuple(sorted(place for place in places.get(name, ()) if place)) if name in places else None
        sides = (
            _side(PLACE, None if entry is None or entry.place is None else (entry.place,), reached),
            _data(None if entry is None else entry.data, data.get(name)),
            *_agreed(entry),
        )
        yield Compared(name, False, tuple(sides), permitted.get(name, ()))


def _agreed(entry: Recipient | None) -> Iterable[Side]:
    """What the profile says that no evidence shows."""
    if entry and entry.purpose:
        yield Side(PURPOSE, (entry.purpose,), None)
    if entry and entry.safeguards:
        yield Side(SAFEGUARDS, entry.safeguards, None)


def _side(what: str, promised: Sequence[str] | None, observed: Sequence[str] | None) -> Side:
    beyond = () if promised is None else tuple(value for value in observed or () if value not in promised)
    return Side(
        what,
        None if promised is None else tuple(promised),
        None if observed is None else tuple(observed),
        beyond,
    )


def _data(promised: Sequence[str] | None, observed: Sequence[str] | None) -> Side:
    """Categories of data: what is narrower than a category that was promised was promised with it."""
    if promised is None or observed is None:
        return _side(DATA, promised, observed)
    covered = {term for category in promised for term in narrower(category)}
    beyond = tuple(category for category in observed if category not in covered)
    return Side(DATA, tuple(promised), tuple(observed), beyond)


def _permitted(judgement: Judgement) -> Mapping[str, tuple[tuple[str, Cell], ...]]:
    """What each pack says of the facts about each party."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for cell, grade in graded(judgement):
        if cell.party:
            counts[cell.party][cell.pack][grade] += cell.count
    return {
        party: tuple((pack.id, Cell.of(packs[pack.id])) for pack in judgement.shown_packs if pack.id in packs)
        for party, packs in counts.items()
    }


def _products(judgement: Judgement) -> Iterable[Compared]:
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for finding in judgement.findings:
        if product := finding.facets["product"]:
            counts[product][finding.pack][finding.severity] += finding.count
    contacted = {name: hosts for kind in judgement.kinds for name, hosts in kind.contacted.items()}
    for each in (each for kind in judgement.kinds for each in kind.declared if each.name):
        packs = counts.get(str(each.name), {})
        permitted = tuple((pack.id, Cell.of(packs[pack.id])) for pack in judgement.shown_packs if pack.id in packs)
        sides = _declared(each, contacted.get(str(each.name)))
        yield Compared(" ".join(filter(None, (each.name, each.version))), True, sides, permitted)


def _declared(product: Declared, contacted: Sequence[str] | None) -> tuple[Side, ...]:
    undeclared = tuple(product.undeclared_endpoints or ())
    endpoints = Side(
        ENDPOINTS,
        None if product.declared_endpoints is None else tuple(product.declared_endpoints),
        None if contacted is None else tuple(sorted({*contacted, *undeclared})),
        undeclared,
    )
    return (endpoints, _side(CAPABILITIES, product.declared_capabilities, product.capabilities))

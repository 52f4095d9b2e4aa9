"""What a judgement says: rules with their counts, cells for charts, findings with evidence. Plain data, all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from comity.identify import Detection
from comity.judge.outcome import ExceptionOutcome
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, Pack, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: How grave a verdict is, from the gravest.
SEVERITIES = ("high", "medium", "low", "info")

#: What may be said of a fact, from the gravest: how grave its worst verdict is, that all rules about it are kept, or
#: that none speaks of it.
GRADES = (*SEVERITIES, KEPT, OUT_OF_SCOPE)


def severity(pack: Pack, rule: Rule, verdict: str) -> str:
    """``high``: a law's must is breached; ``medium``: a law's should, or a commitment, is not kept; ``low``: an
    indicator, or a commitment's should; ``info``: not settled.
    """
    if verdict != BREACH:
        return "info"
    if rule.indicator:
        return "low"
    if pack.force == "law":
        return "high" if rule.strength == "must" else "medium"
    return "medium" if rule.strength == "must" else "low"


def finding_id(pack: str, rule: str, about: str, verdict: str, facets: Mapping[str, str | None]) -> str:
    """A stable id: SHA-256 of pack, rule, kind of fact, verdict and facets (from, to, recipient, product)."""
    parts = [pack, rule, about, verdict, *(facets.get(name) for name in ("from", "to", "recipient", "product"))]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class Evidence:
    """One record that a finding rests on: who and when, as far as it says, and what was found in its content."""

    file: str
    where: str
    name: str | None = None
    at: datetime | None = None
    source: str | None = None
    host: str | None = None
    address: str | None = None
    network: str | None = None
    place: str | None = None
    bytes: int | None = None
    found: tuple[Detection, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A breach or an unknown: one rule, one verdict, one set of facets."""

    id: str
    pack: str
    rule: str
    about: str
    verdict: str
    severity: str
    title: str
    cites: str
    source: str
    facets: Mapping[str, str | None]
    count: int
    bytes: int | None
    first: datetime | None
    last: datetime | None
    law_as_of: datetime
    law_presumed: bool
    situation: Mapping[str, Any]
    missing: tuple[str, ...]
    presumed: tuple[str, ...]
    exceptions: tuple[ExceptionOutcome, ...]
    needs: str
    evidence: tuple[Evidence, ...]
    tallies: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule. The four counts add up to the number of facts of its kind.

    ``perhaps`` counts those of which it is not settled that the rule speaks of them at all.
    """

    pack: Pack
    rule: Rule
    kept: int
    breach: int
    unknown: int
    out_of_scope: int
    perhaps: int
    lifted: Mapping[str, int]

    @property
    def in_scope(self) -> int:
        """Facts that the rule speaks of, or may speak of."""
        return self.kept + self.breach + self.unknown

    @property
    def certain(self) -> int:
        """Facts that the rule speaks of for sure."""
        return self.in_scope - self.perhaps


@dataclass(slots=True)  # not frozen: there may be many, and those take several times as long to make
class Cell:
    """How many facts met one verdict of one rule, by place, party and month: what charts are drawn from."""

    about: str
    pack: str
    rule: str
    verdict: str
    origin: str | None
    target: str | None
    party: str | None
    manner: str | None
    month: str | None
    count: int
    bytes: int | None


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells, by the columns of which they are made: there are many, and few reports ask for them.

    Each column has what its numbers stand for, or None where they stand for themselves.
    """

    columns: tuple[tuple[NDArray[Any], Mapping[int, str | None] | None], ...] = ()

    def __iter__(self) -> Iterator[Cell]:
        columns = (column.tolist() if n is None else map(n.__getitem__, column.tolist()) for column, n in self.columns)
        return map(Cell, *columns) if self.columns else iter(())


@dataclass(frozen=True)
class Overview:
    """How many facts of one origin and manner there are on which the worst that any rule says is one verdict."""

    origin: str | None
    manner: str | None
    verdict: str
    count: int


@dataclass(frozen=True)
class Traffic:
    """How many facts there are from one place to another, with one party, in one month, of which the worst that any
    rule says has one grade. ``bytes`` are those of the facts ``measured``, that say how many they are.
    """

    origin: str | None
    target: str | None
    party: str | None
    product: str | None
    month: str | None
    grade: str
    count: int
    bytes: int | None
    measured: int


@dataclass(frozen=True)
class Holding:
    """How many facts that concern a party hold a category of data, of which the worst that any rule says has one
    grade.
    """

    party: str | None
    category: str
    grade: str
    count: int


@dataclass(frozen=True)
class Declared:
    """What the maker of a product declares, and what was seen of it; None is not known."""

    name: str | None
    version: str | None
    declared_capabilities: Sequence[str] | None
    capabilities: Sequence[str] | None
    declared_endpoints: Sequence[str] | None
    undeclared_endpoints: Sequence[str] | None


@dataclass(frozen=True)
class KindJudgement:
    """The judgement of all facts of one kind.

    ``declared`` is of products; ``contacted`` has the hosts that products were seen to talk to, ``found_with`` the
    categories of data that detectors found, by party.
    """

    kind: str
    facts: int
    rules: tuple[RuleResult, ...]
    cells: Cells
    findings: tuple[Finding, ...]
    found: int
    overview: tuple[Overview, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    holdings: tuple[Holding, ...] = ()
    declared: tuple[Declared, ...] = ()
    contacted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    found_with: Mapping[str, Sequence[str]] = field(default_factory=dict)
    undated: int = 0

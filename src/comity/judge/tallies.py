"""Tallies: what many facts say together, read by rules as numbers with bounds. Totals stand in ``totals``.

A *share* is the part of the facts alike in ``by`` that have a value in common with the fact, in percent. Facts whose
value is not known may have any; facts that may belong to those counted, or may not, move one bound only. Where a tally
counts distinct values (suppliers, not what they supply), a fact without one may be of any, and so may not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from comity.engine.duckdb import Engine, quote
from comity.judge.coding import Coding, key_name, plain
from comity.judge.totals import Counting
from comity.judge.truth import Context, Truth
from comity.law.kleene import Kleene, evaluate
from comity.law.model import Pack, Share
from comity.vocabulary import KINDS, TALLY, Attribute, Role, Type

Bounds = tuple[float, float]

#: What is said where not even the group is known.
ANY: Bounds = (0.0, 100.0)


@dataclass(frozen=True)
class Counted:
    """Facts that are one to a tally: the value they share in, whether they are counted, how many they are."""

    value: tuple[Any, ...] | None
    counts: Kleene
    number: int


def shares(facts: Sequence[Counted]) -> list[Bounds]:
    """The bounds of each of some facts that are alike in ``by``."""
    counted = [fact for fact in facts if fact.counts is not False]
    of_value = {value: _share(value, counted) for fact in facts for value in fact.value or ()}
    return [_bounds(fact, of_value) for fact in facts]


def _bounds(fact: Counted, of_value: Mapping[Any, Bounds]) -> Bounds:
    if fact.value is None:
        return ANY
    found = [of_value[value] for value in fact.value]
    return (max(low for low, _ in found), max(high for _, high in found)) if found else (0.0, 0.0)


def _share(value: Any, facts: Iterable[Counted]) -> Bounds:
    """The least and the most that a value's part can be, whatever the unknown ones are."""
    have = {True: 0, None: 0}
    others = {True: 0, None: 0}
    unknown = {True: 0, None: 0}
    for fact in facts:
        group = unknown if fact.value is None else have if value in fact.value else others
        group[None if fact.counts is None else True] += fact.number
    least = have[True] + others[True] + others[None] + unknown[True] + unknown[None]
    most = have[True] + have[None] + unknown[True] + unknown[None]
    return (
        100.0 * have[True] / least if least else 0.0,
        100.0 * most / (most + others[True]) if most else 0.0,
    )


@dataclass
class Tallied:
    """What tallies came to: a coding for each, and the bounds for a fact.

    Shares are known by the values of the attributes they read; totals by group and moment. A total that no fact counts
    for is 0 and has no entry among ``totals``.
    """

    codings: dict[str, Coding] = field(default_factory=dict)
    totals: dict[str, Counting] = field(default_factory=dict)
    _found: dict[str, dict[tuple[Any, ...], Bounds]] = field(default_factory=dict)
    _reads: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def keep(self, name: str, tally: Share, coding: Coding, found: Mapping[tuple[Any, ...], Bounds]) -> None:
        """Remember one share."""
        self.codings[name], self._reads[name] = coding, tally.attributes
        self._found[name] = dict(found)

    def keep_total(self, name: str, counting: Counting) -> None:
        """Remember one total."""
        self.totals[name], self.codings[name] = counting, counting.coding

    def of(self, name: str, values: Mapping[str, Any]) -> Bounds | None:
        """The bounds for a fact, by the values of its attributes (relative names)."""
        if name in self.totals:
            return self.totals[name].of(values)
        return self._found[name].get(tuple(plain(values.get(read)) for read in self._reads[name]))


def share_out(
    engine: Engine,
    result: Tallied,
    shares: Mapping[str, tuple[Pack, Share]],
    codings: Mapping[str, Coding],
    truth: Truth,
    now: datetime,
    situations: str,
) -> None:
    """Compute shares (by the names that rules use) from situations, and give these a key for each.

    They read no sets, so that any moment will do: it is ``now``.
    """
    for name, (pack, tally) in shares.items():
        context = Context.of(pack, now, now)
        keys = [key_name(attribute) for attribute in tally.attributes]
        rows = engine.rows(f"SELECT {', '.join(keys)}, sum(n)::BIGINT FROM {situations} GROUP BY ALL ORDER BY ALL")
        known = [[codings[a].values[code] for a, code in zip(tally.attributes, row, strict=False)] for row in rows]
        bounds = _all_bounds(tally, known, [row[-1] for row in rows], truth, context)
        distinct = {pair: number for number, pair in enumerate(dict.fromkeys(bounds), 1)}
        attribute = Attribute(name, Type.INT, Role.DERIVED, tally.title)
        result.keep(
            name,
            tally,
            Coding(attribute, [None, *distinct]),
            {tuple(map(plain, values)): pair for values, pair in zip(known, bounds, strict=True)},
        )
        table = f"tally_{name.removeprefix(TALLY)}"
        columns = {f"k {attribute}": "INTEGER" for attribute in tally.attributes} | {"code": "INTEGER"}
        engine.create(table, columns, [(*row[:-1], distinct[pair]) for row, pair in zip(rows, bounds, strict=True)])
        engine.run(f"ALTER TABLE {situations} ADD COLUMN {key_name(name)} INTEGER")
        same = " AND ".join(f"{quote(table)}.{key} = {situations}.{key}" for key in keys)
        engine.run(f"UPDATE {situations} SET {key_name(name)} = code FROM {quote(table)} WHERE {same}")


def _all_bounds(
    tally: Share, known: Sequence[Sequence[Any]], numbers: Sequence[int], truth: Truth, context: Context
) -> list[Bounds]:
    """The bounds for each combination of values; where a group is not known there is nothing to say."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index, values in enumerate(known):
        groups.setdefault(tuple(map(plain, values[: len(tally.by)])), []).append(index)
    bounds = [ANY] * len(known)
    for group, members in groups.items():
        if None in group:
            continue
        counted = [_counted(tally, known[index], numbers[index], truth, context) for index in members]
        once = _distinct(tally, [known[index] for index in members], counted)
        for index, pair in zip(members, shares(once), strict=True):
            bounds[index] = pair
    return bounds


def _distinct(tally: Share, known: Sequence[Sequence[Any]], counted: Sequence[Counted]) -> list[Counted]:
    """The same facts, each distinct value counted once: by the first fact that surely counts, else by one that may."""
    if tally.distinct is None:
        return list(counted)
    place = tally.attributes.index(tally.distinct)
    names = [plain(values[place]) for values in known]
    first: dict[Any, int] = {}
    for certain in (True, None):
        for index, (name, fact) in enumerate(zip(names, counted, strict=True)):
            if name is not None and fact.counts is certain:
                first.setdefault((name, fact.value), index)
    return [
        replace(fact, counts=fact.counts and None)
        if name is None
        else replace(fact, number=int(first.get((name, fact.value)) == index))
        for index, (name, fact) in enumerate(zip(names, counted, strict=True))
    ]


def _counted(tally: Share, values: Sequence[Any], number: int, truth: Truth, context: Context) -> Counted:
    kind = KINDS[tally.about]
    named = {kind.full_name(name): value for name, value in zip(tally.attributes, values, strict=True)}
    counts = evaluate(tally.where, lambda atom: truth.of(atom, named, context)) if tally.where else True
    value = plain(named[kind.full_name(tally.share)])
    return Counted(value if value is None or isinstance(value, tuple) else (value,), counts, number)

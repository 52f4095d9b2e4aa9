"""What each pack sees of each period: one context for all the periods between which nothing changes for that pack."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime

from comity.judge.periods import Periods
from comity.judge.truth import Context
from comity.law.model import Pack


class Contexts:
    """The contexts in which packs judge.

    ``cuts`` are the instants at which each pack changes, by its id; ``changes`` those at which what is known of parties
    does.
    """

    def __init__(self, cuts: Mapping[str, Iterable[datetime]], periods: Periods, changes: Iterable[datetime]) -> None:
        self._cuts, self._periods, self._changes = cuts, periods, sorted(changes)
        self._by_pack: dict[str, list[Context]] = {}

    def of(self, pack: Pack, period: int) -> Context:
        """The context in which a pack judges the facts of a period, by its number."""
        if pack.id not in self._by_pack:
            self._by_pack[pack.id] = self._seen_by(pack)
        return self._by_pack[pack.id][period]

    def all(self, pack: Pack) -> list[Context]:
        """The different contexts of a pack."""
        self.of(pack, 0)
        return list({id(context): context for context in self._by_pack[pack.id]}.values())

    def _seen_by(self, pack: Pack) -> list[Context]:
        cuts = sorted(self._cuts[pack.id])
        known: dict[tuple[int, int], Context] = {}
        found = []
        for period in self._periods.all:
            key = (bisect_right(cuts, period.moment), bisect_right(self._changes, period.happened))
            if key not in known:
                known[key] = Context.of(pack, period.moment, period.happened)
            found.append(known[key])
        return found

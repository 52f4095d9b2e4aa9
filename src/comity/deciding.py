"""Decisions on single facts as they come: the law is loaded once, and judges each fact in some microseconds.

import comity
decider = comity.Decider(["eu-gdpr-transfers"])
for ruling in decider.decide({"from": "DE", "to": "VN", "personal": True, "safeguards": ["bcr"]}):
    print(ruling.rule.id, ruling.verdict, ruling.missing)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from comity.checking import moment_of
from comity.errors import UsageError, did_you_mean
from comity.judge.single import REMEMBERED, Ruling, SingleJudge
from comity.law.packs import load_law
from comity.vocabulary import KINDS


class Decider:
    """Judges single facts, which are taken as they are: no profile, no register, no table of addresses is looked into.

    ``packs`` and ``as_of`` are those of ``comity.check``. A fact without a time is judged by the law of now.
    ``remembered`` bounds the memory: how many situations, and how many parts of them, are remembered. A decider may be
    shared between threads.

    Raises ``ComityError`` for packs that can't be used.
    """

    def __init__(
        self,
        packs: Iterable[str] | None = None,
        *,
        as_of: date | datetime | None = None,
        remembered: int = REMEMBERED,
    ) -> None:
        self._judge = SingleJudge(load_law(packs), moment_of(as_of), remembered=remembered)

    def decide(
        self,
        fact: Mapping[str, Any],
        kind: str = "flow",
        *,
        tallies: Mapping[str, tuple[float, float]] | None = None,
        seen: datetime | None = None,
    ) -> tuple[Ruling, ...]:
        """What every duty about the kind says of one fact.

        ``fact`` has attributes by their names in the vocabulary (``recipient.seat``); one that is absent or None is
        *not known*. ``tallies`` are the bounds of those that rules read, as rules name them (``tally.people``): they
        speak of many facts, so that here they are not known unless told. ``seen`` is the last moment of which is known
        what happened, for deadlines.

        Raises ``ComityError`` for a kind or an attribute that does not exist.
        """
        if kind not in KINDS:
            raise UsageError("kind", f"unknown kind `{kind}`", help=did_you_mean(kind, KINDS))
        return self._judge.judge(kind, fact, tallies, seen)


__all__ = ["Decider", "Ruling"]

"""From the values of atoms to a verdict, with the reasons: exceptions that hold, what is missing, what was presumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.judge.truth import Context, is_settled
from comity.law.cel import Atom, Node
from comity.law.kleene import Kleene, Lack, all_of, any_of, evaluate, join_lacks, lack, negate, unsettled
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, Rule
from comity.vocabulary import ATTRIBUTES, CLOCK, KINDS, TALLY, Role


@dataclass(frozen=True)
class ExceptionOutcome:
    """What became of one exception: its value, the conditions that are false, the attributes that are missing.

    ``needs`` says in the rule's words what it lacks to hold, ``open`` whether that is for the party judged to choose,
    and ``begun`` whether the party has chosen some part of it already.
    """

    rule: str
    value: Kleene
    false: tuple[str, ...]
    missing: tuple[str, ...]
    needs: str
    open: bool
    begun: bool


@dataclass(frozen=True)
class Outcome:
    """A verdict: ``lifted`` names the exceptions that hold, ``missing`` what keeps it from being settled.

    ``within`` says whether the fact is in scope for sure; None where it may be.
    """

    verdict: str
    lifted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    within: Kleene = False


@dataclass(frozen=True)
class Reasons:
    """Why a breach or an unknown is one: what the duty lacks, what each exception lacks, what was presumed."""

    needs: str
    exceptions: tuple[ExceptionOutcome, ...]
    presumed: tuple[str, ...]


class Case:
    """One situation before one pack.

    ``truth`` gives the value of an atom, ``values`` the values of the attributes it reads by full name (None or absent
    where not known), ``context`` the moment.
    """

    def __init__(
        self, truth: Callable[[Atom], Kleene], values: Callable[[Atom], Mapping[str, Any]], context: Context
    ) -> None:
        self.atom, self._values, self._context = truth, values, context

    def judge(self, rule: Rule) -> Outcome:
        """The outcome of a duty. The table of verdicts stands in docs/explanation/verdicts.md."""
        if not self._context.in_force(rule):
            return Outcome(OUT_OF_SCOPE)
        exempting = [(e.id, self.holds(e)) for e in rule.exemptions()]
        within = evaluate(rule.when, self.atom)
        scope = all_of((within, negate(any_of(value for _, value in exempting))))
        if scope is False:
            lifting = () if within is False else tuple(sorted({id for id, value in exempting if value}))
            return Outcome(OUT_OF_SCOPE, lifting)
        permitting = [(e.id, self.holds(e)) for e in rule.permissions()]
        duty = False if rule.duty is None else evaluate(rule.duty, self.atom)
        lawful = any_of((duty, *(value for _, value in permitting)))
        if lawful is True:
            return Outcome(KEPT, tuple(sorted({id for id, value in permitting if value})), within=scope)
        if scope is True and lawful is False:
            return Outcome(BREACH, within=True)
        return Outcome(UNKNOWN, (), self._missing(rule), within=scope)

    def reasons(self, rule: Rule) -> Reasons:
        """Why a duty is not kept, or not known to be."""
        lacking = lack(rule.duty, self.atom) if rule.duty else None
        exceptions = tuple(self._explain(e) for e in rule.exceptions if self._context.in_force(e))
        return Reasons(lacking.text if lacking else "", exceptions, self._presumed(rule))

    def holds(self, exception: Rule) -> Kleene:
        """Whether an exception holds: it is in force, its conditions are met, and none of its own exceptions holds."""
        if not self._context.in_force(exception):
            return False
        lifted = any_of(self.holds(deeper) for deeper in exception.exceptions)
        return all_of((evaluate(exception.when, self.atom), negate(lifted)))

    def _explain(self, exception: Rule) -> ExceptionOutcome:
        value = self.holds(exception)
        lacking = self._lack(exception)
        atoms = lacking.atoms if lacking else frozenset()
        false = sorted(atom.text for atom in atoms if self.atom(atom) is not None)
        missing = self._absent([e.when for e in exception.with_exceptions()]) if value is None else ()
        choices = {atom for e in exception.with_exceptions() for atom in e.when.atoms() if _is_choice(atom)}
        return ExceptionOutcome(
            rule=exception.id,
            value=value,
            false=tuple(false),
            missing=missing,
            needs=lacking.text if lacking else "",
            open=bool(atoms) and atoms <= choices,
            begun=bool(choices - atoms),
        )

    def _lack(self, exception: Rule, wanted: bool = True) -> Lack | None:
        """What an exception lacks to hold, or not to: its own conditions, and those of the exceptions against it."""
        if not self._context.in_force(exception):
            return None
        if self.holds(exception) is wanted:
            return None
        against = [self._lack(deeper, not wanted) for deeper in exception.exceptions]
        parts = [part for part in (lack(exception.when, self.atom, wanted), *against) if part]
        return join_lacks(parts, "and" if wanted else "or")

    def _missing(self, rule: Rule) -> tuple[str, ...]:
        """What is missing from scope, duty and those exceptions that are not settled."""
        undecided = [e for r in rule.exceptions if self.holds(r) is None for e in r.with_exceptions()]
        return self._absent([*rule.expressions(), *(e.when for e in undecided)])

    def _absent(self, nodes: list[Node]) -> tuple[str, ...]:
        """The attributes that are not known, nor presumed, among those that keep expressions from being settled."""
        atoms = {atom for node in nodes for atom in unsettled(node, self.atom)}
        known = {name: self._values(atom).get(name) for atom in atoms for name in atom.attributes}
        presumed = {name for name, value in known.items() if value is None and self._context.presumed(name)}
        return tuple(sorted(name for name, value in known.items() if not is_settled(value) and name not in presumed))

    def _presumed(self, rule: Rule) -> tuple[str, ...]:
        """What was presumed of attributes that the rule and its exceptions read."""
        names = {name for atom in rule.atoms() for name in atom.attributes if self._values(atom).get(name) is None}
        found = (self._context.presumed(name) for name in sorted(names))
        return tuple(f"{p.attribute} = {json.dumps(p.value, ensure_ascii=False)} ({p.cites})" for p in found if p)


def _is_choice(atom: Atom) -> bool:
    """Whether an atom is for the party judged to change; where data leaves and arrives is taken as it is."""
    return all(not name.startswith((TALLY, CLOCK)) and _is_free(name) for name in atom.attributes)


def _is_free(attribute: str) -> bool:
    facets = KINDS[attribute.partition(".")[0]].facets
    place = attribute.partition(".")[2] in (facets.origin, facets.target)
    return ATTRIBUTES[attribute].role is Role.CHOICE and not place

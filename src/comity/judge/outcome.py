"""From the values of atoms to a verdict, with the reasons: exceptions that hold, what is missing, what was presumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.judge.truth import Context, Truth
from comity.law.cel import Atom, Node
from comity.law.kleene import Kleene, all_of, any_of, evaluate, false_atoms, negate, unsettled
from comity.law.model import BREACH, KEPT, OUT_OF_SCOPE, UNKNOWN, Rule


@dataclass(frozen=True)
class ExceptionOutcome:
    """What became of one exception: its value, the conditions that are false, the attributes that are missing."""

    rule: str
    value: Kleene
    false: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """A verdict and why: ``lifted`` names the exceptions that hold, ``missing`` what keeps it from being settled."""

    verdict: str
    lifted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    exceptions: tuple[ExceptionOutcome, ...] = ()


class Case:
    """One situation before one pack: the values of its attributes in a context."""

    def __init__(self, truth: Truth, values: Mapping[str, Any], context: Context) -> None:
        self._truth, self._values, self._context = truth, values, context
        self._atom: Callable[[Atom], Kleene] = lambda atom: truth.of(atom, values, context)

    def judge(self, rule: Rule) -> Outcome:
        """The outcome of a duty. The table of verdicts stands in docs/explanation/architecture.md."""
        if not rule.period.covers(self._context.moment):
            return Outcome(OUT_OF_SCOPE)
        exempting = {e.id: self._holds(e) for e in rule.exemptions()}
        scope = all_of((evaluate(rule.when, self._atom), negate(any_of(exempting.values()))))
        if scope is False:
            return Outcome(OUT_OF_SCOPE, tuple(sorted(id for id, value in exempting.items() if value)))
        permitting = {e.id: self._holds(e) for e in rule.permissions()}
        duty = False if rule.duty is None else evaluate(rule.duty, self._atom)
        lawful = any_of((duty, *permitting.values()))
        presumed = self._presumed(rule)
        if lawful is True:
            return Outcome(KEPT, tuple(sorted(id for id, value in permitting.items() if value)), presumed=presumed)
        exceptions = tuple(self._explain(e) for e in rule.exceptions if e.period.covers(self._context.moment))
        if scope is True and lawful is False:
            return Outcome(BREACH, presumed=presumed, exceptions=exceptions)
        return Outcome(UNKNOWN, (), self._missing(rule), presumed, exceptions)

    def _holds(self, exception: Rule) -> Kleene:
        if not exception.period.covers(self._context.moment):
            return False
        lifted = any_of(self._holds(deeper) for deeper in exception.exceptions)
        return all_of((evaluate(exception.when, self._atom), negate(lifted)))

    def _explain(self, exception: Rule) -> ExceptionOutcome:
        value = self._holds(exception)
        false = {atom.text for atom in false_atoms(exception.when, self._atom)}
        false |= {f"not {deeper.id}" for deeper in exception.exceptions if self._holds(deeper)}
        nodes = [e.when for e in exception.with_exceptions()] if value is None else []
        return ExceptionOutcome(exception.id, value, tuple(sorted(false)), self._absent(nodes))

    def _missing(self, rule: Rule) -> tuple[str, ...]:
        """What is missing from scope, duty and those exceptions that are not settled."""
        undecided = [e for r in rule.exceptions if self._holds(r) is None for e in r.with_exceptions()]
        return self._absent([*rule.expressions(), *(e.when for e in undecided)])

    def _absent(self, nodes: list[Node]) -> tuple[str, ...]:
        atoms = {atom for node in nodes for atom in unsettled(node, self._atom)}
        names = {name for atom in atoms for name in atom.attributes}
        return tuple(sorted(name for name in names if self._values.get(name) is None))

    def _presumed(self, rule: Rule) -> tuple[str, ...]:
        nodes = [node for r in rule.with_exceptions() for node in r.expressions()]
        names = {name for node in nodes for atom in node.atoms() for name in atom.attributes}
        found = [self._context.presumed(name) for name in sorted(names) if self._values.get(name) is None]
        return tuple(f"{p.attribute} = {str(p.value).lower()} ({p.cites})" for p in found if p)

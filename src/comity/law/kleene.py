"""Kleene's three values: True, False, and None for *not known*. The same logic as CEL's ``&&``, ``||`` and ``!``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from comity.law.cel import Atom, Node

Kleene = bool | None


def negate(value: Kleene) -> Kleene:
    """Not."""
    return None if value is None else not value


def all_of(values: Iterable[Kleene]) -> Kleene:
    """And: False as soon as one is false, True when all are true."""
    known = True
    for value in values:
        if value is False:
            return False
        known = known and value is not None
    return True if known else None


def any_of(values: Iterable[Kleene]) -> Kleene:
    """Or: True as soon as one is true, False when all are false."""
    return negate(all_of(negate(value) for value in values))


def evaluate(node: Node, truth: Callable[[Atom], Kleene]) -> Kleene:
    """The value of an expression, given the value of each atom."""
    if node.atom is not None:
        return truth(node.atom)
    values = (evaluate(child, truth) for child in node.children)
    if node.op == "not":
        return negate(next(values))
    return all_of(values) if node.op == "and" else any_of(values)


def unsettled(node: Node, truth: Callable[[Atom], Kleene]) -> frozenset[Atom]:
    """The atoms that keep an expression from being known; empty when it is known."""
    if evaluate(node, truth) is not None:
        return frozenset()
    if node.atom is not None:
        return frozenset((node.atom,))
    return frozenset().union(*(unsettled(child, truth) for child in node.children))


def false_atoms(node: Node, truth: Callable[[Atom], Kleene], wanted: bool = True) -> frozenset[Atom]:
    """The atoms that make an expression differ from ``wanted``; empty when it does not."""
    value = evaluate(node, truth)
    if value is None or value is wanted:
        return frozenset()
    if node.atom is not None:
        return frozenset((node.atom,))
    if node.op == "not":
        return false_atoms(node.children[0], truth, not wanted)
    return frozenset().union(*(false_atoms(child, truth, wanted) for child in node.children))

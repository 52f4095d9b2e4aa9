"""Kleene's three values: True, False, and None for *not known*. The same logic as CEL's ``&&``, ``||`` and ``!``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Lack:
    """What an expression lacks to have a wanted value, in the rule's own words, and the atoms that lack it."""

    text: str
    atoms: frozenset[Atom]


def lack(node: Node, truth: Callable[[Atom], Kleene], wanted: bool = True) -> Lack | None:
    """What must change, or become known, for an expression to be ``wanted``; None when nothing must."""
    if evaluate(node, truth) is wanted:
        return None
    if node.atom is not None:
        text = node.atom.text
        return Lack(text if wanted else f"!({text})", frozenset((node.atom,)))
    if node.op == "not":
        return lack(node.children[0], truth, not wanted)
    found = [part for child in node.children if (part := lack(child, truth, wanted))]
    every = (node.op == "and") is wanted
    return join_lacks(found, "and" if every else "or")


def join_lacks(found: Iterable[Lack], word: str) -> Lack | None:
    """Several lacks as one, all of them (``and``) or any (``or``); None for none."""
    parts = list(found)
    if len(parts) <= 1:
        return next(iter(parts), None)
    text = f" {word} ".join(part.text for part in parts)
    return Lack(f"({text})" if word == "or" else text, frozenset().union(*(part.atoms for part in parts)))

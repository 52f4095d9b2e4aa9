"""Single facts as rules read them: full names, canonical lists, derived attributes filled in, nulls left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.bounds import decoded
from comity.categories import derived_from_data
from comity.law.cel import instant
from comity.vocabulary import KINDS, Type, derived_from_search


def canonical(value: Any) -> Any:
    """Lists sorted and without duplicates; all else as it is."""
    return sorted(set(value)) if isinstance(value, list | tuple | set) else value


def with_derived(kind: str, fact: Mapping[str, Any]) -> Mapping[str, Any]:
    """A fact with the attributes that follow from others where it does not give them."""
    follows: Mapping[str, bool | None] = {}
    if fact.get("data") is not None and "data" in KINDS[kind].by_name:
        follows = derived_from_data(fact["data"])
    elif kind == "product":
        follows = {"searched": derived_from_search(fact.get("capabilities"), fact.get("sought"))}
    return {**fact, **{name: value for name, value in follows.items() if fact.get(name) is None}} if follows else fact


def complete(kind: str, fact: Mapping[str, Any]) -> dict[str, Any]:
    """A fact with relative names (``recipient.seat``) as values by full name, as the bulk path would see it.

    Times may be RFC 3339 text. Raises ``KeyError`` for a name that the kind does not have.
    """
    known = KINDS[kind]
    values = dict(with_derived(kind, fact))
    for attribute in known.attributes:
        if attribute.closed and values.get(attribute.name) is None:
            values[attribute.name] = [] if attribute.type.is_list else False
    result = {}
    for name, value in values.items():
        attribute = known.by_name[name]
        if value is None:
            continue
        is_text = attribute.type is Type.TIME and isinstance(value, str)
        result[known.full_name(name)] = instant(value) if is_text else decoded(name, canonical(value))
    return result

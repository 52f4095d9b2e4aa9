"""What can give an attribute: formats of evidence, the profile, Comity's own tables."""

from __future__ import annotations

from collections.abc import Iterable

from comity.enrich.parties import COLUMNS
from comity.evidence import formats_giving
from comity.report.words import told_in_profile

_PLACES = ("flow.from", "flow.to", "flow.network")

#: What follows from other attributes.
_FOLLOWS = {
    "personal": "data",
    "sensitive": "data",
    "days_to_tell": "aware and users_told",
    "days_to_remedy": "published and remedy_available",
}


def givers(attribute: str) -> list[str]:
    """Whatever can give an attribute (``flow.recipient.seat``), in words; a `facts` file can give any."""
    kind, _, name = attribute.partition(".")
    found = [form.NAME for form in formats_giving(kind, name) if form.NAME != "facts"]
    found += ["the table of addresses"] if attribute in _PLACES else []
    found += ["the register of parties"] if _of_party(name) else []
    found += [f"follows from {_FOLLOWS[name]}"] if name in _FOLLOWS else []
    return [*found, *(["comity.toml"] if told_in_profile(attribute) else []), "facts"]


def _of_party(name: str) -> bool:
    _, _, part = name.partition(".")
    return part in COLUMNS and part not in ("name", "certifications", "listed", "influenced_by")


def needed(attributes: Iterable[str]) -> list[tuple[str, str]]:
    """Attributes and what gives them, those that are given alike in one row."""
    rows: dict[str, list[str]] = {}
    for attribute in sorted(attributes):
        rows.setdefault(", ".join(givers(attribute)), []).append(attribute)
    return [(", ".join(names), given) for given, names in rows.items()]

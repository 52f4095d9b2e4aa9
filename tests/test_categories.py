"""Categories of data: what is narrower comes along, and each law has its own."""

from __future__ import annotations

from comity.categories import SENSITIVE_DATA, broader, narrower
from comity.law.packs import load_law

LAW = load_law()

#: Terms outside the extension, under which its own begin.
TOPS = {"PersonalData", "SensitivePersonalData", "SpecialCategoryPersonalData"}


def test_every_term_stands_below_a_known_one() -> None:
    assert all(set(above) <= broader().keys() | TOPS for above in broader().values())
    assert broader().keys() >= SENSITIVE_DATA - TOPS


def test_what_is_narrower_comes_along_and_what_is_broader_does_not() -> None:
    assert {"Biometric", "FacialPrint", "Fingerprint", "Retina"} <= narrower("Biometric")
    assert "Biometric" not in narrower("FacialPrint")
    assert narrower("GPSCoordinate") == {"GPSCoordinate"}


def categories(term: str) -> dict[str, set[str]]:
    """What each law calls a term: pack to the names of its categories."""
    found: dict[str, set[str]] = {}
    for pack in LAW.packs:
        for category in pack.categories:
            if term in category.members:
                found.setdefault(pack.id, set()).add(category.name)
    return found


def test_one_element_is_another_category_in_each_law() -> None:
    location, face, device = (categories(term) for term in ("GPSCoordinate", "FacialPrint", "MACAddress"))

    assert location["us-bulk-data"] != face["us-bulk-data"] != device["us-bulk-data"]
    assert {"us-bulk-data", "us-padfaa", "cn-data-exit", "vn-pdpl"} <= location.keys()
    assert {"us-bulk-data", "us-padfaa", "cn-data-exit", "ru-152fz", "my-pdpa", "ch-fadp"} <= face.keys()
    assert "us-bulk-data" in device
    assert "cn-data-exit" not in device


def test_each_pack_reads_no_category_but_its_own() -> None:
    """So that a pack means the same alone as among others."""
    own = {category.name: pack.id for pack in LAW.packs for category in pack.categories}
    for pack in LAW.packs:
        read = {
            name for rule in pack.rules for node in rule.expressions() for atom in node.atoms() for name in atom.sets
        }
        assert {own[name] for name in read if name in own} <= {pack.id}

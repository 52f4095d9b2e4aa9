"""Categories of data: the terms of the Data Privacy Vocabulary's extension for personal data, DPV-PD 2.3.

``categories.csv`` holds each term with the terms that are broader (https://w3id.org/dpv/pd, version 2.3 of 2026; the
names are the vocabulary's own). What a law calls a category is told in its pack, in these terms.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

#: An element of an open list: what is there is known, what else may be there is not.
AND_MORE = "…"

TABLE = Path(__file__).parent / "categories.csv"

#: DPV-PD terms that are special categories of personal data, or narrower than one (https://w3id.org/dpv/pd, compared
#: with version 2.3), and `Ethnicity`, which DPV has elsewhere but GDPR art. 9 names. Facial expressions, which DPV
#: counts as biometric, identify nobody and are left out.
SENSITIVE_DATA = frozenset(
    """Biometric FacialPrint Fingerprint Retina MedicalHealth BloodType DNACode Disability DrugTestResult Health Genetic
    MentalHealth PhysicalHealth HealthHistory FamilyHealthHistory IndividualHealthHistory HealthRecord Prescription
    EthnicOrigin Ethnicity Race PhilosophicalBelief Religion ReligiousBelief PoliticalAffiliation PoliticalOpinion
    Sexual Fetish Proclivity SexualHistory SexualPreference TradeUnionMembership SpecialCategoryPersonalData""".split()
)


@functools.cache
def broader() -> Mapping[str, tuple[str, ...]]:
    """Every term with the terms directly above it; those outside the extension (`PersonalData`) have no entry."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["term"]: tuple(row["broader"].split()) for row in csv.DictReader(file)}


@functools.cache
def narrower(term: str) -> frozenset[str]:
    """A term with all the terms below it."""
    below = (narrower(name) for name, above in broader().items() if term in above)
    return frozenset((term,)).union(*below)


def is_open(value: object) -> bool:
    """Whether a value is a list that may have more elements than it shows."""
    return isinstance(value, list | tuple) and AND_MORE in value


def derived_from_data(data: Iterable[str]) -> dict[str, bool | None]:
    """What categories of data imply: ``personal`` when any is named, ``sensitive`` when a special one is.

    That none is among those of an open list says nothing.
    """
    categories = set(data)
    otherwise = None if AND_MORE in categories else False
    return {
        "personal": bool(categories - {AND_MORE}) or otherwise,
        "sensitive": bool(categories & SENSITIVE_DATA) or otherwise,
    }

"""The rules of transfers.md for engines that know but two values: every condition is written twice.

What a condition *surely* is and what it *may* be are two expressions; and, or and not combine both. Out of the two of a
scope and the two of what makes lawful come three questions about each duty, which such engines can answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from beside.lists import CAC_CONTRACT_BEGINS, FRAMEWORK_BEGINS, OLD_CLAUSES_END, members


class Dialect(ABC):
    """How an engine writes conditions; attributes are given by their names in the vocabulary."""

    AND, OR, NOT = "&&", "||", "!"

    @abstractmethod
    def known(self, name: str) -> str:
        """The attribute is known."""

    @abstractmethod
    def value(self, name: str) -> str:
        """Its value."""

    @abstractmethod
    def contains(self, container: str, element: str) -> str:
        """A list or set contains an element."""

    @abstractmethod
    def overlaps(self, one: str, other: str) -> str:
        """Two lists have an element in common."""

    @abstractmethod
    def within(self, part: str, whole: str) -> str:
        """Every element of one list is in another."""

    def single(self, value: str) -> str:
        """A list of one value."""
        return f"[{value}]"

    def literal(self, value: object) -> str:
        """A value as text."""
        return str(int(value.timestamp())) if isinstance(value, datetime) else str(value)

    def texts(self, values: Sequence[str]) -> str:
        """A list of texts."""
        return "[" + ", ".join(f'"{value}"' for value in values) + "]"


@dataclass(frozen=True)
class Condition:
    """What surely holds, and what may."""

    dialect: Dialect
    surely: str
    may: str

    def __and__(self, other: Condition) -> Condition:
        return self._joined(self.dialect.AND, other)

    def __or__(self, other: Condition) -> Condition:
        return self._joined(self.dialect.OR, other)

    def __invert__(self) -> Condition:
        return Condition(self.dialect, f"{self.dialect.NOT}({self.may})", f"{self.dialect.NOT}({self.surely})")

    def _joined(self, word: str, other: Condition) -> Condition:
        surely, may = (f"({a} {word} {b})" for a, b in ((self.surely, other.surely), (self.may, other.may)))
        return Condition(self.dialect, surely, may)


class _Conditions:
    """Conditions on attributes."""

    def __init__(self, dialect: Dialect) -> None:
        self._d = dialect

    def _on(self, names: Sequence[str], text: str) -> Condition:
        known = f" {self._d.AND} ".join(map(self._d.known, names))
        return Condition(self._d, f"({known} {self._d.AND} {text})", f"({self._d.NOT}({known}) {self._d.OR} {text})")

    def true(self, name: str) -> Condition:
        return self._on([name], self._d.value(name))

    def equals(self, name: str, text: str) -> Condition:
        return self._on([name], f'{self._d.value(name)} == "{text}"')

    def among(self, name: str, texts: Sequence[str]) -> Condition:
        return self._on([name], self._d.contains(self._d.texts(texts), self._d.value(name)))

    def compared(self, name: str, sign: str, value: object) -> Condition:
        return self._on([name], f"{self._d.value(name)} {sign} {self._d.literal(value)}")

    def holds(self, name: str, text: str) -> Condition:
        return self._on([name], self._d.contains(self._d.value(name), f'"{text}"'))

    def holds_any(self, name: str, texts: Sequence[str]) -> Condition:
        return self._on([name], self._d.overlaps(self._d.value(name), self._d.texts(texts)))

    def lists(self, name: str, element: str) -> Condition:
        """A list has the value of another attribute."""
        return self._on([name, element], self._d.contains(self._d.value(name), self._d.value(element)))

    def all_in(self, part: str, whole: str) -> Condition:
        """Every element of a list is in another list, or is the value of another attribute."""
        return self._on([part, whole], self._d.within(self._d.value(part), self._d.value(whole)))

    def only(self, part: str, single: str) -> Condition:
        """Every element of a list is the value of another attribute."""
        return self._on([part, single], self._d.within(self._d.value(part), self._d.single(self._d.value(single))))

    def abroad(self) -> Condition:
        """From one State to another; such engines have no tables, and are given the States with the flow."""
        names = ["from_state", "to_state"]
        return ~self._on(names, " == ".join(map(self._d.value, names)))


def rules(dialect: Dialect) -> Mapping[str, tuple[Condition, Condition]]:
    """For each duty its scope, and what makes lawful what is within."""
    c = _Conditions(dialect)
    authorities = ["State", "public-authority"]
    by_authority, to_authority = c.among("sender.role", authorities), c.among("recipient.role", authorities)
    personal, abroad = c.true("personal"), c.abroad()

    def held(*texts: str) -> Condition:
        return c.holds_any("safeguards", texts)

    old_clauses = c.compared("at", "<", OLD_CLAUSES_END)
    cac_contract = c.compared("at", ">=", CAC_CONTRACT_BEGINS)
    approved, by_instrument = held("authority-approved"), held("public-body-instrument")
    permitted = (
        held(*members("LEGAL_PERMISSIONS"))
        | (old_clauses & held("scc-2010"))
        | (cac_contract & held("cac-standard-contract"))
    )
    private = c.among("recipient.role", ["controller", "processor", "provider"])
    partly = (
        c.among("to", members("EU_ADEQUATE_PARTLY"))
        & ~(c.among("to", ["CA", "JP"]) & ~private)
        & ~(c.equals("to", "FO") & to_authority & c.holds("recipient.seat", "DK"))
    )
    framework = c.compared("at", ">=", FRAMEWORK_BEGINS) & c.equals("to", "US")
    safeguard = (
        (by_instrument & by_authority & to_authority) | held("bcr", "scc-2021") | (old_clauses & held("scc-2010"))
    )
    interest = held("compelling-interest") & held("authority-notified") & held("subjects-informed")
    here = members("GDPR_TERRITORY")
    served = c.holds_any("sender.serves", here) & c.holds_any("subjects", here)
    no_ground = c.equals("basis", "none")
    few, not_many = c.compared("people", "<=", 10_000), c.compared("people", "<=", 100_000)
    at_home_of_sender = c.lists("sender.seat", "to") | c.lists("sender.controlled_by", "to")
    return {
        "art-44": (
            personal
            & ~c.among("to", members("EEA"))
            & ~c.equals("sender.role", "individual")
            & ~c.true("same_party")
            & (c.among("from", here) | served),
            c.among("to", members("EU_ADEQUATE"))
            | partly
            | (framework & c.holds("recipient.certifications", "dpf"))
            | (held("transfer-impact-assessment") & safeguard)
            | (~by_authority & (held("explicit-consent", "contract-necessity") | interest))
            | held("legal-claims"),
        ),
        "2a": (c.true("critical") & abroad, ~c.among("alert", members("ATTACK_ALERTS"))),
        "2b": (c.true("important") & abroad, approved | (held("cac-assessment") & c.equals("from", "CN"))),
        "3a": (personal, ~no_ground | held("consent", "explicit-consent", "separate-consent")),
        "3b": (
            to_authority & personal & abroad & ~c.all_in("subjects", "recipient.seat"),
            few | (not_many & ~c.true("sensitive")) | approved | by_instrument,
        ),
        "3c": (personal & abroad & ~c.only("subjects", "to"), ~no_ground | approved | permitted),
        "4b": (abroad & at_home_of_sender & ~c.only("origin", "to"), ~c.equals("basis", "LegalObligation")),
        "5b": (
            abroad & to_authority & ~by_authority & ~c.lists("recipient.seat", "from"),
            approved | permitted | held(*members("AGREED_CHANNELS")),
        ),
    }


def questions(dialect: Dialect) -> dict[str, str]:
    """The three questions about each duty (``sides.from_marks``), as expressions."""
    asked = {}
    for duty, (scope, lawful) in rules(dialect).items():
        asked[f"{duty}/within"] = scope.may
        asked[f"{duty}/kept"] = lawful.surely
        asked[f"{duty}/breach"] = f"({scope.surely} {dialect.AND} {dialect.NOT}({lawful.may}))"
    return asked

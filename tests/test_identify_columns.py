"""What a column is, by its name and its values together."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from comity.identify import Identifier
from comity.identify.columns import Column, judge_column
from comity.identify.model import Detector
from comity.identify.scanner import Scanner
from comity.profile import Persona

IDENTIFIER = Identifier()


def judged(name: str, values: list[str], identifier: Identifier = IDENTIFIER) -> Column:
    return judge_column(identifier, name, values)


def many(make: Callable[[random.Random], str], count: int = 500) -> list[str]:
    numbers = random.Random(7)
    return [make(numbers) for _ in range(count)]


def knowing(detector: Detector) -> Identifier:
    """An identifier that knows this detector and one that is sure of what is nowhere in these tests."""
    identifier = Identifier()
    identifier.__dict__["scanner"] = Scanner([detector, Detector("sure", "Like", "sure thing")])
    return identifier


def digits(count: int) -> Callable[[random.Random], str]:
    return lambda numbers: str(numbers.randrange(10 ** (count - 1), 10**count))


def card(numbers: random.Random) -> str:
    start = "4" + digits(14)(numbers)
    return start + luhn.calc_check_digit(start)


def test_a_column_of_addresses_is_one_whatever_its_name() -> None:
    column = judged("x7", many(lambda n: f"user{n.randrange(999)}@example.org"))
    (found,) = column.detections
    assert (found.category, found.detector, found.field, found.where) == ("EmailAddress", "email", "x7", "column x7")
    assert column.people


def test_values_are_masked() -> None:
    (found,) = judged("mail", ["anna.schmidt@example.org"]).detections
    assert "anna" not in found.value
    assert "*" in found.value


def test_every_tenth_number_passes_a_checksum_and_is_no_card() -> None:
    numbers = many(lambda n: "4" + digits(15)(n))
    assert 30 < sum(map(luhn.is_valid, numbers)) < 70
    assert judged("n", numbers).categories == frozenset()


def test_a_column_that_passes_it_throughout_is_one_of_cards() -> None:
    assert "PaymentCardNumber" in judged("n", many(card)).categories


@pytest.mark.parametrize(
    "make",
    [
        digits(8),
        digits(10),
        digits(12),
        digits(13),
        digits(16),
        lambda n: f"{n.getrandbits(160):040x}",
        lambda n: (
            f"1Z {n.randrange(999):03d} {n.randrange(999):03d} 80 {n.randrange(9999):04d} 979 914 {n.randrange(9)}"
        ),
        lambda n: f"PO-{n.randrange(10**7):07d}",
        lambda n: f"{n.randrange(9)}.{n.randrange(30)}.{n.randrange(100)}",
    ],
)
def test_numbers_of_parcels_builds_and_versions_are_nothing(make: Callable[[random.Random], str]) -> None:
    assert judged("code", many(make)).categories == frozenset()


def test_numbers_that_count_upwards_are_nothing() -> None:
    for start in (1, 100_000, 10_000_000, 1_600_000_000, 4_000_000_000_000_000):
        assert judged("id", [str(start + n) for n in range(2_000)]).categories == frozenset(), start


def test_addresses_in_comments_are_found_and_count_nobody() -> None:
    comments = [f"please call the customer back about parcel {n}" for n in range(90)]
    comments += [f"the customer wrote from user{n}@example.org and asked again" for n in range(10)]
    column = judged("comment", comments)
    assert column.categories == {"EmailAddress"}
    assert column.detections[0].confidence < 0.9
    assert not column.people


def test_a_handful_in_a_long_column_is_no_category() -> None:
    column = judged(
        "comment", ["nothing was said about it today"] * 997 + ["it came from a@example.org in the end"] * 3
    )
    assert column.categories == frozenset()


def test_cards_among_words_are_told_from_numbers_that_pass_by_chance() -> None:
    real = [f"the customer paid with the card {card(random.Random(n))} at the desk" for n in range(60)]
    chance = [f"the parcel with the number 4{digits(15)(random.Random(n))} came back" for n in range(600)]
    assert judged("note", real).categories == {"PaymentCardNumber"}
    assert judged("note", chance).categories == frozenset()


def test_a_weak_detector_is_sure_of_a_column_that_passes_throughout() -> None:
    weak = Detector("weak", "Tax", r"\d{9}", luhn.is_valid, alone=0.2, near=0.9, context="nothing", digits=(9,))
    identifier = knowing(weak)

    def passing(numbers: random.Random) -> str:
        start = digits(8)(numbers)
        return start + luhn.calc_check_digit(start)

    assert judged("n", many(passing), identifier).categories == {"Tax"}
    assert judged("n", many(digits(9)), identifier).categories == frozenset()
    assert judged("n", many(passing, 5), identifier).categories == frozenset()
    assert judged("n", [passing(random.Random(1))] * 500, identifier).categories == frozenset()


def test_a_pattern_without_a_checksum_is_no_surer_of_many_than_of_one() -> None:
    weak = Detector("weak", "Passport", r"[A-Z]\d{8}", alone=0.2, near=0.9, context="nothing")
    identifier = knowing(weak)
    assert judged("n", many(lambda n: "K" + digits(8)(n)), identifier).categories == frozenset()


def test_a_planted_value_is_found_among_others() -> None:
    identifier = Identifier((Persona("Mai", ("mai.tester@example.org",)),))
    values = [f"row {n} is about nothing" for n in range(100)] + ["written by mai.tester@example.org"]
    (found,) = judged("log", values, identifier).detections
    assert (found.category, found.detector) == ("EmailAddress", "persona Mai")


def test_what_is_empty_says_nothing() -> None:
    assert judged("email", []) == Column()
    assert judged("email", ["", "  ", "\n"]) == Column()


def test_a_value_of_several_lines_is_one_value() -> None:
    column = judged("x", ["anna@example.org\nbert@example.org"] * 10)
    assert column.categories == {"EmailAddress"}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40), st.lists(st.text(max_size=200), max_size=30))
def test_no_column_is_too_strange(name: str, values: list[str]) -> None:
    column = judged(name, values)
    assert all(0.5 <= found.confidence <= 1 for found in column.detections)


def test_a_column_of_encoded_addresses_is_seen_through() -> None:
    values = [base64.b64encode(f"visitor{number}@lumen.example".encode()).decode() for number in range(30)]
    (found,) = judged("payload", values).detections
    assert (found.category, found.where) == ("EmailAddress", "column payload (base64)")

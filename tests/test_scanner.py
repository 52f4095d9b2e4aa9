"""The scanner as such: what is planted is found, whatever stands around it, and nothing brings it down."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scanning import SCANNER, found
from stdnum import iban, luhn

from comity.identify import scanner as scanning
from comity.identify.context import Contexts, in_words
from comity.identify.model import Detector
from comity.identify.scanner import Scanner

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

#: What may stand around a value: bytes of any kind, but no digit or letter right beside it.
NOISE = st.binary(max_size=120)
EDGE = st.sampled_from([b"", b"\n", b" ", b'"', b"\xff", b"\t", b">", "，".encode(), b";\r\n"])

NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}([._+\-][a-z0-9]{1,9})?", fullmatch=True)
EMAILS = st.builds(
    "{}@{}.{}".format,
    NAMES,
    st.from_regex(r"[a-z]{2,9}(-[a-z]{1,4})?", fullmatch=True),
    st.sampled_from(["org", "com.vn"]),
)
CARDS = st.builds(
    lambda head, rest: head + rest + luhn.calc_check_digit(head + rest),
    st.sampled_from(["4539", "5213", "2221"]),
    st.from_regex(r"[1-9]{11}", fullmatch=True).filter(lambda digits: len(set(digits)) > 3),
)
IBANS = st.builds(
    lambda number: f"DE{iban.calc_check_digits(f'DE00{number}')}{number}", st.from_regex(r"[1-9]\d{17}", fullmatch=True)
).filter(iban.is_valid)


@QUICK
@given(before=NOISE, value=st.one_of(EMAILS, CARDS, IBANS), after=NOISE, left=EDGE, right=EDGE)
def test_what_is_planted_is_found_in_whatever_bytes(before, value, after, left, right):
    plant = value.encode()
    text = before + b"\n\x00" + left + plant + right + b"\x00\n" + after
    start = len(before) + 2 + len(left)
    assert (start, start + len(plant)) in {(match.start, match.end) for match in SCANNER.find(text)[0]}


@QUICK
@given(
    text=st.one_of(st.binary(max_size=400), st.text(alphabet="0123456789 .-/()+@:xabT", max_size=400).map(str.encode))
)
def test_matches_lie_in_the_text_in_order_and_never_overlap(text):
    matches, whole = SCANNER.find(text)
    assert whole
    ends = [0]
    for match in matches:
        assert ends[-1] <= match.start < match.end <= len(text)
        assert text[match.start : match.end].decode("utf-8", "replace") == match.value
        assert match.confidence >= 0.5
        ends.append(match.end)


@pytest.mark.parametrize("piece", ["1", "1-", "12 ", "1.", "a@", "a@a.", "(", "+1 ", "ab:", "tel ", "0f", "a=", '"":'])
def test_in_a_hostile_text_nothing_is_found(piece):
    assert SCANNER.find((piece * 30_000)[:60_000].encode())[0] == []


def test_a_text_that_proposes_too_much_says_so(monkeypatch):
    monkeypatch.setattr(scanning, "MOST_PROPOSALS", 5)
    matches, whole = SCANNER.find(b"a@example.org " * 10)
    assert not whole
    assert len(matches) == 5


def test_the_surest_wins_and_then_the_longest():
    scanner = Scanner(
        (
            Detector("short", "Identifier", r"[A-Z]{2}\d{4}", alone=0.9),
            Detector("long", "Identifier", r"[A-Z]{2}\d{4} \d{2}", alone=0.9),
            Detector("sure", "Identifier", r"\d{2} [a-z]{3}", alone=0.95),
        )
    )
    assert [match.detector.name for match in scanner.find(b"AB1234 56.")[0]] == ["long"]
    assert [match.detector.name for match in scanner.find(b"AB1234 56 abc")[0]] == ["short", "sure"]


def test_context_makes_a_number_something_and_the_nearest_word_wins():
    badge = Detector(
        "badge", "Identifier", r"\d{3} ?\d{3}", alone=0.2, near=0.8, context=r"\bbadge\b|жетон", digits=(6,)
    )
    scanner = Scanner((badge,))

    def finds(text: str, field: str = "") -> bool:
        return bool(scanner.find(text.encode(), field)[0])

    assert finds("his badge is 123 456")
    assert finds("123456 is the badge")
    assert finds("Жетон 123456")
    assert finds("123456", field="visitorBadge")
    assert finds('{"visitorBadge": "123456"}')
    assert finds("badge_no=123456&x=1")
    assert not finds("123456")
    assert not finds("badger 123456")
    assert not finds("badge\n123456"), "another line is no surroundings"
    assert not finds("badge order 123456")
    assert finds("order badge 123456")
    assert not finds('{"badge": "none", "room": "123456"}'), "a value with a name is what its name says"
    assert not finds("123456", field="badge_order")


def test_the_value_of_another_name_is_no_part_of_a_name():
    badge = Detector("badge", "Identifier", r"\d{6}", alone=0.2, near=0.8, context=r"\bbadge\b", digits=(6,))
    scanner = Scanner((badge,))
    assert scanner.find(b"badge no=123456")[0]
    assert not scanner.find(b"badge 17 room=123456")[0], "the room is 123456, the badge is 17"


def test_words_behind_a_value_are_no_part_of_it():
    long = Detector(
        "long", "Identifier", r"[A-Z]{2}(?: ?[A-Za-z0-9]){4,12}", lambda value: value.endswith("9"), longest=20
    )
    matches, _ = Scanner((long,)).find(b"from AB 12 39 to the end")
    assert [match.value for match in matches] == ["AB 12 39"]


def test_a_part_of_a_decimal_or_of_a_longer_number_is_none():
    assert found("weight 0.4539578763621486 kg") == []
    assert found("id 4539578763621486-4539578763621486-1") == []
    assert found("45395787636214864539578763621486") == []
    assert found("x4539578763621486") == []


def test_contexts_may_be_any_expression_with_some_plain_text():
    contexts = Contexts([r"(?<![^\W\d_])id[ _\-]?cards?(?![^\W\d_])", r"colou?r|größe"])
    card, colour = contexts.numbers.values()
    assert contexts.of_name("idCard").contexts == {card}
    assert contexts.of_name("id_cards").contexts == {card}
    assert contexts.of_name("paid card").contexts == frozenset()
    assert contexts.of_name("color").contexts == contexts.of_name("Größe").contexts == {colour}
    with pytest.raises(ValueError, match="plain text"):
        Contexts([r"[a-z]+"])


def test_names_of_fields_are_words():
    assert in_words("userEmail") == in_words("user_email") == in_words("user.email") == "user email"

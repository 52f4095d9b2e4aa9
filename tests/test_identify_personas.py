"""A planted value is found again however it was written, encoded or hashed, and nothing else is taken for it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.identify import Identifier, Piece
from comity.identify.disguises import HASHES
from comity.identify.layers import layers
from comity.identify.personas import Personas, Planted
from comity.profile import Persona

MAIL, PHONE, PHONE_ID = "Mai.Tran@example.com", "+84 91 234 56 78", "38400000-8CF0-11BD-B23E-10B96E40000D"
MAI = Persona("Mai", (MAIL, PHONE, PHONE_ID))
LI = Persona("Li", ("li.wei@example.org", "+84912345679", "02:00:5E:10:00:01"))
PERSONAS = Personas([MAI, LI])

INNER: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "base64": base64.b64encode,
    "hex": lambda data: data.hex().encode(),
    "URL encoding": lambda data: quote(data, safe="").encode(),
}
OUTER: dict[str, Callable[[bytes], bytes]] = {
    **INNER,
    "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "gzip": gzip.compress,
}


def found(text: str | bytes) -> list[tuple[str, str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(planted.persona, planted.category, planted.disguise) for planted in PERSONAS.find(data)]


def deep(data: bytes) -> list[Planted]:
    return [planted for layer in layers(data) for planted in PERSONAS.find(layer.text)]


def hashed(name: str, text: bytes) -> bytes:
    return hashlib.new(name, text).hexdigest().encode()


@pytest.mark.parametrize("written", [MAIL, MAIL.lower(), MAIL.upper(), f"<{MAIL}>", f"to:{MAIL}.", f'"{MAIL}"'])
def test_an_address_is_found_in_any_case(written: str) -> None:
    assert found(written) == [("Mai", "EmailAddress", "")]


@pytest.mark.parametrize(
    ("written", "disguise"),
    [
        ("+84 91 234 56 78", ""),
        ("tel +84912345678, please", "E.164"),
        ("84912345678", "E.164 without plus"),
        ("0084912345678", "digits after 00"),
        ("+84 912 345 678", "international format"),
        ("tel:+84-912-345-678", "international format with hyphens"),
        ("0912 345 678", "national format"),
        ("0912345678", "national digits"),
        ("cc=84&n=912345678", "national number"),
    ],
)
def test_a_telephone_number_is_found_as_people_and_programs_write_it(written: str, disguise: str) -> None:
    assert found(written) == [("Mai", "TelephoneNumber", disguise)]


@pytest.mark.parametrize("written", ["02-00-5e-10-00-01", "02005E100001", "0200.5e10.0001", "02:00:5e:10:00:01"])
def test_the_address_of_a_device_is_found_with_other_separators(written: str) -> None:
    assert [(persona, category) for persona, category, _ in found(written)] == [("Li", "MACAddress")]


def test_an_identifier_is_found_without_its_hyphens() -> None:
    assert found(PHONE_ID.replace("-", "").lower()) == [("Mai", "UID", "form without separators")]


@pytest.mark.parametrize("name", HASHES)
@pytest.mark.parametrize(
    ("form", "of"), [(MAIL, ""), (MAIL.lower(), " of lower case"), (MAIL.upper(), " of upper case")]
)
def test_a_hash_is_found_in_hex_in_base64_and_as_bytes(name: str, form: str, of: str) -> None:
    digest = hashlib.new(name, form.encode()).digest()
    assert found(digest.hex()) == found(digest.hex().upper()) == [("Mai", "EmailAddress", f"{name}{of}")]
    assert found(b"\x01" + digest + b"\x02") == [("Mai", "EmailAddress", f"{name}{of}, as bytes")]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert found(encode(digest)) == [("Mai", "EmailAddress", f"{name}{of}, in base64")]


@pytest.mark.parametrize(("outer", "inner"), [*itertools.product(HASHES, HASHES)])
def test_a_hash_of_a_hash_is_found(outer: str, inner: str) -> None:
    assert found(hashed(outer, hashed(inner, b"+84912345678"))) == [
        ("Mai", "TelephoneNumber", f"{outer} of {inner} of E.164")
    ]


@pytest.mark.parametrize(("name", "inner"), [*itertools.product(HASHES, INNER)])
@pytest.mark.parametrize("value", ["mai.tran@example.com", "0912 345 678", PHONE_ID.lower()])
def test_the_hash_of_an_encoded_value_is_found(name: str, inner: str, value: str) -> None:
    ((persona, _, disguise),) = found(hashed(name, INNER[inner](value.encode())))
    assert (persona, disguise.split(" of ")[0]) == ("Mai", name)


@pytest.mark.parametrize("outermost", OUTER)
def test_a_hash_is_found_in_every_three_encodings(outermost: str) -> None:
    for first, second, name in itertools.product(OUTER, OUTER, HASHES):
        data = OUTER[outermost](OUTER[second](OUTER[first](b"em=" + hashed(name, MAIL.lower().encode()))))
        assert {planted.disguise for planted in deep(data)} == {f"{name} of lower case"}, (first, second, outermost)


@pytest.mark.parametrize("outermost", OUTER)
def test_a_value_is_found_in_every_three_encodings(outermost: str) -> None:
    for first, second in itertools.product(OUTER, OUTER):
        for value in MAI.values:
            data = OUTER[outermost](OUTER[second](OUTER[first](value.encode())))
            assert {planted.value for planted in deep(data)} == {value}, (first, second, outermost)


@pytest.mark.parametrize(
    "text",
    [
        "xMai.Tran@example.com",
        "info.mai.tran@example.com",
        "mai.tran@example.com.vn",
        "mai.tran@example.community",
        "mai.tran@example.com-pany.example",
        "1849123456780",
        "order 0091234567812",
        "02:00:5E:10:00:0100",
        "f02005e100001",
        base64.b64encode(b"+849123456780").decode(),
        b"+849123456780".hex(),
        hashlib.sha256(b"mai.tran@example.com" + b"salt").hexdigest(),
        hashlib.sha256(b"mai.tran@example.org").hexdigest(),
    ],
)
def test_what_only_holds_the_same_letters_is_another_value(text: str) -> None:
    assert found(text) == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=500))
def test_nothing_is_found_in_unrelated_bytes(data: bytes) -> None:
    assert deep(data) == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.sampled_from([*MAI.values, *LI.values]), st.text(max_size=40))
def test_a_value_is_found_between_any_words(before: str, value: str, after: str) -> None:
    text = f"{before} {value} {after}".encode("utf-8", "replace")
    ((start, end),) = [(planted.start, planted.end) for planted in PERSONAS.find(text)]
    assert text[start:end].decode() == value


def test_two_telephone_numbers_that_differ_in_one_digit_are_two_people() -> None:
    text = "+84912345679 0912345678 " + base64.b64encode(b"84912345679").decode()
    assert [persona for persona, _, _ in found(text)] == ["Li", "Mai", "Li"]


def test_each_disguise_is_told_once_however_often_it_stands_there() -> None:
    assert found(f"{MAIL} " * 10_000) == [("Mai", "EmailAddress", "")]


def test_dots_and_tags_make_no_other_mailbox_where_the_host_ignores_them() -> None:
    personas = Personas([Persona("Mai", ("Mai.Tran+shop@gmail.com",))])
    (planted,) = personas.find(hashed("sha256", b"maitran@gmail.com"))
    assert planted.disguise == "sha256 of mailbox without dots and tag"


@pytest.mark.parametrize(
    ("value", "category"),
    [
        ("mai@example.com", "EmailAddress"),
        ("+84912345678", "TelephoneNumber"),
        ("0912 345 678", "TelephoneNumber"),
        ("02:00:5e:10:00:01", "MACAddress"),
        ("38400000-8cf0-11bd-b23e-10b96e40000d", "UID"),
        ("9774d56d682e549c", "UID"),
        ("490154203237518", "UID"),
        ("2001:db8::17", "IPAddress"),
        ("DE89 3704 0044 0532 0130 00", "BankAccount"),
        ("Nguyễn Thị Mai", "Name"),
        ("user_mai_17", "Identifier"),
    ],
)
def test_a_planted_value_has_the_category_of_what_it_is(value: str, category: str) -> None:
    assert [planted.category for planted in Personas([Persona("Mai", (value,))]).find(value.encode())] == [category]


def test_an_address_of_a_network_is_not_sought_without_its_dots() -> None:
    assert Personas([Persona("Mai", ("10.20.30.40",))]).find(b"order 10203040") == []


def test_without_personas_nothing_is_sought() -> None:
    assert not Personas([])
    assert Personas([]).find(MAIL.encode()) == []


def test_a_persona_in_a_request_is_told_by_name_and_disguise_and_masked() -> None:
    body = b'{"em": "%b", "tel": "0912345678"}' % hashed("sha256", MAIL.lower().encode())
    content = Identifier([MAI]).read([Piece("blob", base64.b64encode(gzip.compress(body)), "request.body")])
    told = {(d.category, d.detector, d.where) for d in content.detections if d.detector.startswith("persona")}
    assert told == {
        ("EmailAddress", "persona Mai (sha256 of lower case)", "request.body (gzip in base64)"),
        ("TelephoneNumber", "persona Mai (national digits)", "request.body (gzip in base64)"),
    }
    assert all("***" in detection.value for detection in content.detections)


def test_a_planted_address_is_told_once_and_as_planted() -> None:
    content = Identifier([MAI]).read([Piece("mail", MAIL.lower(), "request.query")])
    assert [detection.detector for detection in content.detections] == ["persona Mai"]


@pytest.mark.parametrize("length", range(20, 80, 3))
def test_a_value_in_hex_is_found_at_the_end_of_a_line(length: int) -> None:
    planted = ("m" * length + "@lumen.example")[-length - 14 :]
    text = b"GET /c?x=" + planted.encode().hex().encode() + b"\nGET /d\n"
    content = Identifier([Persona("Long", (planted,))]).read([Piece("", text, "line 1")])
    assert "persona Long (hex)" in {d.detector for d in content.detections} or any(
        "hex" in d.where for d in content.detections if d.detector.startswith("persona")
    )

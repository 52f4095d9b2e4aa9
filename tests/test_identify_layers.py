"""What is encoded is found however it is wrapped; what is no encoding is left alone; nothing grows without bound."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import itertools
import json
import os
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.identify import Identifier, Piece
from comity.identify.decoding import MOST_TOKENS
from comity.identify.layers import LEAST_DECODED, MOST_DECODED, MOST_DEEP, MOST_LAYERS, TIMES_DECODED, layers
from comity.identify.unpacking import MOST_PACKED

MAIL = b"mai.tran@example.com"


def escaped(text: bytes) -> bytes:
    return "".join(f"\\u{ord(letter):04x}" for letter in text.decode()).encode()


def deflated(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(data) + packing.flush()


#: Every way of wrapping text; those of bytes too.
OF_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "URL encoding": lambda data: quote(data, safe="").encode(),
    "URL encoding of every byte": lambda data: "".join(f"%{byte:02X}" for byte in data).encode(),
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "hex": lambda data: data.hex().encode(),
    "upper case hex": lambda data: data.hex().upper().encode(),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zstd": zstandard.compress,
}
OF_TEXT: dict[str, Callable[[bytes], bytes]] = {
    "JSON escapes": escaped,
    "JSON string": lambda text: json.dumps({"value": text.decode()}).replace("/", "\\/").encode(),
    "HTML entities": lambda text: "".join(f"&#{ord(letter)};" for letter in text.decode()).encode(),
    "quoted-printable": lambda text: quopri.encodestring(text, quotetabs=True) + b"=3D",
    "UTF-16": lambda text: text.decode().encode("utf-16-le"),
    "UTF-16, high byte first": lambda text: text.decode().encode("utf-16-be"),
    "UTF-16 with a mark": lambda text: text.decode().encode("utf-16"),
}
ALL = {**OF_BYTES, **OF_TEXT}


def wrapped(text: bytes, names: tuple[str, ...]) -> bytes | None:
    """The text in wrappings, the innermost first; None where one can't hold what it is to hold."""
    for name in names:
        if name in OF_TEXT and (not text.isascii() or b"\0" in text):
            return None
        text = ALL[name](text)
    return text


def opens_to(value: bytes, text: bytes) -> bool:
    return any(text in layer.text for layer in layers(value))


@pytest.mark.parametrize("outer", ALL)
def test_an_address_is_found_in_every_two_wrappings(outer: str) -> None:
    for inner in ALL:
        value = wrapped(MAIL, (inner, outer))
        assert value is None or opens_to(value, MAIL), (inner, outer)


@pytest.mark.parametrize("outermost", ALL)
def test_an_address_is_found_in_every_three_wrappings(outermost: str) -> None:
    for names in itertools.product(ALL, repeat=2):
        value = wrapped(b"to=" + MAIL + b"&from=none", (*names, outermost))
        assert value is None or opens_to(value, MAIL), (*names, outermost)


@pytest.mark.parametrize("name", OF_BYTES)
def test_an_address_is_found_in_an_encoded_part_of_a_text(name: str) -> None:
    token = OF_BYTES[name](MAIL)
    for around in (
        b"/users/%b/edit",
        b"/a/path/of/words-only/before/%b",
        b'{"id": "%b", "n": 1}',
        b"?a=1&data=%b&b=2",
        b"Bearer %b",
        b"id_%b",
    ):
        if name.startswith(("base64", "hex")) and b"\n" not in token:
            assert opens_to(around % token, MAIL), around


def test_the_claims_of_a_token_are_read() -> None:
    parts = (b'{"alg":"HS256"}', b'{"sub":"%b"}' % MAIL, os.urandom(32))
    jwt = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    assert opens_to(b"Authorization: Bearer " + jwt, b'"sub":"%b"' % MAIL)


def test_base64_whose_signs_are_escaped_is_put_together_again() -> None:
    text = "?>?>" * 12 + MAIL.decode()
    token = base64.b64encode(text.encode()).decode()
    assert "/" in token
    for value in (quote(token, safe=""), token.replace("/", "\\/"), token.replace("/", "\\u002f")):
        assert opens_to(f"data={value}".encode(), text.encode())


def test_deflated_data_in_base64_needs_no_header() -> None:
    assert opens_to(base64.b64encode(deflated(b"<Subject>" + MAIL + b"</Subject>" * 9)), MAIL)


def test_a_compressed_part_is_found_after_something_else() -> None:
    assert opens_to(
        b"--part\r\n\r\n" + gzip.compress(MAIL) + gzip.compress(b"and " + MAIL) + b"\r\n--part--", b"and " + MAIL
    )


def test_the_beginning_of_a_compressed_text_is_read_where_its_end_is_missing() -> None:
    assert opens_to(gzip.compress(MAIL * 2 + os.urandom(4000))[:2000], MAIL)


def test_encodings_are_told_from_the_outermost() -> None:
    value = base64.b64encode(gzip.compress(b"to=" + quote(MAIL).encode()))
    assert [layer.encodings for layer in layers(value)] == [
        (),
        ("base64", "gzip"),
        ("base64", "gzip", "URL encoding"),
    ]


def test_a_plus_is_a_space_only_where_at_signs_are_escaped() -> None:
    assert opens_to(b"name=Mai+Tran&mail=mai%40example.com", b"Mai Tran")
    assert opens_to(b"mail=mai+news@example.com%20", b"mai+news@example.com")
    assert not opens_to(b"mail=mai+news@example.com%20", b"mai news@")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mai@example.com",
        "Donaudampfschifffahrtsgesellschaft is an internationalisation",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "550e8400-e29b-41d4-a716-446655440000",
        "4111111111111111, 202611221055, 1763809200000",
        "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
        "/static/js/components/checkout/index.min.js",
        "100 % of it, R&D; a=20&b=30",
        "C:\\Users\\Mai",
    ],
)
def test_what_is_no_encoding_is_not_decoded(text: str) -> None:
    assert len(list(layers(text.encode()))) == 1


def test_random_tokens_hardly_ever_pass_for_encoded_text() -> None:
    tokens = [base64.b64encode(hashlib.sha256(b"%d" % n).digest()[: 15 + n % 17]) for n in range(4000)]
    read = [layer for token in tokens for layer in layers(token) if layer.encodings]
    assert len(read) <= 5


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='%4\\u0x&#;=AaGg/+-_\n" \x00', max_size=300).map(str.encode))
def test_no_bytes_are_too_odd(value: bytes) -> None:
    first, *others = layers(value)
    assert first.text == value
    assert sum(len(layer.text) for layer in others) <= LEAST_DECODED + TIMES_DECODED * len(value)
    assert len({layer.text for layer in others} | {value}) == len(others) + 1
    assert all(0 < len(layer.encodings) <= MOST_DEEP for layer in others)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(sorted(OF_BYTES)), max_size=MOST_DEEP), st.text(min_size=20, max_size=60))
def test_any_text_comes_out_of_any_wrappings(names: list[str], text: str) -> None:
    plain = b"text: " + text.encode("utf-8", "replace").translate(None, bytes(range(32)) + b'\x7f%\\&="<> ') + b" " * 12
    value = wrapped(plain, tuple(names))
    assert value is not None
    assert opens_to(value, plain.strip())


def read_all(value: bytes) -> tuple[int, list[str]]:
    cut: list[str] = []
    return sum(len(layer.text) for layer in layers(value, cut) if layer.encodings), cut


def zstandard_bomb() -> bytes:
    packed = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(packed, closefd=False) as writer:
        for _ in range(64):
            writer.write(b"a" * (1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(b"a" * (64 << 20)),
        zlib.compress(gzip.compress(b"a" * (64 << 20))),
        base64.b64encode(gzip.compress(b"a" * (64 << 20))),
        gzip.compress(b"%61" * (8 << 20)),
        zstandard_bomb(),
        b"".join(gzip.compress(b"%d" % n * 9000) for n in range(2 * MOST_PACKED)),
    ],
    ids=["gzip", "gzip in zlib", "gzip in base64", "escapes", "zstd", "many"],
)
def test_a_bomb_stays_small_and_is_told(bomb: bytes) -> None:
    size, cut = read_all(bomb)
    assert size <= min(LEAST_DECODED + TIMES_DECODED * len(bomb), MOST_DECODED)
    assert cut


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (wrapped(MAIL, ("base64",) * (MOST_DEEP + 1)), f"more than {MOST_DEEP} times"),
        (b" ".join(b"%014d" % n for n in range(MOST_TOKENS + 1)), "long words"),
        (b" ".join(gzip.compress(b"%d" % n) for n in range(MOST_PACKED + 1)), "parts"),
        (b" ".join(base64.b64encode(gzip.compress(b"%d" % n)) for n in range(MOST_LAYERS + 1)), "parts"),
    ],
    ids=["deep", "words", "compressed", "layers"],
)
def test_what_the_bounds_leave_out_is_told(value: bytes, told: str) -> None:
    _, cut = read_all(value)
    assert any(told in what for what in cut)
    content = Identifier().read([Piece("", value, "request.body")])
    assert any(what.startswith("request.body: ") and told in what for what in content.unscanned)


def test_as_many_encodings_as_are_opened_are_told_as_no_loss() -> None:
    value = wrapped(MAIL, ("base64",) * MOST_DEEP)
    assert value is not None
    assert opens_to(value, MAIL)
    assert read_all(value)[1] == []


@pytest.mark.parametrize(
    "value",
    [
        b"%" * 200_000,
        b"%4" * 100_000,
        b"\\u" * 100_000,
        b"\\" * 200_000,
        b"&#" * 100_000,
        b"=" * 200_000,
        b"/" * 200_000,
        b"A" * 200_000 + b"\\/",
        (b"A" * 76 + b"\n") * 3000 + b"\\/",
        b"\x1f\x8b\x08" * 70_000,
        b"\x00a" * 100_000,
        b"\xff\xfe" * 100_000,
    ],
    ids=lambda value: repr(value[:6]),
)
def test_hostile_strings_come_to_no_more_than_themselves(value: bytes) -> None:
    size, _ = read_all(value)
    assert size <= 2 * len(value)


def test_entities_and_escapes_of_no_letter_do_no_harm() -> None:
    for value in (
        b"&#0;&#xD800;&#1114112;&#9999999;",
        b"\\ud800\\u0041",
        b"\\udc00 \\x00\\xff",
        b"=\xff=3D",
        b"%00%ff%zz",
    ):
        list(layers(value))
    assert opens_to(b"\\ud83d\\ude00", "😀".encode())
    assert opens_to(b"mai&commat;example.com", b"mai@example.com")

"""The content of requests: what personal data a recorded request carried, where, and what nobody could tell."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from reading import SHARED

from comity.bounds import at_least
from comity.engine.duckdb import Engine
from comity.evidence import har
from comity.evidence.base import DETECTIONS, REF_BITS, EvidenceFile, FactTables, Reading, head_of
from comity.identify import Detection, Identifier, Piece
from comity.identify.http import Request, pieces_of
from comity.profile import Persona

MAIL = "mai.nguyen@lumen.example"
CARD = "4539578763621486"
AS_JSON = {"Content-Type": "application/json"}


def entry(url: str = "https://t.example/", **request: Any) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in request.pop("headers", {}).items()]
    return {
        "startedDateTime": "2024-05-01T14:00:00Z",
        "request": {"method": "POST", "url": url, "headers": headers, **request},
        "response": {"status": 200},
    }


class Seen:
    """What a HAR of some entries says of the first, and everything that the tables hold."""

    def __init__(self, folder: Path, *entries: dict[str, Any], personas: tuple[Persona, ...] = ()) -> None:
        path = folder / "session.har"
        path.write_text(json.dumps({"log": {"version": "1.2", "creator": {}, "entries": entries}}))
        with Engine(memory="1GB") as engine:
            tables = FactTables(engine, Identifier(personas))
            self.reading: Reading = har.read(EvidenceFile(1, path, head_of(path)), tables)
            (row,) = engine.rows("SELECT data, people, devices FROM facts_flow WHERE position = 0")
            self.data, self.people, self.devices = row
            self.detections: list[Detection] = tables.detections("flow", [1 << REF_BITS]).get(1 << REF_BITS, [])
            self.everything = str(engine.rows("FROM facts_flow")) + str(engine.rows(f"FROM {DETECTIONS}"))

    def place(self, category: str) -> tuple[str, str]:
        """Where the first of a category was found: the part of the request, and the field."""
        found = next(detection for detection in self.detections if detection.category == category)
        return found.where, found.field


@pytest.fixture
def seen(tmp_path: Path) -> Any:
    def see(*args: Any, personas: tuple[Persona, ...] = (), **request: Any) -> Seen:
        return Seen(tmp_path, entry(*args, **request), personas=personas)

    return see


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({"url": f"https://t.example/collect?email={quote(MAIL)}&v=2"}, ("query", "email")),
        ({"url": f"https://t.example/collect?{quote(MAIL)}"}, ("query", "")),
        ({"url": f"https://t.example/users/{MAIL}/cart"}, ("path", "")),
        ({"url": f"https://t.example/a;user={quote(MAIL)};v=1"}, ("path", "user")),
        ({"url": "https://t.example/?dl=" + quote(f"https://shop.example/?to={quote(MAIL)}", "")}, ("query", "dl.to")),
        ({"url": "https://t.example/?cd=" + quote(json.dumps({"u": {"mail": MAIL}}))}, ("query", "cd.u.mail")),
        ({"headers": {"Cookie": f"a=1; user={quote(MAIL)}"}}, ("cookie", "user")),
        ({"cookies": [{"name": "user", "value": MAIL}]}, ("cookie", "user")),
        ({"headers": {"X-User": MAIL}}, ("header", "x-user")),
        ({"headers": {"Referer": f"https://shop.example/?mail={MAIL}"}}, ("header", "referer.mail")),
        ({"postData": {"mimeType": "application/json", "text": json.dumps({"user": [{"email": MAIL}]})}}, None),
        ({"postData": {"mimeType": "text/plain", "text": '{"a": 1}\n' + json.dumps({"user": {"email": MAIL}})}}, None),
        ({"postData": {"mimeType": "", "text": f"user.email={quote(MAIL)}&x=y"}}, None),
        ({"postData": {"mimeType": "text/plain", "text": f"en=view&x=1\r\nen=buy&user.email={quote(MAIL)}"}}, None),
        ({"postData": {"params": [{"name": "user.email", "value": MAIL}]}}, None),
        ({"postData": {"text": f"<user><email>{MAIL}</email></user>"}}, ("body", "")),
        ({"postData": {"text": json.dumps({"email": MAIL})[:-1]}}, ("body", "email")),
        ({"postData": {"text": base64.b64encode(MAIL.encode()).decode(), "encoding": "base64"}}, ("body", "")),
    ],
)
def test_an_address_is_found_wherever_a_request_carries_it(seen: Any, request_: Any, place: Any) -> None:
    found = seen(**request_)
    assert (found.data[-1], found.people) == ("…", at_least(1))
    assert found.place("EmailAddress") == (place or ("body", "user.email"))
    assert MAIL not in found.everything


def test_five_hundred_addresses_in_a_list_are_five_hundred_people_or_more(seen: Any) -> None:
    many = json.dumps({"emails": [f"user{n}@lumen.example" for n in range(500)] * 2})
    assert seen(postData={"mimeType": "application/json", "text": many}).people == at_least(500)


def test_a_number_written_in_two_ways_is_one_person(seen: Any) -> None:
    found = seen(
        postData={"mimeType": "application/json", "text": '{"cpf": "111.444.777-35", "tax_cpf": "11144477735"}'}
    )
    assert {detection.detector for detection in found.detections} >= {"br-cpf", "br-cpf-bare"}
    assert found.people == at_least(1)


def test_what_is_on_a_multipart_form_is_found_by_the_names_of_its_parts(seen: Any) -> None:
    parts = (
        f'; name="contact"\r\n\r\n{MAIL}',
        f'; name="f"; filename="{CARD}.txt"\r\nContent-Type: text/plain\r\n\r\nx',
        f'; name="j"\r\n\r\n{json.dumps({"pay": {"card": CARD}})}',
    )
    text = "".join(f"--b\r\nContent-Disposition: form-data{part}\r\n" for part in parts) + "--b--\r\n"
    found = seen(postData={"mimeType": "multipart/form-data; boundary=b", "text": text})
    fields = {(detection.category, detection.field) for detection in found.detections}
    expected = {("EmailAddress", "contact"), ("PaymentCardNumber", "j.pay.card"), ("PaymentCardNumber", "filename")}
    assert fields >= expected
    assert CARD not in found.everything


def test_more_values_than_are_looked_at_by_name_are_scanned_all_the_same(seen: Any) -> None:
    many = json.dumps({"n": [0] * 20_000, "last": MAIL})
    found = seen(postData={"text": many})
    assert found.data == ["EmailAddress", "…"]
    assert found.reading.notes == [
        "1 × more values in one request than are looked at by name: the others were scanned without their names"
    ]


def test_an_empty_request_knows_nothing_rather_than_nothing_personal(seen: Any) -> None:
    found = seen(headers={"Accept": "*/*", "Content-Length": "0"})
    assert found.data is None
    assert (found.detections, found.reading.notes) == ([], [])


def test_a_request_that_never_arrived_carried_nothing(tmp_path: Path) -> None:
    refused = entry(f"https://t.example/?email={MAIL}") | {"response": {"status": 0}}
    assert Seen(tmp_path, refused).data is None


@pytest.mark.parametrize(
    "url", [f"https://t.example/?{MAIL}=1", f"https://t.example/?{CARD}=1", f"https://t.example/?a[{CARD}]={MAIL}"]
)
def test_a_value_in_the_place_of_a_name_is_found_and_not_shown(seen: Any, url: str) -> None:
    found = seen(url)
    assert found.data
    assert MAIL not in found.everything
    assert CARD not in found.everything


def test_that_a_browser_tells_its_name_is_no_personal_data_but_what_an_app_writes_there_may_be(seen: Any) -> None:
    assert seen(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"}).data is None
    assert "EmailAddress" in seen(headers={"User-Agent": f"app/1.0 ({MAIL})"}).data


def test_what_is_after_the_hash_sign_never_left(seen: Any) -> None:
    assert seen(f"https://t.example/#email={MAIL}").data is None


def test_the_name_and_the_password_of_basic_authorisation_are_told_apart() -> None:
    token = base64.b64encode(b"mai:s3cret").decode()
    pieces = pieces_of(Request("https://t.example/", [("Authorization", f"Basic {token}")])).pieces
    assert [(piece.field, piece.value) for piece in pieces] == [("username", "mai"), ("password", "s3cret")]


def test_headers_about_the_connection_alone_are_no_content() -> None:
    silent = ["Host", "Accept-Language", "Content-Length", "If-None-Match", "Sec-CH-UA", ":path", "Origin"]
    request = Request("https://t.example/", [(name, MAIL) for name in silent] + [("X-Forwarded-For", "192.0.2.7")])
    assert [piece.field for piece in pieces_of(request).pieces] == ["x-forwarded-for"]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("zstd", zstandard.compress),
        ("identity", bytes),
        ("gzip, zstd", lambda data: zstandard.compress(gzip.compress(data))),
    ],
)
def test_a_compressed_body_is_read(encoding: str, pack: Any) -> None:
    body = pack(json.dumps({"email": MAIL}).encode())
    (piece,) = pieces_of(Request("https://t.example/", [("Content-Encoding", encoding)], body=body)).pieces
    assert (piece.field, piece.value) == ("email", MAIL)


@pytest.mark.parametrize(("encoding", "body"), [("br", b"\x0b\x02"), ("gzip", b"no gzip"), ("gzip," * 9, b"x")])
def test_a_body_that_can_not_be_decompressed_is_noted_and_not_taken_for_empty(encoding: str, body: bytes) -> None:
    pieces = pieces_of(Request("https://t.example/", [("Content-Encoding", encoding)], body=body))
    assert pieces.unscanned == ["body in a compression that is not read, or damaged: not scanned"]


def test_a_bomb_stays_small() -> None:
    bomb = gzip.compress(b"0" * (64 << 20))
    pieces = pieces_of(Request("https://t.example/", [("Content-Encoding", "gzip")], body=bomb)).pieces
    assert sum(len(piece.value) for piece in pieces) < 9 << 20


def test_a_text_in_another_charset_is_read_as_its_sender_wrote_it() -> None:
    for charset, marked in (
        ("gb18030", "; charset=gb18030"),
        ("windows-1251", "; charset=windows-1251"),
        ("utf-16", ""),
    ):
        text = "имя Май" if charset != "gb18030" else "姓名 阮梅"
        request = Request("https://t.example/", body=text.encode(charset), media=f"text/plain{marked}")
        assert [piece.value for piece in pieces_of(request).pieces] == [text]


def test_a_binary_body_is_scanned_for_plain_text_and_says_so(seen: Any) -> None:
    body = base64.b64encode(b"\x08\x96\x01\x12\x19" + MAIL.encode() + b"\x18\x00\xff\xfe").decode()
    found = seen(postData={"mimeType": "application/x-protobuf", "text": body, "encoding": "base64"})
    assert found.data == ["EmailAddress", "…"]
    assert found.reading.notes == ["1 × binary body, scanned for plain text only"]


def test_a_persona_is_found_again_by_the_hash_of_the_address(seen: Any) -> None:
    persona = Persona("mai", (MAIL,))
    sha256 = hashlib.sha256(MAIL.encode()).hexdigest()
    found = seen(f"https://t.example/?udff[em]={sha256}", personas=(persona,))
    assert "EmailAddress" in found.data
    assert any("mai" in detection.detector for detection in found.detections)
    assert sha256 not in found.everything


def test_what_held_nothing_is_looked_at_once_and_what_held_something_each_time() -> None:
    identifier = Identifier()
    first, again = (identifier.read(pieces_of(Request(f"https://t.example/v1/{MAIL}?tab=3")).pieces) for _ in range(2))
    assert first.detections == again.detections != []
    # A value is the same only under the same name.
    assert not identifier.read([Piece("tab", "Mai Nguyen")]).data
    assert identifier.read([Piece("last_name", "Mai Nguyen")]).data


def test_an_address_in_base64_in_a_parameter_is_found(seen: Any) -> None:
    found = seen("https://t.example/?d=" + quote(base64.b64encode(json.dumps({"email": MAIL}).encode())))
    assert found.data == ["EmailAddress", "…"]
    assert "base64" in found.place("EmailAddress")[0]


HOSTILE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200),
    st.sampled_from(
        [
            '{"a":' * 500,
            "[" * 100_000,
            '{"a":"',
            "a=%",
            "--b\r\n\r\n--b\r\nContent-Disposition: ;name*=x''%\r\n\r\n",
            "9" * 9_999,
        ]
    ),
)


@given(
    url=st.one_of(st.text(max_size=100), st.from_regex(r"https://[\[\]a@:%]{0,9}/[;=?&%a\[\]]{0,30}")),
    headers=st.lists(st.tuples(st.sampled_from(["Cookie", "Authorization", "X-A", "Referer"]), st.text(max_size=40))),
    body=HOSTILE,
    media=st.sampled_from(["", "multipart/x; boundary=b", "text/x; charset=utf-7", "text/x; charset=gb18030"]),
    encoding=st.sampled_from(["", "gzip", "zstd", "br", "deflate"]),
)
def test_no_request_is_too_odd(url: str, headers: Any, body: Any, media: str, encoding: str) -> None:
    pieces = pieces_of(Request(url, [*headers, ("Content-Encoding", encoding)], body=body, media=media))
    assert all(piece.where and piece.value for piece in pieces.pieces)


@pytest.mark.parametrize("field", ["headers", "cookies", "postData"])
@pytest.mark.parametrize("value", [None, 7, "x", [], [1, "x", {"name": 5, "value": MAIL}], {"text": 7, "params": "x"}])
def test_an_entry_of_another_form_than_prescribed_is_read_all_the_same(tmp_path: Path, field: str, value: Any) -> None:
    odd = entry()
    odd["request"][field] = value
    assert Seen(tmp_path, odd).reading.read == 1


@pytest.mark.skipif(not SHARED.exists(), reason="the shared evidence is not here")
def test_no_address_that_a_real_session_sent_stands_in_the_tables() -> None:
    path = next(SHARED.glob("har/*marylandhealthconnection.gov.har"))
    with Engine(memory="1GB") as engine:
        tables = FactTables(engine)
        reading = har.read(EvidenceFile(1, path, head_of(path)), tables)
        shown = [text for row in engine.rows(f"SELECT value, field FROM {DETECTIONS}") for text in row]
    assert reading.read == 260
    assert not any("@" in text for text in shown)


def test_json_that_comes_out_of_a_decoding_has_fields_again(seen: Any) -> None:
    inner = json.dumps({"patient": {"diagnosis": "J45.0"}}).encode()
    found = seen("https://clinic.example/?data=" + base64.urlsafe_b64encode(gzip.compress(inner)).decode())
    assert found.place("HealthRecord") == ("query (gzip in base64)", "data.patient.diagnosis")


@pytest.mark.parametrize(
    "body",
    [
        {"email": MAIL, "backup_email": "mai@home.example", "recovery_email": "nguyen@mail.example"},
        {"from": "noreply@lumen.example", "to": MAIL},
        {"user": {"ssn": "123-45-6789", "passport": "X1234567"}},
    ],
)
def test_several_identifiers_of_one_person_are_no_more_people(seen: Any, body: dict[str, Any]) -> None:
    assert seen(postData={"mimeType": "application/json", "text": json.dumps(body)}).people == at_least(1)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("card 4539\u00a05787\u00a06362\u00a01486", "PaymentCardNumber"),
        ("卡号：4539\u30005787\u30006362\u30001486", "PaymentCardNumber"),
        ("visa 4539–5787–6362–1486", "PaymentCardNumber"),
        ("身份证号 １１０１０５１９４９１２３１００２Ｘ", "OfficialID"),
        ("Tel +49\u00a030\u00a0901820", "TelephoneNumber"),
        ("ana.ruiz＠mail.example", "EmailAddress"),
    ],
)
def test_other_spaces_hyphens_and_widths_hide_nothing(seen: Any, text: str, category: str) -> None:
    found = seen(postData={"mimeType": "text/plain", "text": text})
    assert category in {detection.category for detection in found.detections}


def test_an_address_among_binary_in_base64_is_found(seen: Any) -> None:
    message = b"\x0a\x16" + bytes(range(128, 160)) + b"\x12\x18" + MAIL.encode() + b"\x1a\x02\xff\xfe\xf0\x80\x81" * 8
    found = seen(postData={"mimeType": "text/plain", "text": base64.b64encode(message).decode()})
    assert found.place("EmailAddress") == ("body (base64)", "")

"""`comity identify`: what personal data is in files, what was not looked into, and nothing of it in full."""

import base64
import gzip
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from running import LUMEN, ROOT, facts, pack

from comity.evidence import _plain
from comity.identifying import FOUND, NO_CONTENT, NOT_READ, NOTHING, identify
from comity.report import found as report

SCHEMA = json.loads((ROOT / "docs" / "reference" / "found.schema.json").read_text(encoding="utf-8"))
MAIL = "mai@lumen.example"
CARD = "4539 5787 6362 1486"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text(f"Dear Mai,\nwrite to {MAIL}\nor {MAIL} again, card {CARD}\n", encoding="utf-8")
    return path


def request(url: str) -> dict[str, object]:
    return {
        "startedDateTime": "2026-03-02T10:00:00Z",
        "request": {"method": "GET", "url": url, "headers": [], "queryString": [], "cookies": []},
        "response": {"status": 200},
    }


def har(path: Path, *urls: str) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(map(request, urls))}}), encoding="utf-8")
    return path


def rows(path: Path, **options: str) -> list[tuple[str, int, str]]:
    """Category, number of records and first place of all that is found in one file."""
    (file,) = identify([path], **options).files
    return [(row.category, row.records, row.where) for row in file.found]


def states(*paths: Path) -> dict[str, str]:
    return {Path(file.record.path).name: file.state for file in identify(paths).files}


def test_a_letter_is_told_line_by_line_and_no_value_in_full(letter: Path, comity):
    for form in ("text", "json"):
        run = comity("identify", letter, "--format", form)

        assert run.code == 0, run.err
        assert "m********e" in run.out
        assert "line 2" in run.out
        assert not any(value in run.out for value in (MAIL, CARD, CARD.replace(" ", "")))
    assert ("EmailAddress", 2, "line 2") in rows(letter)
    assert ("PaymentCardNumber", 1, "line 3") in rows(letter)


def test_json_follows_the_schema_and_has_every_file(letter: Path, tmp_path: Path, comity):
    (tmp_path / "noise.bin").write_bytes(bytes(range(32)))
    run = comity("identify", tmp_path, LUMEN / "vpc-flow.log.gz", tmp_path / "nowhere", "--format", "json")

    document = json.loads(run.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert {Path(file["file"]).name: file["state"] for file in document["files"]} == {
        "letter.txt": FOUND,
        "noise.bin": NOT_READ,
        "vpc-flow.log.gz": NO_CONTENT,
        "nowhere": NOT_READ,
    }
    assert (
        run.out == comity("identify", tmp_path, LUMEN / "vpc-flow.log.gz", tmp_path / "nowhere", "--format", "json").out
    )


def test_the_schema_refuses_a_value_that_has_no_confidence(letter: Path):
    document = report.as_document(identify([letter]))
    del document["files"][0]["found"][0]["confidence"]

    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_every_file_stands_in_the_list_that_is_its_own(letter: Path, tmp_path: Path, comity):
    (tmp_path / "dull.log").write_text("started\nstopped\n", encoding="utf-8")
    (tmp_path / "noise.bin").write_bytes(bytes(range(32)))

    run = comity("identify", tmp_path, LUMEN / "vpc-flow.log.gz")

    found, not_scanned, nothing, without = (
        run.out.index(line)
        for line in ("letter.txt (text", "noise.bin: ", "dull.log: text", "vpc-flow.log.gz: vpc_flow")
    )
    heads = [
        run.out.index(head) for head in ("Not scanned", "Nothing found: that does not mean", "No content was seen")
    ]
    assert found < heads[0] < not_scanned < heads[1] < nothing < heads[2] < without


def test_a_request_is_counted_once_and_its_field_is_named(tmp_path: Path, comity):
    page = f"https://shop.example/?contact={MAIL}"
    path = har(tmp_path / "app.har", "https://shop.example/", page, page + "&again=" + MAIL)

    (file,) = identify([path]).files

    mail = next(row for row in file.found if row.field == "contact" and row.detector == "email")
    assert (mail.about, mail.category, mail.records) == ("flow", "EmailAddress", 2)
    assert mail.where == "/log/entries/1, query"


def answered(path: Path, headers: dict[str, str], text: str, media: str, **content: str) -> Path:
    """A recording of one request that holds nothing, and its answer."""
    entry = request("https://shop.example/")
    listed = [{"name": name, "value": value} for name, value in headers.items()]
    entry["response"] = {"status": 200, "headers": listed, "content": {"mimeType": media, "text": text, **content}}
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")
    return path


def test_answers_in_a_recording_are_looked_into_and_told_as_such(tmp_path: Path):
    cookie = {"Set-Cookie": f"contact={MAIL}; Path=/\nseen=1; Path=/", "Content-Encoding": "br"}
    path = answered(tmp_path / "app.har", cookie, json.dumps({"card_number": CARD}), "application/json")

    (file,) = identify([path]).files

    places = {(row.category, row.field, row.where.partition(", ")[2]) for row in file.found}
    assert ("EmailAddress", "contact", "answer, cookie") in places
    assert ("PaymentCardNumber", "card_number", "answer, body") in places


def test_an_answer_in_base64_is_read_and_what_pages_are_made_of_is_not(tmp_path: Path):
    encoded = base64.b64encode(f"<p>{MAIL}</p>".encode()).decode()
    page = answered(tmp_path / "page.har", {}, encoded, "text/html", encoding="base64")
    script = answered(tmp_path / "script.har", {}, f"// by {MAIL}", "application/javascript; charset=utf-8")

    assert [row[0] for row in rows(page)] == ["EmailAddress"]
    assert rows(script) == []


def test_what_an_answer_holds_is_no_data_of_the_flow(tmp_path: Path, comity):
    path = answered(tmp_path / "app.har", {}, json.dumps({"contact": MAIL}), "application/json")

    run = comity("check", path, "--pack", pack(tmp_path), "--format", "json")

    assert "EmailAddress" not in run.out


def test_a_file_with_many_rows_names_all_its_categories_and_the_sensitive_ones_first(tmp_path: Path, comity):
    lines = [f'{{"contact{letter}": "{MAIL}"}}\n' for letter in "abcdefghijklmnopqrstuvwxyz"]
    path = tmp_path / "app.log"
    path.write_text("".join(["start\n", *lines, f"card {CARD}\n", "Blood type: AB+\n"]), encoding="utf-8")

    run = comity("identify", path)

    summary = next(line for line in run.out.splitlines() if "PaymentCardNumber" in line)
    assert summary.split(", ")[0].strip() == "BloodType *"
    assert "EmailAddress" in summary
    assert "more: --format json has all" in run.out


def test_facts_hold_no_content_and_an_empty_request_holds_nothing(tmp_path: Path):
    told = facts(tmp_path / "facts.ndjson")
    empty = har(tmp_path / "empty.har", "https://shop.example/robots")

    assert states(told, empty) == {"facts.ndjson": NO_CONTENT, "empty.har": NOTHING}


def test_nothing_that_could_be_read_is_exit_code_2(tmp_path: Path, comity):
    (tmp_path / "noise.bin").write_bytes(bytes(range(32)))
    (tmp_path / "empty.txt").touch()

    run = comity("identify", tmp_path, tmp_path / "nowhere")

    assert run.code == 2
    assert run.err.endswith("error[identify]: nothing could be read\nhelp: the report says why\n")
    assert all(why in run.out for why in ("noise.bin", "is empty", "does not exist"))


def test_text_is_no_evidence_for_a_judgement(letter: Path, comity):
    run = comity("check", letter)

    assert run.code == 2
    assert "no evidence format recognises" in run.err


def test_personas_of_the_profile_beside_the_files_are_looked_for_and_the_profile_is_not(tmp_path: Path, comity):
    (tmp_path / "comity.toml").write_text(
        '[[persona]]\nname = "Mai"\nvalues = ["Persimmon-Otter-77"]\n', encoding="utf-8"
    )
    (tmp_path / "app.log").write_text("ok\nplayer=persimmon-otter-77\n", encoding="utf-8")

    run = comity("identify", tmp_path, "--format", "json")

    (file,) = json.loads(run.out)["files"]
    assert [(row["detector"].partition(" (")[0], row["where"]) for row in file["found"]] == [("persona Mai", "line 2")]


def test_a_profile_that_can_not_be_used_is_one_clear_error(letter: Path, comity):
    run = comity("identify", letter, "--profile", letter.parent / "none.toml")

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("error[")


def test_what_stands_before_a_colon_names_what_comes_after(tmp_path: Path):
    path = tmp_path / "form.txt"
    path.write_text('Blood type: AB+\n"blood_type": "O-",\nTime: 10:30\n', encoding="utf-8")

    (file,) = identify([path]).files

    assert {(row.category, row.field, row.sensitive) for row in file.found} == {
        ("BloodType", "Blood type", True),
        ("BloodType", "blood_type", True),
    }


def test_a_line_of_json_has_fields(tmp_path: Path):
    path = tmp_path / "app.log"
    path.write_text(f'start\n{{"user": {{"contact": "{MAIL}"}}}}\nplain words\n', encoding="utf-8")

    (file,) = identify([path]).files

    assert ("user.contact", "line 2") in {(row.field, row.where) for row in file.found}


def test_who_speaks_in_a_chat_is_no_name_of_a_field(tmp_path: Path, comity):
    path = tmp_path / "chat.txt"
    path.write_text(f"Jonas Weber: write to {MAIL}\n", encoding="utf-8")

    assert "Jonas" not in comity("identify", path).out


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_text_in_any_encoding_with_a_mark_is_read_like_any_other(tmp_path: Path, encoding: str):
    path = tmp_path / "export.txt"
    path.write_bytes(f"Größe\r\n{MAIL}\r\n".encode(encoding))

    assert rows(path) == [("EmailAddress", 1, "line 2")]


def test_text_of_an_unknown_encoding_is_scanned_and_that_is_said(tmp_path: Path):
    path = tmp_path / "old.txt"
    path.write_bytes("Grüße\n".encode("latin-1") + MAIL.encode() + b"\n" + "价格\n".encode("gbk"))

    (file,) = identify([path]).files

    assert [(row.category, row.where) for row in file.found] == [("EmailAddress", "line 2")]
    assert file.record.reading.notes == ["lines not in UTF-8, of which only the letters A to Z were understood: 2"]


def test_a_file_that_breaks_off_is_read_up_to_there(tmp_path: Path):
    path = tmp_path / "app.log.gz"
    lines = [f"{number * 7919 % 100003:x}\n" for number in range(20_000)]
    path.write_bytes(gzip.compress(f"{MAIL}\n{''.join(lines)}".encode())[:-20_000])

    (file,) = identify([path]).files

    assert ("EmailAddress", "line 1") in {(row.category, row.where) for row in file.found}
    assert [skip.why for skip in file.record.reading.skips] == ["the file breaks off or is damaged here"]


def test_an_endless_line_is_read_in_parts(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(_plain, "MAX_LINE", 1_000)
    path = tmp_path / "endless.txt"
    path.write_text(f"first\n{'a ' * 5_000}{MAIL} {'b ' * 5_000}\nlast {MAIL}", encoding="utf-8")

    assert rows(path) == [("EmailAddress", 2, "line 2")]
    assert identify([path]).files[0].record.reading.read == 3


@pytest.mark.parametrize("gap", [b"\x00", b"\x00" * 300, b"\x01\x02"])
def test_a_log_with_a_gap_in_it_is_text_all_the_same(tmp_path: Path, gap: bytes):
    path = tmp_path / "app.log"
    path.write_bytes(b"started\n" + gap + f"10:00 login {MAIL}\n".encode() + b"10:01 nothing of interest\n" * 40)

    (file,) = identify([path]).files

    assert [(row.category, row.where) for row in file.found] == [("EmailAddress", "line 2")]
    assert file.record.reading.notes == ["lines with control characters, read as far as they are text: 1"]


@pytest.mark.parametrize(
    ("content", "help"),
    [
        (bytes(range(32)) * 4, ""),
        (f"%PDF-1.7\n{MAIL}\n".encode(), "help: save what it holds as text or CSV\n"),
        (b"PK\x03\x04" + bytes(range(256)), "help: unpack it first; of a document of an office program, save"),
        ("\ufeff".encode("utf-16-le") + bytes(200), ""),
    ],
)
def test_a_binary_file_is_called_binary_and_what_helps_is_told(tmp_path: Path, content: bytes, help: str, comity):
    (tmp_path / "noise").write_bytes(content)

    run = comity("identify", tmp_path)

    assert "is binary: nothing in it was looked at" in run.out.replace("\n  ", " ")
    assert run.err.startswith(f"error[evidence]: `{tmp_path / 'noise'}` is binary: nothing in it was looked at\n")
    assert help in run.err
    (file,) = identify([tmp_path]).files
    assert (file.state, file.record.format) == (NOT_READ, "binary")


def test_what_helps_against_an_error_is_told_as_by_check(letter: Path, tmp_path: Path, comity):
    packed = tmp_path / "shop.db.gz"
    packed.write_bytes(gzip.compress(b"SQLite format 3\x00" + bytes(100)))

    run = comity("identify", letter, packed)

    assert run.code == 0
    assert run.err == comity("check", packed).err.partition("error[check]")[0]
    assert "help: unpack it first" in run.err


def test_one_is_never_called_many(tmp_path: Path, comity):
    path = tmp_path / "one.txt"
    path.write_bytes(f"Gr\xfc\xdfe, {MAIL}".encode("latin-1"))

    run = comity("identify", path)

    assert not re.search(r"\b1 (?!of)\w+s\b", run.out), run.out


def test_what_only_several_lines_hold_is_told_at_the_first(tmp_path: Path):
    path = tmp_path / "mail.txt"
    body = base64.encodebytes(f"Hello, whenever you like you can write to me: {MAIL}. Yours sincerely,".encode())
    path.write_bytes(b"\n" + body)

    assert rows(path) == [("EmailAddress", 1, "line 1, or below (base64)")]


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_fits_the_terminal(width: int, letter: Path, tmp_path: Path):
    path = har(tmp_path / "long.har", f"https://shop.example/?a_field_with_a_name_that_is_as_long_as_can_be={MAIL}")
    console = Console(file=io.StringIO(), width=width, no_color=True)

    report.show(identify([letter, path]), console)

    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)


def test_names_out_of_evidence_are_shown_inert(tmp_path: Path, comity):
    path = tmp_path / "\x1b[31mred[bold].txt"
    path.write_text(f"{MAIL}\n", encoding="utf-8")

    run = comity("identify", path)

    assert "\x1b" not in run.out
    assert r"\x1b[31mred[bold].txt" in run.out


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"{", b"a: b", b"\xef\xbb\xbf", MAIL.encode()]))))
def test_whatever_a_file_holds_it_is_read_or_told(tmp_path: Path, lines: list[bytes]):
    path = tmp_path / "any"
    path.write_bytes(b"\n".join(lines))

    identified = identify([path])

    (file,) = identified.files
    assert (file.state == NOT_READ) == (file.record.error is not None)
    jsonschema.Draft202012Validator(SCHEMA).validate(report.as_document(identified))

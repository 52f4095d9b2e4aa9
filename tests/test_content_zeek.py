"""Addresses in a Zeek http log: taken apart and scanned together, they tell what each would tell by itself."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from comity.engine.duckdb import Engine
from comity.evidence import format_named
from comity.evidence.base import DETECTIONS, EvidenceFile, FactTables, head_of
from comity.identify import Identifier, Piece

MAIL = "mai@lumen.example"


def found_in(folder: Path, *uris: str) -> dict[int, set[tuple[str, str, str]]]:
    """Category, field and place of what is found, by the number of the request; the first is number 0."""
    path = folder / "http.log"
    ends = {"ts": 1, "uid": "C1", "id.orig_h": "10.0.0.5", "id.resp_h": "203.0.113.9", "method": "GET"}
    path.write_text("".join(f"{json.dumps({**ends, 'uri': uri})}\n" for uri in uris), encoding="utf-8")
    with Engine(memory="1GB") as engine:
        tables = FactTables(engine)
        format_named("zeek").read(EvidenceFile(1, path, head_of(path)), tables)
        tables.detect("flow", ())
        rows = engine.rows(f"SELECT position - 1, category, field, place FROM {DETECTIONS}")
    found: dict[int, set[tuple[str, str, str]]] = {}
    for number, *told in rows:
        found.setdefault(number, set()).add(tuple(told))
    return found


def test_among_hundreds_of_values_each_is_found_where_it_stands(tmp_path: Path) -> None:
    wanted = {3, 64, 65, 200, 399}
    uris = (f"/?q={f'user{n}@lumen.example' if n in wanted else f'shoes+{n}'}" for n in range(400))

    found = found_in(tmp_path, *uris)

    assert found == {number: {("EmailAddress", "q", "query")} for number in wanted}


@pytest.mark.parametrize("page", [f"https://shop.example/of/{MAIL}", f"HTTPS://shop.example:8443//{MAIL}/"])
def test_a_url_in_a_parameter_is_looked_at_segment_by_segment(tmp_path: Path, page: str) -> None:
    assert found_in(tmp_path, f"/?dl={page}") == {0: {("EmailAddress", "dl", "query")}}


def test_the_host_of_a_url_in_a_parameter_is_nobodys_address(tmp_path: Path) -> None:
    assert found_in(tmp_path, "/?dl=https://93.184.216.34/help", "/?dl=https://93.184.216.34") == {}


@pytest.mark.parametrize("page", [f"https://mai:{MAIL}@shop.example/", f"https://shop.example/%25{MAIL}"])
def test_a_url_that_is_not_plain_is_opened_by_itself(tmp_path: Path, page: str) -> None:
    assert "EmailAddress" in {category for category, *_ in found_in(tmp_path, f"/?dl={page}")[0]}


def test_the_name_of_a_parameter_tells_of_the_segments_of_a_url(tmp_path: Path) -> None:
    assert found_in(tmp_path, "/?username=https://shop.example/mai.nguyen")[0] == {("Username", "username", "query")}


def test_names_within_what_is_encoded_tell_of_their_values(tmp_path: Path) -> None:
    encoded = base64.urlsafe_b64encode(json.dumps({"patient": {"icd10": "J45.0"}}).encode()).decode()

    assert ("HealthRecord", "data.patient.icd10", "query (base64)") in found_in(tmp_path, f"/?data={encoded}")[0]


def test_values_are_scanned_once_however_often_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[str] = []
    read = Identifier.read

    def counting(self: Identifier, pieces: list[Piece]) -> object:
        scanned.extend(str(piece.value) for piece in pieces)
        return read(self, pieces)

    monkeypatch.setattr(Identifier, "read", counting)
    found_in(tmp_path, *["/static/app.js?v=7"] * 500)

    assert sorted(scanned) == ["7", "app.js\nstatic"]

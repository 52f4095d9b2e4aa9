"""Registers of authority requests: what a clerk writes is what is judged, and nothing goes missing without a word."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import SHARED, formats_of, read
from running import PACK

from comity.checking import check
from comity.errors import EvidenceError
from comity.evidence.requests.record import COLUMNS
from comity.profile import JURISDICTIONS
from comity.vocabulary import REQUEST

#: Two requests as every notation can tell them.
HEADER = ("reference", "received", "requested_by", "data_located_in", "permitted_by", "disclosed", "note")
ROWS = (
    ("17", "2024-05-06", "US", "IE", "none", "yes", "rings back on Monday"),
    ("18", "2024-05-21T23:30:00-05:00", "NO", "NL; SG", "", "no", ""),
)
FACTS = [
    {
        "kind": "request",
        "reference": "17",
        "at": datetime(2024, 5, 6, 12, tzinfo=UTC),
        "by": "US",
        "data_in": ["IE"],
        "permitted_by": [],
        "disclosed": True,
    },
    {
        "kind": "request",
        "reference": "18",
        "at": datetime(2024, 5, 22, 4, 30, tzinfo=UTC),
        "by": "NO",
        "data_in": ["NL", "SG"],
        "disclosed": False,
    },
]


def register(path: Path, *rows: dict[str, str]) -> Path:
    """A register in CSV with these cells; columns that some row lacks are empty there."""
    names = list(dict.fromkeys([*HEADER[:3], *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def of(path: Path, **cells: str):
    """What comes of a register of one request: the fact, or the reason why there is none."""
    usual = {"reference": "1", "requested_by": "DE", "data_located_in": "IE"}
    facts, reading = read(register(path / "register.csv", {**usual, **cells}))
    return facts[0] if facts else reading.skips[0].why


def plain(facts):
    return [{name: value for name, value in fact.items() if name not in ("file", "position")} for fact in facts]


def as_csv(delimiter: str) -> str:
    lines = [HEADER, *ROWS]
    return "".join(
        delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) + "\r\n" for line in lines
    )


YAML = """\
# the register of 2024
requests:
- reference: "17"
  received: 2024-05-06
  requested_by: US
  data_located_in: [IE]
  permitted_by: []
  disclosed: true
  note: |
    rings back on Monday
    - at nine
- {Reference: "18", Received: "2024-05-21T23:30:00-05:00", Requested by: NO, Data located in: [SG, NL], Disclosed: no}
"""


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (as_csv(","), ("line 2", "line 3")),
        (as_csv(";"), ("line 2", "line 3")),
        ("\ufeff\n" + as_csv("\t").replace("_", " ").upper().replace("NONE", "none").replace("YES", "yes"), None),
        (YAML, ("request 1", "request 2")),
        (YAML.replace("requests:\n", "---\n"), ("request 1", "request 2")),
        (json.dumps([dict(zip(HEADER, row, strict=True)) for row in ROWS]), ("request 1", "request 2")),
        (json.dumps({"requests": [dict(zip(HEADER, row, strict=True)) for row in ROWS]}, indent=2), None),
    ],
)
def test_one_register_in_every_notation(content: str, places, tmp_path: Path):
    path = tmp_path / "register"
    path.write_text(content, encoding="utf-8", newline="")

    facts, reading = read(path)

    assert plain(facts) == FACTS
    assert (reading.read, reading.skipped) == (2, 0)
    assert reading.notes == ["1 × a day without a time of day: taken for its noon UTC"]
    (form,) = formats_of(path)
    assert not places or tuple(form.where(fact["position"]) for fact in facts) == places


def test_a_clerk_finds_a_request_again(tmp_path: Path):
    path = tmp_path / "register.csv"
    path.write_text(
        "\n" + ",".join(HEADER) + "\n"
        '17,2024-05-06,US,IE,none,yes,"two lines,\nand a ""word"""\n'
        ",,,,,,\n\n"
        "18,2024-05-21,BR,PT,,no,\n",
        encoding="utf-8",
    )

    facts, reading = read(path)

    (form,) = formats_of(path)
    assert [(form.where(fact["position"]), fact["reference"]) for fact in facts] == [("line 3", "17"), ("line 7", "18")]
    assert (reading.read, reading.skipped) == (2, 0)


def test_every_attribute_of_a_request_has_a_column_and_every_column_is_told_of():
    page = (Path(__file__).parents[1] / "docs/reference/formats/requests.md").read_text(encoding="utf-8")

    given = {column.attribute for column in COLUMNS.values()}
    assert {name for name in REQUEST.by_name if not name.startswith("holder.")} <= given
    assert all(f"| `{column.name}` | `{column.attribute}` |" in page for column in COLUMNS.values())


@pytest.mark.parametrize(
    ("column", "cell", "attribute", "value"),
    [
        ("permitted_by", "none", "permitted_by", []),
        ("permitted_by", "NONE", "permitted_by", []),
        ("data_located_in", "NL SG,  IE ; NL", "data_in", ["IE", "NL", "SG"]),
        ("subjects_live_in", "EU", "subjects", ["EU"]),
        ("disclosed", "partly", "disclosed", True),
        ("disclosed", "No", "disclosed", False),
        ("personal", "TRUE", "personal", True),
        ("channel", "Mutual assistance", "channel", "mutual-assistance"),
        ("channel", "police_cooperation", "channel", "police-cooperation"),
        ("legal_instrument", " gdpr-49-1-e ", "instrument", "gdpr-49-1-e"),
        ("received", "2018-05-25", "at", datetime(2018, 5, 25, 12, tzinfo=UTC)),
        ("received", "2024-05-06 14:30+05:30", "at", datetime(2024, 5, 6, 9, tzinfo=UTC)),
    ],
)
def test_what_is_written_is_what_is_known(column, cell, attribute, value, tmp_path: Path):
    assert of(tmp_path, **{column: cell})[attribute] == value


@pytest.mark.parametrize("column", [*COLUMNS])
def test_an_empty_cell_is_not_known(column: str, tmp_path: Path):
    fact = of(tmp_path, **{column: " "})

    assert COLUMNS[column].attribute not in fact


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("received", "2024-02-30", "`received`: there is no `2024-02-30`, or no such time on it"),
        ("received", "2024-05-06T25:00:00Z", "`received`: there is no `2024-05-06`, or no such time on it"),
        ("answered", "2024-05-06 14:30", "`answered`: time without offset from UTC"),
        ("received", "06/05/2024", "`received` must be a day such as `2024-05-06` or a time"),
        ("received", "20240506", "`received` must be a day such as `2024-05-06` or a time"),
        ("received", "2024-W19-1", "`received` must be a day such as `2024-05-06` or a time"),
        ("requested_by", "UK", "not `UK`, did you mean `GB`?"),
        ("data_located_in", "IE;usa", "not `usa`, did you mean `US`?"),
        ("permitted_by", "none; IE", "`permitted_by` must be a jurisdiction code such as `DE`"),
        ("subjects_live_in", "de", "not `de`, did you mean `DE`?"),
        ("requested_by", "DE FR", "`requested_by` must be a jurisdiction code such as `DE`"),
        ("channel", "mlat", "`channel` can't be `mlat`, did you mean `mutual-assistance`?"),
        ("channel", "e evidense", "`channel` can't be `e-evidense`, did you mean `e-evidence`?"),
        ("issuer", "cout", "`issuer` can't be `cout`, did you mean `court`?"),
        ("emergency", "partly", "`emergency` must be `yes` or `no`"),
        ("disclosed", "unknown", "`disclosed` must be `yes`, `no` or `partly`"),
    ],
)
def test_what_cannot_be_is_told_and_costs_one_request(column: str, cell: str, why: str, tmp_path: Path):
    good = {"reference": "1", "requested_by": "IN", "data_located_in": "JP"}
    path = register(tmp_path / "r.csv", good, {**good, column: cell}, {**good, "reference": "3"})

    facts, reading = read(path)

    assert [fact["reference"] for fact in facts] == ["1", "3"]
    assert (reading.skipped, reading.skips[0].where) == (1, "line 3")
    assert why in reading.skips[0].why


@pytest.mark.parametrize(
    "column", sorted(COLUMNS.keys() - {"reference", "authority", "holder", "legal_instrument", "product"})
)
def test_a_name_in_the_wrong_column_is_not_repeated(column: str, tmp_path: Path):
    why = of(tmp_path, **{column: "Ana Lima"}).removeprefix(f"`{column}`")

    assert "Ana" not in why
    assert "Lima" not in why


def test_notes_are_never_kept(tmp_path: Path, comity):
    path = register(
        tmp_path / "register.csv",
        {"reference": "1", "requested_by": "US", "data_located_in": "IE", "note": "Ana Lima"},
        {"reference": "2", "requested_by": "UK", "data_located_in": "IE", "note": "Ana Lima"},
    )

    for form in ("text", "json"):
        told = comity("check", path, "--format", form)
        assert "1 request" in told.out or '"read": 1' in told.out
        assert "Lima" not in told.out + told.err


@pytest.mark.parametrize(
    ("header", "help"),
    [
        ("reference,received,requested_bye,data_located_in", "did you mean `requested_by`?"),
        ("reference;received;requested_by;Data located", "did you mean `data_located_in`?"),
        ("reference,received,requested_by,data_located_in,suspect", "remarks go into `note`"),
    ],
)
def test_a_column_that_means_nothing_is_not_dropped_in_silence(header: str, help: str, tmp_path: Path):
    path = tmp_path / "register.csv"
    path.write_text(header + "\n", encoding="utf-8")

    with pytest.raises(EvidenceError, match="unknown column") as refused:
        read(path)
    assert help in refused.value.help
    assert refused.value.place.line == 1


def test_a_column_given_twice_is_refused(tmp_path: Path):
    path = tmp_path / "register.csv"
    path.write_text("reference,requested_by,data_located_in,Requested by\n", encoding="utf-8")

    with pytest.raises(EvidenceError, match="`requested_by` is there twice"):
        read(path)


def test_in_a_document_an_unknown_key_costs_one_request(tmp_path: Path):
    path = tmp_path / "register.json"
    good = {"reference": "1", "requested_by": "KE", "data_located_in": ["DE"]}
    bad = ({**good, "chanel": "direct"}, {**good, "reference": 12}, ["x"], {**good, "disclosed": 1})
    path.write_text(json.dumps([good, *bad, {**good, "Requested by": "ZA"}]), encoding="utf-8")

    facts, reading = read(path)

    assert [fact["reference"] for fact in facts] == ["1"]
    assert [(skip.where, skip.why) for skip in reading.skips] == [
        ("request 2", "unknown column `chanel`, did you mean `channel`?"),
        ("request 3", "`reference` must be text: put it in quotes"),
        ("request 4", "not a mapping of columns to values"),
        ("request 5", "`disclosed` must be text: put it in quotes"),
        ("request 6", "`requested_by` is there twice"),
    ]
    assert reading.skipped == 5


def test_rows_that_are_broken_take_no_other_with_them(tmp_path: Path):
    path = tmp_path / "register.csv"
    good = b"7,2024-05-06,US,IE,none,yes,\n"
    rows = [b'8,2024-05-06,US,IE,none,yes,"never closed\n', b"9,2024-05-06,US\n", b"1\xff,2024-05-06,US,IE,none,yes,\n"]
    path.write_bytes(",".join(HEADER).encode() + b"\n" + good.join([b"", *rows, b""]) + b'7,,"US"x,,,,\n' + good)

    facts, reading = read(path)

    assert len(facts) == 5
    assert {(skip.where, skip.why) for skip in reading.skips} == {
        ("line 3", "quotes that don't match, or a cell that is too long"),
        ("line 5", "not 7 cells as in the header"),
        ("line 7", "not UTF-8"),
    }
    assert reading.skipped == 4


def test_a_register_cut_short_is_read_to_the_cut(tmp_path: Path):
    path = tmp_path / "register.csv.gz"
    rows = "".join(f"{n},2024-05-06,US,IE,none,yes,{n * 7919 % 104729}\n" for n in range(50_000))
    path.write_bytes(gzip.compress((",".join(HEADER) + "\n" + rows).encode())[:-20_000])

    facts, reading = read(path)

    assert [fact["reference"] for fact in facts] == [str(n) for n in range(len(facts))]
    assert 10_000 < len(facts) < 50_000
    assert (reading.skipped, reading.skips[0].why) == (1, "the file breaks off or is damaged here")


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (YAML + "- reference: [\n", "is no YAML 1.2", 13),
        (YAML.replace("[IE]", "&a [IE]") + "- permitted_by: *a\n", "anchors and aliases", None),
        (YAML + "title: 2024\n", "unknown key `title` beside `requests`", None),
        (YAML + "#" + " " * (16 << 20), "is larger than 16 MiB", None),
        ('[{"reference": "1", "requested_by": "KE", "data_located_in": []},', "is no JSON", 1),
    ],
)
def test_a_document_that_is_broken_says_so(content: str, reason: str, line: int | None, tmp_path: Path):
    path = tmp_path / "register.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(EvidenceError, match=reason) as refused:
        read(path)
    assert line is None or abs(refused.value.place.line - line) <= 1


@pytest.mark.parametrize(
    "content",
    [
        "kind,at,by,requested_by,data_located_in\nrequest,2024-05-06T12:00:00Z,US,US,IE\n",
        '{"kind": "request", "by": "US", "data_in": ["IE"]}\n',
        "reference,received,note\n1,2024-05-06,x\n",
        "id,severity,requested_by,permitted_by,reference,colour,size,weight\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - resources:\n      requests:\n        cpu: 1\n",
        "requests:\n- name: x\n  url: https://example.org\n",
        "- [1, 2]\n",
        "[" * 60_000,
        '{"requests": ' + "[" * 60_000,
        "- " + "[" * 60_000,
        '{"note": {"requested_by": "US", "data_located_in": "IE", "reference": "1"}}',
    ],
)
def test_other_files_are_no_registers(content: str, tmp_path: Path):
    path = tmp_path / "file"
    path.write_text(content, encoding="utf-8")

    assert "requests" not in [form.NAME for form in formats_of(path)]


REAL = [
    path
    for path in sorted(SHARED.rglob("*"))
    if path.is_file() and path.suffix.lower() in (".csv", ".yaml", ".yml", ".json", ".md", ".tf")
]


@pytest.mark.skipif(not REAL, reason="real evidence is not here")
def test_no_real_file_of_another_kind_is_taken_for_a_register():
    taken = [path for path in REAL if path.stat().st_size and "requests" in [form.NAME for form in formats_of(path)]]

    assert len(REAL) > 50
    assert not taken


CODES = st.lists(st.sampled_from(sorted(JURISDICTIONS)), max_size=4, unique=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
REQUESTS = st.lists(
    st.fixed_dictionaries(
        {
            "reference": TEXTS,
            "authority": st.text(st.sampled_from('a",;\n\t '), max_size=12),
            "requested_by": st.sampled_from(sorted(JURISDICTIONS)),
            "data_located_in": st.none() | CODES,
            "permitted_by": st.none() | CODES,
            "disclosed": st.none() | st.booleans(),
            "received": st.none()
            | st.dates(datetime(1900, 1, 1).date(), datetime(2999, 12, 31).date()).map(lambda day: day.isoformat()),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=REQUESTS)
def test_csv_and_json_say_the_same(requests, tmp_path: Path):
    document = tmp_path / "register.json"
    document.write_text(json.dumps(requests), encoding="utf-8")
    table = register(tmp_path / "register.csv", *({k: cell(v) for k, v in request.items()} for request in requests))

    from_json, of_json = read(document)
    from_csv, of_csv = read(table)

    assert plain(from_csv) == plain(from_json)
    assert of_csv.read == of_json.read == len(requests)
    assert [fact.get("permitted_by") for fact in from_csv] == [
        None if request["permitted_by"] is None else sorted(request["permitted_by"]) for request in requests
    ]


def cell(value) -> str:
    if isinstance(value, list):
        return "; ".join(value) or "none"
    return {None: "", True: "yes", False: "no"}.get(value, value)


def test_permission_not_recorded_and_permission_not_given_are_told_apart(tmp_path: Path):
    """By a law made for this test: nothing is handed over without the leave of a State where the data is."""
    law = tmp_path / "leave.md"
    rule = "when: request.disclosed\nduty: request.data_in.exists(place, place in request.permitted_by)"
    made = PACK.format(id="leave", force="law", more="").split("```rule")[0]
    law.write_text(f"{made}```rule\nid: leave\nabout: request\ntitle: Leave\n{rule}\n```\n", encoding="utf-8")
    asked = {"requested_by": "AU", "data_located_in": "CL; PE", "disclosed": "yes", "received": "2024-05-06"}
    path = register(
        tmp_path / "register.csv",
        *({**asked, "permitted_by": leave} for leave in ("none", "", "PE", "AU")),
        {**asked, "disclosed": "no"},
        {**asked, "disclosed": "partly", "permitted_by": "none"},
    )

    (result,) = check([path], packs=[str(law)]).rules

    assert (result.breach, result.unknown, result.kept, result.out_of_scope) == (3, 1, 1, 1)


def test_a_day_is_judged_by_the_law_of_that_day(tmp_path: Path):
    """The pack begins at midnight in Brussels on 25 May 2018: the day before is not its own, that day is."""
    law = tmp_path / "day.md"
    made = PACK.format(id="day", force="law", more="").split("```rule")[0]
    law.write_text(
        f"{made}```rule\nid: day\nabout: request\ntitle: None\nwhen: request.disclosed\n```\n", encoding="utf-8"
    )
    asked = {"requested_by": "AU", "data_located_in": "CL", "disclosed": "yes"}
    path = register(
        tmp_path / "register.csv",
        *({**asked, "received": day} for day in ("2018-05-24", "2018-05-25", "2018-05-24T23:30:00Z")),
    )

    (result,) = check([path], packs=[str(law)]).rules

    assert (result.breach, result.out_of_scope) == (2, 1)

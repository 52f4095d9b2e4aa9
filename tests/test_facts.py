"""Files of facts: what a pipeline knows comes through as it is, and what can't be taken is named."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import formats_of, read

from comity.errors import EvidenceError
from comity.evidence import _pieces, facts
from comity.evidence.base import Skip
from comity.evidence.facts import record as facts_record
from comity.evidence.facts import text as facts_text
from comity.evidence.facts.patterns import csv_line, json_line
from comity.vocabulary import KINDS, Attribute, Kind, Type

FLOW = {"kind": "flow", "to": "US", "recipient.seat": ["US"], "bytes": 7}


@pytest.fixture(scope="module", autouse=True, params=[0, facts_text._FEW], ids=["in bulk", "one by one"])
def few(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few lines are read one by one, which must say the same as to read them in bulk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts_text, "_FEW", request.param)
        yield


def ndjson(folder: Path, *lines: Any) -> Path:
    path = folder / "facts"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def why_not(folder: Path, line: Any) -> str:
    found, reading = read(ndjson(folder, FLOW, line, FLOW))
    assert [fact["position"] for fact in found] == [1, 3]
    assert [skip.where for skip in reading.skips] == ["line 2"]
    return reading.skips[0].why


def table(folder: Path, select: str) -> Path:
    path = folder / "facts.parquet"
    path.unlink(missing_ok=True)
    duckdb.execute(f"SET TimeZone = 'UTC'; COPY ({select}) TO '{path}'")
    return path


def test_only_addresses_are_put_into_lower_case(tmp_path: Path) -> None:
    flow, act = {"kind": "flow", "source": "2001:DB8::A"}, {"kind": "measure", "source": "https://example.org/Law#A"}
    told = [{"flow": "2001:db8::a", "measure": "https://example.org/Law#A"}[kind] for kind in ("flow", "measure")]
    odd = '{"kind": "measure", "source": "https:\\/\\/example.org/Law#A"}'  # such escapes are read one by one
    select = f"SELECT unnest(['flow', 'measure']) AS kind, unnest(['{flow['source']}', '{act['source']}']) AS source"
    for path in (ndjson(tmp_path, flow, act), ndjson(tmp_path, flow, odd), table(tmp_path, select)):
        assert [fact["source"] for fact in read(path)[0]] == told


def test_every_kind_in_one_file_as_it_comes(tmp_path: Path) -> None:
    found, reading = read(
        ndjson(
            tmp_path,
            {**FLOW, "at": "2024-05-01T14:00:00+02:00", "host": "Tracker.Example.", "data": ["Name", "Age", "Name"]},
            {"kind": "store", "place": "DE", "replicas": [], "encrypted": None, "operator.name": 'Ärzte "GmbH" \\ 本'},
            {"kind": "request", "by": "EPO", "answered": "2024-05-01 12:00:00.25Z", "emergency": False},
            {"kind": "path", "by": "network"},
        )
    )
    assert found == [
        {
            **FLOW,
            "file": 1,
            "position": 1,
            "at": datetime(2024, 5, 1, 12, tzinfo=UTC),
            "host": "tracker.example",
            "data": ["Name", "Age", "Name"],
        },
        {"kind": "path", "file": 1, "position": 4, "by": "network"},
        {
            "kind": "store",
            "file": 1,
            "position": 2,
            "place": "DE",
            "replicas": [],
            "operator.name": 'Ärzte "GmbH" \\ 本',
        },
        {"kind": "request", "file": 1, "position": 3, "by": "EPO", "answered": 1714564800250000, "emergency": False},
    ]
    assert (reading.read, reading.skipped) == (4, 0)


MORE = "must be a list of all there is: `…` (perhaps more) may stand in `data` only"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"to": "US"}, "no `kind`"),
        ({"kind": None}, "no `kind`"),
        ({"kind": 7}, "`kind` must be text"),
        ({"kind": "flows"}, "unknown kind `flows`, did you mean `flow`?"),
        (
            {"kind": "flow", "recipient.seats": []},
            "unknown attribute `recipient.seats`, did you mean `recipient.seat`?",
        ),
        ({"kind": "flow", "zzzzzz": None}, "unknown attribute `zzzzzz`"),
        ({"kind": "flow", "place": "DE"}, "`place` is not an attribute of a flow"),
        ({"kind": "flow", "to": "Germany"}, "`to` must be a jurisdiction code such as `DE`, not `Germany`"),
        ({"kind": "flow", "to": ["DE"]}, "`to` must be a jurisdiction code such as `DE`"),
        ({"kind": "flow", "recipient.seat": "US"}, "`recipient.seat` must be a list of jurisdiction codes"),
        ({"kind": "flow", "recipient.seat": ["US", None]}, "`recipient.seat` must be a list of jurisdiction codes"),
        (
            {"kind": "flow", "recipient.seat": ["us"]},
            "`recipient.seat` must hold jurisdiction codes such as `DE`, not `us`",
        ),
        ({"kind": "flow", "data": [1]}, "`data` must be a list of strings"),
        ({"kind": "flow", "safeguards": ["scc", "…"]}, f"`safeguards` {MORE}"),
        ('{"kind": "flow", "safeguards": ["\\u2026"]}', f"`safeguards` {MORE}"),
        ({"kind": "flow", "recipient.seat": ["US", "…"]}, f"`recipient.seat` {MORE}"),
        ({"kind": "flow", "via": [-1]}, "`via` must be a list of whole numbers, 0 or more"),
        ({"kind": "flow", "host": 5}, "`host` must be text"),
        ({"kind": "flow", "personal": "true"}, "`personal` must be true or false"),
        ({"kind": "flow", "people": -1}, "`people` must be a whole number, 0 or more"),
        ({"kind": "flow", "people": 1.0}, "`people` must be a whole number, 0 or more"),
        ({"kind": "flow", "people": True}, "`people` must be a whole number, 0 or more"),
        ({"kind": "flow", "bytes": 2**63}, "`bytes` is larger than 9223372036854775807"),
        ({"kind": "flow", "at": "2024-05-01T12:00:00"}, "`at`: time without offset from UTC"),
        ({"kind": "flow", "at": "2024-05-01"}, "`at`: time without offset from UTC"),
        ({"kind": "flow", "at": "2024-02-30T12:00:00Z"}, "`at` must be a time such as `2024-05-01T12:00:00Z`"),
        ({"kind": "flow", "at": 1714564800}, "`at` must be a time such as `2024-05-01T12:00:00Z`"),
        ('{"kind": "flow", "to": "DE", "to": "US"}', "`to` is there twice"),
        ('{"kind": "flow", "host": "\\ud800"}', "`host` holds half a character"),
        ('{"kind": "flow", "bytes": NaN}', "not JSON, or more than one line of it"),
        ('{"kind": "flow",}', "not JSON, or more than one line of it"),
        ('{"kind": "flow"', "not JSON, or more than one line of it"),
        ('{"kind": "flow"} {"kind": "flow"}', "not JSON, or more than one line of it"),
        ('{"kind": "flow", "bytes": ' + "1" * 5000 + "}", "not JSON, or more than one line of it"),
        ('{"kind": "flow", "data": ' + "[" * 100_000, "nested too deeply"),
        ('["flow"]', "not a JSON object"),
        ("\x1b[31mred", "not JSON, or more than one line of it"),
        ('{"kind": "flow", "\\u001b[31m": 1}', "unknown attribute `�[31m`"),
    ],
)
def test_one_bad_record_is_skipped_with_the_reason(tmp_path: Path, record: Any, why: str) -> None:
    assert why_not(tmp_path, record) == why


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ('{"k\\u0069nd": "fl\\u006fw", "host": "\\u00e4\\/\\n"}', {"host": "ä/\n"}),
        (' {"kind" : "flow","bytes": 9223372036854775807 }', {"bytes": 2**63 - 1}),
        ('{"kind":"flow","kind2":null}'.replace('"kind2":null', '"to":null'), {}),
        ('{"kind": "flow", "data": [ ], "via": [0, 64500]}', {"data": [], "via": [0, 64500]}),
        ('{"kind": "flow", "at": "1999-12-31T23:59Z"}', {"at": datetime(1999, 12, 31, 23, 59, tzinfo=UTC)}),
    ],
)
def test_other_spellings_say_the_same(tmp_path: Path, line: str, fact: dict[str, Any]) -> None:
    found, _ = read(ndjson(tmp_path, FLOW, line))
    assert found[1] == {"kind": "flow", "file": 1, "position": 2, **fact}


def test_lines_keep_their_numbers_whatever_stands_between(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    good = json.dumps(FLOW).encode()
    path.write_bytes(b"\xef\xbb\xbf\n\r\n" + good + b"\r\n\x00\x01\n \n" + b"caf\xe9\n" + good + b"\n\n" + good)
    found, reading = read(path)
    assert [fact["position"] for fact in found] == [3, 7, 9]
    assert reading.skips == [Skip("line 4", "not JSON, or more than one line of it"), Skip("line 6", "not UTF-8")]


def test_a_line_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pieces, "MAX_LINE", 3 << 20)
    path = ndjson(tmp_path, FLOW, {"kind": "flow", "host": "x" * (2 << 20)}, "x" * (9 << 20), FLOW, "y" * (9 << 20))
    found, reading = read(path)
    assert [fact["position"] for fact in found] == [1, 2, 4]
    assert (reading.skipped, reading.skips[0]) == (2, Skip("line 3", "longer than 16 MB"))


def test_pieces_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pieces, "_PIECE_LINES", 1000)
    monkeypatch.setattr(_pieces, "_BLOCK", 4096)
    lines = ["bad" if n % 97 == 0 else {**FLOW, "bytes": n} for n in range(1, 5001)]
    found, reading = read(ndjson(tmp_path, *lines))
    assert [(fact["position"], fact["bytes"]) for fact in found] == [(n, n) for n in range(1, 5001) if n % 97]
    assert reading.skips == [Skip("line 97", "not JSON, or more than one line of it")]
    assert reading.skipped == 5000 // 97


def test_only_data_may_be_an_open_list_and_dots_within_a_text_are_text(tmp_path: Path) -> None:
    record = {"kind": "flow", "data": ["Name", "…"], "safeguards": ["", "a", "scc…", "……"]}
    rows = 'kind,data,safeguards\nflow,"[""Name"",""…""]","["""",""a"",""scc…"",""……""]"\n'
    (tmp_path / "facts.csv").write_text(rows, encoding="utf-8")
    select = "'flow' AS kind, ['Name', '…'] AS data, ['', 'a', 'scc…', '……'] AS \"safeguards\""
    for path in (ndjson(tmp_path, record), tmp_path / "facts.csv", table(tmp_path, f"SELECT {select}")):
        ((fact,), _) = read(path)
        assert {name: fact[name] for name in record} == record


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_files_whole_and_cut(tmp_path: Path, pack: Any) -> None:
    data = pack("".join(json.dumps({**FLOW, "host": f"h{n**9}.example"}) + "\n" for n in range(5000)).encode())
    path = tmp_path / "facts"
    path.write_bytes(data)
    assert read(path)[1].read == 5000
    path.write_bytes(data[: len(data) * 9 // 10])
    found, reading = read(path)
    assert 2000 < len(found) < 5000
    assert reading.skips == [Skip(f"line {len(found) + 1}", "the file breaks off or is damaged here")]


def test_csv_says_the_same_as_json(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    path.write_bytes(
        b"\xef\xbb\xbfkind, at,to,place,personal,people,data,recipient.name\r\n"
        b'flow,2024-05-01T12:00:00Z,US,,TRUE,5,"[""Name"", ""Age""]","Tracker ""T"", Inc."\r\n'
        b"\r\n"
        b'store,,,DE,"",,[],\r\n'
        b'flow,,,,,,,x"y\r\n'
    )
    found, reading = read(path)
    assert (reading.read, reading.skipped) == (3, 0)
    assert found[0] == {
        "kind": "flow",
        "file": 1,
        "position": 2,
        "at": datetime(2024, 5, 1, 12, tzinfo=UTC),
        "to": "US",
        "personal": True,
        "people": 5,
        "data": ["Name", "Age"],
        "recipient.name": 'Tracker "T", Inc.',
    }
    assert found[1]["recipient.name"] == 'x"y'
    assert found[2] == {"kind": "store", "file": 1, "position": 4, "place": "DE", "data": []}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("flow,US", "not 4 cells as in the header"),
        ("flow,US,,,", "not 4 cells as in the header"),
        ('flow,US,,"1', "quotes that don't match, or a cell that is too long"),
        ('flow,"U"S,,1', "quotes that don't match, or a cell that is too long"),
        (",US,,1", "no `kind`"),
        ("flow,,DE,1", "`place` is not an attribute of a flow"),
        ("flow,Germany,,1", "`to` must be a jurisdiction code such as `DE`, not `Germany`"),
        ("flow,US,,1.5", "`people` must be a whole number, 0 or more"),
        ("flow,US,," + "9" * 19, "`people` is larger than 9223372036854775807"),
    ],
)
def test_a_bad_row_is_skipped_and_no_other(tmp_path: Path, row: str, why: str) -> None:
    path = tmp_path / "facts"
    path.write_text(f'kind,to,place,people\nflow,US,,1\n{row}\nflow,"US",,"2"\n')
    found, reading = read(path)
    assert [(fact["position"], fact["people"]) for fact in found] == [(2, 1), (4, 2)]
    assert reading.skips == [Skip("line 3", why)]


def test_semicolons_and_tabs_separate_too(tmp_path: Path) -> None:
    path = tmp_path / "facts"
    for separator in ";\t":
        path.write_text(f"to{separator}kind\nUS{separator}flow\n")
        assert read(path)[0][0]["to"] == "US"


PARQUET = "'flow' AS kind, 'US' AS \"to\", ['US'] AS \"recipient.seat\", 7::INT AS bytes"


def test_parquet_stays_where_it_is(tmp_path: Path) -> None:
    path = table(
        tmp_path, f"SELECT {PARQUET}, TIMESTAMPTZ '2024-05-01 12:00:00Z' AS \"at\", n AS people FROM range(3) t(n)"
    )
    before = sorted(tmp_path.iterdir())
    found, reading = read(path)
    assert found[2] == {
        **FLOW,
        "file": 1,
        "position": (1 << 39) + 3,
        "at": datetime(2024, 5, 1, 12, tzinfo=UTC),
        "people": 2,
    }
    assert (reading.read, reading.skipped, facts.where(found[2]["position"])) == (3, 0, "row 3")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("NULL::VARCHAR AS kind", "no `kind`"),
        ("'flaw' AS kind", "unknown kind `flaw`"),
        ("'flow' AS kind, 'DE' AS place", "`place` is not an attribute of a flow"),
        ("'flow' AS kind, 'Germany' AS \"to\"", "`to` must be a jurisdiction code such as `DE`"),
        ("'flow' AS kind, ['US', NULL] AS \"recipient.seat\"", "`recipient.seat` must be a list of jurisdiction codes"),
        ("'flow' AS kind, ['US,DE'] AS \"recipient.seat\"", "`recipient.seat` must be a list of jurisdiction codes"),
        ("'flow' AS kind, ['scc', '…'] AS \"safeguards\"", f"`safeguards` {MORE}"),
        ("'flow' AS kind, '[\"…\"]' AS \"safeguards\"", f"`safeguards` {MORE}"),
        ("'flow' AS kind, ['Name', NULL] AS data", "`data` must be a list of strings"),
        ("'flow' AS kind, -1 AS people", "`people` must be a whole number, 0 or more"),
        ("'flow' AS kind, 1.5::DOUBLE AS people", "`people` must be a whole number, 0 or more"),
        ("'flow' AS kind, 'NaN'::DOUBLE AS people", "`people` must be a whole number, 0 or more"),
        ("'flow' AS kind, 9223372036854775808::UBIGINT AS people", "`people` must be a whole number, 0 or more"),
        ("'flow' AS kind, '2024-05-01T12:00:00' AS \"at\"", "`at` must be a time such as `2024-05-01T12:00:00Z`"),
        ("'flow' AS kind, '2024-02-30T12:00:00Z' AS \"at\"", "`at` must be a time such as `2024-05-01T12:00:00Z`"),
        ("'flow' AS kind, '[\"US\"' AS \"recipient.seat\"", "`recipient.seat` must be a list of jurisdiction codes"),
    ],
)
def test_bad_rows_of_parquet_are_skipped(tmp_path: Path, column: str, why: str) -> None:
    path = table(tmp_path, f"SELECT {column} UNION ALL BY NAME SELECT 'flow' AS kind")
    found, reading = read(path)
    assert [facts.where(fact["position"]) for fact in found] == ["row 2"]
    assert reading.skips == [Skip("row 1", why)]


def test_parquet_with_other_types_is_cast(tmp_path: Path) -> None:
    columns = (
        "'flow' AS kind, 5::DOUBLE AS people, '2024-05-01T12:00:00Z' AS \"at\", 'True' AS personal, "
        "'[\"US\"]' AS \"recipient.seat\", 'US'::ENUM('US', 'DE') AS \"to\", 7::UBIGINT AS bytes"
    )
    found, _ = read(table(tmp_path, f"SELECT {columns}"))
    assert found == [
        {
            **FLOW,
            "file": 1,
            "position": (1 << 39) + 1,
            "at": datetime(2024, 5, 1, 12, tzinfo=UTC),
            "people": 5,
            "personal": True,
        }
    ]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("kind,recipient.seats\nflow,\n", "unknown attribute `recipient.seats`, did you mean `recipient.seat`?"),
        ("kind,to,to\nflow,,\n", "column `to` is there twice"),
        ("kind,to\n,US\n,DE\n", "no record has a `kind`"),
        ('[{"kind": "flow"},\n{"kind": "flow"}]', "an array of records in JSON; facts are one object a line"),
        ('{\n  "kind": "flow"\n}\n', "records that span several lines in JSON; facts are one object a line"),
        ("SELECT 'flow' AS kind, 1 AS recipients", "unknown attribute `recipients`"),
        (
            "SELECT 'flow' AS kind, TIMESTAMP '2024-05-01 12:00:00' AS \"at\"",
            "column `at`: time without offset from UTC",
        ),
        ("SELECT 'flow' AS kind, 1 AS host", "column `host` is INTEGER: `host` must be text"),
        ("SELECT 1 AS kind", "column `kind` must be text"),
        ("SELECT NULL::VARCHAR AS kind, 'US' AS \"to\"", "no record has a `kind`"),
    ],
)
def test_files_that_are_refused_as_a_whole(tmp_path: Path, content: str, error: str) -> None:
    if content.startswith("SELECT"):
        path = table(tmp_path, content)
    else:
        path = tmp_path / "facts"
        path.write_text(content)
    with pytest.raises(EvidenceError) as raised:
        read(path)
    assert raised.value.summary.startswith(error)


@pytest.mark.parametrize(
    "content",
    [
        "kind of you, to read this\n",
        "name,to\nflow,US\n",
        '{"kind": "Pod"}\n',
        '{"to": "US"}\n',
        '{"items": [{"kind": "flow"}]}',
        '{"log": {"kind": "flow"}}\n',
        "{'kind': 'flow'}",
        "PAR1" + "x" * 100 + "PAR1",
        "flow",
        "\x00\x01\x02",
    ],
)
def test_what_belongs_to_others_is_left_to_them(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other"
    path.write_text(content)
    assert facts not in formats_of(path)


def test_recognised_in_spite_of_broken_first_lines(tmp_path: Path) -> None:
    found, reading = read(ndjson(tmp_path, "garbage", "{", FLOW))
    assert (len(found), reading.skipped) == (1, 2)
    assert read(ndjson(tmp_path, {**FLOW, "host": "x" * 100_000}))[1].read == 1


def test_flow_logs_in_parquet_are_not_facts(tmp_path: Path) -> None:
    assert facts not in formats_of(table(tmp_path, "SELECT 'flow' AS kind, '' AS srcaddr, '' AS dstaddr"))


def test_every_name_has_one_type_and_one_meaning_of_codes() -> None:
    for kind in KINDS.values():
        for attribute in kind.attributes:
            assert facts_record.NAMES[attribute.name].type is attribute.type


# The engine takes lines by a pattern, the others are judged one by one. Both must agree.

TEXTS = st.text(st.sampled_from("abÄ本…\"\\,;\n\t/ \x7f{}[]:'"), max_size=6)
CODES = st.sampled_from(["DE", "US", "EPO"])
WRONG = st.one_of(st.integers(-1, 1 << 64), st.floats(), TEXTS, st.lists(TEXTS | st.none(), max_size=2), st.booleans())


def values(kind: Kind, attribute: Attribute) -> st.SearchStrategy[Any]:
    text = CODES if facts_record.is_jurisdiction(kind, attribute) else TEXTS
    moments = st.datetimes(datetime(1000, 1, 2), datetime(2999, 12, 30)).map(lambda t: t.isoformat() + "+05:30")
    right = {
        Type.BOOL: st.booleans(),
        Type.STRING: text,
        Type.INT: st.integers(0, (1 << 63) - 1),
        Type.TIME: moments,
        Type.STRINGS: st.lists(text, max_size=3),
        Type.INTS: st.lists(st.integers(0, 1 << 40), max_size=3),
    }[attribute.type]
    return st.none() | right | right | right | WRONG


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(KINDS.values())))
    chosen = draw(st.lists(st.sampled_from(kind.attributes), unique=True, max_size=4))
    return {"kind": kind.name, **{attribute.name: draw(values(kind, attribute)) for attribute in chosen}}


def cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


@given(st.lists(records(), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_bulk_and_single_reading_agree(tmp_path_factory: pytest.TempPathFactory, made: list[dict[str, Any]]) -> None:
    lines = [json.dumps(record, ensure_ascii=False) for record in made]
    names = sorted({name for record in made for name in record} | {"kind"})
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerows([names, *([cell(record.get(name)) for name in names] for record in made)])
    folder = tmp_path_factory.mktemp("agree")
    for name, text in (("lines", "\n".join(lines)), ("rows", rows.getvalue())):
        path = folder / name
        path.write_text(text)
        results = []
        for pattern in (None, "never"):
            with pytest.MonkeyPatch.context() as patch:
                if pattern:
                    patch.setattr("comity.evidence.facts.patterns.json_line", lambda *_, pattern=pattern: pattern)
                    patch.setattr("comity.evidence.facts.patterns.csv_line", lambda *_, pattern=pattern: pattern)
                try:
                    results.append(read(path))
                except EvidenceError as error:
                    results.append(error.summary)
        assert results[0] == results[1]


def test_patterns_take_ordinary_records() -> None:
    import re

    assert re.fullmatch(json_line(KINDS["flow"]), json.dumps(FLOW))
    assert re.fullmatch(csv_line(KINDS["flow"], ["to", "kind"], ","), "US,flow")


@given(st.binary(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_bytes_whatever_make_a_traceback(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "facts"
    good = json.dumps(FLOW).encode()
    for content in (good + b"\n" + noise + b"\n" + good, b"kind,to\nflow,US\n" + noise + b"\nflow,DE\n"):
        path.write_bytes(content)
        try:
            found, _ = read(path)
        except EvidenceError:
            continue
        assert len(found) >= 2

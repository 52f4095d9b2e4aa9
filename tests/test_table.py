"""Tables as evidence: databases and files of rows, each table a store with what its columns hold."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import SHARED, formats_of, read

from comity.bounds import at_least
from comity.checking import check
from comity.engine.duckdb import Engine
from comity.errors import EvidenceError
from comity.evidence import EvidenceRecord, formats, read_all, table
from comity.evidence.base import EvidenceFile, FactTables, Head, head_of
from comity.evidence.table.databases import database_at
from comity.evidence.table.shape import csv_shape
from comity.identify import Detection

FAKE = SHARED / "pii" / "presidio__FakeNameGenerator.com_3000.csv"
FAKE_100 = SHARED / "pii" / "presidio__FakeNameGenerator.com_100.csv"

needs_people = pytest.mark.skipif(not FAKE.exists(), reason="the labelled people are not beside the repository")

HEADER = ("parcel", "mail", "comment")
ROWS = [(f"{40_000_000 + 7 * n}", f"user{n % 40}@example.org", "left at the door") for n in range(100)]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def as_csv(path: Path, delimiter: str = ",") -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, *ROWS])
    return path


def as_sqlite(path: Path, tables: dict[str, Sequence[Sequence[Any]]]) -> Path:
    connection = sqlite3.connect(path)
    for name, (header, *rows) in tables.items():
        connection.execute(f"CREATE TABLE {name} ({', '.join(header)})")
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)
    connection.commit()
    connection.close()
    return path


def found_in(path: Path) -> dict[str, set[str]]:
    """The categories of each field."""
    with Engine(memory="1GB") as engine:
        tables = FactTables(engine)
        told: list[Detection] = []
        tables.detect = lambda kind, found: told.extend(d for _, _, ds in found for d in ds)  # type: ignore[method-assign]
        table.read(EvidenceFile(1, path, head_of(path)), tables)
    fields: dict[str, set[str]] = {}
    for detection in told:
        fields.setdefault(detection.field, set()).add(detection.category)
    return fields


def records(*paths: object) -> list[EvidenceRecord]:
    with Engine(memory="1GB") as engine:
        return read_all([Path(str(path)) for path in paths], FactTables(engine))


def error_of(path: object) -> EvidenceError:
    (record,) = records(path)
    assert isinstance(record.error, EvidenceError)
    return record.error


def twins(folder: Path) -> Iterator[Path]:
    """The same table, written in every way."""
    yield as_csv(folder / "a.csv")
    yield as_csv(folder / "a.tsv", "\t")
    yield as_sqlite(folder / "a.sqlite", {"t": [HEADER, *ROWS]})
    lines = (json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS)
    yield written(folder / "a.ndjson", "\n".join(lines))
    connection = duckdb.connect(str(folder / "a.duckdb"))
    connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{folder / 'a.csv'}', all_varchar = true)")
    connection.execute(f"COPY t TO '{folder / 'a.parquet'}'")
    connection.close()
    yield folder / "a.duckdb"
    yield folder / "a.parquet"


def test_a_table_is_a_store_with_what_its_columns_hold(tmp_path: Path) -> None:
    facts, reading = read(as_csv(tmp_path / "customers.csv"))
    assert facts == [
        {
            "kind": "store",
            "name": "customers.csv",
            "data": ["EmailAddress", "…"],
            "people": at_least(40),
            "file": 1,
            "position": 1,
        }
    ]
    assert (reading.read, reading.skipped, reading.notes) == (100, 0, [])
    assert table.where(1) == "table 1"


def test_however_it_is_written_it_is_the_same_table(tmp_path: Path) -> None:
    for path in twins(tmp_path):
        ((fact,), reading) = read(path)
        assert (fact["data"], fact["people"], reading.read) == (["EmailAddress", "…"], at_least(40), 100), path
        assert found_in(path) == {"mail": {"EmailAddress"}}, path


@needs_people
@pytest.mark.parametrize("path", [FAKE, FAKE_100], ids=["3000", "100"])
def test_every_column_of_invented_people_is_known_and_no_other_is(path: Path) -> None:
    found = found_in(path)
    known = {
        "Gender": "Gender",
        "GivenName": "Name",
        "Surname": "Name",
        "StreetAddress": "Street",
        "City": "City",
        "ZipCode": "PostalCode",
        "EmailAddress": "EmailAddress",
        "Username": "Username",
        "Password": "Password",
        "TelephoneNumber": "TelephoneNumber",
        "MothersMaiden": "Name",
        "Birthday": "BirthDate",
        "NationalID": "OfficialID",
        "Occupation": "Job",
        "CCExpires": "PaymentCardExpiry",
    }
    if path == FAKE_100:
        known |= {"CCNumber": "PaymentCardNumber", "BloodType": "BloodType", "Latitude": "GPSCoordinate"}
    assert {name: categories for name, categories in found.items() if name in known} == {
        n: {c} for n, c in known.items()
    }
    nothing = ("Number", "UPS", "WesternUnionMTCN", "MoneyGramMTCN", "Color", "GUID", "Domain", "Company", "NameSet")
    assert not found.keys() & set(nothing)


@needs_people
def test_people_are_counted_by_the_column_with_the_most_of_them() -> None:
    ((fact,), _) = read(FAKE)
    assert fact["people"] == at_least(3000)


def test_a_special_category_among_others_is_found(tmp_path: Path) -> None:
    rows = "\n".join(f"user{n}@example.org,{group}" for n, group in enumerate(["O+", "A-", "AB+", "B+"] * 20))
    ((fact,), _) = read(written(tmp_path / "a.csv", f"mail,blood_type\n{rows}\n"))
    assert fact["data"] == ["BloodType", "EmailAddress", "…"]


def test_a_table_without_anything_known_is_a_store_of_which_nothing_is_known(tmp_path: Path) -> None:
    rows = "\n".join(f"{10_000_000 + 13 * n},{n % 7}" for n in range(300))
    facts, _ = read(written(tmp_path / "a.csv", f"parcel,weekday\n{rows}\n"))
    assert facts == [{"kind": "store", "name": "a.csv", "file": 1, "position": 1}]


def test_people_are_counted_in_all_rows_and_case_makes_no_difference(tmp_path: Path) -> None:
    rows = [[f"{'User' if n % 2 else ' user'}{n % 12_345}@example.org", n] for n in range(30_000)]
    path = as_sqlite(tmp_path / "a.sqlite", {"t": [("mail", "n"), *rows]})
    ((fact,), reading) = read(path)
    assert fact["people"] == at_least(12_345)
    assert reading.notes == ["table `t`: 10,000 of 30,000 rows were looked at"]
    with path.with_suffix(".csv").open("w", newline="") as file:
        csv.writer(file).writerows([("mail", "n"), *rows])
    ((fact,), _) = read(path.with_suffix(".csv"))
    assert fact["people"] == at_least(12_345)


def test_each_table_of_a_database_is_a_store(tmp_path: Path) -> None:
    path = as_sqlite(tmp_path / "a.db", {"orders": [("n",), (1,)], "customers": [("mail",), ("a@example.org",)]})
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIEW everyone AS SELECT * FROM customers")
    connection.close()
    facts, reading = read(path)
    assert [(fact["position"], fact["name"], fact.get("people")) for fact in facts] == [
        (1, "customers", at_least(1)),
        (2, "orders", None),
    ]
    assert reading.notes == ["views and tables of extensions, not read: 1"]


def test_views_of_a_database_are_never_run(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret.csv", "mail\na@example.org\n")
    connection = duckdb.connect(str(tmp_path / "a.duckdb"))
    connection.execute(f"CREATE VIEW v AS SELECT * FROM read_csv('{secret}')")
    connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    connection.close()
    facts, reading = read(tmp_path / "a.duckdb")
    assert reading.notes == ["views, not read: 1"]
    assert [fact["name"] for fact in facts] == ["t"]


def test_values_within_values_are_fields_by_their_path(tmp_path: Path) -> None:
    lines = [
        {
            "person": {"e-mail": f"u{n % 9}@example.org"},
            "log": [{"from": f"8.8.{n}.201"}, {"from": None}],
            "tags": ["a", "b"],
        }
        for n in range(50)
    ]
    path = written(tmp_path / "a.ndjson", "\n".join(map(json.dumps, lines)))
    assert found_in(path) == {"person.e-mail": {"EmailAddress"}, "log.from": {"IPAddress"}}
    ((fact,), _) = read(path)
    assert fact["people"] == at_least(9)
    duckdb.execute(f"COPY (SELECT * FROM '{path}') TO '{tmp_path / 'a.parquet'}'")
    assert found_in(tmp_path / "a.parquet") == found_in(path)
    assert read(tmp_path / "a.parquet")[0][0]["people"] == at_least(9)


def test_a_value_in_the_place_of_a_name_is_not_shown(tmp_path: Path) -> None:
    lines = [json.dumps({"ana@lumen.example": {"phone": f"+49 30 90182{n}"}}) for n in range(10)]
    path = written(tmp_path / "a.ndjson", "\n".join(lines))
    assert "TelephoneNumber" in {category for found in found_in(path).values() for category in found}
    assert not any("ana@" in name for name in found_in(path))


def test_where_rows_lack_them_there_are_at_least_those_people_that_are_named(tmp_path: Path) -> None:
    rows = "\n".join(f"{f'user{n}@example.org' if n % 4 else ''},{n % 7}" for n in range(100))
    ((fact,), _) = read(written(tmp_path / "a.csv", f"mail,weekday\n{rows}\n"))
    assert fact["data"] == ["EmailAddress", "…"]
    assert fact["people"] == at_least(75)


def test_binary_columns_are_not_scanned_and_the_record_says_so(tmp_path: Path) -> None:
    duckdb.execute(f"COPY (SELECT 'a@example.org'::BLOB AS photo, 1 AS n) TO '{tmp_path / 'a.parquet'}'")
    ((fact,), reading) = read(tmp_path / "a.parquet")
    assert "data" not in fact
    assert reading.notes == ["table `a.parquet`: not scanned: binary columns (`photo`)"]
    path = as_sqlite(tmp_path / "a.sqlite", {"t": [("photo",), (b"a@example.org",)]})
    assert read(path)[1].notes == ["table `t`: not scanned: binary values (`photo`)"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_a_table_is_read_in_the_encoding_it_has(tmp_path: Path, encoding: str) -> None:
    text = "naïve,mail\n" + "".join(f"Zoë{n},zoe{n}@example.org\n" for n in range(20))
    ((fact,), reading) = read(written(tmp_path / "a.csv", text.encode(encoding)))
    assert (fact["people"], reading.read, reading.skipped) == (at_least(20), 20, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_stand_within_cells(tmp_path: Path, end: str) -> None:
    text = end.join(["a,mail", "1,a@example.org", f'"x{end}y",b@example.org', "3,c@example.org", ""])
    ((fact,), reading) = read(written(tmp_path / "a.csv", text))
    assert (fact["people"], reading.read, reading.skipped) == (at_least(3), 3, 0)


def test_rows_that_cant_be_read_are_counted(tmp_path: Path) -> None:
    good = "Zoë,a@example.org\n".encode() * 20
    rows = [b"name,mail\n", good, b"\xff\xfe,b@example.org\n", b"alone\n", b"long," + b"z" * 3_000_000 + b"\n", good]
    _, reading = read(written(tmp_path / "a.csv", b"".join(rows)))
    assert (reading.read, reading.skipped) == (40, 3)
    assert {skip.why for skip in reading.skips} == {
        "not in the encoding of the file's beginning",
        "fewer cells than the header",
        "too long",
    }


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    rows = [f"a{number}@example.org,b{number}@example.org" for number in range(5)]
    path = written(tmp_path / "a.csv", "\n".join(["mail,mail", *rows]).encode())
    assert found_in(path) == {"mail": {"EmailAddress"}, "mail 2": {"EmailAddress"}}
    assert read(path)[0][0]["people"] == at_least(5)


def test_lines_that_are_no_objects_are_counted(tmp_path: Path) -> None:
    lines = [b'{"mail": "a@example.org"}'] * 20 + [b"{broken", b"[1]", b'{"mail": "\xff"}', b'{"a":' * 50_000 + b"1"]
    ((fact,), reading) = read(written(tmp_path / "a.ndjson", b"\n".join([*lines, b'{"mail": "b@example.org"}'])))
    assert (fact["people"], reading.read, reading.skipped) == (at_least(2), 21, 4)


def test_a_deep_value_is_noted_and_does_no_harm(tmp_path: Path) -> None:
    deep = '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}"
    ((_,), reading) = read(written(tmp_path / "a.ndjson", "\n".join(['{"a": 1}'] * 20 + [deep])))
    assert any("too large, too deep" in note for note in reading.notes)


def test_a_long_value_is_looked_at_where_it_begins(tmp_path: Path) -> None:
    rows = [("a@example.org " + "x" * 3_000_000,), ("b@example.org",)]
    ((fact,), reading) = read(as_sqlite(tmp_path / "a.sqlite", {"t": [("mail",), *rows]}))
    assert fact["data"] == ["EmailAddress", "…"]
    assert reading.notes == ["table `t`: not scanned: what comes after the first 2,000 letters of a value (`mail`)"]


def test_people_are_counted_beyond_what_was_looked_at(tmp_path: Path) -> None:
    lines = [json.dumps({"mail": f"u{n}@example.org", "note": "x" * 2_000}) for n in range(9_500)]
    ((fact,), reading) = read(written(tmp_path / "a.ndjson", "\n".join(lines)))
    assert fact["people"] == at_least(9_500)
    assert reading.notes == [
        "table `a.ndjson`: not scanned: values beyond the first 1,048,576 letters of a column (`note`)"
    ]


def test_a_table_of_thousands_of_columns_is_read(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(3_000))
    row = ",".join(f"u{n}@example.org" if n % 1_000 == 5 else str(n) for n in range(3_000))
    path = written(tmp_path / "a.csv", f"{header}\n" + f"{row}\n" * 20)
    assert found_in(path) == {f"c{n}": {"EmailAddress"} for n in (5, 1_005, 2_005)}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"SQLite format 3\x00" + bytes(5_000), "file is not a database"),
        (bytes(8) + b"DUCK" + bytes(5_000), ""),
    ],
)
def test_a_broken_database_is_one_clear_error(tmp_path: Path, content: bytes, told: str) -> None:
    path = written(tmp_path / "broken", content)
    error = error_of(path)
    assert error.summary.startswith(f"`{path}` can't be read: ")
    assert told in error.summary
    assert "\n" not in error.summary


def test_a_database_cut_short_gives_no_facts_at_all(tmp_path: Path) -> None:
    path = as_sqlite(tmp_path / "a.db", {"a": [HEADER, *ROWS], "b": [HEADER, *ROWS * 50]})
    written(path, path.read_bytes()[: path.stat().st_size // 2])
    with Engine() as engine:
        tables = FactTables(engine)
        (record,) = read_all([path], tables)
        assert record.error is not None
        kept = [engine.value(f"SELECT count(*) FROM ({tables.relation(kind)})") for kind in tables.kinds()]
        assert sum(kept) == 0


def test_a_packed_database_is_to_be_unpacked(tmp_path: Path) -> None:
    path = as_sqlite(tmp_path / "a.db", {"t": [HEADER, *ROWS]})
    packed = written(tmp_path / "a.db.gz", gzip.compress(path.read_bytes()))
    assert error_of(packed).help == "unpack it first"


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir, I write to you\nabout the matter of, say\n",
        "Dear Sir, thank you.\nI will, of course.\nYours, A.\n",
        "one line, no more",
        "a\nb\nc\n",
        "1,2,3\n4,5,6\n",
        "a@example.org,b\nc@example.org,d\n",
        "2024-01-01,10:00,error\n2024-01-02,11:00,error\n",
        "kinds,to\nflow,US\n",
        "recipient.seat,to\nCN,US\n",
        '{"kind": "flaw", "to": "US"}\n{"kind": "flaw", "to": "US"}\n',
        '{"recipient.seat": ["US"]}\n{"recipient.seat": ["US"]}\n',
        '{"a": 1}',
        '{\n"a": 1,\n"b": 2\n}\n',
        '[{"a": 1},\n{"a": 2}]\n',
        "<a>,<b>\n<c>,<d>\n",
        "\x00\x01,\x02\n3,4\n",
    ],
)
def test_what_is_no_table_is_left_alone(tmp_path: Path, text: str) -> None:
    assert table not in formats_of(written(tmp_path / "file", text))


@pytest.mark.parametrize(
    "text",
    [
        "name,mail\nMai,mai@example.org\n",
        "姓名;电话\n王伟;13800138000\n",
        "\nfull name\tdate of birth\nMai Nguyen\t1990-01-01\n",
        ",name,to\n0,Mai,US\n",
        '{"a": 1}\n{"a": 2}\n',
        "user_id|e-mail (work)\n1|a@example.org\n",
    ],
)
def test_what_is_a_table_is_taken(tmp_path: Path, text: str) -> None:
    assert formats_of(written(tmp_path / "file", text)) == [table]


def test_tables_come_after_all_other_formats() -> None:
    assert formats()[-1] is table


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(alphabet='a1,;\t|"\r\n {}', max_size=300).map(str.encode)))
def test_no_beginning_of_a_file_is_too_strange(start: bytes) -> None:
    shape = csv_shape(Head(Path("x"), None, start, whole=True))
    assert shape is None or len(shape.header) >= 2


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.text(alphabet='a@.1 ,"\r\nö', max_size=12), min_size=2, max_size=2), min_size=12, max_size=40)
)
def test_what_a_writer_of_csv_writes_is_read_row_by_row(tmp_path_factory: Any, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("a", "b"), *(row for row in rows)])
    _, reading = read(path)
    assert reading.read + reading.skipped == len(rows)


def test_the_same_file_gives_the_same_facts(tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv")
    with path.open("a", newline="") as file:
        csv.writer(file).writerows([(n, f"late{n}@example.org", "x") for n in range(25_000)])
    assert read(path) == read(path)
    assert found_in(path) == found_in(path)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://anna:se:c@ret@db.example:5432/shop", "postgresql://anna@db.example:5432/shop"),
        ("postgresql:/anna:secret@db.example/shop", "postgresql://anna@db.example/shop"),
        ("mysql://db.example/shop", "mysql://db.example/shop"),
        ("mysql://anna:a/b?c#d@[::1]:3306/shop", "mysql://anna@[::1]:3306/shop"),
    ],
)
def test_an_address_of_a_database_is_shown_without_its_password(address: str, shown: str) -> None:
    assert str(database_at(address)) == shown


def test_a_database_that_cant_be_read_is_one_error_without_its_password() -> None:
    (record,) = records("postgresql://anna:hunter2@127.0.0.1:1/shop")
    assert record.path == "postgresql://anna@127.0.0.1:1/shop"
    assert record.sha256 is None
    assert record.error is not None
    assert record.path in str(record.error)
    assert "hunter2" not in str(record)


def test_half_an_address_is_not_shown_at_all() -> None:
    (record,) = records("mysql://anna:hunter2@db.example/shop?ssl-mode=REQUIRED")
    assert "can't be understood" in str(record.error)
    assert "hunter2" not in str(record)


def test_a_file_that_looks_like_an_address_is_none(tmp_path: Path) -> None:
    assert database_at(str(tmp_path)) is None
    assert database_at("postgresql.csv") is None


def test_the_profile_knows_a_table_by_its_name(tmp_path: Path) -> None:
    as_sqlite(tmp_path / "a.db", {"customers": [HEADER, *ROWS]})
    profile = '[party]\nname = "Us"\n[[system]]\nname = "shop"\nstores = ["cust*"]\nplace = "DE"\n'
    (tmp_path / "comity.toml").write_text(profile)
    judged = check([tmp_path / "a.db"], packs=["gdsi"])
    assert {cell.target for cell in judged.cells if cell.about == "store"} == {"DE"}

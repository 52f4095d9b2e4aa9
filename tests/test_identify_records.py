"""Fields understood together: those of a record, pairs of name and value, points, lines of logs, cells with JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.identify import Identifier, Piece
from comity.identify.bodies import add_body
from comity.identify.columns import judge_column, judge_columns
from comity.identify.fields import beside, by_name
from comity.identify.logged import logged
from comity.identify.nested import MOST_PIECES, Pieces

IDENTIFIER = Identifier()


def told(body: object) -> set[tuple[str, str]]:
    """The fields of a body with the categories they hold; of an object as JSON."""
    pieces = Pieces()
    add_body(pieces, body if isinstance(body, str) else json.dumps(body, ensure_ascii=False))
    return {(found.field, found.category) for found in IDENTIFIER.read(pieces.pieces).detections}


def categories(body: object) -> set[str]:
    return {category for _, category in told(body)}


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"nombre": "Ana", "apellido": "Ruiz"}, "nombre"),
        ({"tên": "An", "email": "an.nguyen@example.vn"}, "tên"),
        ({"name": "Bob", "email": "bob@example.org"}, "name"),
        ({"名": "伟", "姓": "张"}, "名"),
        ({"profesores": [{"nombre": "Ana", "apellido": "Ruiz"}]}, "profesores.nombre"),
        ([{"name": "name", "value": "Bob"}, {"name": "email", "value": "bob@example.org"}], "name"),
        ("nombre=Ana&apellido=Ruiz", "nombre"),
    ],
)
def test_a_name_beside_what_only_people_have_is_that_of_a_person(record: object, field: str) -> None:
    assert (field, "Name") in told(record)


@pytest.mark.parametrize(
    "record",
    [
        {"name": "Ada King", "price": 12.5, "sku": "AK-1"},
        {"display_name": "Ada King", "version": "2.1"},
        {"名": "王伟", "价格": 12},
        {"name": "Lumen", "email": "info@lumen.example"},
        {"name": "Lumen"},
        {"user": {"email": "bob@example.org"}, "product": {"name": "Lumen"}},
        {"company": {"name": "Lumen", "email": "bob@example.org"}},
        {"name": "Lumen", "host": "db1", "email": None},
    ],
)
def test_a_name_beside_what_things_have_is_none_of_a_person(record: object) -> None:
    assert "Name" not in categories(record)


def test_an_age_is_one_of_a_person_only() -> None:
    assert ("age", "Age") in told({"name": "Bob", "surname": "Jones", "age": 37})
    assert not categories({"age": 37, "max_age": 86400})


def test_fields_that_disagree_say_nothing_of_one_another() -> None:
    fields = [("name", ["Ada King"]), ("email", ["ada@example.org"])]
    assert beside.said_of(fields) == "person"
    assert beside.said_of([*fields, ("sku", ["AK-1"])]) == ""
    assert beside.said_of([("name", ["Ada King"]), ("sku", ["AK-1"])]) == "thing"
    assert beside.said_of([]) == ""


def test_columns_of_a_table_are_told_by_those_beside_them() -> None:
    people = {"nombre": ["Ana", "Luis", "Eva"], "apellido": ["Ruiz", "Gil", "Sanz"], "age": ["31", "44", "27"]}
    told = judge_columns(IDENTIFIER, people)
    assert told["nombre"].categories == {"Name"}
    assert told["age"].categories == {"Age"}
    goods = {"name": ["Ada King", "Rosa Lind", "Max Brand"], "price": ["3", "4", "5"], "age": ["3", "8", "12"]}
    assert not any(column.categories for column in judge_columns(IDENTIFIER, goods).values())
    nested = {"user.name": ["Ana"], "user.email": ["ana@example.org"], "shop.name": ["Ana"]}
    assert judge_columns(IDENTIFIER, nested)["shop.name"].categories == set()


@pytest.mark.parametrize(
    ("record", "field", "category"),
    [
        ({"name": "first_name", "value": "Bob"}, "first_name", "Name"),
        ({"key": "dob", "value": "1980-02-01"}, "dob", "BirthDate"),
        ({"id": "phone", "val": "0912 345 678"}, "phone", "TelephoneNumber"),
        ({"fields": [{"label": "Religion", "value": "Buddhist"}]}, "fields.Religion", "Religion"),
        ({"answers": [{"question": "Pregnant", "answer": True}]}, "answers.Pregnant", "Health"),
        ({"字段": "姓名", "值": "张伟"}, "姓名", "Name"),
    ],
)
def test_a_value_belongs_to_the_field_that_its_pair_names(record: object, field: str, category: str) -> None:
    assert (field, category) in told(record)


@pytest.mark.parametrize(
    "record",
    [
        {"name": "timeout", "value": "Bob"},
        {"name": "Bob Jones 4711", "value": "1980-02-01"},
        {"name": "first_name", "type": "Text", "hint": "Bob"},
        {"key": "first_name", "value": {"min": 2, "max": 20}},
    ],
)
def test_a_pair_that_names_nothing_of_a_person_is_none(record: object) -> None:
    assert not categories(record)


POINT: dict[str, Any] = {"type": "Point", "coordinates": [2.29448, 48.85837]}


def test_points_of_geojson_are_places_with_the_longitude_first() -> None:
    pieces = Pieces()
    assert pieces.json(json.dumps({"geometry": POINT}), "")
    assert Piece("geometry.coordinates", "48.85837, 2.29448") in pieces.pieces
    way = {"type": "LineString", "coordinates": [[2.29448, 48.85837, 35.0], [2.29561, 48.85902, 36.1]]}
    for shape in (POINT, way, {"features": [{"geometry": {**POINT, "type": "MultiPoint"}}]}):
        assert categories(shape) == {"GPSCoordinate"}


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Polygon", "coordinates": [[[2.294, 48.858], [2.295, 48.859], [2.296, 48.857], [2.294, 48.858]]]},
        {"type": "Point", "coordinates": [2, 48]},
        {"type": "Point", "coordinates": [512.29448, 98.85837]},
        {"type": "LineString", "coordinates": [[2 + n / 1e5, 48.12345] for n in range(200)]},
        {"type": "Chart", "coordinates": [2.29448, 48.85837]},
    ],
)
def test_outlines_and_rough_places_are_no_one_s(shape: object) -> None:
    assert not categories(shape)


def test_truth_values_are_read_where_they_answer() -> None:
    assert told({"pregnant": True, "enabled": True}) == {("pregnant", "Health")}
    assert told({"patient": {"isDiabetic": False}}) == {("patient.isDiabetic", "Health")}
    assert not told({"race": True, "email": True, "is_active": True})


def test_fields_in_a_line_of_a_log_are_fields() -> None:
    line = '2024-05-01 INFO login user=bob7 first_name="Bob Lee" dob=1980-02-01 msg="all is well" ip=8.8.8.8'
    found = {(d.field, d.category) for d in IDENTIFIER.read([Piece("", f"started\n{line}\n")]).detections}
    assert {("first_name", "Name"), ("dob", "BirthDate"), ("user", "Username")} <= found
    assert ("name", "Bob", "person") in logged(b"name=Bob email=bob@example.org")


@pytest.mark.parametrize(
    "line",
    [
        "connect(user=user, first_name=Bob, last_name=Lee)",
        "first_name=Bob",
        '<input first_name="Bob" last_name="Lee">',
        "    password=password, email=self.email, username=user.username",
        "name=Lumen version=2.1 host=db1",
        "make CC=gcc CFLAGS=-O2 PASSWORD=$PASSWORD",
    ],
)
def test_programs_and_pages_are_no_logs(line: str) -> None:
    assert not IDENTIFIER.read([Piece("", line)]).detections


def test_cells_that_are_json_are_read_like_json() -> None:
    cells = [json.dumps({"first_name": name, "n": n}) for n, name in enumerate(("Ana", "Luis", "Eva"))]
    column = judge_column(IDENTIFIER, "payload", cells)
    (found,) = column.detections
    assert (found.category, found.field, found.where) == ("Name", "payload.first_name", "column payload.first_name")
    assert not column.people
    assert not judge_column(IDENTIFIER, "payload", ["{broken", '{"sku": "A", "name": "Lumen"}']).detections


def test_a_document_of_too_many_values_is_said_to_be_read_without_their_names() -> None:
    pieces = Pieces()
    assert pieces.json(json.dumps([POINT] * MOST_PIECES), "body")
    assert len(pieces.pieces) <= MOST_PIECES + 1
    assert "without their names" in pieces.unscanned[0]


LEAVES = st.one_of(
    st.text(max_size=20), st.integers(-(2**62), 2**62 - 1), st.booleans(), st.none(), st.floats(-1e9, 1e9)
)
KEYS = st.sampled_from(["name", "value", "type", "coordinates", "email", "sku", "key", "pregnant", "x"])


@given(st.recursive(LEAVES, lambda within: st.lists(within) | st.dictionaries(KEYS, within), max_leaves=20))
@settings(max_examples=100, deadline=None)
def test_no_document_is_too_strange(document: object) -> None:
    pieces = Pieces()
    if isinstance(document, (dict, list)):
        assert pieces.json(json.dumps(document), "body")
    for piece in pieces.pieces:
        by_name(piece.field, str(piece.value), "person")


@given(st.text(alphabet="ab= \"'\\\n,x1", max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_line_is_too_strange(text: str) -> None:
    assert all(name for name, _, _ in logged(text.encode()))


def test_a_megabyte_of_signs_comes_to_an_end() -> None:
    for letters in (b"a=", b"a=b ", b'a="', b"= ", b"a=b\n", b'a=" a=" '):
        list(logged(letters * (1 << 20)))

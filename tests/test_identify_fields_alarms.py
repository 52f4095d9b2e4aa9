"""Fields that only sound like personal data, columns of made-up people, and input that means harm."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import SHARED

from comity.categories import broader
from comity.identify.fields import by_name
from comity.identify.fields.shapes import SHAPES
from comity.identify.fields.tables import known_names, meanings, phrases

PEOPLE = SHARED / "pii" / "presidio__FakeNameGenerator.com_100.csv"


def found(field: str, value: str) -> set[str]:
    return {named.category for named in by_name(field, value)}


NOTHING = [
    # Names of things, which are not people's.
    *[(field, "Summer Sale") for field in ("event_name", "campaign_name", "product.name", "plugin_name", "className")],
    *[(field, "Ada King") for field in ("filename", "hostname", "file_name", "产品名称", "nombre_producto")],
    # Numbers of orders, which stand for no person.
    *[(field, "2024-118822") for field in ("order_id", "order_no", "订单号", "mã đơn hàng", "номер заказа", "pedido")],
    ("name", "pageview"),
    ("name", "Chrome"),
    ("name", "GA4 Configuration"),
    ("context.library.name", "Pixel Helper"),
    ("userAgent.name", "Mobile Safari"),
    # Addresses of machines, money and memory.
    ("address", "192.168.12.1"),
    ("address", "ada@example.org"),
    ("address", "0x7ffee4b8"),
    ("address", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ("mac_address", "00:1B:44:11:3A:B7"),
    ("ip_address", "10 Downing Street"),
    # Words that software uses.
    ("id", "6117998675027803209"),
    ("state", "active"),
    ("state", "uczM-opRufnF0G7ISIBqfp1E"),
    ("country", "US"),
    ("lang", "en-US"),
    ("age", "86400"),
    ("age", "37"),
    ("race", "1500m"),
    ("phone_model", "Pixel 7 Pro 128"),
    ("手机型号", "13912345678"),
    ("csrf_token", "dNa9n5UQ6d8HW9VtMPjtMhP5r"),
    ("client_id", "MHBEWebClient"),
    ("Location", "https://example.org/next"),
    ("position", "1"),
    ("orientation", "landscape"),
    ("fingerprint", "correlator=3665232645849088&eid=108"),
    ("build_id", "8a6dd1ff5a7cb3f1"),
    # Numbers that are none.
    ("phone", "1745853750190"),
    ("phone", "2024-03-15"),
    ("order_phone", "fb.1.1745"),
    ("TelephoneCountryCode", "351"),
    ("latitude", "0.1"),
    ("longitude", "512.50735"),
    ("date_of_birth", "2990-01-01"),
    ("date_of_birth", "1899-12-31"),
    ("date_of_birth", "1990-13-45"),
    ("icd", "version-2"),
    ("blood_type", "C+"),
    # What only tells about a value.
    ("email_verified", "true"),
    ("has_phone", "1"),
    ("email_template", "ada@example.org"),
    ("signal.hashed_email.label", "missing"),
    ("diagnostics", "Slow Query Log"),
    ("msclkid", "N"),
    # Met in captures of real pages.
    ("id", "AW-11008580020"),
    ("context.pixel.code", "C8J7IKS8D8GECQQUIMM0"),
    ("url", "https://cdn.example/site.css?v=3"),
    ("rsid", "CsnCQCPrr5VFFO3jTBUzwbRbZ7WjlFxV97"),
    ("sid", "1745853750"),
    ("memory.jsHeapSizeLimit", "2298478592"),
    ("breadcrumb.itemListElement.name", "Access Health"),
    ("serverTimings.name", "cfCacheStatus"),
    ("_kua_gender", ""),
    ("x-cache-age", "37"),
    ("job.name", "Deploy to production"),
    # Two words with capitals, and no one.
    ("title", "Blue Shoes"),
    ("name", "Blue Shoes"),
    ("display_name", "Class methods"),
    ("product.display_name", "Ada King"),
    ("name", "Los Angeles"),
    # Companies, numbers and pages, where a person may be meant.
    ("recipient", "Lumen GmbH"),
    ("customer", "Lumen Hospital"),
    ("cliente", "Banco del Sur S.A."),
    ("客户", "华为技术有限公司"),
    ("客户", "王府饭店"),
    ("patient", "P-1233"),
    ("recipient", "https://example.org/ada"),
    ("patient_ward", "Ada King"),
    ("customer_type", "Ada King"),
    # Machines are ill as well, and programs race.
    ("diagnosis", "timeout in pool"),
    ("diagnosis", "Out of memory on worker 3"),
    ("symptom", "high latency"),
    ("patient.diagnosis", "Timeout of the server"),
    ("server.diagnosis", "Pulls to the left"),
    ("诊断", "数据库连接超时"),
    ("dose", "slow it down"),
    ("race", "true"),
    ("race", "race condition"),
    ("race", "Marathon of Lumen"),
    ("race_condition", "White"),
    # Yes and no where nothing is asked, times that are no birthdays.
    ("email", "yes"),
    ("disabled", "true"),
    ("birth_date", "86400"),
    ("birth_date", "99999999999999"),
    ("birth_date", "-9999999999999"),
    ("created", "315532800"),
    ("cron.job", "Backup Database"),
]


@pytest.mark.parametrize(("field", "value"), NOTHING)
def test_what_only_sounds_like_personal_data_is_none(field: str, value: str) -> None:
    assert not found(field, value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "null",
        "undefined",
        "None",
        "-",
        "[REDACTED]",
        "***",
        "{{email}}",
        "${phone}",
        "<name>",
        "test",
        "00000000",
    ],
)
@pytest.mark.parametrize("field", ["email", "first_name", "phone", "diagnosis", "user_id", "password"])
def test_a_placeholder_is_nothing(field: str, value: str) -> None:
    assert not found(field, value)


#: What the columns of made-up people hold. By their name alone, ages, codes of countries and states are too little.
COLUMNS = {
    **dict.fromkeys(["GivenName", "Surname", "MothersMaiden", "MiddleInitial"], "Name"),
    "Gender": "Gender",
    "StreetAddress": "Street",
    "City": "City",
    "ZipCode": "PostalCode",
    "CountryFull": "Country",
    "EmailAddress": "EmailAddress",
    "Username": "Username",
    "Password": "Password",
    "BrowserUserAgent": "UserAgent",
    "TelephoneNumber": "TelephoneNumber",
    "Birthday": "BirthDate",
    "NationalID": "OfficialID",
    "CCType": "PaymentCard",
    "CCNumber": "PaymentCardNumber",
    "CVV2": "PaymentCard",
    "CCExpires": "PaymentCardExpiry",
    "Occupation": "Job",
    "BloodType": "BloodType",
    "Latitude": "GPSCoordinate",
    "Longitude": "GPSCoordinate",
}


@pytest.mark.skipif(not PEOPLE.exists(), reason="needs the shared data")
def test_each_column_of_made_up_people_is_what_it_is() -> None:
    with PEOPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for column in rows[0]:
        values = [row[column] for row in rows if row[column]]
        told = [found(column, value) for value in values]
        if column in COLUMNS:
            assert sum(COLUMNS[column] in each for each in told) >= 0.9 * len(values), column
            assert set().union(*told) == {COLUMNS[column]}
        else:
            assert not any(told), column


NEEDS = {"nothing", "no thing", "person", "place", "someone", "alone"}


def test_the_tables_use_known_terms_and_shapes_and_every_meaning_has_a_name() -> None:
    assert {category for meaning in meanings().values() for category in meaning.categories} <= broader().keys()
    assert {meaning.shape for meaning in meanings().values()} == SHAPES.keys()
    assert {meaning.needs for meaning in meanings().values()} == NEEDS
    assert {meaning.beside for meaning in meanings().values()} == {"", "tells", "asks"}
    assert {meaning.counts for meaning in meanings().values()} == {"", "person", "device"}
    named = {phrase.meaning for meant in phrases().values() for phrase in meant}
    assert named | {meaning for meant in known_names().values() for meaning in meant} == set(meanings().values())


def test_no_name_means_one_category_twice() -> None:
    for form, meant in phrases().items():
        told = [category for phrase in meant for category in phrase.meaning.categories]
        assert len(told) == len(set(told)), form


NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([word for form in phrases() for word in form]), min_size=1, max_size=5).map("_".join),
)


@given(NAMES, st.one_of(st.text(max_size=200), st.from_regex(r"[\d .,:/+()A-Fa-f-]{1,80}", fullmatch=True)))
@settings(max_examples=200, deadline=None)
def test_no_name_and_no_value_breaks_it(field: str, value: str) -> None:
    for named in by_name(field, value):
        assert 0.5 < named.confidence < 1


@given(st.sampled_from(sorted(SHAPES)), st.text(min_size=1, max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_value_breaks_a_shape(shape: str, value: str) -> None:
    assert SHAPES[shape](value) in (0, 1, 2)


@pytest.mark.parametrize(
    "letter", ["a", "1", " ", "'", "1 ", "a ", "a.", "1,", "é", "张", "x=", "({", "1-", "\x00", "%3a"]
)
def test_a_megabyte_of_one_letter_comes_to_an_end(letter: str) -> None:
    """A pattern that backtracks would not, in anyone's lifetime."""
    long = letter * (1 << 20)
    assert not by_name(long, "ada@example.org")
    assert by_name(f"{long}.email", "ada@example.org")
    assert not by_name("email", long)
    for shape in SHAPES.values():
        shape(long[:2_000] + "!")

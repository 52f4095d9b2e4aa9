"""E-mail addresses and telephone numbers, and what only looks like them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanning import found, values

from comity.identify.numbering import is_international

PHONE, MAIL = "TelephoneNumber", "EmailAddress"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("write to mai.tran+news@mail.example.com.vn.", "mai.tran+news@mail.example.com.vn"),
        ('{"e":"a_b@x-y.org"}', "a_b@x-y.org"),
        ("<ana@example.org>", "ana@example.org"),
        ("mailto:ana@example.org?subject=x", "ana@example.org"),
    ],
)
def test_an_address_is_found_in_its_surroundings(text, value):
    assert found(text) == [(MAIL, value)]


@pytest.mark.parametrize(
    "value",
    [
        "иван@пример.рф",
        "иван.петров@пример.рф",
        "用户@例子.中国",
        "max@müller.de",
        "jörg.müller@bücher-laden.example.de",
        "müller@example.de",
        "ana@例子.公司.cn",
        "hảo@ví-dụ.vn",
        "ผู้ใช้@ตัวอย่าง.ไทย",
    ],
)
def test_an_address_may_be_of_any_script(value):
    assert found(f"<{value}>, thanks") == [(MAIL, value)]
    assert found(f'{{"to":"{value}"}}') == [(MAIL, value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("пишите на ana@example.org, спасибо", "ana@example.org"),
        ("请联系ana@example.org，谢谢", "ana@example.org"),
        ("邮件ana@example.org和www.example.com", "ana@example.org"),
        ("«ana@example.org»", "ana@example.org"),
    ],
)
def test_a_script_without_spaces_is_no_part_of_an_address_in_ascii(text, value):
    assert found(text) == [(MAIL, value)]


@pytest.mark.parametrize(
    "text",
    [
        "https://user@host.example/path",
        "https://first.last@host.example.com:8443/path",
        "postgresql://user@db.example/x",
        "jdbc:postgresql://svc_user:pa-ss.word@db07.example.com:5432/app",
        "redis://:p48cdfc75fc@cache.example.com:6379/0",
        "amqp://иван@пример.рф/x",
        "git@github.com:org/repo",
        "git clone deploy.bot@git.example.com:~team/repo.git",
    ],
)
def test_the_user_of_a_server_is_no_address(text):
    assert values(MAIL, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/?email=ana@example.org",
        "https://example.org?email=ana@example.org&x=1",
        "https://example.org/users/ana@example.org/posts",
        "sip:ana@example.org",
        "ana@example.org:hunter2",
        "ana@example.org: hello/goodbye",
    ],
)
def test_an_address_within_a_url_or_before_a_colon_is_one(text):
    assert values(MAIL, text) == ["ana@example.org"]


@pytest.mark.parametrize(
    "text",
    [
        "icon@2x.png",
        "a..b@example.org",
        "user@localhost",
        "@home",
        "a@b",
        "pkg@1.2.3",
        "systemd[1]: Started user@1006.service.",
    ],
)
def test_not_everything_with_an_at_sign_is_an_address(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+84 912 345 678", "+84 912 345 678"),
        ("tel:+49-30-901820", "+49-30-901820"),
        ("0084 912 345 678", "0084 912 345 678"),
        ("+44 (0)20 7946 0958", "+44 (0)20 7946 0958"),
        ("+1-944-435-4352x04732 mobile", "+1-944-435-4352"),
        ("001-825-741-0957x5184", "001-825-741-0957"),
    ],
)
def test_a_number_with_its_calling_code_needs_nothing_else(text, value):
    assert found(text) == [(PHONE, value)]


@pytest.mark.parametrize(
    "value",
    [
        "(0351) 123 456",
        "0912 345 678",
        "138-1234-5678",
        "(415) 555-2671",
        "(07) 5331 0577",
        "010-1234-5678",
        "06 12 34 56 78",
        "986.291.2294",
        "8 (912) 345-67-89",
    ],
)
def test_a_layout_that_hardly_anything_else_has_is_enough(value):
    assert found(f"reach him: {value}, thanks") == [(PHONE, value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call me at 041-412-293", "041-412-293"),
        ("phone: 69 987 88 37", "69 987 88 37"),
        ("Please have the manager call me at (96) 627-277", "(96) 627-277"),
        ("客户的联系电话是 15896296424，请在工作时间回访", "15896296424"),
        ("số điện thoại 0912345678", "0912345678"),
        ("Телефон: 9123456789", "9123456789"),
        ("mi teléfono es 912345678", "912345678"),
        ("Rufnummer 0351 1234567", "0351 1234567"),
        ("โทรศัพท์ 0812345678", "0812345678"),
        ("携帯 09012345678", "09012345678"),
        ("연락처 01012345678", "01012345678"),
        ('{"userPhone":"0912345678"}', "0912345678"),
    ],
)
def test_a_word_for_telephones_makes_digits_a_number(text, value):
    assert values(PHONE, text) == [value]


def test_the_name_of_the_field_is_such_a_word():
    assert values(PHONE, "84 23 30", field="TelephoneNumber") == ["84 23 30"]
    assert values(PHONE, "84 23 30", field="room") == []


@pytest.mark.parametrize(
    "text",
    [
        "order 0912 345 678",
        "phone order 4521998701",
        "SKU: 415-555-2671",
        "part no 415-555-2671",
        "ref 0912 345 678",
        "catalog no 986.291.2294",
        "firmware 0912.345.678",
        "订单 15896296424",
        "заказ 9123456789",
        "pedido 912345678",
        "call me on 2023-10-01",
        "phone bill of 12.05.2024",
        "call_time=1696118400",
        "1696118400000",
        "2023-10-01 12:00:00",
        "USD 1234567.89",
        "1Z 789 686 82 8979 914 6",
        "ISBN 978-3-16-148410-0",
        "10.11.12.13",
        "version 1.2.3.4",
        "build 20231001",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
        "https://example.org/2021/05/help",
        "x=-386269907&phone=",
        "+12 345",
        "+999 123 456 789",
    ],
)
def test_an_order_number_a_date_or_a_version_is_no_telephone_number(text):
    assert values(PHONE, text) == []


REGIONS = ["VN", "CN", "DE", "US", "RU", "FR", "BR", "IN", "JP", "KR", "GB", "SG", "ID", "TH", "ES", "IT", "NL", "PL"]


@settings(max_examples=200, deadline=None)
@given(region=st.sampled_from(REGIONS), number=st.from_regex(r"[1-9]\d{5,11}", fullmatch=True))
def test_the_plans_are_those_of_the_library(region, number):
    """What is a number to the library is one to us; what is one to us is at least possible to the library."""
    parsed = phonenumbers.PhoneNumber(phonenumbers.country_code_for_region(region), int(number))
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(parsed):
        assert is_international(written)
    if is_international(written):
        assert phonenumbers.is_possible_number(phonenumbers.parse(written))


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_of_each_country_is_found_as_it_writes_it(region):
    example = phonenumbers.example_number(region)
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert values(PHONE, f"<td>{written}</td>") == [written]

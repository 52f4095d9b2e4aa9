"""Addresses, tokens, devices and places, and the versions and digests that look like them."""

from __future__ import annotations

import pytest
from scanning import found, values
from stdnum import luhn

IP, MAC, UID, PLACE = "IPAddress", "MACAddress", "UID", "GPSCoordinate"
UUID = "6781b04d-7b5f-4c1a-bceb-b953e6ef70d7"


@pytest.mark.parametrize("value", ["58.74.121.78", "8.8.4.204", "2a00:1450:4001:82a::200e", "2001:470:1f0b:5:6:7:8:9"])
def test_a_public_address_is_found(value):
    assert found(f"from {value}, at noon") == [(IP, value)]


@pytest.mark.parametrize(
    "text",
    [
        "192.168.1.10",
        "10.0.0.8",
        "127.0.0.1",
        "192.0.2.17",
        "fe80::1ff:fe23:4567:890a",
        "::1",
        "2001:db8::1",
        "version 58.74.121.78",
        "v1.2.3.4",
        "Chrome/99.0.4844.51",
        "Chrome/120.0.0.0",
        "1.3.6.1.4.1.311",
        "999.1.1.1",
        "12:30:45",
        "1745853749-1.0.1.1-Alues8w",
    ],
)
def test_a_private_address_a_version_or_a_time_is_no_ones_address(text):
    assert values(IP, text) == []


@pytest.mark.parametrize("value", ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"])
def test_the_address_of_a_network_card_is_found(value):
    assert found(f"wifi {value}") == [(MAC, value)]


@pytest.mark.parametrize(
    "text", ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "00:00:00:00:00:00", "9f:86:d0:81:88:4c:7d:65:9a:2f:ea:a0:c5:5a"]
)
def test_a_digest_in_pairs_is_no_network_card(text):
    assert found(text) == []


def test_a_token_is_known_by_its_header():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXkQ"
    assert found(f"token {token}") == [("Authenticating", token)]
    assert found("eyJub3RoaW5nIjoxfQ.eyJzdWIiOiIxIn0.abc") == []


def test_what_a_request_bears_is_authenticating():
    assert found("Authorization: Bearer mF_9.B5f-4.1JqMx7") == [("Authenticating", "mF_9.B5f-4.1JqMx7")]
    assert found("the bearer of certificates-of-deposit") == []


def test_a_session_is_known_by_its_name():
    assert found("Cookie: PHPSESSID=298zf09hf012fh2ab3") == [(UID, "298zf09hf012fh2ab3")]
    assert found("commit=298zf09hf012fh2ab3") == []


@pytest.mark.parametrize("name", ["idfa", "gaid", "advertisingId", "deviceId", "user_id"])
def test_a_uuid_is_an_identifier_where_its_name_says_so(name):
    assert found(f'{{"{name}":"{UUID}"}}') == [(UID, UUID)]
    assert found(UUID, field=name) == [(UID, UUID)]


@pytest.mark.parametrize(
    "text",
    [
        UUID,
        f"request {UUID}",
        "sha256 9f86d081884c7d659a2feaa0c55ad015",
        "commit 9f86d081884c7d65",
        f'{{"etag":"{UUID}"}}',
        '{"idfa":"00000000-0000-0000-0000-000000000000"}',
    ],
)
def test_a_uuid_or_digest_alone_is_nothing(text):
    assert found(text) == []


def test_the_number_of_a_telephone_or_its_card_needs_its_name():
    assert found("IMEI: 490154203237518") == [(UID, "490154203237518")]
    assert found("IMEI: 490154203237519") == []
    assert found("490154203237518") == []
    iccid = "899110120000320451" + luhn.calc_check_digit("899110120000320451")
    assert found(f"iccid {iccid}") == [(UID, iccid)]
    assert found(iccid) == []
    assert found('{"androidId":"9774d56d682e549c"}') == [(UID, "9774d56d682e549c")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21.0285, 105.8542", "21.0285, 105.8542"),
        ("at -33.86785,151.20732.", "-33.86785,151.20732"),
        ("geo:48.2010,16.3695", "48.2010,16.3695"),
        ("+48.8577+002.2950/", "+48.8577+002.2950/"),
        ('{"latitude": 21.0285}', "21.0285"),
        ("lng=105.8542&z=1", "105.8542"),
    ],
)
def test_a_place_is_found(text, value):
    assert found(text) == [(PLACE, value)]


@pytest.mark.parametrize(
    "text",
    ["1.0000, 2.0000", "21.03, 105.85", "21.0285", "width=105.8542", "0.1234, 0.5678, 0.9123", "91.0285, 105.8542"],
)
def test_other_decimals_are_no_place(text):
    assert values(PLACE, text) == []


@pytest.mark.parametrize(
    "text",
    ["upgraded nginx 1.18.0.4 to 1.20.0.6", "kernel=5.15.0.91", "10:20:30:40:50:60", "12-05-17-10-11-12"],
)
def test_a_version_or_a_time_is_no_address(text: str) -> None:
    assert found(text) == []


def test_a_part_of_a_network_is_no_address_but_a_host_with_its_network_is() -> None:
    assert found("allow 81.2.69.128/28") == []
    assert found("inet 81.2.69.142/24") == [(IP, "81.2.69.142")]


@pytest.mark.parametrize(
    "text",
    [
        '<path d="M86.4709,97.5948 L75.9942,33.4560 C 56.54935 77.49617, 68.69190 51.94182 z"/>',
        '<polygon points="32.6345,32.4830 33.3589,79.7854"/>',
        '<path d="m 82.814539,90.640762 c 0,0.0872 -4.6935,4.3210"/>',
        "translate(42.6858, 21.9304)",
        "bbox=(76.7828, 45.3025)",
        "loss 14.25535, 19.94854",
    ],
)
def test_points_of_a_drawing_are_no_places(text: str) -> None:
    assert values(PLACE, text) == []


def test_points_of_a_route_are_places() -> None:
    assert values(PLACE, "gps 21.0285,105.8542 21.0286,105.8543") == ["21.0285,105.8542", "21.0286,105.8543"]


def test_a_low_address_needs_a_word_for_it() -> None:
    assert values(IP, "client address 8.8.4.4") == ["8.8.4.4"]
    assert values(IP, "8.8.4.4") == []


@pytest.mark.parametrize("text", ["loss=0.123456, 0.234567", "weights: 0.12345, 0.67891", "range 1.23456, 2.34567"])
def test_weights_and_scores_are_no_places(text: str) -> None:
    assert found(text) == []

"""Official numbers: found as they are written, refused where a digit is wrong, not seen in what is none."""

from __future__ import annotations

import random
import re
import string
import uuid
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from official_numbers import NAMED, UNNAMED
from reading import SHARED

from comity.identify.detectors import (
    official_africa_oceania,
    official_americas,
    official_asia,
    official_east_asia,
    official_europe,
    official_north_east_europe,
    official_papers,
)
from comity.identify.detectors._checks import travel_check
from comity.identify.model import THRESHOLD
from comity.identify.scanner import Scanner

_MODULES = (
    official_africa_oceania,
    official_americas,
    official_asia,
    official_east_asia,
    official_europe,
    official_north_east_europe,
    official_papers,
)
DETECTORS = {detector.name: detector for module in _MODULES for detector in module.DETECTORS}
SCANNER = Scanner(DETECTORS.values())
VECTORS = SHARED / "pii"


def found(text: str, field: str = "") -> dict[str, str]:
    """What is found in a text, with the detectors that found it."""
    return {match.value: match.detector.name for match in SCANNER.find(text.encode(), field)[0]}


@pytest.mark.parametrize("name", DETECTORS)
def test_every_detector_is_tried(name: str) -> None:
    assert (name in NAMED) != (name in UNNAMED)
    assert (DETECTORS[name].alone >= THRESHOLD) == (name in UNNAMED)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, (_, *values) in NAMED.items() for value in values])
def test_a_number_with_its_name_beside_it_is_found_and_alone_is_none(name: str, value: str) -> None:
    context = NAMED[name][0]
    assert value in found(f"{context}: {value}.")
    assert value in found(value, context)
    assert DETECTORS[name].whole.fullmatch(value.encode())
    assert DETECTORS[name].confirms(value)
    assert name not in found(f"the value {value} stands here").values()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in UNNAMED.items() for value in values])
def test_a_number_laid_out_by_law_is_found_without_its_name(name: str, value: str) -> None:
    assert found(f"the value {value} stands here") == {value: name}


#: Numbers whose check digits tell nearly every change of one digit.
WEAK = (
    "tw-national-id vn-tax-code th-personal-id jp-my-number kr-resident-registration kz-iin in-voter-id "
    "gb-utr de-insurance-number fr-tax-number pt-nif at-insurance-number gr-amka ru-inn ru-snils ua-tax-number "
    "pl-identity-card ro-cnp bg-egn hr-oib si-emso no-birth-number is-kennitala ee-lt-personal-code lv-personal-code "
    "br-cpf br-pis mx-curp mx-rfc ar-cuil pe-ruc ec-cedula au-medicare nz-ird passport-machine-readable"
).split()

#: Numbers that are nothing but digits and their check, so that a valid one is easy to make.
PURE = (
    "in-aadhaar il-identity-number sa-national-id gb-nhs-number nl-bsn ca-sin au-tfn sg-nric-fin es-dni-bare es-nie"
).split()

#: Numbers whose check digits tell every change of one digit.
STRONG = (
    "cn-resident-id hk-id-card sg-nric-fin in-aadhaar ae-emirates-id il-identity-number "
    "sa-national-id gb-nhs-number de-tax-id de-tax-id-bare fr-nir es-dni es-dni-bare es-nie it-codice-fiscale "
    "pt-citizen-card nl-bsn be-national-number ch-ahv by-identification-number pl-pesel pl-nip cz-sk-birth-number "
    "tr-identity-number fi-personal-code se-personal-number ca-sin cl-run za-identity-number au-tfn ie-pps"
).split()


def changed(value: str) -> Iterator[str]:
    """The value with one of its digits changed, in every way."""
    for place, sign in enumerate(value):
        if sign.isdecimal():
            yield from (value[:place] + digit + value[place + 1 :] for digit in "0123456789" if digit != sign)


def examples(name: str) -> tuple[str, ...]:
    """Valid values of a detector."""
    return UNNAMED.get(name) or NAMED[name][1:]


@pytest.mark.parametrize("name", STRONG)
def test_a_number_with_one_digit_changed_is_refused(name: str) -> None:
    detector = DETECTORS[name]
    wrong = [wrong for value in examples(name) for wrong in changed(value) if detector.whole.fullmatch(wrong.encode())]
    assert [value for value in wrong if detector.confirms(value)] == []


@pytest.mark.parametrize("name", WEAK)
def test_a_number_with_one_digit_changed_is_nearly_always_refused(name: str) -> None:
    detector = DETECTORS[name]
    wrong = [wrong for value in examples(name) for wrong in changed(value)]
    taken = [value for value in wrong if detector.whole.fullmatch(value.encode()) and detector.confirms(value)]
    assert len(taken) * 8 < len(wrong)


@given(st.sampled_from(PURE), st.data())
def test_of_any_number_with_its_check_no_digit_can_be_changed(name: str, data: st.DataObject) -> None:
    detector = DETECTORS[name]
    start = data.draw(st.from_regex(re.compile(rf"(?:{detector.pattern})\Z", re.ASCII), fullmatch=True))[:-1]
    valid = [start + check for check in string.digits + string.ascii_uppercase if detector.confirms(start + check)]
    assume(valid)
    assert not any(detector.whole.fullmatch(wrong.encode()) and detector.confirms(wrong) for wrong in changed(valid[0]))


@given(st.sampled_from(list(DETECTORS)), st.text(max_size=30))
def test_no_text_makes_a_check_fail(name: str, text: str) -> None:
    assert DETECTORS[name].confirms(text) in {True, False}


@given(st.sampled_from(list(DETECTORS)), st.data())
def test_whatever_fits_a_pattern_is_judged(name: str, data: st.DataObject) -> None:
    value = data.draw(st.from_regex(re.compile(rf"(?:{DETECTORS[name].pattern})\Z", re.ASCII), fullmatch=True))
    assert DETECTORS[name].confirms(value) in {True, False}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cn-resident-id", "110101199002304519"),  # 30 February
        ("cn-resident-id", "990101199003074517"),  # no such region
        ("cn-resident-id", "11010120990307451X"),  # not yet born
        ("kr-resident-registration", "991231-4019906"),  # not yet born
        ("vn-citizen-id", "003090012345"),  # no such province
        ("vn-citizen-id", "001299012345"),  # not yet born
        ("my-nric", "770305-00-1234"),  # no such place of birth
        ("id-nik", "9971011708450001"),  # no such province
        ("it-codice-fiscale", "RCCMNL83B30D969H"),  # 30 February
        ("us-ssn", "000-45-6789"),
        ("us-ssn", "666-45-6789"),
        ("us-ssn", "123-00-6789"),
        ("us-ssn", "123-45-0000"),
        ("us-ssn", "219-09-9999"),  # printed in an advertisement
        ("us-ssn-bare", "123456789"),
        ("br-cpf", "111.111.111-11"),
        ("ru-inn", "000000000000"),
        ("in-aadhaar", "222222222222"),
        ("nl-bsn-bare", "000000000"),
        ("gb-nino", "GB123456A"),
        ("in-pan", "ACUPA0000R"),
        ("ua-tax-number", "9999999999"),
        ("passport-machine-readable", "L898902C36UTO7408122F1204159ZE184226B<<<<<11"),
    ],
)
def test_what_was_never_given_to_anyone_is_refused(name: str, value: str) -> None:
    assert not DETECTORS[name].confirms(value)


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [
        ("TIN: 123-456-789-000", "123-456-789-000", "ph-tin"),
        ('{"taxpayer_identification_number": "123-456-789-00000"}', "123-456-789-00000", "ph-tin"),
        ("PSN: 1234-5678-9012-3457", "1234-5678-9012-3457", "ph-philsys"),
        ("PSN: 1234-5678-9012", "1234-5678-9012", "ph-philsys"),
    ],
)
def test_numbers_of_the_philippines_have_short_names(text: str, value: str, name: str) -> None:
    assert found(text) == {value: name}


def test_a_short_name_alone_makes_no_number_of_any_digits() -> None:
    assert found("thông tin 123456788") == {}
    assert found("123-456-789-000") == {}


@pytest.mark.parametrize(
    "word",
    "part no|part no:|order|order #|SKU|ref|ref:|reference|invoice|invoice no.|p/n|item no.|catalog no|bug|job".split(
        "|"
    ),
)
def test_a_number_of_a_thing_is_none_of_a_person(word: str) -> None:
    assert found(f"{word} 123-45-6789") == {}
    assert found(f"{word} 123-45-6789, SSN 536-90-4399") == {"536-90-4399": "us-ssn"}


def test_a_word_that_ends_the_name_of_a_number_is_no_other_word() -> None:
    assert found("tax ref 912-90-3456") == {"912-90-3456": "us-itin"}


#: Numbers in which a letter alone says that they are right, and what they are called.
LETTERED = {"JG103759A": "NINO", "54362315K": "DNI", "54362315-K": "DNI", "X2482300W": "NIE", "1EG4TE5MK73": "MBI"}


@pytest.mark.parametrize("value", LETTERED)
def test_letters_and_digits_of_a_code_need_a_word_for_the_person(value: str) -> None:
    for word in ("code", "ref", "id", "serial", "x-request-id"):
        assert found(f"{word}={value}") == found(f"{word}: {value}") == found(value, word) == {}
    assert value in found(f"{LETTERED[value]}: {value}")
    assert value in found(value, LETTERED[value].lower())


def test_a_social_security_number_beginning_with_nine_is_none() -> None:
    assert found("ssn 923-45-6789") == {}


@pytest.mark.parametrize(
    "number",
    ["ACUCA7085R", "12.345.678/0001-95", "91110000600037341L", "7707083893", "01.312.166.0-091.000", "0100233488"],
)
def test_numbers_of_companies_are_nobodys(number: str) -> None:
    assert found(f"company {number}") == {}


@pytest.mark.parametrize(
    "text",
    [
        "1732233600",
        "1732233600123",
        "2024-11-22T10:48:00.123Z",
        "20241122104800",
        "order 4058273619",
        "invoice no. 2024-000123456",
        "123e4567-e89b-12d3-a456-426614174000",
        "00000000-0000-4000-8000-123456789012",
        "d41d8cd98f00b204e9800998ecf8427e",
        "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "v1.2.3.4567-build.20240115",
        "1 234 567.89 EUR",
        "$123,456,789.00",
        "+1 202-555-0143",
        "+49 30 901820",
        "+86 138 0013 8000",
        "978-3-16-148410-0",
        "4006381333931",
        "192.168.100.200",
        "2001:db8:85a3::8a2e:370:7334",
        "35.6895, 139.6917",
        "Content-Length: 104857600",
        "ABC-1234-XYZ-98765",
        "A123456789",
        "6433435F",
    ],
)
def test_what_only_looks_like_a_number_of_a_person_is_none(text: str) -> None:
    assert found(text) == {}


def test_random_digits_alone_are_hardly_ever_a_number_of_a_person() -> None:
    source = random.Random(1)
    digits = ("".join(source.choices("0123456789", k=source.randint(6, 18))) for _ in range(2000))
    tokens = [*digits, *(str(uuid.UUID(int=source.getrandbits(128), version=4)) for _ in range(2000))]
    assert sum(bool(found(token)) for token in tokens) <= 1


def test_the_name_of_a_number_is_not_found_inside_another_word() -> None:
    assert found("длинный 500100732259") == {}
    assert found("assign 536904399") == {}
    assert found("dinning 70123456789", "company") == {}


def test_a_birth_of_today_is_a_birth() -> None:
    number = f"110101{date.today():%Y%m%d}001"
    assert any(DETECTORS["cn-resident-id"].confirms(number + check) for check in "0123456789X")


def test_the_check_digit_of_travel_documents_is_that_of_their_specimen() -> None:
    assert travel_check("L898902C3") == "6"
    assert travel_check("ZE184226B<<<<<") == "1"
    assert found("P<UTOERIKSSON<<ANNA<MARIA L898902C36UTO7408122F1204159ZE184226B<<<<<10") == {
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10": "passport-machine-readable"
    }


#: By file of vectors: the name of the number, and which values are of people.
FILES = {
    "cn_ric": ("身份证", r".*"),
    "de_stnr": ("Steuernummer", r"\d{10,13}|\d{2,3}/\d{3,4}/\d{4,5}"),
    "gb_utr": ("UTR", r".*"),
    "id_npwp": ("NPWP", r"(?:0[4-9]|[1-9]\d)\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}"),
    "in_pan": ("PAN", r"...P.*"),
    "kr_rrn": ("주민등록번호", r".*"),
    "mx_curp": ("CURP", r".*"),
    "mx_rfc": ("RFC", r"[A-Z][AEIOUX][A-Z]{2}\d{6}\w{3}"),
    "my_nric": ("MyKad", r".*"),
    "pk_cnic": ("CNIC", r".*"),
    "ru_inn": ("ИНН", r"\d{12}"),
    "th_pin": ("thai id", r"\d{13}|\d(?:[ -]\d+){4}"),
    "tr_tckimlik": ("TCKN", r".*"),
    "ua_rntrc": ("РНОКПП", r"\d{10}"),
    "za_idnr": ("ID number", r".*"),
}


@pytest.mark.parametrize("file", FILES)
def test_published_numbers_are_found_and_wrong_ones_are_not(file: str) -> None:
    path = VECTORS / f"stdnum__test_{file}.doctest.txt"
    if not path.is_file():
        pytest.skip("needs the shared test vectors")
    name, of_people = FILES[file]
    text = path.read_text(encoding="utf-8")
    lists = re.findall(r"numbers = '''\n(.*?)'''", text, re.DOTALL)
    values = [line.removeprefix("...").strip() for numbers in lists for line in numbers.splitlines()]
    values += re.findall(r"validate\('([^']+)'\)\n'", text) if not lists else []
    values = [value for value in values if value and re.fullmatch(of_people, value)]
    assert values
    assert [value for value in values if value not in found(value, name)] == []
    wrong = re.findall(r"validate\('([^']+)'\)(?:  #.*)?\nTraceback", text)
    country = file.partition("_")[0]
    assert [value for value in wrong if found(value, name).get(value, "").startswith(country)] == []

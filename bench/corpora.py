"""Texts of which it is known what personal data they hold: corpora of others, read from where they lie.

A text has labels: where in its bytes a value of some category stands. A label that doesn't count is neither a hit nor a
miss: a damaged value, or one of which the corpus doesn't say enough.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "pii"

HUNDRED = DATA / "presidio__FakeNameGenerator.com_100.csv"
THOUSANDS = DATA / "presidio__FakeNameGenerator.com_3000.csv"

#: The category of a label that covers findings of whatever category.
ANY = ""


@dataclass(frozen=True)
class Label:
    """Where a value stands, in bytes of UTF-8; ``kind`` tells which official number it is."""

    category: str
    start: int
    end: int
    kind: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Text:
    """A text of a corpus, the name of the field that holds it ('' where none does), and its labels."""

    corpus: str
    text: str
    labels: tuple[Label, ...] = ()
    field: str = ""


def width(text: str) -> int:
    """The length of a text in bytes."""
    return len(text.encode())


#: Categories by the entity types of the sentences; names, places and organisations need a model and have no label.
_SENTENCES = {
    "PHONE_NUMBER": "TelephoneNumber",
    "CREDIT_CARD": "PaymentCardNumber",
    "IP_ADDRESS": "IPAddress",
    "EMAIL_ADDRESS": "EmailAddress",
    "US_SSN": "OfficialID",
    "US_DRIVER_LICENSE": "VehicalLicenseNumber",
}


def sentences(path: Path) -> Iterator[Text]:
    """Sentences with labelled spans, in characters."""
    for record in json.loads(path.read_text(encoding="utf-8")):
        text = record["full_text"]
        labels = []
        for span in record["spans"]:
            kind = span["entity_type"]
            start, end = (width(text[: span[key]]) for key in ("start_position", "end_position"))
            if kind in _SENTENCES:
                labels.append(Label(_SENTENCES[kind], start, end, kind.lower()))
            elif kind == "DATE_TIME":
                labels.append(Label("BirthDate", start, end, counts=False))
        yield Text("sentences", text, tuple(labels))


_CHINESE = {"zh_phone": "TelephoneNumber", "zh_id_card": "OfficialID"}


def chinese(path: Path) -> Iterator[Text]:
    """Chinese sentences with labelled spans, in bytes."""
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        labels = (
            Label(_CHINESE[span["type"]], span["start"], span["end"], "cn_ric")
            for span in record["expect"]
            if span["type"] in _CHINESE
        )
        yield Text("chinese", record["text"], tuple(labels))


#: What the columns of identities hold. What is in no list here is left to the names of fields, and not measured.
COLUMNS = {
    "EmailAddress": "EmailAddress",
    "TelephoneNumber": "TelephoneNumber",
    "CCNumber": "PaymentCardNumber",
    "NationalID": "OfficialID",
    "Latitude": "GPSCoordinate",
    "Longitude": "GPSCoordinate",
    "ZipCode": "PostalCode",
    "Username": "Username",
    "Birthday": "BirthDate",
    "BloodType": "BloodType",
}

#: Columns that hold none of what is measured; whatever is found there is a false alarm, but for what stands beside.
_DECOYS = {
    "Number": (),
    "UPS": (),
    "WesternUnionMTCN": (),
    "MoneyGramMTCN": (),
    "GUID": (),
    "Domain": (),
    "Color": (),
    "TropicalZodiac": (),
    "CVV2": ("PaymentCard", "PINCode", "SecretText"),
    "Vehicle": ("Vehicle",),
    "Pounds": ("Weight",),
    "Kilograms": ("Weight",),
    "FeetInches": ("Height",),
    "Centimeters": ("Height",),
}

#: Which official number the identities of a country have.
_NATIONAL = {
    "BR": "br_cpf",
    "CA": "ca_sin",
    "DK": "dk_cpr",
    "FI": "fi_hetu",
    "FR": "fr_nir",
    "GB": "gb_nino",
    "PL": "pl_pesel",
    "SE": "se_personnummer",
    "US": "us_ssn",
    "ZA": "za_idnr",
}


#: Columns whose names alone tell what they hold: without the names nobody is asked for it.
_BY_NAME = {"Username", "BirthDate", "BloodType"}


def cell_label(row: dict[str, str], column: str, start: int) -> Label | None:
    """What the cell of a row holds, when it begins at ``start``."""
    value, category = row[column], COLUMNS.get(column)
    if category is None or not value:
        return None
    end = start + width(value)
    if re.search(r"E\+\d+$", value):  # A spreadsheet kept six digits of a long number.
        return Label(ANY, start, end, counts=False)
    if category != "OfficialID":
        return Label(category, start, end)
    kind = _NATIONAL.get(row["Country"], "")
    whole = kind == "gb_nino" or (kind != "" and _valid(kind, value))
    return Label("OfficialID", start, end, kind, counts=whole)


def _valid(kind: str, value: str) -> bool:
    """Whether a number has its check digits: a leading zero may have been lost."""
    return bool(import_module(f"stdnum.{kind.replace('_', '.')}").is_valid(value))


def identities(path: Path, skip: int, every: int) -> Iterator[tuple[dict[str, str], str]]:
    """One of ``every`` so many rows of a table of identities, after the first ``skip``, with its line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number >= skip and number % every == 0:
                line = io.StringIO()
                csv.writer(line, lineterminator="").writerow(row.values())
                yield row, line.getvalue()


def cells(path: Path, skip: int = 0, every: int = 1) -> Iterator[Text]:
    """The cells of identities, each with the name of its column."""
    for row, _ in identities(path, skip, every):
        for column in [*COLUMNS, *_DECOYS]:
            value = row.get(column)
            if not value:
                continue
            label = cell_label(row, column, 0)
            beside = (Label(category, 0, width(value), counts=False) for category in _DECOYS.get(column, ()))
            yield Text("cells", value, (label,) if label else tuple(beside), column)


def rows(path: Path, skip: int = 0, every: int = 1) -> Iterator[Text]:
    """The rows of identities, each as one line without the names of columns."""
    for row, line in identities(path, skip, every):
        labels, place = [], 0
        for column, value in row.items():
            if value:
                written = value.replace('"', '""')
                place = line.index(written, place)
                if label := cell_label(row, column, width(line[:place])):
                    labels.append(replace(label, counts=False) if label.category in _BY_NAME else label)
                place += len(written)
        yield Text("rows", line, tuple(_together(labels)))


def _together(labels: list[Label]) -> Iterator[Label]:
    """Latitude and longitude as one place, where they stand side by side."""
    for label, after in zip(labels, [*labels[1:], None], strict=True):
        if label.category != "GPSCoordinate":
            yield label
        elif after is not None and after.category == label.category:
            yield replace(label, end=after.end)


#: Numbers that stand for one person each; of those that a company may bear as well nothing is counted, and those that
#: companies alone bear hold no personal data.
_PERSONS = "cn_ric de_idnr kr_rrn mx_curp my_nric pk_cnic th_pin tr_tckimlik ua_rntrc za_idnr".split()
_EITHER = "by_unp de_stnr eg_tn gb_utr id_npwp in_pan mx_rfc ru_inn th_tin tr_vkn vn_mst za_tin".split()

_VALID_LIST = re.compile(r">>> numbers = '''\n(.*?)'''", re.DOTALL)
_REFUSED = re.compile(r">>> \w+\.validate\('([^'\\]+)'\).*\nTraceback")
_CHECKED = re.compile(r">>> check\('([^']+)'\).*\n(\[.*\])")


def number_tests(folder: Path) -> Iterator[Text]:
    """Lists of numbers that are valid, or are not, as tests of formats give them; the name of a format is the field's.

    With its country, that is: there is more than one `pin`, and `hp` is a telephone where nobody says otherwise.
    """
    for path in sorted(folder.glob("stdnum__test_*.doctest.txt")):
        name = path.name.removeprefix("stdnum__test_").removesuffix(".doctest.txt")
        text = path.read_text(encoding="utf-8")
        for listed in _VALID_LIST.findall(text):
            for line in listed.splitlines():
                if value := line.removeprefix("...").strip():
                    yield _number(name, value, name in _PERSONS, name in _EITHER)
        for value in _REFUSED.findall(text):
            yield _number(name, value, False, False)
        for value, kinds in _CHECKED.findall(text):
            yield _number(name, value, "nif" in kinds and "cif" not in kinds, False)


def _number(name: str, value: str, person: bool, either: bool) -> Text:
    label = Label("OfficialID", 0, width(value), name, counts=person)
    return Text("numbers", value, (label,) if person or either else (), name)


def of_others(every: int) -> Iterator[Text]:
    """The texts of the corpora of others, with one of ``every`` so many of the three thousand identities.

    The hundred identities are the first of the three thousand.
    """
    yield from sentences(DATA / "presidio__generated_small.json")
    yield from chinese(DATA / "cn-pii-bench__cases_first90.jsonl")
    for read in (cells, rows):
        yield from read(HUNDRED)
        yield from read(THOUSANDS, skip=100, every=every)
    yield from number_tests(DATA)

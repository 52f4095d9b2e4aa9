"""Passports, driving licences and identity cards: what stands on them. But for the machine-readable lines their
numbers say little of themselves, so they are found where they are named.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
all   machine-readable passport line     ICAO Doc 9303, part 4: four check digits of weights 7, 3 and 1
all   passport number                    Doc 9303: up to nine letters and digits; shapes in use
RU    passport of the citizen            Government decree 828 of 1997: series of four, number of six digits
DE    Personalausweis                    PAuswV: nine letters and digits without vowels
all   driving licence                    GB: DVLA; BR: CNH; US: AAMVA shapes of the states; others: shapes in use
===== ================================== ====================================================================
"""

from __future__ import annotations

from comity.identify.detectors._checks import lettered, official, plain, travel_check, unordered, varied

_PASSPORT = (
    "passport*",
    "паспорт*",
    "护照",
    "護照",
    "旅券",
    "パスポート",
    "여권",
    "hộ chiếu",
    "ho chieu",
    "pasaporte*",
    "passaporto*",
    "passaporte*",
    "passeport*",
    "reisepass*",
    "paspoort*",
    "paspor",
    "pasport*",
    "paszport*",
    "pasaport*",
    "หนังสือเดินทาง",
    "पासपोर्ट",
    "جواز",
    "travel document*",
)

_LICENCE = (
    "driver licen*",
    "drivers licen*",
    "driver's licen*",
    "driving licen*",
    "dl no",
    "dl number",
    "driverlicen*",
    "водительск*",
    "驾驶证",
    "驾照",
    "駕照",
    "運転免許",
    "免許証",
    "운전면허",
    "giấy phép lái xe",
    "gplx",
    "bằng lái*",
    "licencia de conduc*",
    "carteira de motorista",
    "cnh",
    "permis de conduire",
    "führerschein*",
    "fuhrerschein*",
    "patente di guida",
    "rijbewijs*",
    "prawo jazdy",
    "surat izin mengemudi",
    "ใบขับขี่",
)

_CARD = ("personalausweis*", "ausweisnummer*", "ausweisnr", "ausweis")


def _machine_readable(value: str) -> bool:
    number, birth, expiry, rest = value[:10], value[13:20], value[21:28], value[28:43]
    checked = [number, birth, expiry, number + birth + value[21:]]
    if rest.strip("<0"):
        checked.append(rest)
    return all(travel_check(part[:-1]) == part[-1] for part in checked)


def _digits(value: str) -> bool:
    return varied("".join(filter(str.isdecimal, value)))


DETECTORS = (
    *lettered(
        "passport-machine-readable",
        r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[A-Z0-9<]{14}[0-9<]\d",
        _machine_readable,
        _PASSPORT,
        alone=0.98,
        near=0.99,
        category="Passport",
    ),
    *lettered(
        "passport",
        r"[A-Z]{1,3} ?\d{6,8}[A-Z]?|\d{2}[A-Z]{2}\d{5}|M\d{3}[A-Z]\d{4}|[CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}",
        _digits,
        _PASSPORT,
        alone=0.2,
        near=0.9,
        category="Passport",
    ),
    *official(
        "passport-bare",
        lambda value: unordered(plain(value)),
        _PASSPORT,
        digits=(7, 8, 9, 10),
        bare=r"\d{7,9}|\d{2} ?\d{2} ?\d{6}",
        bare_alone=0.1,
        near=0.85,
        category="Passport",
    ),
    *lettered(
        "de-identity-card",
        r"[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}\d?",
        lambda value: len(value) == 9 or travel_check(value[:9]) == value[9],
        _CARD,
        alone=0.2,
        near=0.9,
    ),
    *lettered(
        "driving-licence",
        r"[A-Z]{1,3}[ \-]?\d{3}[ \-]?\d{3,4}(?:[ \-]?\d{2,6}){0,2}|\d{2} ?[A-Z]{2} ?\d{6}|[A-Z]{2}\d{2} ?\d{11}"
        r"|[A-Z9]{5}\d{6}[A-Z9]{2}[0-9A-Z]{3}|[A-Z]{2}\d{7}[A-Z]|[A-Z]\d{2}-\d{2}-\d{6}",
        _digits,
        _LICENCE,
        alone=0.2,
        near=0.9,
        category="VehicalLicenseNumber",
    ),
    *official(
        "driving-licence-bare",
        lambda value: unordered(plain(value)),
        _LICENCE,
        digits=(7, 8, 9, 10, 11, 12),
        bare=r"\d{7,12}|\d{2} ?\d{2} ?\d{6}|\d{2}-\d{2}-\d{6}-\d{2}",
        bare_alone=0.1,
        near=0.85,
        category="VehicalLicenseNumber",
    ),
)

"""Official numbers of people in the rest of Asia.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
VN    căn cước công dân, CMND            Decree 137/2015/NĐ-CP, codes of Circular 59/2021/TT-BCA
VN    mã số thuế of individuals          Circular 105/2020/TT-BTC; ``stdnum.vn.mst``; those of people begin with 8
SG    NRIC and FIN                       Immigration & Checkpoints Authority, modulus 11, series M of 2022
MY    MyKad                              National Registration Regulations 1990; ``stdnum.my.nric`` (``my/bp``)
TH    personal identification number     Department of Provincial Administration; ``stdnum.th.pin``
ID    NIK, NPWP                          ``stdnum.id.nik`` (``id/loc``), ``stdnum.id.npwp``
PH    PhilSys, TIN, SSS, PhilHealth      Republic Acts 11055 and 8424: digits in groups, no check digit
IN    Aadhaar, VID, PAN, EPIC            UIDAI; Income Tax Rules 1962, rule 114; ``stdnum.in_``
PK    CNIC                               NADRA Ordinance 2000; ``stdnum.pk.cnic``
KZ    IIN                                Law on National Registers of Identification Numbers 2007, modulus 11
IL    identity number                    Population Registry; ``stdnum.il.idnr``
AE    Emirates ID                        Federal Authority for Identity: 784, year of birth, Luhn
SA    national id, iqama                 Ministry of Interior: 1 or 2 first, Luhn
===== ================================== ====================================================================
"""

from __future__ import annotations

from operator import mul

from stdnum import luhn, verhoeff
from stdnum.in_ import epic, pan
from stdnum.th import pin
from stdnum.vn import mst

from comity.identify.detectors._checks import (
    ANY_NATIONAL,
    ANY_TAX,
    DAY,
    MONTH,
    born,
    born_in,
    ends_with,
    leaves_nothing,
    lettered,
    official,
    place,
    plain,
    unordered,
    varied,
)

#: First three digits of a citizen's number: the 63 provinces that existed when numbers were first given.
_VIETNAMESE = frozenset(
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 "
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 "
    "089 091 092 093 094 095 096".split()
)

#: By first letter: what is added to the sum, and the check letters by remainder.
_SINGAPOREAN = {
    "S": (0, "JZIHGFEDCBA"),
    "T": (4, "JZIHGFEDCBA"),
    "F": (0, "XWUTRQPNMLK"),
    "G": (4, "XWUTRQPNMLK"),
    "M": (3, "XWUTRQPNJLK"),
}


def _vietnamese(value: str) -> bool:
    # The fourth digit tells sex and century: 0 and 1 are of the last, 2 and 3 of this.
    number = plain(value)
    return (
        number[:3] in _VIETNAMESE
        and varied(number)
        and born((19, 20)[int(number[3]) // 2] * 100 + int(number[4:6]), 1, 1)
    )


def _singaporean(value: str) -> bool:
    added, letters = _SINGAPOREAN[value[0]]
    checked = sum(map(mul, map(int, value[1:8]), (2, 7, 6, 5, 4, 3, 2)))
    return varied(value[1:8]) and letters[(checked + added) % 11] == value[8]


def _malaysian(value: str) -> bool:
    number = plain(value)
    return born_in(number[:2], number[2:4], number[4:6]) and bool(place("my/bp", number[6:8]))


def _indonesian(value: str) -> bool:
    # Forty is added to the day of birth of women.
    number = plain(value)
    day = f"{int(number[6:8]) % 40:02}"
    return born_in(number[10:12], number[8:10], day) and bool(place("id/loc", number[:4])) and number[12:] != "0000"


def _indian(value: str) -> bool:
    number = plain(value)
    return varied(number) and number != number[::-1] and bool(verhoeff.checksum(number) == 0)


def _kazakh(value: str) -> bool:
    # The seventh digit tells sex and century.
    century = 1900 if value[6] in "34" else 2000
    if not born(century + int(value[:2]), int(value[2:4]), int(value[4:6])):
        return False
    digits: list[int] = [int(digit) for digit in value]
    check = sum(map(mul, digits, range(1, 12))) % 11
    if check == 10:
        check = sum(map(mul, digits, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))) % 11
    return bool(check == digits[11])


def _emirati(value: str) -> bool:
    number = plain(value)
    return born(int(number[3:7]), 1, 1) and luhn.checksum(number) == 0


_PHILIPPINE_TAX = ("tin no", "tin number", "tin id", "bir tin", "philippine tin")

_DATE = rf"\d{{2}}{MONTH}{DAY}"

DETECTORS = (
    *official(
        "vn-citizen-id",
        _vietnamese,
        ("cccd", "căn cước*", "can cuoc*", "cmnd", "số định danh*", "so dinh danh*", "thẻ căn*", *ANY_NATIONAL),
        digits=(12,),
        bare=r"0\d{2}[0-3]\d{8}",
        bare_alone=0.4,
    ),
    *official(
        "vn-identity-card",
        unordered,
        ("cmnd", "cmtnd", "chứng minh*", "chung minh*"),
        digits=(9,),
        bare=r"[0-3]\d{8}",
        near=0.85,
    ),
    *official(
        "vn-tax-code",
        ends_with(mst.calc_check_digit),
        ("mst", "mã số thuế", "ma so thue", "masothue", *ANY_TAX),
        digits=(10,),
        bare=r"8\d{9}",
        near=0.9,
    ),
    *lettered(
        "sg-nric-fin",
        r"[STFGM]\d{7}[A-Z]",
        _singaporean,
        ("nric", "fin no", "fin number", "uinfin", "work permit*", *ANY_NATIONAL),
        alone=0.85,
    ),
    *official(
        "my-nric",
        _malaysian,
        ("mykad", "my kad", "nric", "ic number", "ic no", "no kp", "nokp", "no ic", "kad pengenalan*", *ANY_NATIONAL),
        digits=(12,),
        written=rf"{_DATE}-\d{{2}}-\d{{4}}",
        bare=rf"{_DATE}\d{{6}}",
        alone=0.85,
    ),
    *official(
        "th-personal-id",
        ends_with(pin.calc_check_digit),
        ("ประจำตัวประชาชน", "บัตรประชาชน", "เลขบัตร", "ประจำตัวผู้เสียภาษี", "thai id*", "pin", *ANY_NATIONAL, *ANY_TAX),
        digits=(13,),
        written=r"[1-8]-\d{4}-\d{5}-\d{2}-\d|[1-8] \d{4} \d{5} \d{2} \d",
        bare=r"[1-8]\d{12}",
    ),
    *official(
        "id-nik",
        _indonesian,
        ("nik", "ktp", "e-ktp", "nomor induk*", "kependudukan", *ANY_NATIONAL),
        digits=(16,),
        bare=rf"[1-9]\d{{5}}(?:[04][1-9]|[1256]\d|[37][01]){MONTH}\d{{6}}",
        bare_alone=0.4,
    ),
    *official(
        "id-npwp",
        # The number proper is the first nine digits; companies and treasurers begin with 00 to 03.
        lambda value: plain(value)[:2] >= "04" and leaves_nothing(luhn.checksum)(plain(value)[:9]),
        ("npwp", "wajib pajak", *ANY_TAX),
        digits=(15,),
        written=r"\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}",
        bare=r"\d{15}",
        alone=0.85,
        near=0.9,
        person=False,
    ),
    *official(
        "ph-philsys",
        lambda value: varied(plain(value)),
        ("phil sys*", "philid", "phil id", "pcn no", "psn", "national id*"),
        digits=(12, 16),
        bare=r"\d{4}(?:[ \-]?\d{4}){2,3}",
        bare_alone=0.1,
        near=0.85,
    ),
    # With the code of a branch it is laid out like hardly anything else; the three letters mean other things besides.
    *official(
        "ph-tin",
        lambda value: unordered(plain(value)),
        (*_PHILIPPINE_TAX, "tin", *ANY_TAX),
        digits=(12, 14),
        written=r"\d{3}-\d{3}-\d{3}-(?:\d{3}|\d{5})",
        alone=0.1,
        near=0.85,
        person=False,
    ),
    *official(
        "ph-tin-bare",
        lambda value: unordered(plain(value)),
        _PHILIPPINE_TAX,
        digits=(9, 12, 14),
        bare=r"\d{3}-\d{3}-\d{3}|\d{9}(?:\d{3}|\d{5})?",
        bare_alone=0.1,
        near=0.85,
        person=False,
    ),
    *official(
        "ph-sss",
        lambda value: unordered(plain(value)),
        ("sss", "sss no", "sss number", "umid", "phil health*"),
        digits=(10, 12),
        bare=r"\d{2}-?\d{7}-?\d|\d{2}-?\d{9}-?\d|\d{4}-?\d{7}-?\d",
        bare_alone=0.1,
        near=0.85,
    ),
    *official(
        "in-aadhaar",
        _indian,
        ("aadhaar*", "aadhar*", "adhaar*", "uidai", "uid no", "आधार", "ஆதார்", "আধার", "ఆధార్", *ANY_NATIONAL),
        digits=(12,),
        bare=r"[2-9]\d{3}[ \-]?\d{4}[ \-]?\d{4}",
        bare_alone=0.4,
    ),
    *official(
        "in-aadhaar-vid",
        _indian,
        ("virtual id", "aadhaar vid", "aadhaar*", "आधार"),
        digits=(16,),
        bare=r"[2-9]\d{3}[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{4}",
        near=0.9,
    ),
    # The fourth letter tells who holds it: P a person.
    *lettered(
        "in-pan",
        r"[A-Z]{3}P[A-Z]\d{4}[A-Z]",
        lambda value: bool(pan.is_valid(value)),
        ("pan", "permanent account*", "income tax*", "पैन", "स्थायी", *ANY_TAX),
        alone=0.6,
    ),
    *lettered(
        "in-voter-id",
        r"[A-Z]{3}\d{7}",
        lambda value: varied(value[3:]) and bool(epic.is_valid(value)),
        ("epic no", "epic number", "voter*", "elector*", "मतदाता", "निर्वाचक"),
        alone=0.35,
    ),
    *official(
        "pk-cnic",
        lambda value: varied(plain(value)),
        ("cnic", "nicop", "nadra", "شناختی", *ANY_NATIONAL),
        digits=(13,),
        written=r"[1-7]\d{4}-\d{7}-[1-9]",
        bare=r"[1-7]\d{11}[1-9]",
        alone=0.75,
        bare_alone=0.1,
        near=0.9,
    ),
    *official(
        "kz-iin",
        _kazakh,
        ("иин", "жсн", "iin", *ANY_NATIONAL),
        digits=(12,),
        bare=rf"{_DATE}[3-6]\d{{5}}",
        bare_alone=0.4,
    ),
    *official(
        "il-identity-number",
        leaves_nothing(luhn.checksum),
        ("teudat zehut", "zehut", "תעודת זהות", "מספר זהות", "ת״ז", "israeli id"),
        digits=(9,),
        bare=r"\d{8}-?\d",
        near=0.9,
    ),
    *official(
        "ae-emirates-id",
        _emirati,
        ("emirates id", "eid", "الهوية", "هوية", *ANY_NATIONAL),
        digits=(15,),
        written=r"784-(?:19|20)\d{2}-\d{7}-\d",
        bare=r"784(?:19|20)\d{10}",
        alone=0.97,
        bare_alone=0.8,
    ),
    *official(
        "sa-national-id",
        leaves_nothing(luhn.checksum),
        ("iqama", "saudi id", "absher", "الهوية", "هوية", "الإقامة", "إقامة"),
        digits=(10,),
        bare=r"[12]\d{9}",
        near=0.9,
    ),
)

"""Official numbers of people in Africa and Oceania.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
ZA    identity number                    Identification Act 68 of 1997: date, citizenship, Luhn
EG    national id                        Civil Status Law 143 of 1994: century, date, governorate
NG    NIN                                NIMC Act 2007: eleven digits, no check digit
KE    national id                        Registration of Persons Act: digits, no check digit
AU    Tax File Number                    Taxation Administration Act; ``stdnum.au.tfn``
AU    Medicare number                    Services Australia: ten digits, weights 1, 3, 7 and 9
NZ    IRD number                         Inland Revenue; ``stdnum.nz.ird``; companies have one too
===== ================================== ====================================================================
"""

from __future__ import annotations

from operator import mul

from stdnum import luhn
from stdnum.au import tfn
from stdnum.nz import ird

from comity.identify.detectors._checks import (
    ANY_NATIONAL,
    ANY_TAX,
    DAY,
    MONTH,
    born,
    born_in,
    ends_with,
    leaves_nothing,
    official,
    plain,
    unordered,
    varied,
)

#: Governorates of Egypt, and 88 for births abroad.
_EGYPTIAN = frozenset("01 02 03 04 11 12 13 14 15 16 17 18 19 21 22 23 24 25 26 27 28 29 31 32 33 34 35 88".split())


def _south_african(value: str) -> bool:
    number = plain(value)
    return born_in(number[:2], number[2:4], number[4:6]) and bool(luhn.checksum(number) == 0)


def _egyptian(value: str) -> bool:
    century = 1900 if value[0] == "2" else 2000
    return value[7:9] in _EGYPTIAN and born(century + int(value[1:3]), int(value[3:5]), int(value[5:7]))


def _australian_medicare(value: str) -> bool:
    number = plain(value)
    return varied(number) and sum(map(mul, map(int, number[:8]), (1, 3, 7, 9, 1, 3, 7, 9))) % 10 == int(number[8])


DETECTORS = (
    *official(
        "za-identity-number",
        _south_african,
        ("south african id", "sa id", "id number", "id no", "id nr", "rsa id", *ANY_NATIONAL),
        digits=(13,),
        written=rf"\d{{2}}{MONTH}{DAY} \d{{4}} [012][89]\d",
        bare=rf"\d{{2}}{MONTH}{DAY}\d{{4}}[012][89]\d",
        bare_alone=0.45,
    ),
    *official(
        "eg-national-id",
        _egyptian,
        ("الرقم القومي", "القومي", "البطاقة", *ANY_NATIONAL),
        digits=(14,),
        bare=rf"[23]\d{{2}}{MONTH}{DAY}\d{{7}}",
        bare_alone=0.45,
    ),
    *official("ng-nin", unordered, ("nin", "nimc"), digits=(11,), bare=r"\d{11}", near=0.8),
    *official("ke-national-id", unordered, ("kenyan id", "huduma"), digits=(8,), bare=r"\d{8}", near=0.8),
    *official(
        "au-tfn",
        leaves_nothing(tfn.checksum),
        ("tfn", "tax file*"),
        digits=(9,),
        bare=r"\d{3}[ \-]?\d{3}[ \-]?\d{3}",
        near=0.9,
    ),
    *official(
        "au-medicare",
        _australian_medicare,
        ("medicare*",),
        digits=(10,),
        bare=r"[2-6]\d{3}[ \-]?\d{5}[ \-]?\d",
        near=0.9,
    ),
    *official(
        "nz-ird",
        ends_with(ird.calc_check_digit),
        ("ird", "inland revenue*", *ANY_TAX),
        digits=(8, 9),
        bare=r"\d{2,3}-?\d{3}-?\d{3}",
        near=0.9,
        person=False,
    ),
)

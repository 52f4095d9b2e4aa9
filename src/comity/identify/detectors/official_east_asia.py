"""Official numbers of people in East Asia; those of companies (USCC, 法人番号, 사업자등록번호) are left out.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
CN    resident identity card             GB 11643-1999; ``stdnum.cn.ric``, regions of GB/T 2260 (``cn/loc``)
HK    identity card (HKID)               Registration of Persons, modulus 11 over letters and digits
TW    national id, resident certificate  Ministry of the Interior, modulus 10 over the letter's number and digits
JP    My Number                          Act 27 of 2013, Order 85 of 2014; ``stdnum.jp.in_``
KR    resident and alien registration    Resident Registration Act; ``stdnum.kr.rrn``; at random since October 2020
===== ================================== ====================================================================
"""

from __future__ import annotations

from operator import mul

from stdnum.cn import ric
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn

from comity.identify.detectors._checks import (
    ANY_NATIONAL,
    DAY,
    MONTH,
    born,
    born_in,
    ends_with,
    lettered,
    official,
    place,
    plain,
    varied,
)

_CHINESE = (
    "身份证",
    "身分证",
    "身份號",
    "身份号",
    "公民身份",
    "证件号",
    "shenfenzheng*",
    "sfz*",
    "resident id*",
    "id no",
    "id number",
)

#: The numbers that letters stand for in Taiwan, by place in the alphabet, from 10.
_TAIWANESE = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def _chinese(value: str) -> bool:
    number = value.upper()
    if number[-1] != ric.calc_check_digit(number):
        return False
    return born(int(number[6:10]), int(number[10:12]), int(number[12:14])) and "county" in place("cn/loc", number[:6])


def _old_chinese(value: str) -> bool:
    return born_in(value[6:8], value[8:10], value[10:12]) and "county" in place("cn/loc", value[:6])


def _hong_kong(value: str) -> bool:
    number = plain(value).rjust(9)
    codes = [36 if letter == " " else int(letter, 36) for letter in number[:2]]
    codes += [int(digit, 16) for digit in number[2:]]
    return varied(number[2:]) and sum(map(mul, codes, range(9, 0, -1))) % 11 == 0


def _taiwanese(value: str) -> bool:
    digits = f"{_TAIWANESE.index(value[0]) + 10}{value[1:]}"
    return varied(value[1:]) and sum(map(mul, map(int, digits), (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _korean_birth(number: str) -> bool:
    century = 1900 if number[6] in "1256" else 2000
    return born(century + int(number[:2]), int(number[2:4]), int(number[4:6]))


def _korean(value: str) -> bool:
    number = plain(value)
    return _korean_birth(number) and number[7:9] <= "96" and number[-1] == rrn.calc_check_digit(number)


def _recent_korean(value: str) -> bool:
    number = plain(value)
    return number[6] in "3478" and number[:4] >= "2010" and _korean_birth(number)


_DATE = rf"\d{{2}}{MONTH}{DAY}"

DETECTORS = (
    *lettered(
        "cn-resident-id",
        rf"[1-8]\d{{5}}(?:19|20)\d{{2}}{MONTH}{DAY}\d{{3}}[\dXx]",
        _chinese,
        (*_CHINESE, *ANY_NATIONAL),
        alone=0.95,
        near=0.99,
    ),
    *official(
        "cn-resident-id-15", _old_chinese, _CHINESE, digits=(15,), bare=rf"[1-8]\d{{5}}{_DATE}\d{{3}}", near=0.85
    ),
    *lettered("hk-id-card", r"[A-Z]{1,2}\d{6}\([0-9A]\)", _hong_kong, ("hkid*", *_CHINESE, *ANY_NATIONAL), alone=0.9),
    *lettered(
        "hk-id-card-bare",
        r"[A-Z]{1,2}\d{6}[0-9A]",
        _hong_kong,
        ("hkid*", "香港身份證", "香港身份证"),
        alone=0.2,
        near=0.9,
    ),
    *lettered(
        "tw-national-id",
        r"[A-Z][1289]\d{8}",
        _taiwanese,
        ("身分證", "統一編號", "居留證", "taiwan id", *_CHINESE, *ANY_NATIONAL),
        alone=0.45,
    ),
    *official(
        "jp-my-number",
        ends_with(my_number.calc_check_digit),
        ("マイナンバー", "個人番号", "my number", "mynumber", "individual number", "kojin*", *ANY_NATIONAL),
        digits=(12,),
        bare=r"\d{4}[ \-]?\d{4}[ \-]?\d{4}",
    ),
    *official(
        "kr-resident-registration",
        _korean,
        ("주민등록*", "주민번호", "외국인등록*", "rrn", "jumin*", "resident reg*", "alien reg*", *ANY_NATIONAL),
        digits=(13,),
        written=rf"{_DATE}-[1-8]\d{{6}}",
        bare=rf"{_DATE}[1-8]\d{{6}}",
        bare_alone=0.4,
    ),
    *official(
        "kr-resident-registration-since-2020",
        _recent_korean,
        ("주민등록*", "주민번호", "외국인등록*", "rrn", "jumin*", "resident reg*", "alien reg*"),
        digits=(13,),
        bare=rf"{_DATE}-?[3478]\d{{6}}",
        near=0.9,
    ),
)

"""Official numbers of people in northern and eastern Europe and Türkiye.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
RU    ИНН of people                      FNS order ЕД-7-14/559; ``stdnum.ru.inn``
RU    СНИЛС                              Law 27-FZ of 1996: modulus 101 over nine digits
UA    РНОКПП                             Tax Code, article 70: days since 1899; ``stdnum.ua.rntrc``
BY    identification number              Law on the Population Register: date, region, 7-3-1 check digit
PL    PESEL, NIP, dowód osobisty         Act on Population Records 2010; ``stdnum.pl``; 7-3-1 for the card
CZ SK rodné číslo                        Act 133/2000; ``stdnum.cz.rc``
RO    cod numeric personal               OUG 97/2005; ``stdnum.ro.cnp``
BG    ЕГН                                Civil Registration Act; ``stdnum.bg.egn``
HR    OIB                                Law on OIB 2008, ISO 7064; ``stdnum.hr.oib``; companies have one too
SI    EMŠO, ЈМБГ of the region           Central Population Register; ``stdnum.si.emso``
SE    personnummer                       Folkbokföringslag 1991:481; ``stdnum.luhn``
DK    CPR-nummer                         CPR-loven; ``stdnum.dk.cpr``; no check digit since 2007
NO    fødselsnummer, D-nummer            Folkeregisterloven; ``stdnum.no.fodselsnummer``
FI    henkilötunnus                      Law 661/2009; ``stdnum.fi.hetu``
IS    kennitala                          Þjóðskrá; ``stdnum.is_.kennitala``
EE LT isikukood, asmens kodas            Population registers; ``stdnum.ee.ik``
LV    personas kods                      Population register; ``stdnum.lv.pvn``
TR    T.C. kimlik numarası               Law 5490; ``stdnum.tr.tckimlik``
===== ================================== ====================================================================
"""

from __future__ import annotations

from datetime import date
from operator import mul

from stdnum import luhn
from stdnum.bg import egn
from stdnum.cz import rc
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.fi import hetu
from stdnum.hr import oib
from stdnum.is_ import kennitala
from stdnum.lv import pvn
from stdnum.no import fodselsnummer
from stdnum.pl import nip, pesel
from stdnum.ro import cnp
from stdnum.ru import inn
from stdnum.si import emso
from stdnum.tr import tckimlik
from stdnum.ua import rntrc

from comity.identify.detectors._checks import (
    ANY_NATIONAL,
    ANY_TAX,
    DAY,
    MONTH,
    TODAY,
    born,
    born_in,
    ends_with,
    leaves_nothing,
    lettered,
    official,
    plain,
    travel_check,
    varied,
)


def _insured_russian(value: str) -> bool:
    number = plain(value)
    check = sum(map(mul, map(int, number[:9]), range(9, 0, -1))) % 101 % 100
    return number > "00100199899" and varied(number) and check == int(number[9:])


def _ukrainian(value: str) -> bool:
    # The first five digits count the days since the last day of 1899.
    days = (TODAY - date(1899, 12, 31)).days
    return varied(value) and int(value[:5]) <= days and rntrc.calc_check_digit(value) == value[9]


def _belarusian(value: str) -> bool:
    # The first digit tells sex and century.
    century = (1800, 1900, 2000)[(int(value[0]) - 1) // 2]
    return born(century + int(value[5:7]), int(value[3:5]), int(value[1:3])) and travel_check(value[:13]) == value[13]


def _polish(value: str) -> bool:
    # Twenty is added to the month of those born in this century.
    month, century = int(value[2:4]), 1900
    if month > 20:
        month, century = month - 20, 2000
    return born(century + int(value[:2]), month, int(value[4:6])) and pesel.calc_check_digit(value[:10]) == value[10]


def _polish_card(value: str) -> bool:
    number = plain(value)
    return varied(number[3:]) and travel_check(number[:3] + number[4:]) == number[3]


def _romanian(value: str) -> bool:
    century = 2000 if value[0] in "56" else 1900
    return born(century + int(value[1:3]), int(value[3:5]), int(value[5:7])) and cnp.is_valid(value)


def _swedish(value: str) -> bool:
    # Sixty is added to the day in co-ordination numbers.
    number = plain(value)[-10:]
    return born_in(number[:2], number[2:4], f"{int(number[4:6]) % 60:02}") and bool(luhn.checksum(number) == 0)


def _bulgarian(value: str) -> bool:
    return varied(value) and egn.is_valid(value) and egn.get_birth_date(value) <= TODAY


def _baltic(value: str) -> bool:
    century = 1900 if value[0] in "34" else 2000
    if not born(century + int(value[1:3]), int(value[3:5]), int(value[5:7])):
        return False
    return ik.calc_check_digit(value) == value[10]


def _yugoslav(value: str) -> bool:
    return varied(value) and emso.is_valid(value) and emso.get_birth_date(value) <= TODAY


_BORN = DAY + MONTH + r"\d{2}"
_SWEDISH_DATE = rf"\d{{2}}{MONTH}(?:{DAY}|[6-9]\d)"
_CZECH_DATE = rf"\d{{2}}(?:[05][1-9]|[16][0-2]|[27][1-9]|[38][0-2]){DAY}"

DETECTORS = (
    *official(
        "ru-inn",
        ends_with(inn.calc_personal_check_digits, 2),
        ("инн", "inn", "налогоплательщик*", *ANY_TAX),
        digits=(12,),
        bare=r"\d{12}",
        bare_alone=0.45,
    ),
    *official(
        "ru-snils",
        _insured_russian,
        ("снилс", "snils", "страховой номер", "пенсионн*", "страховое свидетельство"),
        digits=(11,),
        written=r"\d{3}-\d{3}-\d{3}[ \-]\d{2}",
        bare=r"\d{11}|\d{9} \d{2}|\d{3} \d{3} \d{3} \d{2}",
        alone=0.95,
        bare_alone=0.4,
    ),
    *official(
        "ua-tax-number",
        _ukrainian,
        ("рнокпп", "іпн", "инн", "ідентифікаційний*", "картки платника", "rnokpp", "ipn", "rntrc", *ANY_TAX),
        digits=(10,),
        bare=r"\d{10}",
    ),
    *lettered(
        "by-identification-number",
        rf"[1-6]{_BORN}[ABCEHKM]\d{{3}}(?:PB|BA|BI)\d",
        _belarusian,
        ("идентификационный*", "личный номер", "асабісты*", *ANY_NATIONAL),
        alone=0.97,
        near=0.99,
    ),
    *official(
        "pl-pesel",
        _polish,
        ("pesel", *ANY_NATIONAL),
        digits=(11,),
        bare=rf"\d{{2}}(?:{MONTH}|2[1-9]|3[0-2]){DAY}\d{{5}}",
        bare_alone=0.4,
    ),
    *official(
        "pl-nip",
        leaves_nothing(nip.checksum),
        ("nip", "identyfikacji podatkowej"),
        digits=(10,),
        bare=r"\d{10}|\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3}",
        near=0.85,
        person=False,
    ),
    *lettered(
        "pl-identity-card",
        r"[A-Z]{3} ?\d{6}",
        _polish_card,
        ("dowód*", "dowod*", "dowodu", *ANY_NATIONAL),
        alone=0.3,
        near=0.9,
    ),
    *official(
        "cz-sk-birth-number",
        lambda value: varied(plain(value)) and rc.is_valid(value),
        ("rodné číslo", "rodne cislo", "rodného čísla", "birth number", "rč", *ANY_NATIONAL),
        digits=(9, 10),
        written=_CZECH_DATE + r"/\d{3,4}",
        bare=_CZECH_DATE + r"\d{4}",
        alone=0.75,
    ),
    *official(
        "ro-cnp",
        _romanian,
        ("cnp", "cod numeric*", "codul numeric*", *ANY_NATIONAL),
        digits=(13,),
        bare=rf"[125-8]\d{{2}}{MONTH}{DAY}(?:0[1-9]|[1-4]\d|5[12])\d{{4}}",
        bare_alone=0.4,
    ),
    *official(
        "bg-egn",
        _bulgarian,
        ("егн", "egn", "единен граждански*", *ANY_NATIONAL),
        digits=(10,),
        bare=rf"\d{{2}}(?:{MONTH}|4[1-9]|5[0-2]){DAY}\d{{4}}",
    ),
    *official(
        "hr-oib",
        lambda value: varied(value) and oib.is_valid(value),
        ("oib", "osobni identifi*"),
        digits=(11,),
        bare=r"\d{11}",
        near=0.9,
        person=False,
    ),
    *official(
        "si-emso",
        _yugoslav,
        ("emšo", "emso", "jmbg", "јмбг", "matični broj*", "матични број*", "ембг", *ANY_NATIONAL),
        digits=(13,),
        bare=rf"{DAY}{MONTH}(?:9\d{{2}}|0[0-2]\d)\d{{6}}",
        bare_alone=0.4,
    ),
    *official(
        "se-personal-number",
        _swedish,
        ("personnummer", "personnr", "pnr", "samordningsnummer", "person number", "personal number", *ANY_NATIONAL),
        digits=(10, 12),
        written=_SWEDISH_DATE + r"-\d{4}",
        bare=rf"(?:19|20){_SWEDISH_DATE}-?\d{{4}}|{_SWEDISH_DATE}\d{{4}}",
        alone=0.55,
    ),
    *official(
        "dk-cpr",
        cpr.is_valid,
        ("cpr", "cpr-nummer", "cpr-nr", "personnummer", "cprnr", *ANY_NATIONAL),
        digits=(10,),
        written=_BORN + r"-\d{4}",
        bare=_BORN + r"\d{4}",
        alone=0.4,
        bare_alone=0.2,
        near=0.9,
    ),
    *official(
        "no-birth-number",
        fodselsnummer.is_valid,
        ("fødselsnummer", "fodselsnummer", "fødselsnr", "personnummer", "fnr", "d-nummer", "dnr", *ANY_NATIONAL),
        digits=(11,),
        written=rf"(?:{DAY}|[4-7]\d){MONTH}\d{{2}} \d{{5}}",
        bare=rf"(?:{DAY}|[4-7]\d){MONTH}\d{{7}}",
        alone=0.9,
        bare_alone=0.45,
    ),
    *lettered(
        "fi-personal-code",
        _BORN + r"[\-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]",
        lambda value: bool(hetu.is_valid(value)),
        ("henkilötunnus*", "henkilotunnus*", "hetu", "personbeteckning", *ANY_NATIONAL),
        alone=0.9,
    ),
    *official(
        "is-kennitala",
        kennitala.is_valid,
        ("kennitala*", *ANY_NATIONAL),
        digits=(10,),
        written=_BORN + r"-\d{3}[09]",
        bare=_BORN + r"\d{3}[09]",
        alone=0.75,
        bare_alone=0.4,
    ),
    *official(
        "ee-lt-personal-code",
        _baltic,
        ("isikukood*", "asmens kod*", *ANY_NATIONAL),
        digits=(11,),
        bare=rf"[3-6]\d{{2}}{MONTH}{DAY}\d{{4}}",
        bare_alone=0.4,
    ),
    *official(
        "lv-personal-code",
        lambda value: varied(plain(value)) and pvn.is_valid(value),
        ("personas kod*", *ANY_NATIONAL),
        digits=(11,),
        written=_BORN + r"-[0-2]\d{4}",
        bare=_BORN + r"[0-2]\d{4}",
        alone=0.75,
    ),
    *official(
        "tr-identity-number",
        ends_with(tckimlik.calc_check_digits, 2),
        ("kimlik*", "tckimlik*", "tckn", "tc no", "t.c.", *ANY_NATIONAL),
        digits=(11,),
        bare=r"[1-9]\d{10}",
        bare_alone=0.4,
    ),
)

"""Official numbers of people in western and southern Europe.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
GB    National Insurance number          HMRC manual NIM39110: prefixes, six digits, suffix; no check
GB    NHS number                         NHS Data Dictionary, modulus 11; ``stdnum.gb.nhs``
GB    Unique Taxpayer Reference          HMRC; ``stdnum.gb.utr``
IE    PPS number                         Social Welfare Consolidation Act 2005; ``stdnum.ie.pps``
DE    Steuer-IdNr, Steuernummer          Abgabenordnung, section 139b; ``stdnum.de.idnr``, ``stdnum.de.stnr``
DE    Versicherungsnummer                VKVV, sections 2 to 4: date, letter, check digit
FR    NIR, numéro fiscal                 Décret 82-103 ``stdnum.fr.nir``; ``stdnum.fr.nif``
IT    codice fiscale                     D.M. 345/1976; ``stdnum.it.codicefiscale``
ES    DNI, NIE                           Real Decreto 1553/2005; ``stdnum.es.dni``, ``stdnum.es.nie``
PT    NIF, cartão de cidadão             Decreto-Lei 14/2013, Lei 7/2007; ``stdnum.pt``
NL    burgerservicenummer                Wet algemene bepalingen BSN; ``stdnum.nl.bsn``
BE    rijksregisternummer                Arrêté royal of 3 April 1984; ``stdnum.be.nn``
AT    Versicherungsnummer                ASVG, section 31; ``stdnum.at.vnr``
CH    AHV number                         AHVV, article 133: EAN with 756; ``stdnum.ch.ssn``
GR    AMKA                               Law 3655/2008; ``stdnum.gr.amka``
===== ================================== ====================================================================
"""

from __future__ import annotations

from operator import mul

from stdnum import luhn
from stdnum.at import vnr
from stdnum.be import nn
from stdnum.ch import ssn as ahv
from stdnum.de import idnr, stnr
from stdnum.es import dni, nie
from stdnum.fr import nif, nir
from stdnum.gb import nhs, utr
from stdnum.ie import pps
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pt import cc
from stdnum.pt import nif as pt_nif

from comity.identify.detectors._checks import (
    ANY_NATIONAL,
    ANY_TAX,
    DAY,
    MONTH,
    born_in,
    ends_with,
    leaves_nothing,
    lettered,
    official,
    plain,
    varied,
)

_NATIONAL_INSURANCE = ("nino", "national insurance*", "ni number", "ni no", *ANY_NATIONAL)
_GERMAN_TAX = ("id nr", "steuer id*", "steuerid*", "steuerliche id*", "identifikationsnummer", *ANY_TAX)
_SECURITE_SOCIALE = ("nir", "sécurité sociale", "securite sociale", "insee", "numéro de sécu", "sécu", *ANY_NATIONAL)
_SPANISH = (
    "dni",
    "nif",
    "nie no",
    "documento nacional",
    "documento de identidad",
    "extranjero*",
    *ANY_NATIONAL,
    *ANY_TAX,
)

#: Prefixes of National Insurance numbers that are not given.
_NO_PREFIX = frozenset(("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"))


def _british(value: str) -> bool:
    return value[:2] not in _NO_PREFIX and varied("".join(filter(str.isdecimal, value)))


def _german_tax(value: str) -> bool:
    # Of the first ten digits one stands there twice or three times; asked first, for it settles nearly all.
    number = plain(value)
    return len(set(number[:10])) in (8, 9) and idnr.is_valid(number)


def _german_insurance(value: str) -> bool:
    number = plain(value)
    digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    products = map(mul, map(int, digits), (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1))
    checked = sum(product // 10 + product % 10 for product in products) % 10
    return born_in(number[6:8], number[4:6], number[2:4]) and str(checked) == number[11]


def _french(value: str) -> bool:
    number = plain(value)
    return varied(number) and number[13:] == nir.calc_check_digits(number)


def _spanish(value: str) -> bool:
    number = plain(value)
    return varied(number[:-1]) and dni.calc_check_digit(number[:-1]) == number[-1]


def _austrian(value: str) -> bool:
    number = plain(value)
    return born_in(number[8:], number[6:8], number[4:6]) and vnr.calc_check_digit(number) == number[3]


def _greek(value: str) -> bool:
    return born_in(value[4:6], value[2:4], value[:2]) and bool(luhn.checksum(value) == 0)


_BORN = DAY + MONTH + r"\d{2}"
_NIR = r"[1-478]{0}\d{{2}}{0}(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d){0}{1}{0}\d{{3}}{0}\d{{3}} ?\d{{2}}"

DETECTORS = (
    # Without its spaces it looks like the number of any part: letters and digits, and nothing to check.
    *lettered(
        "gb-nino",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: \d{2}){3} [A-D]",
        _british,
        _NATIONAL_INSURANCE,
        alone=0.6,
    ),
    *lettered(
        "gb-nino-bare",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:\d{6}|[ \-]?\d{2}[ \-]\d{2}[ \-]\d{2}[ \-]?)[A-D]",
        _british,
        _NATIONAL_INSURANCE,
        alone=0.3,
    ),
    *lettered(
        "gb-nino-without-suffix",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2}",
        _british,
        _NATIONAL_INSURANCE,
        alone=0.2,
        near=0.85,
    ),
    *official(
        "gb-nhs-number",
        leaves_nothing(nhs.checksum),
        ("nhs", "nhs number", "nhs no"),
        digits=(10,),
        bare=r"\d{3}[ \-]?\d{3}[ \-]?\d{4}",
    ),
    *official(
        "gb-utr",
        lambda value: varied(plain(value)) and utr.calc_check_digit(plain(value)[1:]) == value[0],
        ("utr", "unique taxpayer*", "self assessment", "hmrc"),
        digits=(10,),
        bare=r"\d{5} ?\d{5}",
        near=0.9,
        person=False,
    ),
    *lettered(
        "ie-pps",
        r"\d{7}[A-W][A-IW]?",
        lambda value: varied(value[:7]) and pps.is_valid(value),
        ("pps", "ppsn", "personal public service*", *ANY_NATIONAL),
        alone=0.45,
    ),
    *official(
        "de-tax-id",
        _german_tax,
        _GERMAN_TAX,
        digits=(11,),
        written=r"[1-9]\d \d{3} \d{3} \d{3}",
        bare=r"[1-9]\d{10}",
        alone=0.65,
        bare_alone=0.4,
    ),
    *official(
        "de-tax-number",
        lambda value: varied(plain(value)) and stnr.is_valid(value),
        ("steuernummer*", "steuernr", "steuer-nr", "st.-nr", "stnr", "finanzamt"),
        digits=(10, 11, 13),
        bare=r"\d{2,3}[/ ]\d{3,4}[/ ]\d{4,5}|\d{5}/\d{5}|\d{10}|\d{11}|\d{13}",
        bare_alone=0.2,
        near=0.8,
        person=False,
    ),
    *lettered(
        "de-insurance-number",
        rf"\d{{2}} ?{_BORN} ?[A-Z] ?\d{{3}}",
        _german_insurance,
        ("versicherungsnummer*", "rentenversicherung*", "sozialversicherung*", "svnr", "rvnr", "sv-nummer"),
        alone=0.85,
    ),
    *official(
        "fr-nir",
        _french,
        _SECURITE_SOCIALE,
        digits=(15,),
        written=_NIR.format(" ", r"\d{2}"),
        bare=rf"[12]\d{{2}}{MONTH}\d{{8}} ?\d{{2}}",
        alone=0.95,
        bare_alone=0.55,
    ),
    *lettered("fr-nir-corsica", _NIR.format(" ?", "2[AB]"), _french, _SECURITE_SOCIALE, alone=0.9),
    *official(
        "fr-tax-number",
        ends_with(nif.calc_check_digits, 3),
        ("numéro fiscal", "numero fiscal", "num fiscal", "référence fiscale", *ANY_TAX),
        digits=(13,),
        written=r"[0-3]\d \d{2} \d{3} \d{3} \d{3}",
        bare=r"[0-3]\d{12}",
        alone=0.8,
        bare_alone=0.4,
    ),
    *lettered(
        "it-codice-fiscale",
        r"[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]",
        lambda value: bool(codicefiscale.is_valid(value)),
        ("codice fiscale", "cod fiscale", "codfisc", "cf", *ANY_NATIONAL, *ANY_TAX),
        alone=0.95,
        near=0.99,
    ),
    # One letter in 23 is right by chance: only the dots tell more.
    *lettered("es-dni", r"\d{2}\.\d{3}\.\d{3}[ \-]?[A-HJ-NP-TV-Z]", _spanish, _SPANISH, alone=0.65),
    *lettered("es-dni-bare", r"\d{8}[ \-]?[A-HJ-NP-TV-Z]", _spanish, _SPANISH, alone=0.4),
    *lettered(
        "es-nie",
        r"[XYZ][ \-]?\d{7}[ \-]?[A-HJ-NP-TV-Z]",
        lambda value: varied(plain(value)[1:-1]) and nie.calc_check_digit(plain(value)[:-1]) == value[-1],
        ("nie", *_SPANISH),
        alone=0.4,
    ),
    # People have 1, 2, 3 or 45 first.
    *official(
        "pt-nif",
        ends_with(pt_nif.calc_check_digit),
        ("nif", "contribuinte*", "identificação fiscal", *ANY_TAX),
        digits=(9,),
        bare=r"[123]\d{2} ?\d{3} ?\d{3}|45\d ?\d{3} ?\d{3}",
    ),
    *lettered(
        "pt-citizen-card",
        r"\d{8} ?\d ?[A-Z][A-Z0-9]\d",
        lambda value: bool(cc.is_valid(value)),
        ("cartão de cidadão", "cartao de cidadao", "cartão do cidadão", "bilhete de identidade", *ANY_NATIONAL),
        alone=0.8,
    ),
    *official(
        "nl-bsn",
        leaves_nothing(bsn.checksum),
        ("bsn", "burgerservice*", "sofi*", "citizen service*", *ANY_NATIONAL),
        digits=(9,),
        written=r"\d{4}\.\d{2}\.\d{3}",
        bare=r"\d{9}",
        alone=0.6,
    ),
    *official(
        "be-national-number",
        nn.is_valid,
        ("rijksregister*", "registre national", "niss", "insz", "nationaal nummer", "numéro national", *ANY_NATIONAL),
        digits=(11,),
        written=rf"\d{{2}}\.{MONTH}\.{DAY}-\d{{3}}\.\d{{2}}",
        bare=rf"\d{{2}}{MONTH}{DAY}\d{{5}}",
        alone=0.97,
        bare_alone=0.4,
    ),
    *official(
        "at-insurance-number",
        _austrian,
        ("svnr", "sozialversicherung*", "versicherungsnummer*", "sv-nummer", *ANY_NATIONAL),
        digits=(10,),
        written=rf"[1-9]\d{{3}} {_BORN}",
        bare=rf"[1-9]\d{{3}}{_BORN}",
        alone=0.55,
        bare_alone=0.4,
    ),
    *official(
        "ch-ahv",
        lambda value: varied(plain(value)[3:]) and ahv.is_valid(value),
        ("ahv*", "avs", "sozialversicherung*", "numéro avs", *ANY_NATIONAL),
        digits=(13,),
        written=r"756\.\d{4}\.\d{4}\.\d{2}",
        bare=r"756\d{10}",
        alone=0.98,
        bare_alone=0.75,
    ),
    *official("gr-amka", _greek, ("amka", "αμκα", *ANY_NATIONAL), digits=(11,), bare=_BORN + r"\d{5}", bare_alone=0.4),
)

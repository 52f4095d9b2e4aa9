"""Official numbers of people in the Americas; those of companies (EIN, CNPJ, BN) are left out.

===== ================================== ====================================================================
where number                             grammar
===== ================================== ====================================================================
US    Social Security number             20 CFR 422.103: three groups, areas 000, 666 and 9xx never given
US    ITIN, ATIN                         IRS: 9 first, groups of their own
US    Medicare beneficiary identifier    CMS: eleven places, letters without S, L, O, I, B and Z
CA    Social Insurance Number            Employment Insurance Act; ``stdnum.ca.sin``
BR    CPF                                Instrução Normativa RFB 1548/2015; ``stdnum.br.cpf``
BR    PIS, PASEP, NIS                    Caixa Econômica Federal: modulus 11
MX    CURP, RFC of people                DOF 18-10-2018, CFF article 27; ``stdnum.mx.curp``, ``stdnum.mx.rfc``
AR    CUIT and CUIL of people, DNI       RG AFIP 10/97, Law 17671; ``stdnum.ar.cuit``
CL    RUN                                Decreto Ley 18 of 1970; ``stdnum.cl.rut``
PE    DNI, RUC of people                 RENIEC, SUNAT; ``stdnum.pe.ruc``
CO    cédula de ciudadanía               Law 39 of 1961: digits, no check digit
EC    cédula de identidad                Registro Civil; ``stdnum.ec.ci``
===== ================================== ====================================================================
"""

from __future__ import annotations

from operator import mul

from stdnum import luhn
from stdnum.ar import cuit
from stdnum.br import cpf
from stdnum.cl import rut
from stdnum.ec import ci
from stdnum.mx import curp, rfc
from stdnum.pe import ruc
from stdnum.us import ssn

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
    unordered,
    varied,
)

_SOCIAL_SECURITY = ("ssn", "social security*", "soc sec*", "social sec no", "seguro social")
_TAX_FILE = ("itin", "individual tax*", *ANY_TAX)
_SPANISH = (
    "dni",
    "documento nacional*",
    "documento de identidad",
    "nro documento",
    "numero de documento",
    "número de documento",
)

_BENEFICIARY = ("mbi", "medicare*", "beneficiary id*")
_LETTER = "[AC-HJKMNP-RT-Y]"
_EITHER = "[0-9AC-HJKMNP-RT-Y]"
_MEDICARE = rf"[1-9]{_LETTER}{_EITHER}\d{{0}}{_LETTER}{_EITHER}\d{{0}}{_LETTER}{{{{2}}}}\d{{{{2}}}}"

_SHORT_DATE = rf"\d{{2}}{MONTH}{DAY}"
_GROUP = r"(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])"


def _brazilian(value: str) -> bool:
    number = plain(value)
    return varied(number) and cpf.is_valid(number)


def _insured_brazilian(value: str) -> bool:
    number = plain(value)
    checked = sum(map(mul, map(int, number), (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)))
    return varied(number) and number[10] == str(-checked % 11 % 10)


def _mexican(value: str) -> bool:
    return born_in(value[4:6], value[6:8], value[8:10]) and curp.is_valid(value)


def _chilean(value: str) -> bool:
    # Companies begin with 50 million.
    number = plain(value).upper()
    return varied(number[:-1]) and int(number[:-1]) < 50_000_000 and rut.calc_check_digit(number[:-1]) == number[-1]


DETECTORS = (
    *official(
        "us-ssn",
        lambda value: varied(plain(value)) and ssn.is_valid(value),
        _SOCIAL_SECURITY,
        digits=(9,),
        written=r"[0-8]\d{2}-\d{2}-\d{4}",
        alone=0.75,
    ),
    # Digits alone, or with other separators, have nothing that could be checked.
    *official(
        "us-ssn-bare",
        lambda value: unordered(plain(value)) and ssn.is_valid(plain(value)),
        _SOCIAL_SECURITY,
        digits=(9,),
        bare=r"[0-8]\d{8}|[0-8]\d{2} \d{2} \d{4}|[0-8]\d{2}\.\d{2}\.\d{4}",
        bare_alone=0.1,
        near=0.85,
    ),
    *official(
        "us-itin",
        lambda value: varied(plain(value)),
        _TAX_FILE,
        digits=(9,),
        written=rf"9\d{{2}}-{_GROUP}-\d{{4}}",
        bare=rf"9\d{{2}} ?{_GROUP} ?\d{{4}}",
        alone=0.75,
        bare_alone=0.1,
        near=0.9,
    ),
    *official("us-atin", unordered, ("atin", "adoption tax*"), digits=(9,), bare=r"9\d{2}-?93-?\d{4}", near=0.9),
    *lettered("us-medicare-id", _MEDICARE.format("-"), lambda value: True, _BENEFICIARY, alone=0.6),
    *lettered("us-medicare-id-bare", _MEDICARE.format(""), lambda value: True, _BENEFICIARY, alone=0.3),
    *official(
        "ca-sin",
        leaves_nothing(luhn.checksum),
        ("sin no", "sin number", "sin:", "social insurance*", "assurance sociale", *ANY_NATIONAL),
        digits=(9,),
        bare=r"[1-79]\d{2}[ \-]?\d{3}[ \-]?\d{3}",
        bare_alone=0.35,
        near=0.9,
    ),
    *official(
        "br-cpf",
        _brazilian,
        ("cpf", "cadastro de pessoa*", "contribuinte*", *ANY_NATIONAL, *ANY_TAX),
        digits=(11,),
        written=r"\d{3}\.\d{3}\.\d{3}-\d{2}",
        bare=r"\d{11}|\d{9}-\d{2}",
        alone=0.97,
        bare_alone=0.4,
    ),
    *official(
        "br-pis",
        _insured_brazilian,
        ("pis", "pasep", "nis", "pis pasep"),
        digits=(11,),
        written=r"\d{3}\.(?:\d{5}\.\d{2}|\d{4}\.\d{3})-\d",
        bare=r"\d{11}",
        alone=0.9,
        near=0.9,
    ),
    *lettered(
        "mx-curp",
        rf"[A-Z][AEIOUX][A-Z]{{2}}{_SHORT_DATE}[HMX][A-Z]{{5}}[0-9A-Z]\d",
        _mexican,
        ("curp", "clave única*", *ANY_NATIONAL),
        alone=0.97,
        near=0.99,
    ),
    *lettered(
        "mx-rfc",
        rf"[A-Z][AEIOUX][A-Z]{{2}}-?{_SHORT_DATE}-?[0-9A-Z]{{2}}[0-9A]",
        lambda value: rfc.is_valid(value, validate_check_digits=True),
        ("rfc", "registro federal*", *ANY_TAX),
        alone=0.75,
    ),
    # Not all numbers that were given end as they should.
    *lettered(
        "mx-rfc-unchecked",
        rf"[A-Z][AEIOUX][A-Z]{{2}}-?{_SHORT_DATE}-?[0-9A-Z]{{3}}",
        rfc.is_valid,
        ("rfc", "registro federal*"),
        alone=0.3,
        near=0.85,
    ),
    *official(
        "ar-cuil",
        ends_with(cuit.calc_check_digit),
        ("cuit", "cuil", "clave única*", *ANY_TAX),
        digits=(11,),
        written=r"2[0347]-\d{8}-\d",
        bare=r"2[0347]\d{9}",
        bare_alone=0.4,
    ),
    *official(
        "latin-american-dni",
        lambda value: unordered(plain(value)),
        _SPANISH,
        digits=(7, 8),
        bare=r"\d{1,2}\.\d{3}\.\d{3}|\d{7,8}",
        bare_alone=0.1,
        near=0.8,
    ),
    *lettered(
        "cl-run",
        r"\d{1,2}\.\d{3}\.\d{3}-[0-9Kk]",
        _chilean,
        ("rut", "run", "rol único*", *ANY_NATIONAL),
        alone=0.9,
    ),
    *lettered("cl-run-bare", r"\d{7,8}-[0-9Kk]", _chilean, ("rut", "rol único*", *ANY_NATIONAL), alone=0.35, near=0.9),
    *official(
        "pe-ruc",
        lambda value: varied(value) and ruc.calc_check_digit(value) == value[10],
        ("ruc", *ANY_TAX),
        digits=(11,),
        bare=r"1[057]\d{9}",
        near=0.9,
    ),
    *official(
        "co-cedula",
        lambda value: unordered(plain(value)),
        ("cédula*", "cedula*", "c.c."),
        digits=(8, 10),
        bare=r"\d{8}|1\d{9}|\d{2}\.\d{3}\.\d{3}|1\.\d{3}\.\d{3}\.\d{3}",
        bare_alone=0.1,
        near=0.85,
    ),
    *official(
        "ec-cedula",
        ci.is_valid,
        ("cédula*", "cedula*", *ANY_NATIONAL),
        digits=(10,),
        bare=r"(?:0[1-9]|1\d|2[0-4]|30)[0-5]\d{6}-?\d",
        near=0.9,
    ),
)

"""How people are reached: e-mail addresses and telephone numbers.

A telephone number with its calling code is one by itself if it fits the plan of a country. A number as dialled within a
country needs a word for it nearby, or a layout that hardly anything else has.
"""

from __future__ import annotations

import re
import string

from comity.identify.model import Detector
from comity.identify.numbering import is_international, is_national

_TELEPHONE = "|".join(
    (
        r"\bphones?\b|telephone|\btel\b|\bmobile\b(?!\s?safari|/)|\bcell\b|\bcell\s?phone|\bfax\b|hotline|whatsapp|viber",
        r"\bcall\s(?:me|us|him|her|them|on|at)\b|\bdesk:|(?<=\d )office\b|(?<=\d )home\b|\bsms\b|\bmsisdn\b|\bzalo\b",
        r"电话|手机|联系方式|致电|座机|传真|電話|手機|携帯|전화|휴대폰|연락처|โทรศัพท์|โทร|มือถือ",
        r"điện thoại|\bđt\b|\bsđt\b|\bsdt\b|di động|dien thoai|số máy|телефон|\bтел\b|моб\.|мобильн|звоните|позвон",
        r"факс|teléfono|\btelefono|\bmóvil\b|\bcelular\b|llame|llámame|\btelefon|\bhandy|\bmobil\b|rufnummer",
        r"téléphone|appelez|\btelefone|\bligue\b|\bponsel\b|\bnomor hp\b|\bno hp\b|hubungi",
        r"\bcellulare\b|\btelefoon|\bgsm\b|komórk",
    )
)

#: A date, an address of the Internet or a version is written like a number in groups.
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATED = re.compile(
    rf"(?:19|20)\d\d([ .\-/]){_MONTH}\1{_DAY}\b|{_DAY}([ .\-/]){_MONTH}\2(?:19|20)?\d\d$"
    rf"|{_MONTH}([ .\-/]){_DAY}\3(?:19|20)?\d\d$|(?:\d{{1,3}}\.){{3}}\d{{1,3}}$"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
)
#: A digit alone stands first if at all, and only what is dialled first is in brackets or before a stroke.
_GROUPED = re.compile(r"(?:\d[ .\-]?)?(?:\(\d+\)[ .\-/]?|0\d+/)?\d{2,}(?:[ .\-]\d{2,})*")

#: Names of files, of versions of packages and of services are written like addresses: `icon@2x.png`.
_FILES = tuple(
    f".{ending}"
    for ending in (
        "png jpg jpeg gif svg webp ico js mjs cjs css ts tsx jsx json html htm java py so tgz gz whl jar lock yml yaml"
        " service socket target timer mount slice scope device"
    ).split()
)

#: A letter of more than one byte, of scripts that set words apart (Latin, Greek, Cyrillic, Hebrew, Arabic) and of
#: others (Chinese, Japanese, Korean, Thai, of India): there an address begins within the line, with no space before it.
_LETTER, _SIGN = (
    r"(?:[\xc3-\xdf][\x80-\xbf]|\xe1[\xb8-\xbb][\x80-\xbf])",
    r"(?:(?:[\xe0\xe1\xe4-\xed][\x80-\xbf]|\xe3[\x81-\xbf])[\x80-\xbf])",
)
#: The parts of a domain, in ASCII, in either kind of script, and with at least one that isn't in ASCII.
_PART = rf"(?:[A-Za-z0-9\-]{{1,63}}|(?:[A-Za-z0-9\-]|{_LETTER}){{1,63}}|{_SIGN}{{1,20}})"
_FOREIGN = rf"(?:[A-Za-z0-9\-]{{0,63}}{_LETTER}(?:[A-Za-z0-9\-]|{_LETTER}){{0,63}}|{_SIGN}{{1,20}})"
_TOP = rf"(?:[A-Za-z]{{2,24}}|{_LETTER}{{2,20}}|{_SIGN}{{2,4}})"
_NAME = r"[A-Za-z0-9_%+\-](?:[A-Za-z0-9._%+\-]{0,62}[A-Za-z0-9_%+\-])?"
_FOREIGN_NAME = rf"(?:[A-Za-z0-9._%+\-]{{0,62}}{_LETTER}(?:[A-Za-z0-9._%+\-]|{_LETTER}){{0,62}}|{_SIGN}{{1,12}})"

#: What stands before an address that is no one's but the user of a server: it is taken along, and refused.
_LOGIN = r"(?:[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#@\"'<>=&]*)?"
#: The path on a server behind its name: `git@example.org:team/project`.
_PATH_AFTER = r"[A-Za-z0-9.\-]*:~?[A-Za-z0-9_.\-]*/"
_ADDRESS = (string.ascii_letters + string.digits + "._%+-@:/!$*,;()[]~").encode()


#: Layouts of one country or another that hardly anything else has.
_LAYOUTS = (
    r"\(0\d{1,4}\) ?\d{2,4}(?:[ \-]?\d{2,4}){1,3}",  # area code in brackets
    r"\([2-9]\d{2}\) ?[2-9]\d{2}[ \-]\d{4}",  # North America
    r"[2-9]\d{2}-[2-9]\d{2}-\d{4}",
    r"[2-9]\d{2}\.[2-9]\d{2}\.\d{4}",
    r"1[3-9]\d[ \-]\d{4}[ \-]\d{4}",  # mobile numbers of China
    r"0\d{3} \d{3} \d{3}",  # trunk prefix and groups
    r"0\d{2} \d{3,4} \d{3,4}",
    r"0\d{3,4} \d{3} ?\d{3,4}",
    r"0\d{1,3}-\d{3,4}-\d{4}",
    r"0[1-9](?: \d{2}){4}",
    r"0[1-9](?:\.\d{2}){4}",
    r"0[1-9]\d{1,3}/\d{5,8}",
    r"\([1-9]\d\) ?9?\d{4}-\d{4}",  # Brazil
    r"8 ?\(?9\d{2}\)? ?\d{3}[ \-]\d{2}[ \-]\d{2}",  # Russia
)


def _national(value: str) -> bool:
    # Six digits in a row are mostly something else, whatever word stands near.
    return is_national(value) and len(value) > 6 and not _DATED.match(value) and bool(_GROUPED.fullmatch(value))


def _is_address(value: str) -> bool:
    return ".." not in value and "://" not in value and not value.startswith("git@") and not _is_file(value)


def _is_file(value: str) -> bool:
    return value.lower().endswith(_FILES)


DETECTORS = (
    Detector(
        "email",
        "EmailAddress",
        rf"{_LOGIN}{_NAME}@(?:[A-Za-z0-9\-]{{1,63}}\.)+[A-Za-z]{{2,24}}",
        _is_address,
        longest=320,
        letters=_ADDRESS,
        unless_after=_PATH_AFTER,
        person=True,
    ),
    Detector(
        "email-international",
        "EmailAddress",
        rf"{_LOGIN}(?:{_FOREIGN_NAME}@(?:{_PART}\.)+{_TOP}"
        rf"|{_NAME}@(?:(?:[A-Za-z0-9\-]{{1,63}}\.)*{_FOREIGN}\.(?:{_PART}\.)*{_TOP}))",
        _is_address,
        longest=320,
        letters=_ADDRESS + bytes(range(0x80, 0x100)),
        unless_after=_PATH_AFTER,
        person=True,
    ),
    Detector(
        "telephone-international",
        "TelephoneNumber",
        r"(?:\(?\+|00)[1-9 ][\d .\-/()]{5,20}\d",
        is_international,
        alone=0.9,
        near=0.95,
        context=_TELEPHONE,
        digits=range(8, 16),
        person=True,
    ),
    Detector(
        "telephone-layout",
        "TelephoneNumber",
        "|".join(_LAYOUTS),
        _national,
        alone=0.6,
        near=0.85,
        context=_TELEPHONE,
        digits=range(9, 13),
        person=True,
    ),
    Detector(
        "telephone-national",
        "TelephoneNumber",
        r"\(?\d[\d ./()\-]{4,20}\d",
        _national,
        alone=0.3,
        near=0.75,
        context=_TELEPHONE,
        digits=range(6, 14),
        person=True,
    ),
)

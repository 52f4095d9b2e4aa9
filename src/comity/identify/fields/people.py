"""Shapes of what is written in words: names of people and places, addresses, dates of birth, plain text."""

from __future__ import annotations

import datetime
import functools
import re
import time

import pytz
from dateutil import parser

from comity.identify.fields.fits import Fit, at_best, listed, speaks_of

_URL = re.compile(r"(?i)\s*(?:[a-z][a-z0-9+.-]{1,20}:|https?%3a|//|/|www\.|[{\[<])\S")
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’`·-]*(?:['’`·. -]{1,2}[^\W\d_][^\W\d_'’`·-]*){0,5}\.?")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ]")
_HAN_NAME = re.compile(r"[一-鿿]{2,4}|[一-鿿]{1,8}·[一-鿿]{1,8}")
_KANA_NAME = re.compile(r"[一-鿿ぁ-ヿー]{1,8}[ 　]?[一-鿿ぁ-ヿー]{1,8}")
_HANGUL_NAME = re.compile(r"[가-힣]{2,5}|[가-힣]{1,2} [가-힣]{1,3}")
_THAI_NAME = re.compile(r"[฀-๿]{2,20}(?: [฀-๿]{2,30}){0,2}")
_WIDE = re.compile(r"[぀-ヿ一-鿿가-힣฀-๿]")

#: The commonest family names, with which four names in five begin.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭蔣葉蘇魏呂盧鍾譚陸賈韋鄒閻龍賀顧龔嚴錢湯"
    "김이박최정강조윤장임한오서신권황안송류홍전고문손양배백허유남심노하곽성차주우구민"
)

#: Words within names that have no capital are no longer: *de*, *bin*, *van*, *dos*.
_LONGEST_PARTICLE = 4

_PLACE = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[.,]? ?[ '’(/-][^\W\d_.'’)-]+\.?\)?){0,5}")
_STREET_WORD = re.compile(
    r"(?i)\b(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|square|court|way|calle|avenida|av|rua|rue|via|viale"
    r"|jalan|jl|đường|phố|quận|phường|ngõ|ул|улица|пр|проспект|дом|д|p\.?o\.? box)\b"
    r"|(?:stra(?:ß|ss)e|str\.|weg|platz|allee)\b"
)
_WIDE_ADDRESS = re.compile(r"[省市区县區縣路街道巷弄号號栋室村镇乡鎮鄉丁目番地都府県町시도구군동로길]")
_REGION = re.compile(r"(?i).*(?:省|市|自治区|县|縣|区|區|都|道|府|県|州|시|도|область|край|province|county|prefecture)")

#: The code of a country or a region.
_CODE = re.compile(r"[A-Z]{2,3}")

_DATE = re.compile(
    r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}([-/. ])\d{1,2}\2\d{4}|\d{8}"
    r"|\d{1,2}[ -][^\W\d_]{3,9}\.?,?[ -]\d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4})(?:[T ]\d\d:\d\d\S{0,16})?"
)

#: Seconds or milliseconds since 1970, not as few as a date or a number of days has; before it they are negative.
_SECONDS = re.compile(r"\d{9,13}|-\d{6,13}")
_MOST_DIGITS_OF_SECONDS = 10
_YEAR_1900 = -2_208_988_800

_MONTH_IN_WORDS = re.compile(r"[^\W\d_]{3,} (?:\d{1,2},? )?(?:19|20)\d\d")


def name(text: str) -> Fit:
    """The name of a person: one to six words without digits, in any script."""
    if len(text) > 80 or _URL.match(text) or text in listed()["no name"]:
        return Fit.NONE
    if _WIDE.search(text):
        return _wide_name(text)
    if not _NAME.fullmatch(text):
        return Fit.NONE
    words = re.split(r"[ .]+", text.strip("."))
    capital = sum(word[0].isupper() for word in words if word)
    humps = any(re.search(r"[a-z][A-Z]", word) and not re.match(r"(?:Mc|Mac|De|Di|La|Le|O')", word) for word in words)
    if humps or (capital == 0 and len(words) == 1 and len(text) < 2):
        return Fit.NONE
    return at_best(capital > 0 and (len(words) > 1 or not text.isupper()), len(text) > 1)


def full_name(text: str) -> Fit:
    """The name of a person where nothing but ``name`` says so: a single word of the Latin script is too little."""
    if any(word in listed()["no name"] or word in listed()["no person"] for word in _words(text)):
        return Fit.NONE
    if country(text) is Fit.FULL or text.lower() in _cities() or text.endswith(_no_persons_end()):
        return Fit.NONE
    if _WIDE.search(text):
        return at_best(name(text) is Fit.FULL and text[0] in _SURNAMES, name(text) > Fit.NONE)
    words = text.split()
    several = 2 <= len(words) <= 5 and not text.isupper() and len(words[0]) > 1
    # *Ludwig van Beethoven* is someone, *Class methods* isn't.
    small = [word for word in words if word[0].islower()]
    proper = not small or (small[-1] is not words[-1] and max(map(len, small)) <= _LONGEST_PARTICLE)
    return name(text) if several and proper else min(name(text), Fit.PART)


def person(text: str) -> Fit:
    """The name of a person where a company may be meant as well, or something that belongs to one."""
    return Fit.NONE if speaks_of("no person", text) else full_name(text)


@functools.cache
def _no_persons_end() -> tuple[str, ...]:
    return tuple(listed()["no person's end"])


@functools.cache
def _cities() -> frozenset[str]:
    return frozenset(zone.rpartition("/")[2].replace("_", " ").lower() for zone in pytz.all_timezones)


def _words(text: str) -> list[str]:
    return re.split(r"[\s.,_/-]+", text.lower())


def _wide_name(text: str) -> Fit:
    """A name in a script that leaves no spaces between words."""
    shapes = (_HAN_NAME, _KANA_NAME, _HANGUL_NAME, _THAI_NAME)
    return at_best(any(shape.fullmatch(text) for shape in shapes), len(text) == 1)


def place(text: str) -> Fit:
    """The name of a town or region: words that begin with capitals, or of another script."""
    if len(text) > 60 or len(text) < 2 or _URL.match(text) or text.lower() in listed()["no name"]:
        return Fit.NONE
    if not _PLACE.fullmatch(text):
        return Fit.NONE
    return at_best(
        not _LATIN.search(text) or (text[0].isupper() and (len(text) > 3 or not text.isupper())), len(text) > 2
    )


def locality(text: str) -> Fit:
    """A place that is surely one: a town with its region, or a name in a script that has no capitals."""
    telling = "," in text or _WIDE.search(text) or re.search(r"[А-Яа-я]", text)
    return place(text) if telling else min(place(text), Fit.PART)


def region(text: str) -> Fit:
    """A region: a word for one belongs to it; else a code, or what looks like a place."""
    looks = place(text) > Fit.NONE and text.lower() not in listed()["no name"]
    return at_best(looks and bool(_REGION.fullmatch(text)), looks or bool(_CODE.fullmatch(text)))


def country(text: str) -> Fit:
    """A country: its name, or in part its code or anything that looks like a place (*Greenlander*)."""
    known = text.lower().partition(" (")[0]
    full = known in _countries() or known in listed()["country"]
    return at_best(full, bool(_CODE.fullmatch(text)) or place(text) is Fit.FULL)


@functools.cache
def _countries() -> frozenset[str]:
    return frozenset(called.lower() for called in pytz.country_names.values())


def street(text: str) -> Fit:
    """A street or a whole address: letters with a number or a word for a street; or a script without spaces."""
    if len(text) > 250 or len(text) < 3 or _URL.match(text) or "@" in text or "=" in text:
        return Fit.NONE
    letters = sum(letter.isalpha() for letter in text)
    if _WIDE.search(text):
        return at_best(bool(_WIDE_ADDRESS.search(text)) and len(text) >= 4, letters >= 2)
    several = " " in text and letters >= 3
    return at_best(
        several and bool(re.search(r"\d", text) or _STREET_WORD.search(text)), several or place(text) > Fit.NONE
    )


def address(text: str) -> Fit:
    """An address where nothing but ``address`` says so: that of a machine, a wallet or a page is none."""
    return street(text) if " " in text or "," in text or _WIDE.search(text) else Fit.NONE


def past_date(text: str) -> Fit:
    """A day from 1900 to today, in part where it is a count of seconds or milliseconds since 1970."""
    if _SECONDS.fullmatch(text):
        seconds = int(text) if len(text.lstrip("-")) <= _MOST_DIGITS_OF_SECONDS else int(text) / 1000
        return at_best(False, _YEAR_1900 <= seconds <= time.time())
    written = _DATE.fullmatch(text) if 8 <= len(text) <= 35 else None
    if not written:
        return Fit.NONE
    day = re.sub(r"[年月]", "-", written[1]).rstrip("日")
    try:
        date = parser.parse(day, dayfirst="/" not in day).date()
    except (ValueError, OverflowError):
        return at_best(False, bool(_MONTH_IN_WORDS.search(day)))
    return at_best(date.year >= 1900 and date <= datetime.date.today(), False)


def past_year(text: str) -> Fit:
    """A year from 1900 to this one."""
    plain = text.rstrip("年년")
    return at_best(bool(re.fullmatch(r"\d{4}", plain)) and 1900 <= int(plain) <= datetime.date.today().year, False)


def word(text: str) -> Fit:
    """One to six words without digits, such as a religion or a marital status."""
    if len(text) > 60 or _URL.match(text) or text.lower() in listed()["no name"]:
        return Fit.NONE
    words = re.fullmatch(r"[^\W\d_]+(?:[ ,/()'’-]{1,3}[^\W\d_]+){0,5}\)?", text)
    telling = " " in text or text[0].isupper() or not _LATIN.search(text)
    return at_best(bool(words) and telling and len(text) > 1, bool(words) and len(text) > 2)


def plain(text: str) -> Fit:
    """Plain language: several words, one with a capital, or of another script."""
    if _URL.match(text) or text.lower() in listed()["no name"]:
        return Fit.NONE
    words = re.findall(r"[^\W\d_]{2,}", text[:400])
    if not words:
        return Fit.NONE
    several, other = " " in text and len(words) > 1, not _LATIN.search(words[0])
    telling = several or other or words[0][0].isupper()
    return at_best(telling and not re.search(r"[=|;{}\\]", text[:400]), len(words) < 3 and len(words[0]) > 2)


def title(text: str) -> Fit:
    """A line of plain language."""
    letters = sum(letter.isalpha() for letter in text)
    if len(text) > 300 or letters < 2 or "\n" in text or _URL.match(text) or text.lower() in listed()["no name"]:
        return Fit.NONE
    telling = " " in text or text[0].isupper() or not _LATIN.search(text)
    return at_best(telling and letters * 2 > len(text), letters * 2 > len(text))

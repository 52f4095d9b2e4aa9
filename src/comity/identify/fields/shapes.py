"""The shapes of values: what a value under a name must look like for the name to be believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from comity.identify.fields import health, identifiers, people
from comity.identify.fields.fits import Fit, at_best, is_hash, is_nothing, listed

__all__ = ["LONG", "SHAPES", "Fit", "is_hash", "is_nothing"]

Shape = Callable[[str], Fit]

_UNIT = r"(?:\s?[^\W\d_]{1,5}(?:/[^\W\d_]{1,4})?|\s?%|\s?°[CF])"
_COORDINATE = r"[+-]?\d{1,3}\.\d{3,17}"
_DEGREES = r"\d{1,3}\s?°\s?[\d.]{1,6}\s?['′]?\s?(?:[\d.]{1,8}\s?[\"″])?\s?[NSEWСЮВЗ]"
_MONEY = r"\d[\d.,' ]{0,20}[kKmM万亿]?"
_CURRENCY = r"(?:[^\W\d_]{1,5}\.?|[$€£¥₫₽₹₩฿])"
_AMOUNT = rf"{_CURRENCY}?\s?[<>≥≤~]?{_MONEY}(?:\s?[-–~]\s?{_MONEY})?\s?{_CURRENCY}?"
_CODE = r"[A-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?"
_RH = r"\s?(?:rh\s?)?(?:[+−-]|pos(?:itive)?|neg(?:ative)?|阳性|阴性)"

#: Shapes that regular expressions describe: for a full fit, and for one in part.
_PATTERNS: Mapping[str, tuple[str, str]] = {
    "initial": (r"[^\W\d_]\.?", r"(?:[^\W\d_]\.? ?){2,3}"),
    "email": (r"[^@\s]{1,64}@[^@\s.]{1,63}(?:\.[^@\s.]{1,63}){1,8}", ""),
    "pin": (r"\d{4,8}", ""),
    "house number": (
        r"\d{1,5}[A-Za-zА-я]?(?:[/-]\d{1,4}[A-Za-z]?)?|\d{1,5}[号室]",
        r"(?:[Nn]o\.? ?|кв\. ?|д\. ?)\d{1,5}",
    ),
    "postal code": (
        r"\d{4,6}|\d{5}-\d{4}|\d{4}-\d{3}|\d{5}-\d{3}|〒?\d{3}-\d{4}|\d{2}-\d{3}|\d{3} \d{2,3}|\d{4} ?[A-Z]{2}"
        r"|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
        r"\d{3}|[A-Z]{1,3}-?\d{3,6}",
    ),
    "language": (r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4}){0,2}|[A-Z][a-z]{3,15}|[^\W\d_a-zA-Z]{2,20}", r"[^\W\d_]{4,20}"),
    "body": (
        r"\d{2,3}(?:[.,]\d{1,2})?\s?(?:cm|kg|lbs?|kgs|公斤|厘米|斤|см|кг)|\d' ?\d{1,2}\"?",
        r"[1-9]\d{1,2}(?:[.,]\d{1,2})?",
    ),
    "expiry": (
        r"(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d\d|20\d\d[-/](?:0[1-9]|1[0-2])|[A-Z][a-z]{2}[- ](?:20)?\d\d",
        r"(?:0[1-9]|1[0-2])\d\d",
    ),
    "card code": (r"\d{3,4}", ""),
    "money": (rf"(?=(?:\D*\d){{3}}){_AMOUNT}", rf"\d{{1,2}}[kK万]|{_CURRENCY}\s?{_MONEY}"),
    "score": (r"[3-9]\d\d", r"\d{2,4}(?:\.\d)?"),
    "icd": (rf"{_CODE}(?:\s?[,;|]\s?{_CODE}){{0,30}}", ""),
    "blood type": (
        rf"(?i:(?:a[12]?|b|ab|o|0|iv|i{{1,3}}|[abo0]{{1,2}}\s?\(i{{0,3}}v?\)|(?:ab?|b|o)型){_RH})",
        r"A|B|AB|O|[ABO]{1,2}(?:型|형)",
    ),
    "measure": (rf"\d{{1,3}}(?:[.,]\d{{1,2}})?(?:\s?/\s?\d{{2,3}})?{_UNIT}?", ""),
    "template": (
        r"[A-Za-z0-9+/=_:.-]{32,}|data:[\w/;.+-]{1,40},.{16,}|\[?\s?-?\d\.\d+(?:e-?\d+)?(?:\s?,\s?-?\d.{1,20}){3}.*",
        r"(?:https?:)?//\S+|[A-Za-z0-9+/=_-]{16,}",
    ),
    "snp": (r"rs\d{2,12}", ""),
    "genotype": (r"[ACGT][/|]?[ACGT]|[01.][/|][01.]|\*\d{1,3}/\*\d{1,3}|[cgp]\.\S{3,40}", ""),
    "dna": (r"[ACGTN\s]{12,}|[acgtn]{12,}", ""),
    "latitude": (rf"[+-]?(?:[0-8]?\d|90)\.\d{{3,17}}|{_DEGREES}", ""),
    "longitude": (rf"[+-]?(?:1[0-7]\d|\d?\d|180)\.\d{{3,17}}|{_DEGREES}", ""),
    "coordinates": (
        rf"(?:POINT ?|geo:)?[(\[]?\s?{_COORDINATE}\s?[,; ]\s?{_COORDINATE}\s?[)\]]?|{_DEGREES}[, ]{{0,3}}{_DEGREES}",
        "",
    ),
    "ga client": (r"(?:GA1\.\d\.)?\d{5,10}\.\d{9,10}", ""),
    "user agent": (r"(?:Mozilla|Opera|Dalvik)/\d.*", r"[\w.-]{2,40}/\d[\w.]{0,20}(?: .*)?"),
    "screen": (r"[1-9]\d{2,3}\s?[x×*]\s?[1-9]\d{2,3}(?:\s?[x×*]\s?\d\d)?", ""),
    "plate": (
        r"(?=.*\d)(?=.*[A-ZА-Я])[A-ZА-Я0-9 .·-]{4,12}|[一-鿿]{1,3}[A-Z]?[·\s]?[A-Z0-9]{4,6}|\d{2,3}[가-힣]\s?\d{4}",
        r"(?=.*\d)(?=.*[^\W\d_])[\w .·-]{4,12}",
    ),
    "vin": (r"(?=.*\d)[A-HJ-NPR-Z0-9]{17}", ""),
    "age": ("", r"[1-9]\d?|1[01]\d|\d\d\s?[-–]\s?\d\d|[1-9]\d\+|[1-9]\d? ?(?:岁|tuổi|лет|años|ans|세|歳)"),
    "order": (r"\d{1,7}[.,]\d\d", rf"\d{{1,3}}|{_AMOUNT}"),
}

#: Shapes that need more than a pattern.
_FUNCTIONS: Mapping[str, Shape] = {
    "account": identifiers.account,
    "account number": identifiers.account_number,
    "address": people.address,
    "card": identifiers.card,
    "country": people.country,
    "date": people.past_date,
    "locality": people.locality,
    "full name": people.full_name,
    "name": people.name,
    "official": identifiers.official,
    "phone": identifiers.phone,
    "phrase": lambda text: min(people.title(text), Fit.PART),
    "picture": identifiers.picture,
    "place": people.place,
    "region": people.region,
    "secret": identifiers.secret,
    "street": people.street,
    "text": people.plain,
    "title": people.title,
    "token": identifiers.token,
    "uid": identifiers.uid,
    "url": identifiers.page,
    "username": identifiers.username,
    "word": people.word,
    "year": people.past_year,
}


def _pattern(full: str, part: str) -> Shape:
    fully, partly = re.compile(full or r"(?!)"), re.compile(part or r"(?!)")
    return lambda text: at_best(bool(fully.fullmatch(text)), bool(partly.fullmatch(text)))


def _one_of(values: str, part: str) -> Shape:
    partly = re.compile(part or r"(?!)")
    return lambda text: at_best(text.lower() in listed()[values], bool(partly.fullmatch(text)))


#: Every shape by its name in ``meanings.csv``.
SHAPES: Mapping[str, Shape] = {
    **{name: _pattern(full, part) for name, (full, part) in _PATTERNS.items()},
    **_FUNCTIONS,
    "diagnosis": lambda text: max(SHAPES["icd"](text), health.health(text)),
    "health": health.health,
    "person": people.person,
    "race": health.race,
    "text or answer": lambda text: max(SHAPES["answer"](text), people.plain(text)),
    "answer": _one_of("answer", r"\d{1,2}"),
    "card brand": _one_of("card brand", ""),
    "gender": _one_of("gender", r"[0-29]"),
}

#: Shapes whose values may be longer than what is looked at.
LONG = frozenset({"diagnosis", "dna", "health", "picture", "template", "text", "text or answer", "token", "url"})

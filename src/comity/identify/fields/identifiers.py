"""Shapes of identifiers: numbers of people and devices, accounts, cards, telephones, tokens, addresses of pages."""

from __future__ import annotations

import re

from stdnum import luhn

from comity.identify.fields.fits import Fit, at_best, is_varied, listed

_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID = re.compile(r"[A-Za-z0-9_.:|=+/%~@$!^\[\]-]+")
_TIME = re.compile(r"1\d{9}(?:\.\d{1,7})?|1\d{12}|(?:19|20)\d\d-[01]\d-[0-3]\d.*")
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}")
_PAGE = re.compile(r"(?i)https?(?::|%3a)(?://|%2f%2f)[^\s/]{3,}.*")
_FILE = re.compile(
    r"(?i)\.(?:js|css|png|jpe?g|gif|svg|webp|ico|woff2?|ttf|json|xml|mp4|mp3|pdf|zip|map|wasm)(?:[?#]|$)"
)
_IMAGE = re.compile(r"(?i)data:image/|[^\s]+\.(?:png|jpe?g|webp|gif|heic|bmp)(?:[?#].*)?$|/9j/|iVBORw0KGgo")
_PHONE = re.compile(r"(?:tel:)?\+?[\d\s()./-]{6,24}(?:\s?(?:ext\.?|x)\s?\d{1,6})?")
_NO_PHONE = re.compile(
    r"1\d{9}|1\d{12}|\d+\.\d+|-\d+|(?:19|20)\d\d([-/.])[01]?\d\1[0-3]?\d|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d"
    r"|\d{1,3}(?:\.\d{1,3}){3}|(\d)\3+"
)


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def uid(text: str) -> Fit:
    """An identifier drawn by lot: at least eight letters and digits, varied; no word, time, version or address."""
    if (
        not 8 <= len(text) <= 600
        or not _ID.fullmatch(text)
        or _TIME.fullmatch(text)
        or _VERSION.fullmatch(text)
        or "://" in text
    ):
        return Fit.NONE
    if _UUID.fullmatch(text):
        return at_best(is_varied(text), False)
    digits = _digits(text)
    return at_best(digits >= 3 and is_varied(text), digits >= 1 and len(text) >= 16 and is_varied(text))


def account(text: str) -> Fit:
    """A number of a customer, user or patient: it has digits and no spaces; short ones fit in part."""
    if not 3 <= len(text) <= 128 or not _ID.fullmatch(text) or _VERSION.fullmatch(text) or "://" in text:
        return Fit.NONE
    return at_best(_digits(text) >= 5, _digits(text) >= 3)


def account_number(text: str) -> Fit:
    """A number of a bank account."""
    plausible = re.fullmatch(r"[A-Z]{0,4}\d[\dA-Z .-]{4,40}", text) is not None
    return at_best(plausible and _digits(text) >= 8, plausible and _digits(text) >= 6)


def official(text: str) -> Fit:
    """A number on a document: five to twenty-five letters and digits, most of them digits."""
    plausible = re.fullmatch(r"[A-Za-zА-Я0-9№ ./()*-]{5,25}", text) is not None and not _TIME.fullmatch(text)
    return at_best(plausible and _digits(text) >= 5, plausible and _digits(text) >= 4)


def card(text: str) -> Fit:
    """A number of a payment card; in part where its check digit is wrong."""
    plain = re.sub(r"[ -]", "", text)
    plausible = plain.isascii() and plain.isdigit() and 12 <= len(plain) <= 19 and len(set(plain)) > 1
    return at_best(plausible and luhn.is_valid(plain), plausible)


def phone(text: str) -> Fit:
    """A telephone number; what may be a time, a date or a decimal number is none."""
    if not _PHONE.fullmatch(text) or _NO_PHONE.fullmatch(text) or not 6 <= _digits(text) <= 17:
        return Fit.NONE
    written = bool(re.match(r"tel:|\+|0|\(", text)) or bool(re.search(r"\d[\s()/-]+\d", text))
    return at_best((written and _digits(text) <= 16) or 10 <= _digits(text) <= 13, _digits(text) >= 7)


def username(text: str) -> Fit:
    """A name for signing in: no spaces, no address of a page; a plain lower-case word fits in part."""
    if not re.fullmatch(r"[^\s/:<>{}\"=|\\]{2,64}", text) or text.lower() in listed()["no name"]:
        return Fit.NONE
    telling = re.search(r"[\d._@-]|[^\x00-\x7f]|[A-Z]", text) is not None
    return at_best(telling and any(map(str.isalpha, text)), text.isalpha() and len(text) > 2)


def secret(text: str) -> Fit:
    """A password: no spaces, no plain word of code."""
    plausible = re.fullmatch(r"[^\s{}<>]{4,160}", text) is not None and not _PAGE.match(text)
    plausible = plausible and text.lower() not in listed()["no name"]
    return at_best(plausible and len(text) >= 6 and not text.islower(), plausible)


def token(text: str) -> Fit:
    """A token that opens a session."""
    scheme, _, rest = text.rpartition(" ")
    if scheme.lower() not in ("", "bearer", "basic", "token", "jwt", "digest") or "://" in rest:
        return Fit.NONE
    plausible = re.fullmatch(r"[A-Za-z0-9._~+/=|:%-]{12,}", rest) is not None and is_varied(rest)
    return at_best(plausible and len(rest) >= 16 and _digits(rest) > 1, plausible and _digits(rest) > 0)


def page(text: str) -> Fit:
    """The address of a page, and not of a file that belongs to one."""
    return at_best(bool(_PAGE.fullmatch(text)) and not _FILE.search(text), False)


def picture(text: str) -> Fit:
    """A picture: its content, or where it lies."""
    content = bool(re.fullmatch(r"[A-Za-z0-9+/=_-]{200,}", text))
    return at_best(bool(_IMAGE.match(text)) or content, bool(_PAGE.fullmatch(text)))

"""What a planted value is, and in which ways it may be written: as a telephone number, the id of a device …"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat
from stdnum import luhn

from comity.identify.detectors import detectors
from comity.identify.scanner import Scanner
from comity.profile import SHORTEST_PLANTED

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|(?=.*[A-Fa-f])(?:[0-9A-Fa-f]{4}\.?){3}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_ANDROID_ID = re.compile(r"(?=.*[A-Fa-f])[0-9A-Fa-f]{16}")
_NATIONAL_NUMBER = re.compile(r"0[1-9](?:[ .\-/()]*\d){7,9}")
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’ ][^\W\d_]+)* [^\W\d_]+")
_SEPARATORS = re.compile(r"[\s.:\-/()_]+")

#: With these hosts, dots and what follows a plus sign make no difference to whose the mailbox is.
_GMAIL = frozenset({"gmail.com", "googlemail.com"})

#: The category of what has none of these shapes and no detector knows.
_UNKNOWN = "Identifier"


def category(value: str) -> str:
    """What a planted value is, as a term of DPV-PD."""
    if kind := next((kind for kind, is_one in _KINDS if is_one(value)), None):
        return kind
    found, _ = _scanner().find(value.encode())
    return next((match.detector.category for match in found if match.value == value), _UNKNOWN)


def forms(value: str) -> dict[str, str]:
    """The ways in which a value may be written, with what each is called; '' for the value itself."""
    found: dict[str, str] = {}
    for name, form in (("", value), ("lower case", value.lower()), ("upper case", value.upper()), *_others(value)):
        found.setdefault(form, name)
    return {form: name for form, name in found.items() if len(form) >= SHORTEST_PLANTED}


def telephone(value: str) -> PhoneNumber | None:
    """A value as a telephone number, where it is an international one."""
    if not value.startswith(("+", "00")):
        return None
    try:
        number = phonenumbers.parse(f"+{value.removeprefix('+').removeprefix('00')}")
    except phonenumbers.NumberParseException:
        return None
    sure = phonenumbers.is_possible_number if value.startswith("+") else phonenumbers.is_valid_number
    return number if sure(number) else None


def _others(value: str) -> Iterator[tuple[str, str]]:
    if _EMAIL.fullmatch(value):
        local, _, host = value.lower().rpartition("@")
        if host in _GMAIL:
            yield "mailbox without dots and tag", f"{local.partition('+')[0].replace('.', '')}@{host}"
    elif number := telephone(value):
        yield from _of_telephone(number)
    elif not _is_address(value):
        yield from _of_id(value)


def _of_id(value: str) -> Iterator[tuple[str, str]]:
    bare = _SEPARATORS.sub("", value)
    separators = (("colons", ":", 2), ("hyphens", "-", 2), ("dots", ".", 4)) if _MAC.fullmatch(value) else ()
    written = {"without separators": bare}
    if _UUID.fullmatch(value):
        written["with hyphens"] = "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    for name, separator, width in separators:
        written[f"with {name}"] = separator.join(bare[i : i + width] for i in range(0, len(bare), width))
    for name, form in written.items():
        yield f"form {name}", form
        yield f"lower case {name}", form.lower()
        yield f"upper case {name}", form.upper()


def _of_telephone(number: PhoneNumber) -> Iterator[tuple[str, str]]:
    def written(style: int) -> str:
        return str(phonenumbers.format_number(number, style))

    international = written(PhoneNumberFormat.E164)
    yield "E.164", international
    yield "E.164 without plus", international[1:]
    yield "digits after 00", f"00{international[1:]}"
    yield "international format", written(PhoneNumberFormat.INTERNATIONAL)
    yield "international format with hyphens", written(PhoneNumberFormat.RFC3966).removeprefix("tel:")
    yield "national format", written(PhoneNumberFormat.NATIONAL)
    yield "national digits", _SEPARATORS.sub("", written(PhoneNumberFormat.NATIONAL))
    yield "national number", phonenumbers.national_significant_number(number)


def _is_imei(value: str) -> bool:
    digits = _SEPARATORS.sub("", value)
    return len(digits) == 15 and digits[:2] not in ("34", "37") and bool(luhn.is_valid(digits))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


#: What a planted value may be, told by its shape; the first that fits.
_KINDS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("EmailAddress", _EMAIL.fullmatch),
    ("TelephoneNumber", lambda value: telephone(value) or _NATIONAL_NUMBER.fullmatch(value)),
    ("MACAddress", _MAC.fullmatch),
    ("UID", lambda value: _UUID.fullmatch(value) or _ANDROID_ID.fullmatch(value) or _is_imei(value)),
    ("IPAddress", _is_address),
    ("Name", _WORDS.fullmatch),
)


@cache
def _scanner() -> Scanner:
    return Scanner(detectors())

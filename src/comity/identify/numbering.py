"""The world's telephone numbering plans, as `phonenumbers` tells them, for questions asked very often."""

from __future__ import annotations

import functools
import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

#: Between a calling code and the number: the trunk prefix that is only dialled within the country, in brackets.
_TRUNK = re.compile(r"\(0\)")
_NO_DIGIT = re.compile(r"\D+")


def is_international(number: str) -> bool:
    """Whether a number with its calling code (after ``+`` or ``00``) fits the plan of a country that has this code."""
    digits = _digits(number)
    if not number.lstrip("(").startswith("+"):
        digits = digits[2:]
    return any(
        _plan(int(digits[:length])).fullmatch(digits[length:])
        for length in (1, 2, 3)
        if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE
    )


def is_national(number: str) -> bool:
    """Whether a number as dialled within a country is long enough, and is not one digit over and over."""
    digits = _digits(number)
    return 6 <= len(digits) <= 13 and len(set(digits)) > 2


def _digits(number: str) -> str:
    return _NO_DIGIT.sub("", _TRUNK.sub("", number))


@functools.cache
def _plan(code: int) -> re.Pattern[str]:
    """What numbers look like in the countries of a calling code."""
    countries = (PhoneMetadata.metadata_for_region_or_calling_code(code, r) for r in COUNTRY_CODE_TO_REGION_CODE[code])
    patterns = (
        country.general_desc.national_number_pattern for country in countries if country and country.general_desc
    )
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

"""Keys: what a program proves itself with, by the name it is given: `api_key`, `client_secret`, `access_token`.

A key is drawn at random. What someone wrote is none: a sample (`YOUR_API_KEY`), a variable (`${KEY}`), words, a path.
"""

from __future__ import annotations

import re
import string
from itertools import pairwise

from comity.identify.model import Detector

#: Names that hardly anything else has. Of a secret alone, the name says so if it ends with it.
_NAMED = (
    r"\bapi[ _\-]?keys?\b|\bapi[ _\-]?secret\b|\bapi[ _\-]?token\b|\bsecret[ _\-]?key\b|\baccess[ _\-]?key\b"
    r"|\bclient[ _\-]?secret\b|\bapp[ _\-]?secret\b|\bconsumer[ _\-]?secret\b|\baccess[ _\-]?token\b"
    r"|\brefresh[ _\-]?token\b|\bauth[ _\-]?token\b|\bsecret$|密钥|秘钥|khóa api"
)
_LEAD = (
    r"(?i:api[ _\-]?(?:key|secret|token)|(?:access|refresh|auth|private|secret)[ _\-]?(?:key|token)|secret)"
    r"""["']?\s?[=:]\s?["']?"""
)
_KEY = r"[A-Za-z0-9_][A-Za-z0-9_.~+/\-]{14,254}[A-Za-z0-9_]={0,2}"
_LETTERS = (string.ascii_letters + string.digits + "_.~+/=-").encode()

_SAMPLE = re.compile(r"your|example|sample|dummy|placeholder|change|replace|redact|insert|x{4}|0{6}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _is_key(value: str) -> bool:
    """Whether a value is drawn at random: letters, digits and cases change places more often than in any word.

    A capital with small letters behind it is a word; the fewer the digits, the more often the others have to change.
    """
    signs = [_kind(sign) for sign in value if sign.isalnum()]
    changes = sum(one != other and (one, other) != ("A", "a") for one, other in pairwise(signs))
    digits = signs.count("0")
    various = len(set(value)) >= 8 and 0 < digits < len(signs)
    return various and changes * min(digits + 2, 5) > len(signs) and not _SAMPLE.search(value)


def _kind(sign: str) -> str:
    return "0" if sign.isdecimal() else "A" if sign.isupper() else "a"


DETECTORS = (
    Detector("key", "Authenticating", _KEY, _is_key, lead=_LEAD, alone=0.85, longest=320),
    Detector(
        "key-named",
        "Authenticating",
        _KEY,
        # A line that speaks of a key may name a request too.
        lambda value: _is_key(value) and not _UUID.fullmatch(value),
        alone=0.2,
        near=0.8,
        context=_NAMED,
        longest=260,
        letters=_LETTERS,
    ),
)

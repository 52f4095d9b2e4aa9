"""Letters of other widths and shapes written as detectors know them: full-width and Arabic digits, spaces, hyphens.

Word processors put a space that does not break between the digits of a number, and dashes where a hyphen stands.
"""

from __future__ import annotations

import re
import unicodedata

_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_WIDE = [chr(code) for code in range(0xFF01, 0xFF5F)]
_DIGITS = [chr(code) for first in (0x0660, 0x06F0, 0x0966) for code in range(first, first + 10)]

_FOLDED = str.maketrans(
    {
        **dict.fromkeys(_SPACES, " "),
        **{letter: unicodedata.normalize("NFKC", letter) for letter in _WIDE},
        **{letter: str(unicodedata.digit(letter)) for letter in _DIGITS},
        **dict.fromkeys(_HYPHENS, "-"),
    }
)

#: The first bytes in UTF-8 of what is folded; most texts have none of them.
_MAY_FOLD = re.compile(
    rb"\xc2\xa0|\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0\xa5|\xe2[\x80\x81\x88]|\xe3\x80\x80|\xef[\xb9\xbc\xbd]"
)


def folded(text: bytes) -> bytes:
    """A text in UTF-8 with such letters folded; as it is where it has none."""
    if not _MAY_FOLD.search(text):
        return text
    return text.decode("utf-8", "surrogateescape").translate(_FOLDED).encode("utf-8", "surrogateescape")

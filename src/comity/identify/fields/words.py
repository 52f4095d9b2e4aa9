"""The name of a field as words: what stands between dots and brackets, and in it each word, in one spelling."""

from __future__ import annotations

import re
import unicodedata

#: What stands between the parts of a path, as in ``user.phones[0]``.
BETWEEN = re.compile(r"[.\[\]/:>]+")

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = str.maketrans({"đ": "d", "ı": "i", "ł": "l", "ø": "o", "'": "", "’": ""})


def fold(text: str) -> str:
    """Text in lower case and without accents: ``Số`` is ``so``."""
    if text.isascii():
        return text.lower().replace("'", "")
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", letters).translate(_PLAIN)


def bare(text: str) -> list[str]:
    """The words of one part of a path, without numbers: ``homeAddress2`` is ``home``, ``address``."""
    return _WORD.findall(fold(_HUMP.sub(" ", unicodedata.normalize("NFC", text))))

"""Languages of reports: words from gettext catalogues, numbers, days and names of places as CLDR has them (Babel).

A catalogue is `locale/LANGUAGE.po`, its keys the English words. What it lacks stays English.
"""

from __future__ import annotations

import functools
import io
from datetime import date, datetime
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

LOCALE = Path(__file__).parent / "locale"

#: Languages that reports can be in, as BCP 47 and as Babel call them.
LANGUAGES = {"en": "en_GB", "ru": "ru", "vi": "vi", "zh-Hans": "zh_Hans"}

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


class Language:
    """One language: ``tag`` is its BCP 47 name, one of ``LANGUAGES``."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._locale = Locale.parse(LANGUAGES[tag])
        self.translations = _translations(tag)

    def say(self, text: str) -> str:
        """English words in the language."""
        return self.translations.gettext(text) if text else ""

    def count(self, singular: str, plural: str, number: int) -> str:
        """So many of something; both forms have a `%(n)s`."""
        return self.translations.ngettext(singular, plural, number) % {"n": self.number(number)}

    def number(self, value: float) -> str:
        """A number with the language's separators, and at most one decimal."""
        return format_decimal(value, format="#,##0.#", locale=self._locale)

    def percent(self, part: float) -> str:
        """A part of one, in percent."""
        return format_percent(part, locale=self._locale)

    def size(self, count: int) -> str:
        """Bytes, in powers of 1,000."""
        power = min(max(len(str(count)) - 1, 0) // 3, len(_UNITS) - 1)
        return f"{self.number(count / 1000**power)} {_UNITS[power]}"

    def day(self, moment: date | datetime) -> str:
        """A day; of a moment that in UTC."""
        return format_date(moment, format="medium", locale=self._locale)

    def month(self, month: str) -> str:
        """A month such as `2026-05`."""
        return format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """A day and the time of day in UTC."""
        return f"{format_datetime(moment, format='medium', locale=self._locale)} UTC"

    def place(self, code: str) -> str:
        """What a jurisdiction is called; the code itself where CLDR has no name for it."""
        return str(self._locale.territories.get(code, code))


@functools.cache
def _translations(tag: str) -> NullTranslations:
    path = LOCALE / f"{tag}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[tag])
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)

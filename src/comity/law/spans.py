"""Spans of time as laws count them: how long a deadline runs, and how far back a threshold looks.

Hours run from the instant, or from the next full hour. Days, weeks, months and years begin with the day after the
event and end with the last moment of their last day, as laws count them (Regulation (EEC, Euratom) 1182/71, art. 3;
the Civil Code of China, art. 201; the Federal Rules of Civil Procedure of the United States, rule 6(a)). Days that
nobody works are not told apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

_SPAN = re.compile(r"P(?:(?P<number>\d+)(?P<unit>[DWMY])|T(?P<hours>\d+)H)")
_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}

_FRIDAY, _WEEK = 4, 7

#: The least difference between two instants.
INSTANT = timedelta(microseconds=1)

#: Windows that begin with a calendar year, by how many years before the present one they begin.
CALENDAR = {"year": 0, "two-years": 1}


@dataclass(frozen=True)
class Span:
    """A number of one unit: ``hours``, ``days``, ``weeks``, ``months`` or ``years``."""

    number: int
    unit: str

    @staticmethod
    def of(text: str) -> Span:
        """A span as ISO 8601 writes it: ``P10D``, ``P12M``, ``PT72H``. Raises ``ValueError`` for anything else."""
        found = _SPAN.fullmatch(text)
        number = int(found["number"] or found["hours"]) if found else 0
        if not found or not 0 < number < 10_000:
            raise ValueError(f"`{text}` is no span of hours, days, weeks, months or years")
        return Span(number, _UNITS[found["unit"]] if found["unit"] else "hours")

    def before(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The same time of day so long before a moment."""
        if self.unit == "hours":
            return moment - timedelta(hours=self.number)
        local = moment.astimezone(zone) - self._calendar()
        return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))  # a time that clocks skip or repeat

    def days_later(self, day: date) -> date:
        """The day that a span of days, weeks, months or years ends with; the day it is counted from is left out."""
        return day + self._calendar()

    def _calendar(self) -> relativedelta:
        return relativedelta(**{self.unit: self.number})  # type: ignore[arg-type]

    @property
    def interval(self) -> str:
        """The span as an interval of SQL."""
        return f"INTERVAL {self.number} {self.unit.removesuffix('s').upper()}"

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True)
class Deadline:
    """How long there is after an event: a span in the zone of the law.

    ``whole_hours``: hours run from the first full hour after the event (Regulation 1182/71, art. 3(1)).
    ``working_day``: days that end on a Saturday or a Sunday end with the Monday after (art. 3(4)); holidays are not
    told apart.
    """

    span: Span
    zone: ZoneInfo
    whole_hours: bool = False
    working_day: bool = False

    def after(self, moment: datetime) -> datetime:
        """The last instant in time."""
        if self.span.unit == "hours":
            if not self.whole_hours:
                return moment + timedelta(hours=self.span.number)
            hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            return hour + timedelta(hours=self.span.number + 1) - INSTANT
        day = self.span.days_later(moment.astimezone(self.zone).date())
        if self.working_day:
            day += timedelta(days=max(0, day.weekday() - _FRIDAY) and _WEEK - day.weekday())
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC) - INSTANT


@dataclass(frozen=True)
class Window:
    """How far back a tally looks from a moment: to the first of January (``calendar`` years before this one), for a
    ``span``, or to a day (``since``). Exactly one of them is given.
    """

    calendar: int | None = None
    span: Span | None = None
    since: date | None = None

    def first(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first instant that still counts at a moment. What lies a whole span back counts no more."""
        if self.span:
            return self.span.before(moment, zone) + INSTANT
        year = moment.astimezone(zone).year - (self.calendar or 0)
        return datetime.combine(self.since or date(year, 1, 1), time.min, zone)

    def __str__(self) -> str:
        if self.span:
            return f"in the {self.span} before"
        if self.since:
            return f"since {self.since}"
        return "since 1 January of the year before" if self.calendar else "since 1 January"

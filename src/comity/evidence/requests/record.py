"""The columns of a register of requests, and how what a clerk writes into them is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from comity.errors import nearest
from comity.evidence.facts.record import TIME, Refused
from comity.profile import JURISDICTIONS, ROLES

#: The column for remarks: never read, never shown.
NOTE = "note"

#: The word for the empty list: known to be nobody, nowhere.
NONE = "none"

_ISSUERS = ("court", "prosecutor", "police", "administration")
_CLASSES = ("subscriber", "traffic", "content", "other")
_PURPOSES = ("crime", "security", "regulatory", "civil")
_CHANNELS = (
    *("direct", "mutual-assistance", "letters-rogatory", "executive-agreement", "e-evidence"),
    *("budapest", "budapest-2ap", "police-cooperation", "voluntary", "emergency"),
    *("eio", "crime-convention", "un-cybercrime", "diplomatic"),
)
_CONDITIONS = (
    *("foreign-law-conflict", "foreign-subscriber", "interests-weighed", "lawful-consent", "minimum-data"),
    *("more-than-asked", "motion-denied", "no-conflict", "reasoned-and-specific", "refused-by-enforcing-state"),
    *("reviewable", "serious-crime", "telling-forbidden", "third-country-conflict", "treaty-in-force", "us-process"),
    *("validated", "2702-b"),
)

#: Other names under which registers keep a code: what is meant can't be told by spelling.
_USUAL = {
    **dict.fromkeys(("mla", "mlat", "mutual-legal-assistance"), "mutual-assistance"),
    **dict.fromkeys(("uk", "gbr"), "GB"),
    **dict.fromkeys(("usa", "u.s."), "US"),
    "el": "GR",
}

_YES = {"yes": True, "true": True, "no": False, "false": False}

#: Handed over in part is handed over.
_DISCLOSED = {**_YES, "partly": True}

_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d")
_DAY_AND_MORE = re.compile(_DAY.pattern + r"[T ]\d\d:")


def _text(name: str, cell: str) -> str:
    # JSON can spell halves of a character (`\ud800`), which are no text.
    if any("\ud800" <= letter <= "\udfff" for letter in cell):
        raise Refused(f"`{name}` holds half a character")
    return cell


def _choice(codes: tuple[str, ...]) -> Callable[[str, str], str]:
    def choose(name: str, cell: str) -> str:
        code = re.sub(r"[\s_]+", "-", cell.lower())
        if code not in codes:
            raise _not_one_of(name, code, codes)
        return code

    return choose


def _flag(words: Mapping[str, bool]) -> Callable[[str, str], bool]:
    def flag(name: str, cell: str) -> bool:
        if cell.lower() not in words:
            raise Refused(f"`{name}` must be {_either([w for w in words if w not in ('true', 'false')])}")
        return words[cell.lower()]

    return flag


def _code(name: str, cell: str) -> str:
    if cell in JURISDICTIONS:
        return cell
    # What is too long for a code may be somebody's name: it is not shown.
    meant = _USUAL.get(cell.lower()) or (cell.upper() if cell.upper() in JURISDICTIONS else None)
    shown = f", not `{cell}`" if meant or re.fullmatch(r"[A-Z]{2}", cell) else ""
    raise Refused(f"`{name}` must be a jurisdiction code such as `DE`{shown}" + _did_you_mean(meant))


def _codes(name: str, cell: str) -> list[str]:
    if cell.lower() == NONE:
        return []
    return sorted({_code(name, part) for part in re.split(r"[;,\s]+", cell) if part})


def _conditions(name: str, cell: str) -> list[str]:
    """Codes of conditions between semicolons, commas or blanks; `none` for none."""
    if cell.lower() == NONE:
        return []
    choose = _choice(_CONDITIONS)
    return sorted({choose(name, part) for part in re.split(r"[;,\s]+", cell) if part})


def _moment(name: str, cell: str) -> datetime:
    """A time, or the noon UTC of a day: that is the same day in the zones of all laws."""
    try:
        if _DAY.fullmatch(cell):
            return datetime.combine(date.fromisoformat(cell), time(12), UTC)
        if not _DAY_AND_MORE.match(cell):
            raise Refused(_NO_DATE.format(name))
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise Refused(f"`{name}`: there is no `{cell[:10]}`, or no such time on it") from None
    if found.tzinfo is None:
        raise Refused(f"`{name}`: time without offset from UTC (`2024-05-06T14:30:00+02:00`, or the day alone)")
    if not re.fullmatch(TIME, cell):
        raise Refused(_NO_DATE.format(name))
    return found


_NO_DATE = "`{}` must be a day such as `2024-05-06` or a time such as `2024-05-06T14:30:00+02:00`"


@dataclass(frozen=True)
class Column:
    """A column: its name in the register, the attribute of a request that it gives, and how a cell is read.

    ``read`` takes the column's name and a cell that is not empty, and raises ``Refused``.
    """

    name: str
    attribute: str
    read: Callable[[str, str], Any]


COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column("reference", "reference", _text),
        Column("received", "at", _moment),
        Column("requested_by", "by", _code),
        Column("authority", "authority", _text),
        Column("issuer", "issuer", _choice(_ISSUERS)),
        Column("holder", "holder.name", _text),
        Column("holder_role", "holder.role", _choice(ROLES)),
        Column("holder_seat", "holder.seat", _codes),
        Column("holder_established", "holder.established", _codes),
        Column("holder_controlled_by", "holder.controlled_by", _codes),
        Column("data_located_in", "data_in", _codes),
        Column("subjects_live_in", "subjects", _codes),
        Column("personal", "personal", _flag(_YES)),
        Column("class", "class", _choice(_CLASSES)),
        Column("purpose", "purpose", _choice(_PURPOSES)),
        Column("emergency", "emergency", _flag(_YES)),
        Column("channel", "channel", _choice(_CHANNELS)),
        Column("legal_instrument", "instrument", _text),
        Column("permitted_by", "permitted_by", _codes),
        Column("conditions", "conditions", _conditions),
        Column("objected", "objected", _moment),
        Column("customer_told", "customer_told", _flag(_YES)),
        Column("disclosed", "disclosed", _flag(_DISCLOSED)),
        Column("answered", "answered", _moment),
        Column("product", "product", _text),
    )
}

#: Columns that hardly anything but a register of requests has.
_TELLING = frozenset({"requested_by", "data_located_in", "subjects_live_in", "legal_instrument", "permitted_by"})

_FEWEST = 3


def plain(name: str) -> str:
    """A column's name as it stands here: `Data located in` is `data_located_in`."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def is_register(names: Iterable[str]) -> bool:
    """Whether plain names are the columns of a register: three or more, half of all, one of them telling."""
    given = {name for name in names if name}
    known = given & COLUMNS.keys()
    return len(known) >= max(_FEWEST, len(given) / 2) and bool(known & _TELLING) and "kind" not in given


def unknown(name: str) -> str:
    """What to say of a column that means nothing here."""
    meant = nearest(name, [*COLUMNS, NOTE])
    return f"did you mean `{meant}`?" if meant else f"remarks go into `{NOTE}`; columns are {', '.join(COLUMNS)}"


def values(cells: Mapping[str, str]) -> dict[str, Any]:
    """The attributes that the cells of one request give, by plain column name. Raises ``Refused``."""
    return {
        column.attribute: column.read(name, cell.strip())
        for name, cell in cells.items()
        if (column := COLUMNS.get(name)) and cell.strip()
    }


def is_day(cell: str) -> bool:
    """Whether a date is a day alone."""
    return bool(_DAY.fullmatch(cell.strip()))


def _not_one_of(name: str, code: str, codes: tuple[str, ...]) -> Refused:
    """Only what resembles a code is shown: all else may be somebody's name, in the wrong column."""
    meant = _USUAL.get(code) or nearest(code[:40], codes)
    if meant in codes:
        return Refused(f"`{name}` can't be `{code[:40]}`{_did_you_mean(meant)}")
    return Refused(f"`{name}` must be {_either(codes)}")


def _either(words: Iterable[str]) -> str:
    *others, last = [f"`{word}`" for word in words]
    return f"{', '.join(others)} or {last}"


def _did_you_mean(meant: str | None) -> str:
    return f", did you mean `{meant}`?" if meant else ""

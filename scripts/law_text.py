"""What the pages of the rule catalogue share: links, dates, sources, names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from build_docs import day_range
from docs_pages import ROOT

from comity.law.model import Law, Pack, Period, Rule
from comity.report.words import listed

MADE = "<!-- Made by scripts/build_law.py from the packs: change those and run `make docs`. -->"

FOLDER = ROOT / "docs" / "law"

_NAMES = (
    "AT Austria / BE Belgium / BG Bulgaria / BR Brazil / CH Switzerland / CN China / CY Cyprus / CZ Czechia / "
    "DE Germany / DK Denmark / EE Estonia / ES Spain / EU European Union / FI Finland / FR France / "
    "GB United Kingdom / GR Greece / HR Croatia / HU Hungary / ID Indonesia / IE Ireland / IN India / IS Iceland / "
    "INT International / IT Italy / JP Japan / KR Republic of Korea / LI Liechtenstein / LT Lithuania / "
    "LU Luxembourg / LV Latvia / MT Malta / MY Malaysia / NL Netherlands / NO Norway / PH Philippines / PL Poland / "
    "PT Portugal / RO Romania / RU Russian Federation / SE Sweden / SG Singapore / SI Slovenia / SK Slovakia / "
    "TH Thailand / US United States / VN Viet Nam"
)

#: Names of the jurisdictions that packs name, and of the members of the Union.
NAMES = dict(pair.split(" ", 1) for pair in _NAMES.split(" / "))

#: Those whom an instrument binds.
BEARERS = {"State": "a State", "company": "a company", "provider": "a provider"}

_URL = re.compile(r"https?://[^\s;]+")
_TAG = re.compile(r"\[([VK])(?: (\d{4})(?:-(\d\d))?)?\]")


@dataclass(frozen=True)
class Catalogue:
    """The law, and the heading under which each rule stands on the page of its pack (by pack and line)."""

    law: Law
    headings: Mapping[tuple[str, int], str]

    def heading(self, rule: Rule) -> str:
        """What the heading of a rule says."""
        return self.headings[rule.pack, rule.place.line or 0]

    def link(self, rule: Rule, page: str, text: str = "") -> str:
        """A link to a rule, from a page (`gdsi`, `matrix`); its title unless ``text`` is given."""
        return link(text or plain(rule.title), f"{there(rule.pack, page)}#{slug(self.heading(rule))}")

    def pack(self, id: str) -> Pack:
        """The pack of that name."""
        return next(pack for pack in self.law.packs if pack.id == id)

    def set_link(self, name: str, page: str) -> str:
        """A link to a set, or to the category of that name."""
        owner = next((p.id for p in self.law.packs if any(c.name == name for c in p.categories)), "sets")
        return link(f"`{name}`", f"{there(owner, page)}#{slug(name)}")


def catalogue(law: Law) -> Catalogue:
    """The law with its headings: a rule's own name, and for others of that name what tells them apart."""
    headings: dict[tuple[str, int], str] = {}
    for pack in law.packs:
        for number, rule in enumerate(pack.rules):
            before = [other for other in pack.rules[:number] if other.id == rule.id]
            apart = f", {rule.about}" if all(other.about != rule.about for other in before) else f", {_since(rule)}"
            headings[pack.id, rule.place.line or 0] = f"{pack.id} {rule.id}{apart if before else ''}"
    return Catalogue(law, headings)


def _since(rule: Rule) -> str:
    return f"from {rule.period.start}" if rule.period.start else f"over {' '.join(rule.excepts)}"


def slug(heading: str) -> str:
    """The anchor that GitHub and the site give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def there(to: str, page: str) -> str:
    """The path of a page, from another; nothing for the page itself."""
    return "" if to == page else f"{to}.md"


def link(text: str, target: str) -> str:
    """A link."""
    return f"[{text}]({target})"


def plain(text: str) -> str:
    """A text out of a pack, its marks of Markdown (but for code) made harmless."""
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*<])", r"\\\1", part)
        for part in re.split(r"(`[^`]*`)", " ".join(text.split()))
    )


def days(start: date | None, end: date | None) -> str:
    """From a day until another."""
    return day_range(start, end) or "at any time"


def force(period: Period) -> str:
    """When something is in force."""
    return days(period.start, period.end)


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """An instant in a zone; seconds are told where there are any."""
    local = instant.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def source(text: str) -> str:
    """A source, its addresses as links."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        shown = found[0].partition("://")[2].removeprefix("www.").rstrip("/")
        parts += [plain(text[end : found.start()]), f"[{plain(shown)}](<{found[0]}>)"]
        end = found.end()
    return " ".join(part.strip() for part in [*parts, plain(text[end:])] if part.strip())


def trust(text: str) -> str:
    """What the tags of a source say, in words."""
    said = dict.fromkeys(_tag(*found) for found in _TAG.findall(text))
    return listed(list(said))


def _tag(letter: str, year: str, month: str) -> str:
    if letter == "K":
        return "taken from knowledge of a stable text, not read again"
    if not year:
        return "read again in the source"
    return f"read again in the source, as it stood in {f'{date(int(year), int(month), 1):%B %Y}' if month else year}"


def jurisdiction(code: str) -> str:
    """The name of a jurisdiction with its code: China (CN)."""
    return f"{NAMES[code]} ({code})" if code in NAMES else code


def jurisdictions(packs: Iterable[Pack]) -> list[str]:
    """The jurisdictions that packs name, in the order of their codes; what holds between States comes last."""
    return sorted({code for pack in packs for code in pack.jurisdictions}, key=lambda code: (code == "INT", code))


def page(title: str, *parts: str) -> str:
    """A page."""
    return "\n\n".join([f"# {title}", MADE, *(part for part in parts if part)]) + "\n"


def path(name: str) -> Path:
    """The file of a page."""
    return FOLDER / f"{name}.md"

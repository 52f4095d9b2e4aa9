"""What the rules look things up in, as it stands in the law's own sets while the generated flows happen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from comity.law.packs import SHIPPED_SETS
from comity.law.sets import load_sets

PACK = Path(__file__).parent.parent / "transfers.md"
ZONE = ZoneInfo("Europe/Brussels")

#: A moment of the law, after which nothing changes but what ``CHANGES`` names.
BEGIN = datetime(2022, 12, 1, tzinfo=UTC)
END = datetime(2023, 8, 1, tzinfo=UTC)

#: The changes of law while the flows happen. They are written out in every engine's rules.
OLD_CLAUSES_END = datetime(2022, 12, 27, tzinfo=ZONE)
CAC_CONTRACT_BEGINS = datetime(2023, 6, 1, tzinfo=ZONE)
FRAMEWORK_BEGINS = datetime(2023, 7, 10, tzinfo=ZONE)

_SETS = load_sets(SHIPPED_SETS)


def members(name: str) -> list[str]:
    """What a set holds from the first to the last flow. What comes or goes meanwhile is the rules' to say."""
    return sorted(set(_SETS[name].at(BEGIN, ZONE)) & set(_SETS[name].at(END, ZONE)))


def state_of() -> dict[str, str]:
    """A territory's code, and that of the State to which nothing goes abroad from it: the first of its row."""
    return {code: row.split()[0] for row in members("ONE_STATE") for code in row.split()}

"""Regions of clouds: in which jurisdictions they stand, where their pair is, who operates them.

`regions.csv` has a row for each public region, with the publisher's page. Several jurisdictions mean that
data rests in all of them; the first is the place, the others hold copies. Zones follow from their region by rule; AWS
Local Zones have rows of their own, since they may stand in another State than their region.
"""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).parent / "regions.csv"

#: Who runs a cloud, spelled as in the register of parties; some regions are run by others, which the table says.
OPERATORS = {
    "aws": "Amazon Web Services, Inc.",
    "google": "Google LLC",
    "azurerm": "Microsoft Corporation",
    "alicloud": "Alibaba Group Holding Limited",
    "tencentcloud": "Tencent Holdings Limited",
    "huaweicloud": "Huawei Technologies Co., Ltd.",
}

#: What a zone adds to the name of its region: `a`, `-a`, `-3`, `-1a`; `-MAZ1(a,b)` at Alibaba.
_ZONE = re.compile(r"[a-z]|-[0-9a-z]|-\d[0-9a-z]|-maz\d.*")


@dataclass(frozen=True)
class Region:
    """A region: ``place`` is a jurisdiction, ``copies`` those of what its name promises beside it."""

    name: str
    place: str
    copies: tuple[str, ...]
    pair: str | None
    operator: str


@functools.cache
def _regions() -> dict[tuple[str, str], Region]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    made = {}
    for row in rows:
        place, *copies = row["jurisdictions"].split()
        operator = row["operator"] or OPERATORS[row["cloud"]]
        made[row["cloud"], row["region"]] = Region(row["region"], place, tuple(copies), row["pair"] or None, operator)
    return made


@functools.lru_cache(maxsize=10_000)
def region(cloud: str, text: str) -> Region | None:
    """The region that a name of a region or a zone stands for; None where it is not known."""
    name = text.strip().lower().replace(" ", "").removeprefix("oss-").rpartition("/")[2].removeprefix("regional-")
    known = _regions()
    for length in range(len(name), 1, -1):
        found = known.get((cloud, name[:length]))
        if found and (length == len(name) or (_ZONE.fullmatch(name[length:]) and not found.copies)):
            return found
    return None


@functools.cache
def operator(cloud: str) -> str | None:
    """Who runs a cloud wherever it stands; None where that differs from region to region."""
    found = {known.operator for (of, _), known in _regions().items() if of == cloud}
    return found.pop() if len(found) == 1 else None

"""Build the tables behind `comity.enrich.places` from two npm packages of ip-location-db.

    npm pack @ip-location-db/geo-whois-asn-country @ip-location-db/asn
    python scripts/build_places.py .          # the folder that holds the .tgz files

Writes, beside `places.py`, always the same bytes for the same packages and version of DuckDB:

- `places.parquet`: start, place, network. A row holds from its start up to the next row's. Starts are the numbers of
  IPv4 addresses and then the leading 64 bits of IPv6 addresses (which are larger, as global ones begin at 2000::).
- `networks.parquet`: network, name.
- `places.json`: name, source, date, licence, attribution, and the codes that a place can have.

Nothing is guessed: where ranges overlap and disagree, and where a /64 is divided, the value is null. So more country
packages may be put into the folder (@ip-location-db/dbip-country); a place is then told where none contradicts.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import duckdb

FOLDER = Path(__file__).parents[1] / "src/comity/enrich"
# ISO 3166-1 alpha-2, and XK; territories are codes of their own.
JURISDICTIONS = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS XK YE YT ZA ZM ZW
""".split()
# Where the source takes a registry's own record, which names the registry's seat, for all that was allotted from it.
SEATS = {
    "AU": [ip_network(block) for block in ("2001:200::/23", "2001:c00::/23", "2001:e00::/23", "2001:4400::/23")],
    "MU": [ip_network(block) for block in ("154.0.0.0/8", "196.0.0.0/8")],
}
FAMILIES = {"ipv4": 0, "ipv6": 64}  # how many trailing bits of an address are left out
Turn = tuple[int, Hashable]  # from here on, this value


class Package:
    """A tarball as `npm pack` leaves it."""

    def __init__(self, tarball: Path) -> None:
        with tarfile.open(tarball) as tar:
            members = ((member.name.partition("/")[2], tar.extractfile(member)) for member in tar)
            self.files = {name: file.read().decode() for name, file in members if file}
        about = json.loads(self.files["package.json"])
        self.name, self.version = about["name"], about["version"]
        self.date = datetime.strptime(self.version.split(".")[-1][:8], "%Y%m%d").date()

    def rows(self, family: str) -> Iterator[list[str]]:
        """First address, last address (both as numbers) and values of each range."""
        name = next(name for name in self.files if name.endswith(f"-{family}-num.csv"))
        return csv.reader(io.StringIO(self.files[name]))


def turns(ranges: Iterable[tuple[int, int, Hashable]]) -> list[Turn]:
    """Ranges that may touch, overlap and leave gaps, as the points where the value changes."""
    known = (row for row in ranges if row[2] is not None)
    edges = [edge for first, last, value in known for edge in ((first, 1, value), (last + 1, -1, value))]
    edges.sort(key=lambda edge: edge[0])
    found: list[Turn] = []
    open_ranges: Counter[Hashable] = Counter()
    for index, (at, change, value) in enumerate(edges):
        open_ranges[value] += change
        if not open_ranges[value]:
            del open_ranges[value]
        if index + 1 == len(edges) or edges[index + 1][0] != at:
            here = next(iter(open_ranges)) if len(open_ranges) == 1 else None
            if not found or found[-1][1] != here:
                found.append((at, here))
    return found


def merge(left: list[Turn], right: list[Turn]) -> list[tuple[int, Hashable, Hashable]]:
    """Both values at every point where either changes."""
    lefts, rights = dict(left), dict(right)
    found: list[tuple[int, Hashable, Hashable]] = []
    here: tuple[Hashable, Hashable] = (None, None)
    for at in sorted(lefts.keys() | rights.keys()):
        here = (lefts.get(at, here[0]), rights.get(at, here[1]))
        found.append((at, *here))
    return found


def told(code: str, first: int) -> str | None:
    """The place that a range beginning at ``first`` is said to be in, if that can be believed."""
    code = code.upper()
    doubtful = any(int(block[0]) <= first <= int(block[-1]) for block in SEATS.get(code, ()))
    return code if code in JURISDICTIONS and not doubtful else None


def build(packages: list[Package], folder: Path) -> None:
    """Write the three files into ``folder``."""
    *countries, networks = sorted(packages, key=lambda package: package.name == "@ip-location-db/asn")
    ranges: list[tuple[int, Hashable, Hashable]] = []
    for family, bits in FAMILIES.items():
        stands = turns(
            (int(first) >> bits, int(last) >> bits, told(code, int(first)))
            for package in countries
            for first, last, code in package.rows(family)
        )
        routed = turns((int(first) >> bits, int(last) >> bits, int(n)) for first, last, n, _ in networks.rows(family))
        ranges += merge(stands, routed)
    names = {int(n): name.strip() for family in FAMILIES for _, _, n, name in networks.rows(family) if name != f"AS{n}"}

    connection = duckdb.connect(config={"threads": 1})
    for table, columns, rows in (
        ("places", {"start": "UBIGINT", "place": "VARCHAR", "network": "BIGINT"}, ranges),
        ("networks", {"network": "BIGINT", "name": "VARCHAR"}, sorted(names.items())),
    ):
        arrays = ", ".join(f"unnest(${n}::{kind}[]) AS {name}" for n, (name, kind) in enumerate(columns.items(), 1))
        connection.execute(f"CREATE TABLE {table} AS SELECT {arrays}", list(zip(*rows, strict=True)))
        connection.execute(
            f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet, PARQUET_VERSION v2, "
            "COMPRESSION zstd, COMPRESSION_LEVEL 22, ROW_GROUP_SIZE 122880)"
        )
    about = {
        "name": "ip-location-db",
        "source": ", ".join(f"npm {package.name} {package.version}" for package in packages),
        "date": min(package.date for package in packages).isoformat(),
        "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
        "jurisdictions": " ".join(JURISDICTIONS),
        "attribution": sorted({text.strip() for p in packages for name, text in p.files.items() if "LICENSE" in name}),
    }
    (folder / "places.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    tarballs = sorted(Path(sys.argv[1] if len(sys.argv) > 1 else ".").glob("ip-location-db-*.tgz"))
    if len(tarballs) < 2:
        sys.exit("usage: build_places.py FOLDER, which holds the tarballs: a country package and @ip-location-db/asn")
    build([Package(tarball) for tarball in tarballs], FOLDER)

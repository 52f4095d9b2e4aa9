"""Read and judge raw logs, beside what the engine itself needs to read the same columns of the same bytes.

    python bench/logs.py [--rows ROWS] [--har MB] [--full] [--turns TURNS] [NAME...]

Logs of ROWS records and a HAR of so many MB (raw.py says of what shape; --full: 500 MB) are made once, in bench/data.
`comity check --memory 2GB` judges each by two packs. Plain DuckDB reads the columns that Comity needs of it, typed,
into one aggregate; a HAR is one document, so there it is the parser that Comity uses, which keeps nothing. Each runs
in a process of its own, in turns. From both is taken off what the same takes for a log of one record: to start, to
load the law and the tables of places and parties. Ratios are of processor seconds, since other work on the machine
changes them least. Results are merged into bench/results.json, a list of {name, value, unit}.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from raw import MAKERS, VPC, ZEEK
from results import keep

HERE = Path(__file__).parent
DATA = HERE / "data"
ROWS, HAR_MB, FULL_HAR_MB = 2_000_000, 50, 500
TURNS = 3
#: How many bytes an entry of the HAR has, about.
ENTRY = 7_900

PACKS = "gdsi,eu-gdpr-transfers"
PROFILE = """[[system]]
name = "clients"
networks = ["10.0.0.0/8"]
place = "DE"
data = ["Contact"]
"""

#: The columns that Comity needs of each log, with their types.
_ZEEK_COLUMNS = {
    **dict.fromkeys(("ts",), "DOUBLE"),
    **dict.fromkeys(("uid", "id.orig_h", "id.resp_h", "proto", "service", "conn_state"), "VARCHAR"),
    **dict.fromkeys(("orig_bytes", "resp_bytes", "resp_pkts"), "BIGINT"),
}
_VPC_COLUMNS = {
    **dict.fromkeys("interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr action log-status".split(), "VARCHAR"),
    **dict.fromkeys("srcport dstport protocol bytes start tcp-flags".split(), "BIGINT"),
}
_EVE_COLUMNS = {
    **dict.fromkeys("timestamp event_type host src_ip dest_ip proto app_proto direction".split(), "VARCHAR"),
    **dict.fromkeys(("flow_id", "src_port", "dest_port"), "BIGINT"),
    "flow": "STRUCT(start VARCHAR, age BIGINT, state VARCHAR, reason VARCHAR, alerted BOOLEAN, action VARCHAR, "
    "pkts_toclient BIGINT, bytes_toserver BIGINT, bytes_toclient BIGINT, src_ip VARCHAR, src_port BIGINT)",
    "tcp": "STRUCT(tcp_flags_ts VARCHAR, tcp_flags_tc VARCHAR)",
    "alert": "STRUCT(action VARCHAR, category VARCHAR)",
    "http": "STRUCT(hostname VARCHAR, status BIGINT)",
    "tls": "STRUCT(sni VARCHAR)",
    "quic": "STRUCT(sni VARCHAR)",
}


def _separated(path: Path, names: list[str], columns: dict[str, str], delimiter: str, header: int) -> str:
    types = json.dumps({name: columns.get(name, "VARCHAR") for name in names}).replace('"', "'")
    return (
        f"read_csv('{path}', auto_detect = false, header = false, skip = {header}, delim = '{delimiter}', quote = '', "
        f"escape = '', nullstr = '-', columns = {types})"
    )


def _json(path: Path, columns: dict[str, str]) -> str:
    types = json.dumps(columns).replace('"', "'")
    return f"read_json('{path}', format = 'newline_delimited', columns = {types})"


def engine_alone(name: str, path: Path) -> None:
    """Read with DuckDB; of a HAR, parse."""
    if name == "har":
        import ijson

        with path.open("rb") as file:
            for _ in ijson.basic_parse(file, buf_size=4 << 20, use_float=True):
                pass
        return
    import duckdb

    columns, source = {
        "zeek_tsv": (_ZEEK_COLUMNS, _separated(path, ZEEK, _ZEEK_COLUMNS, "\t", 6)),
        "zeek_json": (_ZEEK_COLUMNS, _json(path, _ZEEK_COLUMNS)),
        "vpc_text": (_VPC_COLUMNS, _separated(path, VPC, _VPC_COLUMNS, " ", 1)),
        "vpc_parquet": (
            {name.replace("-", "_"): kind for name, kind in _VPC_COLUMNS.items()},
            f"read_parquet('{path}')",
        ),
        "eve": (_EVE_COLUMNS, _json(path, _EVE_COLUMNS)),
    }[name]
    # The greatest value alone would be answered from what a Parquet file says of itself.
    consumed = ", ".join(f'max(hash("{column}"))' for column in columns)
    duckdb.execute(f"SELECT count(*), {consumed} FROM {source}").fetchall()


@dataclass(frozen=True)
class Cost:
    """What a process needed."""

    seconds: float
    cpu: float
    peak: int

    def beyond(self, fixed: Cost) -> Cost:
        """Without what is needed in any case."""
        return Cost(self.seconds - fixed.seconds, self.cpu - fixed.cpu, self.peak)


def cost(side: str, name: str, path: Path) -> Cost:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, "--alone", name, str(path)]
    if side == "comity":
        comity = "import sys; from comity.cli.main import main; sys.exit(main())"
        command = [sys.executable, "-c", comity, "check", str(path), "--memory", "2GB", "--pack", PACKS]
        command += ["--profile", str(DATA / "logs.toml"), "--fail-on", "never"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{side} failed on {path.name}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def middle(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(
        statistics.median(c.seconds for c in costs), statistics.median(c.cpu for c in costs), max(c.peak for c in costs)
    )


def made(name: str, rows: int) -> Path:
    """The log of so many records, made if it is not there."""
    path = DATA / f"{name}-{rows}"
    if not path.exists():
        print(f"making {path.name}", flush=True)
        MAKERS[name](path, rows)
    return path


def records(name: str, path: Path) -> int:
    """How many records a log has."""
    if name == "vpc_parquet":
        import duckdb

        return int(duckdb.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()[0][0])
    with path.open("rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return lines - {"zeek_tsv": 6, "vpc_text": 1, "har": 2}.get(name, 0)


def measure(name: str, rows: int, turns: int) -> list[dict[str, object]]:
    """Both sides in turns."""
    log, one = made(name, rows), made(name, 1)
    rows, size = records(name, log), log.stat().st_size
    sides: dict[str, tuple[Cost, Cost]] = {}
    runs: dict[tuple[str, Path], list[Cost]] = {}
    for _ in range(turns):
        for side in ("comity", "alone"):
            for path in (one, log):
                runs.setdefault((side, path), []).append(cost(side, name, path))
    for side in ("comity", "alone"):
        fixed, whole = middle(runs[side, one]), middle(runs[side, log])
        sides[side] = whole.beyond(fixed), fixed
    (ours, fixed), (theirs, _) = sides["comity"], sides["alone"]
    print(f"{name}: {rows:,} records, {size / 1e6:,.0f} MB; less a fixed {fixed.seconds:.1f} s, {fixed.cpu:.1f} CPU s")
    for side, (own, _) in sides.items():
        print(f"  {side:<7} {own.seconds:6.1f} s {own.cpu:6.1f} CPU s {own.peak / 1e9:5.2f} GB")
    return [
        {"name": f"logs_{name}_rows_per_second", "value": round(rows / ours.seconds), "unit": "rows/s"},
        {"name": f"logs_{name}_mb_per_second", "value": round(size / 1e6 / ours.seconds, 1), "unit": "MB/s"},
        {"name": f"logs_{name}_over_engine", "value": round(ours.cpu / theirs.cpu, 2), "unit": "times its CPU time"},
        {"name": f"logs_{name}_peak_memory", "value": round(ours.peak / 1e9, 2), "unit": "GB"},
    ]


def main() -> None:
    """Make the logs, measure, print, keep."""
    parser = argparse.ArgumentParser(description="How fast raw logs are read and judged.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MAKERS))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--har", type=int, default=HAR_MB, metavar="MB")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--full", action="store_true", help=f"a HAR of {FULL_HAR_MB} MB")
    arguments = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    (DATA / "logs.toml").write_text(PROFILE)
    har = FULL_HAR_MB if arguments.full else arguments.har
    for name in arguments.names or MAKERS:
        rows = har * 1_000_000 // ENTRY if name == "har" else arguments.rows
        results = measure(name, rows, arguments.turns)
        keep(results)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        engine_alone(sys.argv[2], Path(sys.argv[3]))
    else:
        main()

"""Makes the evidence of Lumen, a company that does not exist: ``python examples/lumen/generate.py``.

Rewrites every file of evidence beside this one, always with the same bytes; the parts of the story stand in ``story/``.
Who those in it are and what was agreed with them stands in ``comity.toml``, what comes of it in ``README.md``.
"""

from __future__ import annotations

from pathlib import Path

from story.cloud import cloud
from story.sensors import sensors
from story.supply import supply
from story.told import told
from story.traffic import traffic

HERE = Path(__file__).parent
SEED = 20260301


def files() -> dict[str, bytes]:
    """Every file of evidence by its path beside this one."""
    return traffic(SEED) | sensors() | cloud() | supply() | told()


def write(folder: Path) -> None:
    """Write every file of evidence below a folder."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(HERE)

"""Write the rule catalogue `docs/law` from the packs: part of `make docs`. A test holds the pages against the packs.

Nothing in the pages depends on the day on which they are made: law is told with its dates.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docs_pages import ROOT
from law_lists import categories, facts, index, sets
from law_matrix import matrix
from law_pack import pack_page
from law_text import FOLDER, catalogue

from comity.law.packs import load_law


def pages() -> dict[Path, str]:
    """Every page of the catalogue with its text."""
    found = catalogue(load_law())
    across = {"index": index, "matrix": matrix, "categories": categories, "sets": sets, "facts": facts}
    made = {name: make(found) for name, make in across.items()}
    made |= {pack.id: pack_page(pack, found) for pack in found.law.packs}
    return {FOLDER / f"{name}.md": text for name, text in made.items()}


def write() -> int:
    """Write what has changed, take away what no pack is behind any more, and name both."""
    made = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))
    for path in sorted(set(FOLDER.glob("*.md")) - set(made)):
        path.unlink()
        print(f"{path.relative_to(ROOT)} is gone")
    return 0


if __name__ == "__main__":
    sys.exit(write())

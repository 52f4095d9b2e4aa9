"""Loading packs: one literate Markdown file per instrument, checked against the vocabulary before it may judge."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

from comity.errors import UsageError, did_you_mean
from comity.law.cel import Language
from comity.law.loader import Loader
from comity.law.model import Law
from comity.law.sets import load_sets
from comity.vocabulary import Type

SHIPPED = Path(__file__).parent / "packs"
SHIPPED_SETS = Path(__file__).parent / "sets"


def shipped_packs() -> dict[str, Path]:
    """The packs that come with Comity, by id."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.md"))}


def load_law(packs: Iterable[str] | None = None) -> Law:
    """The law to judge by: ids of shipped packs or paths of pack files; None, or ``all``, for every shipped pack.

    Raises ``UsageError`` for an unknown id and ``PackError`` for a pack that can't be used.
    """
    shipped = shipped_packs()
    named = list(shipped) if packs is None else [id for name in packs for id in (shipped if name == "all" else [name])]
    if all(name in shipped for name in named):
        return _load_shipped(tuple(named))
    return _load(named, shipped)


@functools.lru_cache(maxsize=8)
def _load_shipped(names: tuple[str, ...]) -> Law:
    """What ships does not change while the program runs, and takes a second or two to read."""
    return _load(names, shipped_packs())


def _load(named: Iterable[str], shipped: Mapping[str, Path]) -> Law:
    paths = [_locate(name, shipped) for name in named]
    sets = load_sets(SHIPPED_SETS)
    for folder in dict.fromkeys(path.parent / "sets" for path in paths if path.parent != SHIPPED):
        for name, found in load_sets(folder).items():
            if name in sets:
                help = "give the file another name"
                raise UsageError("set", f"there are two sets `{name}`, one of them in `{folder}`", help=help)
            sets[name] = found
    loaders = [Loader(path, sets, ships=path.parent == SHIPPED) for path in dict.fromkeys(paths)]
    for loader in loaders:
        sets.update(loader.categories())
    computed = _computed(loaders)
    language = _language(tuple(sorted((name, found.type) for name, found in sets.items())), tuple(computed.items()))
    loaded = tuple(loader.load(language) for loader in loaders)
    ids = [pack.id for pack in loaded]
    if repeated := next((id for id in ids if ids.count(id) > 1), None):
        raise UsageError("pack", f"two packs have the id `{repeated}`")
    return Law(loaded, sets, language)


def _computed(loaders: Iterable[Loader]) -> dict[str, Type]:
    """The tallies and clocks of all packs, as rules name them."""
    found: dict[str, Type] = {}
    for loader in loaders:
        for name, type in loader.computed().items():
            if name in found:
                raise UsageError("pack", f"two packs have a `{name}`", help="give it the pack's own prefix")
            found[name] = type
    return found


@functools.lru_cache(maxsize=4)
def _language(sets: tuple[tuple[str, Type], ...], computed: tuple[tuple[str, Type], ...]) -> Language:
    return Language(dict(sets), dict(computed))


def _locate(name: str, shipped: Mapping[str, Path]) -> Path:
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if path.suffix == ".md":
        if not path.is_file():
            raise UsageError("pack", f"pack `{name}` does not exist")
        return path
    help = did_you_mean(name, shipped) or "`comity packs` lists them; a file of your own ends in `.md`"
    raise UsageError("pack", f"unknown pack `{name}`", help=help)

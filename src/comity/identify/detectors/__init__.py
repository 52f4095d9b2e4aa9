"""The detectors: a module per family, found by its place in this folder; each offers ``DETECTORS``.

Modules whose names begin with an underscore hold what others share.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from comity.identify.model import Detector


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors, by name."""
    names = (module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    modules = (import_module(f"{__name__}.{name}") for name in names)
    found = (detector for module in modules for detector in module.DETECTORS)
    return tuple(sorted(found, key=lambda detector: detector.name))

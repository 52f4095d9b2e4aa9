"""Comity: data-security law as code, judged on what systems really do.

import comity
judgement = comity.check(["capture.har"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comity.checking import Judgement, check
    from comity.deciding import Decider, Ruling
    from comity.errors import ComityError

__version__ = "0.1.0"
__all__ = ["ComityError", "Decider", "Judgement", "Ruling", "__version__", "check"]

_HOMES = {
    "check": "comity.checking",
    "Judgement": "comity.checking",
    "Decider": "comity.deciding",
    "Ruling": "comity.deciding",
    "ComityError": "comity.errors",
}


def __getattr__(name: str) -> Any:
    """Import the library when it is first used, so that ``comity --help`` answers at once."""
    if name not in _HOMES:
        raise AttributeError(f"module `comity` has no attribute `{name}`")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)

"""Values as they may be shown: enough to recognise one's own, too little for anyone else."""

from __future__ import annotations

#: A value of fewer letters shows none of them.
_SHORT = 6
_MOST_STARS = 8


def masked(value: str) -> str:
    """A value with all but its first and last letter hidden; of a short one, everything."""
    shown = value if value.isprintable() else "".join(letter for letter in value if letter.isprintable())
    shown = shown.strip()
    if len(shown) < _SHORT:
        return "*" * len(shown)
    return f"{shown[0]}{'*' * min(len(shown) - 2, _MOST_STARS)}{shown[-1]}"

"""Shapes of what is said of bodies: health in words, and race. Machines are said to be ill in the same words."""

from __future__ import annotations

import re

from comity.identify.fields.fits import Fit, at_best, listed, speaks_of
from comity.identify.fields.people import plain, word


def health(text: str) -> Fit:
    """Plain language on someone's health: fully where a word for an illness is in it, none where one for a machine."""
    if speaks_of("machine", text):
        return Fit.NONE
    fit = plain(text)
    ill = speaks_of("health", text) and fit > Fit.NONE
    return at_best(ill or (fit is Fit.FULL and not text[0].islower()), fit > Fit.NONE)


def race(text: str) -> Fit:
    """A race as forms have them, or in part any words: a race is run as well."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    known = bool(words) and len(text) <= 60 and all(each in listed()["race"] for each in words)
    return at_best(known, word(text) > Fit.NONE and not speaks_of("machine", text))

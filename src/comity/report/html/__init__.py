"""The judgement as one page of HTML that needs nothing else: no network, no other file, and no script to be read."""

from __future__ import annotations

from comity.report.html.page import render

__all__ = ["render"]

"""List the evidence formats that are recognised, each by its content and never by its name."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace) -> int:
    """Print a line per format."""
    from comity.evidence import formats

    for format in formats():
        print(f"{format.NAME:<10} {format.TITLE}")
    return 0

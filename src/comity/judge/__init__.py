"""Judging: atoms, classes, situations, verdicts."""

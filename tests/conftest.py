"""Tests run from anywhere; helpers in this folder import by name."""

"""What data is: categories of personal data found in content, and in tables."""

from __future__ import annotations

from comity.identify.content import Content, Detection, Identifier
from comity.identify.model import Piece
from comity.identify.names import Names

__all__ = ["Content", "Detection", "Identifier", "Names", "Piece"]

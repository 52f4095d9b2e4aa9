"""What requests in clear carried: the content of flows out of what `pcap/flows` kept of them."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from comity.evidence.pcap.requests import requests
from comity.identify import Content, Identifier
from comity.identify.http import pieces_of
from comity.identify.knowing import identified
from comity.identify.nested import Pieces

_CUT = "requests in clear that were not captured in full, or are longer than 1 MB: the rest was not scanned"


def contents(
    path: Path, turned: Collection[int], identifier: Identifier, notes: Counter[str]
) -> Iterator[tuple[int, Content]]:
    """The first frame of every flow whose source sent requests in clear, with what they carried.

    ``turned`` are the first frames of flows whose source did not send the first packet.
    """
    with path.open(encoding="ascii") as lines:
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            if said["forward"] is not (said["frame"] in turned):
                yield said["frame"], identified(identifier, _pieces(said), notes)


def _pieces(said: dict[str, Any]) -> Pieces:
    """The pieces of all requests of a flow."""
    pieces = Pieces(unscanned=[_CUT] if said["cut"] else [])
    for request in requests(base64.b64decode(said["sent"]), pieces.unscanned):
        more = pieces_of(request)
        pieces.pieces += more.pieces
        pieces.unscanned += more.unscanned
    return pieces

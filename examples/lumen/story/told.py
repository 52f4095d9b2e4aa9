"""What people wrote down: a register of the requests of authorities, and facts that no format tells."""

from __future__ import annotations

import csv
import io

from story.common import lines

# Letters from authorities -------------------------------------------------------------------------

COLUMNS = (
    *("reference", "received", "requested_by", "issuer", "data_located_in", "subjects_live_in", "personal", "purpose"),
    *("channel", "legal_instrument", "permitted_by", "disclosed"),
)
LETTERS = (
    ("L-01", "2025-11-28", "NZ", "police", "AU", "AU", "yes", "crime", "budapest", "CETS 185", "none", "no"),
    ("L-02", "2025-12-02", "NZ", "police", "AU", "AU", "yes", "crime", "budapest", "CETS 185", "none", "yes"),
    ("L-03", "2026-01-14", "JP", "prosecutor", "VN", "JP", "yes", "crime", "mutual-assistance", "", "none", "yes"),
    ("L-04", "2026-02-03", "CN", "police", "SG", "CN", "yes", "crime", "direct", "domestic law", "none", "no"),
    ("L-05", "2026-02-04", "US", "court", "DE", "US", "yes", "crime", "direct", "domestic law", "none", "no"),
    ("L-06", "2026-02-18", "IN", "police", "AE", "IN", "yes", "crime", "direct", "domestic law", "AE", "yes"),
    ("L-07", "2026-03-11", "BR", "court", "DE", "BR", "yes", "civil", "direct", "gdpr-49-1-e", "none", "yes"),
    ("L-08", "2026-03-25", "GB", "court", "US", "GB", "yes", "crime", "executive-agreement", "", "none", "yes"),
    ("L-09", "2026-04-08", "US", "court", "GB", "ZA", "yes", "crime", "executive-agreement", "", "none", "yes"),
    ("L-10", "2026-04-22", "GB", "court", "US", "", "yes", "crime", "executive-agreement", "", "none", "no"),
    ("L-11", "2026-05-06", "KE", "police", "ZA", "KE", "yes", "crime", "", "", "", ""),
    ("L-12", "2026-05-20", "VN", "court", "VN", "VN", "yes", "crime", "direct", "domestic law", "none", "yes"),
)


def register() -> bytes:
    """The register as a spreadsheet saves it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((COLUMNS, *LETTERS))
    return text.getvalue().encode()


# Facts that no format tells -----------------------------------------------------------------------

WALL = "2026-04-20T06:00:00Z"

#: What the harbour station is connected by: type, name, supplier.
STATION = (
    ("hardware", "radio mast", "Otava Radio"),
    ("hardware", "core router", "ZTE Corporation"),
    ("hardware", "clock", None),
    ("carrier", "line to the city", "Savanna Lines"),
    ("carrier", "line overseas", "China Telecom (Americas) Corporation"),
    ("carrier", "satellite link", None),
    ("cable", "coast cable", "Nordic Deep"),
    ("cable", "island cable", "HMN Technologies Co., Limited"),
    ("cable", "harbour cable", None),
)

#: Lists of festival guests that an authority gets: from, to, who, how many people, what is agreed.
GUESTS = (
    ("AU", "NZ", "Registry of Guests", 120_000, []),
    ("CO", "PE", "Office of Festivals", 4_000, ["authority-approved"]),
    ("ID", "MY", "Board of Visitors", 150_000, ["public-body-instrument"]),
)

#: Branches of a public body of the United States send films home: from, networks on the way.
POTOMAC = (
    ("AE", [64_500, 206_204]),
    ("ZA", [64_500]),
    ("SG", [4_134, 64_500]),
    ("JP", None),
)


def parts() -> list[dict[str, object]]:
    """What the harbour station is connected by."""
    return [
        {
            "kind": "component",
            "at": WALL,
            "product": "Lumen Relay",
            "type": type,
            "name": name,
            "supplier.name": supplier,
        }
        for type, name, supplier in STATION
    ]


def stores() -> list[dict[str, object]]:
    """Stores that stand in no plan."""
    common = {"kind": "store", "at": WALL, "important": False}
    return [
        {
            **common, "name": "cabinet in Da Nang", "place": "VN", "replicas": [], "operator.name": "Lumen",
            "data": ["Username"], "subjects": ["DE"], "origin": ["DE"], "basis": "LegalObligation", "reason": "mandate",
        },
        {
            **common, "name": "kiosk in Portland", "place": "US", "replicas": [], "operator.name": "Northmere Cloud",
            "operator.seat": ["US"], "data": ["FacialPrint"], "subjects": ["US"], "origin": ["US"], "basis": "Consent",
            "reason": "contract",
        },
    ]  # fmt: skip


def listings() -> list[dict[str, object]]:
    """What a walk through app stores saw, for the tablets in cinema lobbies."""
    seen = {"TikTok": ["App Store", "Google Play"], "WeChat": ["Lobby Shelf"], "com.tencent.xin": None}
    return [{"kind": "product", "at": WALL, "name": name, "stores": stores} for name, stores in seen.items()]


def guests() -> list[dict[str, object]]:
    """Lists of guests for authorities."""
    common = {
        "sender.name": "Lumen",
        "recipient.role": "public-authority",
        "data": ["Name"],
        "basis": "LegalObligation",
    }
    plain = {"important": False, "critical": False, "source": "192.0.2.30"}
    return [
        {
            "kind": "flow", "at": "2026-06-20T12:00:00Z", "from": start, "to": end, "recipient.name": name,
            "recipient.seat": [end], "people": people, "subjects": [start], "origin": [start], "safeguards": safeguards,
            "address": f"198.51.100.{50 + number}", **common, **plain,
        }
        for number, (start, end, name, people, safeguards) in enumerate(GUESTS)
    ]  # fmt: skip


def potomac() -> list[dict[str, object]]:
    """Films that a public body sends home from abroad."""
    office = "Potomac Film Office"
    ends = {f"{end}.{key}": value for end in ("sender", "recipient") for key, value in _body(office).items()}
    plain = {"data": [], "important": False, "critical": False, "safeguards": [], "basis": "Contract"}
    return [
        {
            "kind": "flow", "at": "2026-06-22T12:00:00Z", "from": start, "to": "US", "network": 64_501, "via": via,
            "source": f"192.0.2.{60 + number}", "address": "198.51.100.60", "origin": [start], **ends, **plain,
        }
        for number, (start, via) in enumerate(POTOMAC)
    ]  # fmt: skip


def _body(name: str) -> dict[str, object]:
    return {"name": name, "role": "public-authority", "seat": ["US"], "controlled_by": ["US"]}


def told() -> dict[str, bytes]:
    """The files of this part by path."""
    facts = [*parts(), *stores(), *listings(), *guests(), *potomac()]
    given = [{name: value for name, value in fact.items() if value is not None} for fact in facts]
    return {"letters/register.csv": register(), "told/facts.ndjson": lines(given)}

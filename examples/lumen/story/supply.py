"""What products are made of (CycloneDX, SPDX), what a scanner found (SARIF), what was told of flaws (CSAF, OpenVEX)."""

from __future__ import annotations

from hashlib import sha256

from story.common import document

MADE = "2026-06-01T08:00:00Z"

# Lists of parts ---------------------------------------------------------------------------------

#: Name, version, supplier, whether a hash stands in the list.
APP_PARTS = (
    ("player-core", "5.1.0", "Oslo Player", True),
    ("codecs", "2.8.1", "Baltic Codecs", True),
    ("subtitle-kit", "1.4.0", "Andes Subtitles", True),
    ("arabic-fonts", "3.0.2", "Nile Fonts", True),
    ("beauty-filter", "0.9.4", "Fjord Filters", False),
)
DESK_PARTS = (
    ("timeline", "7.2.0", None, True),
    ("colour", "1.1.0", None, True),
    ("export", "4.0.3", "Baltic Codecs", True),
)

#: The same with what SPDX calls the purpose.
STICK_PARTS = (
    ("video-chip", "HR-88", "Han River Silicon", "DEVICE"),
    ("wireless-chip", "IR-5", "Incheon Radio", "DEVICE"),
    ("board-firmware", "2.0.4", "Busan Boards", "FIRMWARE"),
    ("remote-driver", "1.3.0", "Daegu Drivers", "LIBRARY"),
    ("boot-loader", "2026.01", "Lisbon Loaders", "LIBRARY"),
)

#: Flaws known in parts of the app: id, part, severity, day, what was done.
APP_FLAWS = (
    ("OPL-2026-2", "player-core", "high", "2026-05-20", {"response": ["update"]}),
    ("BCO-2025-9", "codecs", "medium", "2025-12-04", {"state": "resolved", "response": ["update"]}),
)


def digest(name: str, version: str) -> str:
    """A hash that stands for the file of a part."""
    return sha256(f"{name} {version}".encode()).hexdigest()


def cyclonedx(product: str, version: str, parts: tuple, flaws: tuple | None) -> dict[str, object]:
    """A list of parts of one product; without ``flaws`` nobody looked for any."""
    components = []
    for name, number, supplier, hashed in parts:
        part: dict[str, object] = {"type": "library", "bom-ref": name, "name": name, "version": number}
        part |= {"supplier": {"name": supplier}} if supplier else {}
        part |= {"hashes": [{"alg": "SHA-256", "content": digest(name, number)}]} if hashed else {}
        components.append(part)
    about = {"type": "application", "name": product, "version": version, "supplier": {"name": "Lumen"}}
    made: dict[str, object] = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    made |= {"metadata": {"timestamp": MADE, "component": about}, "components": components}
    if flaws is not None:
        made["vulnerabilities"] = [
            {
                "id": id,
                "ratings": [{"severity": severity}],
                "published": f"{day}T09:00:00Z",
                "analysis": analysis,
                "affects": [{"ref": part}],
            }
            for id, part, severity, day, analysis in flaws
        ]
    return made


def spdx() -> dict[str, object]:
    """The list of parts of the stick."""
    packages: list[dict[str, object]] = [
        {
            "SPDXID": "SPDXRef-stick",
            "name": "Lumen Stick",
            "versionInfo": "2",
            "supplier": "Organization: Lumen",
            "downloadLocation": "NOASSERTION",
            "primaryPackagePurpose": "DEVICE",
        }
    ]
    for name, version, supplier, purpose in STICK_PARTS:
        package: dict[str, object] = {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version}
        package |= {"supplier": f"Organization: {supplier}", "downloadLocation": "NOASSERTION"}
        package |= {"primaryPackagePurpose": purpose}
        if purpose != "DEVICE":
            package["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest(name, version)}]
        packages.append(package)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "lumen-stick",
        "documentNamespace": "https://lumen.example/parts/stick-2",
        "creationInfo": {"created": MADE, "creators": ["Organization: Lumen"]},
        "documentDescribes": ["SPDXRef-stick"],
        "packages": packages,
    }


# A scan of what the products can do -------------------------------------------------------------

#: What the scanner looks for: everything that Comity knows a name for.
LOOKED_FOR = (
    *("covert-exfiltration", "covert-identifier", "download-and-run", "hard-coded-credential", "hidden-functionality"),
    *("key-logging", "remote-control", "screen-capture", "undocumented-listener", "update-without-signature"),
)

FOUND = {
    "Lumen for Android": ("screen-capture", "remote-control"),
    "Lumen Stick": ("covert-identifier", "hard-coded-credential"),
    "Lumen Relay": (),
    "Lumen Desk": ("remote-control",),
}


def sarif() -> dict[str, object]:
    """One run for each product."""
    rules = [{"id": f"look/{code}", "properties": {"comity": {"capability": code}}} for code in LOOKED_FOR]
    runs = [
        {
            "tool": {"driver": {"name": "Lookabout", "version": "3.1", "rules": rules}},
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-06-02T10:00:00Z"}],
            "results": [
                {"ruleId": f"look/{code}", "level": "warning", "message": {"text": f"can do {code}"}} for code in found
            ],
            "properties": {"comity": {"product": product}},
        }
        for product, found in FOUND.items()
    ]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": runs}


# What was told of flaws ---------------------------------------------------------------------------


def csaf(
    id: str, publisher: tuple[str, str], maker: str, product: str, released: str, flaw: dict[str, object]
) -> dict[str, object]:
    """An advisory about one flaw in one product; ``publisher`` is a category and a name."""
    category, name = publisher
    released = f"{released}T09:00:00Z"
    head = {
        "category": "csaf_security_advisory",
        "csaf_version": "2.0",
        "title": f"Flaw in {product}",
        "publisher": {"category": category, "name": name, "namespace": "https://advisories.example"},
        "distribution": {"tlp": {"label": "WHITE"}},
        "tracking": {
            "id": id,
            "status": "final",
            "version": "1",
            "initial_release_date": released,
            "current_release_date": released,
            "revision_history": [{"date": released, "number": "1", "summary": "first release"}],
        },
    }
    named = {"category": "product_version", "name": "all", "product": {"name": product, "product_id": "P"}}
    versions = {"category": "product_name", "name": product, "branches": [named]}
    tree = {"branches": [{"category": "vendor", "name": maker, "branches": [versions]}]}
    told = {"ids": [{"system_name": name, "text": id}], "product_status": {"known_affected": ["P"]}, **flaw}
    return {"document": head, "product_tree": tree, "vulnerabilities": [told]}


def rated(severity: str, score: float) -> dict[str, object]:
    """A rating by CVSS 3.1."""
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
    rating = {"version": "3.1", "vectorString": vector, "baseScore": score, "baseSeverity": severity.upper()}
    return {"scores": [{"products": ["P"], "cvss_v3": rating}]}


def knew(day: str) -> dict[str, object]:
    """Since when the maker knows, in its own words."""
    return {"involvements": [{"party": "vendor", "status": "open", "date": f"{day}T09:00:00Z"}]}


def offered(category: str) -> dict[str, object]:
    """What is offered."""
    return {"remediations": [{"category": category, "details": "see the maker's page", "product_ids": ["P"]}]}


def advisories() -> dict[str, dict[str, object]]:
    """The advisories by the makers of parts, and one that a coordinator published."""
    silicon = {**rated("high", 8.1), **knew("2026-01-12"), **offered("vendor_fix")}
    loader = {**rated("critical", 9.1), **knew("2025-09-30"), **offered("none_available")}
    fonts = {**rated("medium", 5.3), **offered("workaround")}
    return {
        "han-river.json": csaf(
            "HRS-2026-1", ("vendor", "Han River Silicon"), "Han River Silicon", "video-chip", "2026-02-20", silicon
        ),
        "lisbon-loaders.json": csaf(
            "LL-2026-4", ("vendor", "Lisbon Loaders"), "Lisbon Loaders", "boot-loader", "2026-03-20", loader
        ),
        "nile-fonts.json": csaf(
            "CO-2026-77", ("coordinator", "Clearing House"), "Nile Fonts", "arabic-fonts", "2026-04-14", fonts
        ),
    }


def openvex() -> dict[str, object]:
    """What Lumen itself says of flaws in its stick."""
    statements = (
        ("LL-2026-4", "affected", {"action_statement": "Pull the plug at night until the loader is replaced."}),
        ("LUMEN-2026-3", "under_investigation", {}),
        ("HRS-2026-1", "not_affected", {"justification": "vulnerable_code_not_in_execute_path"}),
    )
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://lumen.example/vex/stick-2",
        "author": "Lumen",
        "timestamp": "2026-04-02T09:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": name},
                "products": [{"@id": "pkg:generic/lumen-stick@2"}],
                "supplier": "Lumen",
                "status": status,
                **more,
            }
            for name, status, more in statements
        ],
    }


def supply() -> dict[str, bytes]:
    """The files of this part by path."""
    made = {
        "parts/app.cdx.json": cyclonedx("Lumen for Android", "4.2", APP_PARTS, APP_FLAWS),
        "parts/desk.cdx.json": cyclonedx("Lumen Desk", "7", DESK_PARTS, None),
        "parts/stick.spdx.json": spdx(),
        "scan/lookabout.sarif": sarif(),
        "flaws/stick.openvex.json": openvex(),
        **{f"flaws/{name}": content for name, content in advisories().items()},
    }
    return {name: document(content) for name, content in made.items()}

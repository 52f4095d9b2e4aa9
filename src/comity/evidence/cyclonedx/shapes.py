"""What is kept of a CycloneDX document (``_sbom_source`` says what a shape is).

In XML some elements have names of their own: `responses` for `response`, and the signature is one of XML's.
"""

from __future__ import annotations

from typing import Any

from comity.evidence._sbom_source import Each

_NAMED = {"name": None}
_SIGNED = {"value": None}
_HASHES = [{"alg": None, "content": None}]

#: Who a component or product comes from.
_PARTIES = {"supplier": _NAMED, "manufacturer": _NAMED}

_COMPONENT: dict[str, Any] = {
    **dict.fromkeys(("type", "bom-ref", "name", "version", "purl")),
    **_PARTIES,
    "hashes": _HASHES,
    "licenses": [{"license": {"id": None, "name": None}, "expression": None}],
    "externalReferences": [{"type": None, "hashes": _HASHES}],
    "signature": {**_SIGNED, "signers": [_SIGNED], "chain": [_SIGNED]},
    "Signature": {"SignatureValue": None},
}
_COMPONENT["components"] = _COMPONENTS = Each("component", _COMPONENT)

_SERVICE: dict[str, Any] = {**dict.fromkeys(("bom-ref", "name", "version")), "provider": _NAMED}
_SERVICE["licenses"] = _COMPONENT["licenses"]
_SERVICE["services"] = _SERVICES = Each("service", _SERVICE)

_VULNERABILITIES = Each(
    "vulnerability",
    {
        **dict.fromkeys(("id", "published", "rejected", "recommendation", "workaround")),
        "ratings": [dict.fromkeys(("severity", "score", "method"))],
        "analysis": {"state": None, "firstIssued": None, "response": [None], "responses": [None]},
        "affects": [{"ref": None, "versions": [{"status": None}]}],
    },
)

#: What is needed to know before components are read.
SURVEY: dict[str, Any] = {
    "serialNumber": None,
    "metadata": {
        "timestamp": None,
        "component": {"name": None, "version": None, **_PARTIES},
        "supplier": _NAMED,
        "manufacture": _NAMED,
    },
    "vulnerabilities": _VULNERABILITIES,
}

#: The records.
CONTENT: dict[str, Any] = {
    "metadata": {"component": {"components": _COMPONENTS}},
    "components": _COMPONENTS,
    "services": _SERVICES,
    "vulnerabilities": _VULNERABILITIES,
}


def local_name(name: str) -> str | None:
    """The name of an XML element or nothing, from its namespace and name."""
    namespace, _, local = name.rpartition(" ")
    if namespace.startswith("http://cyclonedx.org/schema/bom/") or namespace == "http://www.w3.org/2000/09/xmldsig#":
        return local
    return None

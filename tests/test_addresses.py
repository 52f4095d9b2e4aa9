"""Networks around addresses as SQL finds them, beside a plain search by ``ipaddress``."""

import ipaddress
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.engine.duckdb import Engine
from comity.enrich.addresses import in_networks, key_of, keyed

NETWORKS = [
    *("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.1.0.0/21", "10.1.0.0/22", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.3"),
    *("172.16.0.0/12", "172.16.0.0/12", "2001:db8::/32", "2001:db8::/47", "2001:db8::1", "fe80::/10", "::ffff:0:0/97"),
]
#: Addresses as they are written, and what merely looks like them.
NEAR = ["10.1.2.3", "10.1.2.255", "10.1.7.0", "10.128.0.1", "172.31.255.255", "2001:DB8::1", "2001:db8:0:8000::1"]
NEAR += ["::10.1.2.3", "::ffff:10.1.2.3", "FE80::1%eth0", "fe80::1%", "fe80::1%a%b", "fe80::1%a/b", "10.1.2.3%eth0"]
NEAR += ["::", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4:5"]
TEXTS = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded.upper()),
    st.sampled_from(NEAR),
    st.text("01a:.%/\n", max_size=12),
    st.lists(st.sampled_from(["0", "01", "ff", "10", "fe80", "", "1.2.3.4"]), min_size=2, max_size=10).map(":".join),
)


def plainly(text):
    """Key and place of the last of the narrowest networks, by a search of all of them."""
    with suppress(ValueError):
        address = ipaddress.ip_address(text)
        each = ((ipaddress.ip_network(network), place) for place, network in enumerate(NETWORKS))
        around = [(net.prefixlen, place) for net, place in each if net.version == address.version and address in net]
        return key_of(text), max(around)[1] if around else None
    return None, None


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=60))
def test_the_narrowest_network_is_found_as_by_a_plain_search(texts):
    with Engine() as engine:
        engine.create("written", {"address": "VARCHAR"}, ((text,) for text in [*NEAR, *texts]))
        numbers = {"place": [(network, place) for place, network in enumerate(NETWORKS)]}
        in_networks(engine, "found", keyed("SELECT DISTINCT address FROM written"), {"place": "INTEGER"}, numbers)
        found = {address: tuple(rest) for address, *rest in engine.rows("SELECT address, key, place FROM found")}
    assert found == {text: plainly(text) for text in {*NEAR, *texts}}

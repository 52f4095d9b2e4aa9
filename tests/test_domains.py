"""Domains above host names as SQL finds them, beside the library that knows the Public Suffix List."""

from hypothesis import given, settings
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from comity.engine.duckdb import Engine
from comity.enrich.domains import in_domains

LIST = PublicSuffixList()
NAMED = {"described": {"example.org": 1, "a.example.org": 2, "co.uk": 3}, "registered": {"com": 4, "example.org": 5}}
#: Rules of every form: plain, with a wildcard, an exception to one, not of ASCII, with many labels.
SUFFIXES = ["com", "co.uk", "github.io", "kawasaki.jp", "city.kawasaki.jp", "ck", "www.ck", "香港", "個人.香港"]
SUFFIXES += ["xn--j6w193g", "on.amazonwebservices.com.cn", "airflow.cn-north-1.on.amazonwebservices.com.cn", "example"]
LABELS = st.lists(st.sampled_from(["a", "b", "example", "org", "1", "", "*", "!city"]), max_size=4)
HOSTS = st.tuples(LABELS, st.sampled_from([*SUFFIXES, "org"])).map(lambda parts: ".".join([*parts[0], parts[1]]))


def above(host, domains):
    labels = host.split(".")
    return next((domains[d] for n in range(len(labels)) if (d := ".".join(labels[n:])) in domains), None)


@settings(max_examples=40, deadline=None)
@given(st.sets(HOSTS, max_size=60))
def test_domains_are_those_that_the_library_finds(hosts):
    with Engine() as engine:
        engine.create("hosts", {"host": "VARCHAR"}, ((host,) for host in hosts))
        in_domains(engine, "found", "SELECT host FROM hosts", NAMED)
        found = {host: tuple(rest) for host, *rest in engine.rows("SELECT * FROM found")}
    assert found == {h: (LIST.privatesuffix(h), *(above(h, domains) for domains in NAMED.values())) for h in hosts}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of both interfaces (VCD reference 3.7, 3.8), and how an edge numbers its interfaces (6.2)."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import get_args
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.clouds import Cloud, InterfaceKind, OrgVdcNetwork
from lab.vcd.filters import compiled
from lab.vcd.network_rules import numbered

NAMES = st.text(string.ascii_letters + string.digits + " :/,;()=!%+&{}.'\"", min_size=1)
KNOWN = {"name", "kind"}


@given(NAMES, NAMES)
def test_an_encoded_value_finds_its_own_name_alone(name: str, other: str) -> None:
    escaped = "".join("\\" + c if c in "(),;" else c for c in name)
    test = compiled(f"(name=={quote(escaped, safe='')})", KNOWN, encoded=True)
    assert test({"name": name})
    assert test({"name": other}) is (other == name)


@given(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"]))
def test_and_binds_more_than_or(name: str, kind: str) -> None:
    record = {"name": name, "kind": kind}
    assert compiled("name==a;kind==x,name==b", KNOWN, False)(record) is ((name, kind) == ("a", "x") or name == "b")
    assert compiled("name==a;(kind==x,name==b)", KNOWN, False)(record) is ((name, kind) == ("a", "x"))
    assert compiled("name!=a", KNOWN, False)(record) is (name == "b")
    assert compiled("", KNOWN, False)(record)


@pytest.mark.parametrize("text", ["name", "name=a", "(name==a", "name==a)", "other==a", ";", "name==a;"])
def test_texts_that_are_no_filter(text: str) -> None:
    with pytest.raises(ValueError, match=r"filter|bracket"):
        compiled(text, KNOWN, False)


def test_references_are_equal_in_every_view() -> None:
    test = compiled("org==https://here/api/admin/org/1234", {"org"}, False)
    assert test({"org": "https://here/api/org/1234"})
    assert not test({"org": "https://here/api/org/1235"})


KINDS = st.sampled_from([k for k in get_args(InterfaceKind) if k != "non_distributed"])


@given(st.lists(st.tuples(st.integers(0, 7), KINDS, st.booleans()), max_size=40))
def test_interfaces_of_an_edge_never_share_a_number(steps: list[tuple[int, InterfaceKind, bool]]) -> None:
    """Networks come, change their kind and go in any order."""
    cloud = Cloud("any", "nsx-v")
    for number, kind, goes in steps:
        name = f"n{number}"
        if goes:
            cloud.networks.pop(name, None)
            continue
        before = cloud.networks.get(name) or OrgVdcNetwork(name, name, "vdc", f"10.0.{number}.1/24", "edge")
        cloud.networks[name] = numbered(cloud, replace(before, kind=kind))
    found = list(cloud.networks.values())
    for kind in ("internal", "subinterface", "distributed"):
        indexes = [n.index for n in found if n.kind == kind]
        assert len(set(indexes)) == len(indexes)
        assert all((1 <= i <= 8) if kind == "internal" else i >= 10 for i in indexes if i is not None)
    tunnels = [n.tunnel_id for n in found if n.kind == "subinterface"]
    assert None not in tunnels
    assert len(set(tunnels)) == len(tunnels)
    assert {n.tunnel_id for n in found if n.kind != "subinterface"} <= {None}

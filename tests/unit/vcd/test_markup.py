# SPDX-License-Identifier: GPL-3.0-or-later
"""XML in and out: what is kept, what is refused, and where a new element goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    MissingLibrary,
    Refused,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import markup
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.markup import VCLOUD, Node, node, parse, render

SOME_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
NAMES = st.sampled_from(["Name", "Description", "Link", "{urn:other}Extra"])
NODES = st.recursive(
    st.builds(Node, NAMES, SOME_TEXT.map(str.strip), st.dictionaries(NAMES, SOME_TEXT)),
    lambda inner: st.builds(Node, NAMES, st.just(""), st.just({}), st.lists(inner, min_size=1, max_size=4)),
    max_leaves=8,
)


@given(NODES, st.sampled_from([VCLOUD, None]))
def test_what_is_rendered_is_read_back(root: Node, namespace: str | None) -> None:
    assert parse(render(root, namespace), "here") == root


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
FILE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'
REMOTE = '<!DOCTYPE a SYSTEM "http://localhost:1/a.dtd"><a/>'


@pytest.mark.parametrize("text", [BOMB, FILE, REMOTE])
def test_entities_are_refused_before_they_are_read(text: str) -> None:
    with pytest.raises(Refused, match=r"^cloud:443 sends XML with a document type, which no Cloud Director does"):
        parse(text, "cloud:443")


def test_an_entity_without_a_document_type_is_no_xml() -> None:
    with pytest.raises(Refused, match=r"^cloud:443 sends no valid XML: Entity 'a' not defined"):
        parse("<a>&a;</a>", "cloud:443")


def test_a_name_of_cloud_director_is_bare_and_others_keep_their_namespace() -> None:
    root = parse(f'<v:Org xmlns:v="{VCLOUD}" xmlns:x="urn:x"><v:Name>a</v:Name><x:Name>b</x:Name></v:Org>', "here")
    assert (root.name, root.value("Name"), root.value("{urn:x}Name")) == ("Org", "a", "b")


def test_values_are_spelt_as_xml_schema_has_them() -> None:
    rendered = render(node("L", node("A", True), node("B", 443), None, node("C", "a < b")), None)
    assert rendered.endswith("<L><A>true</A><B>443</B><C>a &lt; b</C></L>")


@pytest.mark.parametrize(
    ("there", "new", "after"),
    [
        (["A", "C"], "B", ["A", "B", "C"]),
        (["C"], "A", ["A", "C"]),
        (["Link", "A", "C"], "D", ["Link", "A", "C", "D"]),
        (["Link", "C"], "A", ["A", "Link", "C"]),
        (["A", "B", "C"], "B", ["A", "B", "C"]),
    ],
)
def test_a_new_element_goes_where_the_schema_has_it(there: list[str], new: str, after: list[str]) -> None:
    root = node("Root", *(Node(name) for name in there))
    root.put(node(new, "new"), ("A", "B", "C", "D"))
    assert [child.name for child in root.children] == after
    assert root.value(new) == "new"


def test_characters_that_xml_cannot_carry() -> None:
    with pytest.raises(InvalidInput, match=r"^an option holds characters that XML cannot carry: "):
        render(node("Name", "a\x00b"), None)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "IMPORT_ERROR", "No module named 'lxml'")
    with pytest.raises(MissingLibrary, match=r"^the Python package lxml is missing \(No module named 'lxml'\)"):
        parse("<a/>", "here")

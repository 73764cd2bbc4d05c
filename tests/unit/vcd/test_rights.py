# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights as sets: what others imply, and what a plan adds and takes away. (VCD reference 4)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Tenant
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.org_rights import OrgRights
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.org_rights_options import WantedRights
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.rights import Actual, Catalogue, Ids, Role

LETTERS = "abcdefgh"
SETS = st.frozensets(st.sampled_from(LETTERS))
IMPLIED = st.dictionaries(st.sampled_from(LETTERS), SETS)
ACME = Tenant("1", "acme")


class Backend:
    """An organization that refuses what a strict service refuses."""

    def __init__(self, catalogue: Catalogue, elsewhere: Ids, own: Ids, role: Ids) -> None:
        self._catalogue = catalogue
        self.elsewhere, self.own, self.role = elsewhere, own, role

    def catalogue(self) -> Catalogue:
        return self._catalogue

    def read(self, tenant: Tenant) -> Actual:
        role = Role("r", "admin", "role", self.role)
        granted = self.elsewhere | self.own
        return Actual(granted, self.own, "rights bundle", "own", exists=True, published=True, role=role)

    def write_grant(self, tenant: Tenant, actual: Actual, present: Ids, target: Ids) -> None:
        assert present == self.own
        self._whole(target)
        self.own = target

    def role_writes(self, tenant: Tenant, role: Role, target: Ids) -> Sequence[Callable[[], None]]:
        return [lambda: self._write_role(target)]

    def _write_role(self, target: Ids) -> None:
        self._whole(target)
        assert target <= self.elsewhere | self.own
        self.role = target

    def _whole(self, rights: Ids) -> None:
        assert self._catalogue.closed(rights) == rights


def bring(backend: Backend, state: str, *named: str) -> dict[str, Any]:
    wanted = WantedRights("acme", state, named, {}, "auto", "own", True, "admin", "org")
    task = Task({}, False, Run(None), Progress(), Redactor())
    return reconcile(OrgRights(backend, wanted, ACME, task, "key"), check=False, progress=task.progress)


@given(IMPLIED, SETS)
def test_a_closure_holds_what_it_implies_and_nothing_without_a_reason(implied: dict[str, Ids], rights: Ids) -> None:
    catalogue = Catalogue({letter: letter for letter in LETTERS}, implied)
    closed = catalogue.closed(rights)
    assert rights <= closed
    assert all(implied.get(one, frozenset()) <= closed for one in closed)
    assert all(one in rights or any(one in implied.get(other, ()) for other in closed) for one in closed)


@given(IMPLIED, SETS, SETS, SETS, st.sets(st.sampled_from(LETTERS), min_size=1), st.sampled_from(["present", "exact"]))
def test_rights_come_in_an_order_that_a_strict_service_takes(
    implied: dict[str, Ids], elsewhere: Ids, own: Ids, role: Ids, named: set[str], state: str
) -> None:
    catalogue = Catalogue({letter: letter for letter in LETTERS}, implied)
    elsewhere, own = catalogue.closed(elsewhere), catalogue.closed(own)
    role = catalogue.closed(role & (elsewhere | own))
    backend = Backend(catalogue, elsewhere, own, role)
    closed = catalogue.closed(frozenset(named))
    bring(backend, state, *sorted(named))
    assert closed <= backend.elsewhere | backend.own
    assert closed <= backend.role
    if state == "exact":
        assert (backend.own, backend.role) == (closed, closed)
    assert bring(backend, state, *sorted(named))["changed"] is False


@given(IMPLIED, SETS, SETS, st.sets(st.sampled_from(LETTERS), min_size=1))
def test_rights_go_or_the_reason_is_told(implied: dict[str, Ids], own: Ids, role: Ids, named: set[str]) -> None:
    catalogue = Catalogue({letter: letter for letter in LETTERS}, implied)
    own = catalogue.closed(own)
    role = catalogue.closed(role & own)
    backend = Backend(catalogue, frozenset(), own, role)
    try:
        bring(backend, "absent", *sorted(named))
    except InvalidInput:
        stays = (own | role) - named
        assert any(catalogue.implied.get(one, frozenset()) & named for one in stays | own - named)
        assert (backend.own, backend.role) == (own, role)
    else:
        assert not named & (backend.own | backend.role)
        assert backend.own == own - named


def test_a_name_is_found_before_an_id() -> None:
    catalogue = Catalogue({"a": "b", "b": "c"})
    assert (catalogue.find("b"), catalogue.find("a"), catalogue.find("urn:vcloud:right:b")) == ("a", "a", "b")
    assert catalogue.find("d") is None


@pytest.mark.parametrize("state", ["present", "absent", "exact"])
def test_unknown_rights_stop_everything(state: str) -> None:
    backend = Backend(Catalogue({"a": "a"}), frozenset(), frozenset(), frozenset())
    with pytest.raises(InvalidInput, match=r"^right x is not known; there are: a \(and 1 more problem"):
        bring(backend, state, "a", "x", "y")
    assert backend.own == frozenset()

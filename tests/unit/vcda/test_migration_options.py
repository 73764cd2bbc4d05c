# SPDX-License-Identifier: GPL-3.0-or-later
"""What `vcda_migration` refuses before it logs in, one sentence each."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.migration_options import Wanted
from ansible_collections.hybridcloud.mobility.plugins.modules.vcda_migration import JOB

LOGIN = {"hostname": "vcda.example.com", "username": "orgadmin@acme", "password": "secret"}


def wanted(*vms: dict[str, Any], **options: Any) -> Wanted:
    given = {**LOGIN, "vms": list(vms) or [{"name": "web"}], **options}
    checked = ArgumentSpecValidator(JOB.argument_spec).validate(given)
    assert checked.error_messages == []
    return Wanted.from_params(checked.validated_parameters)


def target(*networks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"target": {"vdc": "acme-vdc", "networks": list(networks), **more}}


def on(network: str = "net", **settings: Any) -> dict[str, Any]:
    return {"network": network, **settings}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"rpo_minutes": 4}, "rpo_minutes 4 is outside 5 to 1440 (24 hours)"),
    ({"rpo_minutes": 1441}, "rpo_minutes 1441 is outside 5 to 1440 (24 hours)"),
    ({"concurrency": 0}, "concurrency 0 is outside 1 to 64"),
    ({"concurrency": 65}, "concurrency 65 is outside 1 to 64"),
    ({"wait_timeout": 0}, "wait_timeout 0 must be 1 or more seconds"),
    (
        {"start_at": "tomorrow"},
        "start_at tomorrow is not a time with its zone, such as 2026-05-01T22:00:00+02:00",
    ),
    (
        {"start_at": "2026-05-01T22:00:00"},
        "start_at 2026-05-01T22:00:00 is not a time with its zone, such as 2026-05-01T22:00:00+02:00",
    ),
    (
        {"group_into_vapp": True},
        "group_into_vapp needs vapp_name, the name of the vApp that the virtual machines share",
    ),
    ({"vapp_name": "shop"}, "vapp_name shop needs group_into_vapp; give vapp_name of each entry of vms"),
    (
        {"group_into_vapp": True, "vapp_name": "shop", "vms": [{"name": "web", "vapp_name": "web"}]},
        "vms (web): vapp_name web excludes group_into_vapp, which has one for all",
    ),
    ({"vms": [{"vapp_name": "x"}]}, "an entry of vms has neither name nor id; give one of them"),
    ({"vms": [{"name": "web"}, {"name": "web"}]}, "vms names web 2 times; keep one of its entries"),
    ({"username": "orgadmin"}, "username orgadmin is not of the form user@organization, such as admin@acme"),
    (
        target(on(address="172.16.10.256")),
        "vms (web): networks of card 0: address 172.16.10.256 is not an IP address",
    ),
    (target(on(mode="manual")), "vms (web): networks of card 0: mode manual needs an address"),
    (
        target(on(address="10.0.0.1", mode="dhcp")),
        "vms (web): networks of card 0: address 10.0.0.1 needs mode manual, not dhcp",
    ),
    (target(on(nic=1), on(nic=1)), "vms (web): networks has card 1 more than once"),
    (target(on(nic=-1)), "vms (web): networks of card -1: cards are counted from 0"),
    (
        {**target(on(address="10.0.0.1")), "vms": [{"name": "web"}, {"name": "db"}]},
        "vms: web and db are both given 10.0.0.1 on net",
    ),
    (
        {"target": {"networks": [on()]}},
        "target.vdc must be given with networks and other settings of the target",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), BAD, ids=[sentence for _options, sentence in BAD])
def test_what_cannot_be_is_refused_in_one_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted(**options)
    assert caught.value.facts["problems"] == [sentence]


def test_no_machine_at_all() -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted(vms=[])
    assert caught.value.facts["problems"] == ["vms is empty; name at least one virtual machine"]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidInput, match="and 2 more problems") as caught:
        wanted(rpo_minutes=1, concurrency=0, wait_timeout=0)
    assert len(caught.value.facts["problems"]) == 3


@pytest.mark.parametrize("rpo", [5, 1440, None])
def test_the_ends_of_the_range_are_allowed(rpo: int | None) -> None:
    assert wanted(rpo_minutes=rpo).rpo == rpo


@pytest.mark.parametrize("text", ["2026-05-01T22:00:00+02:00", "2026-05-01T20:00:00Z"])
def test_a_start_is_a_moment_in_milliseconds(text: str) -> None:
    assert wanted(start_at=text).start == 1_777_665_600_000


def test_a_machines_own_networks_win_over_those_of_the_target() -> None:
    found = wanted({"name": "web", "networks": [on("own")]}, {"name": "db"}, **target(on("all", mode="pool"))).vms
    assert [[(card.network, card.mode) for card in vm.cards or ()] for vm in found] == [
        [("own", "none")],
        [("all", "pool")],
    ]


def test_a_card_that_keeps_its_address_gets_the_one_that_the_source_shows() -> None:
    seen = [{"name": "web", "powered_on": True, "nics": [{"addresses": ["172.16.10.22", "fd00::5"]}]}]
    (vm,) = wanted(source_vms=seen, **target(on(mode="keep"))).vms
    assert [(card.mode, card.address) for card in vm.cards or ()] == [("manual", "172.16.10.22")]
    assert (vm.powered_on, vm.unknown_address) == (True, False)


@pytest.mark.parametrize("nics", [[], [{"addresses": []}]])
def test_an_address_that_nobody_knows_leaves_the_networks_alone(nics: list[dict[str, Any]]) -> None:
    (vm,) = wanted(source_vms=[{"name": "web", "powered_on": False, "nics": nics}], **target(on(mode="keep"))).vms
    assert (vm.cards, vm.unknown_address) == (None, True)


def test_an_address_makes_a_card_manual_and_cards_are_ordered() -> None:
    (vm,) = wanted({"name": "web", "networks": [on(nic=1, address="fd00::5"), on(nic=0)]}, **target()).vms
    assert [(card.index, card.mode, card.address) for card in vm.cards or ()] == [
        (0, "none", None),
        (1, "manual", "fd00::5"),
    ]

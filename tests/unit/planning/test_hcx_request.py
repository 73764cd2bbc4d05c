# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: every problem is told, in one sentence that names the option and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planning.hcx_samples import mesh, networks, planned, profile

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems

EXTENSION = {"services": ["network_extension"]}


def refused(options: dict[str, Any]) -> list[str]:
    with pytest.raises(Problems) as caught:
        planned(options)
    return list(caught.value.sentences)


def with_profile(**more: Any) -> dict[str, Any]:
    options = mesh()
    options["local"]["network_profiles"][0] |= more
    return options


def with_local(**more: Any) -> dict[str, Any]:
    options = mesh()
    options["local"] |= more
    return options


PROFILE = "local.network_profiles[0]"
RANGE = "an address, a range such as 10.0.0.5-10.0.0.9, or a CIDR."
USABLE = "the usable addresses of the cidr 10.1.1.0/24, 10.1.1.1 to 10.1.1.254."
BAD = [
    (
        with_local(manager="10.1.1.300"),
        'local.manager is "10.1.1.300", but must be an IPv4 address or a host name, with a port where it is not 443.',
    ),
    (with_local(vcenter="vc_1!"), 'local.vcenter is "vc_1!", but must be an IPv4 address or a host name.'),
    (
        with_local(dns=["10.1.9.53", "10.1.9"]),
        'local.dns[1] is "10.1.9", but must be an IPv4 address or a host name.',
    ),
    (
        with_local(admin_networks=["10.1.0.0/15"]),
        f'local.admin_networks[0] is "10.1.0.0/15", but must be {RANGE}',
    ),
    (
        with_local(esxi_networks={"vmotion": ["10.1.3.9-10.1.3.2"]}),
        f'local.esxi_networks.vmotion[0] is "10.1.3.9-10.1.3.2", but must be {RANGE}',
    ),
    (with_local(manager_type="cluod"), 'local.manager_type is "cluod"; did you mean cloud? Allowed: connector, cloud.'),
    (with_local(name="There"), "remote.name is there, but must differ from local.name."),
    (with_local(manager="10.2.1.20"), "remote.manager is 10.2.1.20, but must differ from local.manager."),
    (
        with_local(hosts=[{"name": "esx-1"}]),
        "local.hosts[0] is no host as esxi_vmkernel_info returns it: it has no adapters.",
    ),
    (with_local(name=None), "local.name is missing."),
    (with_local(colour="blue"), "local.colour is not a known key;"),
    (
        mesh(remote={**mesh()["remote"], "manager_type": "connector"}),
        "remote.manager_type is connector, but must be cloud, because a connector cannot be paired with.",
    ),
    (
        with_profile(cidr="10.1.1.5/24"),
        f'{PROFILE}.cidr is "10.1.1.5/24", but must be an IPv4 network such as 10.0.0.0/24, with no bits set behind',
    ),
    (with_profile(gateway="10.9.9.1"), f"{PROFILE}.gateway is 10.9.9.1, but must be one of {USABLE}"),
    (
        with_profile(ranges=["10.1.1.250-10.1.1.255"]),
        f"{PROFILE}.ranges holds 10.1.1.250 to 10.1.1.255, but must stay within {USABLE}",
    ),
    (with_profile(ranges=[]), f"{PROFILE}.ranges is empty, but must have at least one entry."),
    (with_profile(roles=[]), f"{PROFILE}.roles is empty, but must have at least one entry."),
    (with_profile(mtu=9001), f"{PROFILE}.mtu is 9001, but must be a whole number from 68 to 9000."),
    (
        with_profile(roles=["managment"]),
        f'{PROFILE}.roles is "managment"; did you mean management? Allowed: management, uplink, vmotion, replication.',
    ),
    (
        with_profile(roles=["management", "vmotion"]),
        "local.network_profiles has 2 profiles with the role vmotion, but only the role uplink may have more than one.",
    ),
    (
        with_profile(roles=["uplink"]),
        "local.network_profiles has no profile with the role management, which every mesh needs.",
    ),
    (
        with_profile(name="NP-uplink"),
        "local.network_profiles has 2 profiles named np-uplink, but names must differ.",
    ),
    (
        with_local(network_profiles=[]),
        "local.network_profiles has no profile with the role management, which every mesh needs.",
    ),
    (mesh(services=["bulk"]), 'services is "bulk"; '),
    (mesh(services=[]), "services is empty, but must have at least one entry."),
    (
        mesh(**EXTENSION),
        "extended_networks is empty, but must name a network while services has network_extension.",
    ),
    (
        mesh(extended_networks=networks(1)),
        "extended_networks names networks, but services must have network_extension for them.",
    ),
    (
        mesh(network_extension_ha=True),
        "network_extension_ha is true, but services must have network_extension for it.",
    ),
    (mesh(services=["mon"]), "services has mon, but must have network_extension with it."),
    (
        mesh(**EXTENSION, extended_networks=[*networks(1), *networks(1)]),
        "extended_networks has pg-1 on vds-a 2 times, but must name a network once.",
    ),
    (
        mesh(**EXTENSION, extended_networks=networks(1, kind="vxlan")),
        'extended_networks[0].kind is "vxlan"; ',
    ),
    (
        mesh(**EXTENSION, extended_networks=[{**networks(1)[0], "vlan": 4095}]),
        "extended_networks[0].vlan is 4095, but must be a whole number from 0 to 4094.",
    ),
    (mesh(hcx_version="next"), 'hcx_version is "next", but must be a version such as 4.11.2.'),
    (mesh(underlay_mbit=0), "underlay_mbit is 0, but must be a whole number from 1 to 1000000."),
    (
        mesh(limits={"networks_per_ne": 9}),
        "limits.networks_per_ne is 9, but must be a whole number from 1 to 8.",
    ),
    (mesh(limits={"mon_vm": 9}), "limits.mon_vm is not a known limit; did you mean mon_vms? Allowed: networks_per_ne,"),
]


@pytest.mark.parametrize(("options", "sentence"), BAD, ids=[sentence for _options, sentence in BAD])
def test_bad_input_is_refused_with_its_reason(options: dict[str, Any], sentence: str) -> None:
    (found,) = refused(options)
    assert found.startswith(sentence)


def test_every_problem_is_told_in_the_order_of_the_input() -> None:
    options = mesh(services=["mon"], hcx_version="x")
    options["local"]["manager"] = "10.1.1.300"
    options["remote"]["network_profiles"].append(profile("np-more", ["vmotion"], "10.2.9", mtu=1))
    begins = [sentence.split(" ")[0] for sentence in refused(options)]
    assert begins == [
        "local.manager",
        "remote.network_profiles[4].mtu",
        "remote.network_profiles",
        "hcx_version",
        "services",
    ]


def test_a_problem_of_one_site_is_told_once_although_the_other_is_missing() -> None:
    options = mesh()
    del options["remote"]
    options["local"]["ntp"] = ["10.1.1.999"]
    assert refused(options) == [
        "remote is missing.",
        'local.ntp[0] is "10.1.1.999", but must be an IPv4 address or a host name.',
    ]

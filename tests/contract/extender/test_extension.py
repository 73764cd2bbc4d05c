# SPDX-License-Identifier: GPL-3.0-or-later
"""``extender_dc_extension`` for both generations: the tunnel is looked at from its other end. (VCD reference 6 to 8)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from contract.extender import world
from contract.extender.tasks import EDGE, EDGE_PASSWORD, L2VPN_PASSWORD, NETWORK, TRUNK, Result, Tasks, listed
from contract.extender.world import PEER

from ansible_collections.hybridcloud.mobility.plugins.module_utils.extender import sessions
from lab import Lab, snapshots

MODULE, APPLIANCE = "extender_dc_extension", "extender_l2_appliance"
GENERATIONS = ("nsx_v", "nsx_t")


class Worlds:
    """The lab's world as it began, and with everything but the extension; each is made once."""

    def __init__(self, lab: Lab) -> None:
        lab.reset()
        self._lab = lab
        self._kept = {"": snapshots.take(lab.shared)}

    def enter(self, name: str, build: Callable[[str], None]) -> None:
        if name not in self._kept:
            build(name)
            self._kept[name] = snapshots.take(self._lab.shared)
        snapshots.restore(self._lab.shared, self._kept[name])


class Builder(Tasks):
    def __init__(self, lab: Lab, worlds: Worlds) -> None:
        super().__init__(lab)
        self._worlds = worlds

    def built(self, generation: str) -> None:
        self._worlds.enter(generation, self.build)


@pytest.fixture(scope="module")
def worlds(running_lab: Lab) -> Worlds:
    return Worlds(running_lab)


@pytest.fixture
def lab(running_lab: Lab, worlds: Worlds, impatient: None) -> Lab:
    worlds.enter("", lambda name: None)
    running_lab.faults.clear()
    running_lab.shared.log.clear()
    return running_lab


@pytest.fixture
def run(lab: Lab, worlds: Worlds) -> Builder:
    return Builder(lab, worlds)


def options(run: Tasks, generation: str, **settings: object) -> Result:
    made = run.extension_v if generation == "nsx_v" else run.extension_t
    return made(**settings)


def appliance(run: Tasks, generation: str, **settings: object) -> Result:
    made = run.standalone_of_cloud if generation == "nsx_v" else run.autonomous
    return made(**settings)


# --- both generations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
def test_from_nothing_to_tunnel_up(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    result = run(MODULE, **options(run, generation))
    assert result["changed"] is True
    assert result["extension"]["state"] == "connected"
    assert result["extension"]["tunnel"] == {"up": True, "failure": ""}
    assert world.is_up(lab, generation)
    assert world.reached(lab) == [NETWORK]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_second_run_of_everything_changes_nothing(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    first = run(MODULE, **options(run, generation))
    again = run(APPLIANCE, **appliance(run, generation))
    second = run(MODULE, **options(run, generation))
    assert (again["changed"], second["changed"], second["changes"]) == (False, False, [])
    assert second["extension"] == first["extension"]
    assert len(world.machines(lab, EDGE)) == 1


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_mode_of_the_trunk_is_restored(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    run(MODULE, **options(run, generation))
    world.change_trunk(lab, promiscuous=False)
    assert not world.is_up(lab, generation)
    (change,) = run(MODULE, **options(run, generation))["changes"]
    assert (change["kind"], change["before"]) == ("trunk port group", {"promiscuous": False})
    assert world.is_up(lab, generation)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_check_mode_changes_nothing(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    before = world.cloud(lab, generation).tunnels, dict(world.cloud(lab, generation).l2vpn)
    planned = run(MODULE, check=True, **options(run, generation))
    assert planned["extension"]["state"] == "connecting"
    assert (world.cloud(lab, generation).tunnels, world.cloud(lab, generation).l2vpn) == before
    assert listed(planned) == listed(run(MODULE, **options(run, generation)))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_whole_chain_in_check_mode(run: Builder, lab: Lab, run_folder: object, generation: str) -> None:
    """Nothing of what the tasks refer to is there."""
    name = "vcd-v" if generation == "nsx_v" else "vcd-t"
    run.checking = True
    run.org_network(name)
    _server = run.l2vpn_server() if generation == "nsx_v" else run.l2vpn_tunnel()
    made = run(APPLIANCE, **appliance(run, generation))
    stretched = run(MODULE, **options(run, generation))
    assert ("create", "virtual machine") in listed(made)
    assert stretched["extension"]["state"] == "connecting"
    assert stretched["changed"] is True
    assert (world.machines(lab, EDGE), world.port_group(lab)) == ([], None)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_tunnel_that_does_not_come_up(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    world.interrupt(lab, generation, "Outbound 443/tcp is blocked.")
    result = run.failing(MODULE, **options(run, generation, wait_timeout=1))
    assert "gave up after 1 s waiting for the tunnel of" in result["msg"]
    assert result["msg"].endswith("Outbound 443/tcp is blocked.")
    assert "443/tcp" in result["hint"]
    assert (result["changed"], result["extension"]["state"]) == (True, "error")
    later = run(MODULE, **options(run, generation, wait=False))
    assert (later["changed"], later["extension"]["state"]) == (False, "error")
    assert later["extension"]["tunnel"] == {"up": False, "failure": "Outbound 443/tcp is blocked."}
    world.interrupt(lab, generation, None)
    assert run(MODULE, **options(run, generation))["extension"]["state"] == "connected"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_not_waiting_tells_that_it_is_connecting(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    world.interrupt(lab, generation, "The client has not called yet.")
    assert run(MODULE, **options(run, generation, wait=False))["extension"]["state"] == "connecting"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_end_of_an_extension(run: Builder, lab: Lab, generation: str) -> None:
    run.built(generation)
    run(MODULE, **options(run, generation))
    result = run(MODULE, **options(run, generation, state="absent"))
    assert (result["changed"], result["extension"]) == (True, None)
    assert world.reached(lab) == []
    assert (len(world.machines(lab, EDGE)), world.port_group(lab) is None) == (1, False)
    assert run(MODULE, **options(run, generation, state="absent"))["changed"] is False
    assert run(MODULE, **options(run, generation))["extension"]["state"] == "connected"


WRONG: dict[str, tuple[Result, str]] = {
    "source": ({"source_port_group": "pg-none"}, "distributed port group pg-none does not exist in dc-a; there is:"),
    "source that is a trunk": ({"source_port_group": "vds-a-uplinks"}, "is not a network of one VLAN"),
    "datacenter": ({"datacenter": "dc-x"}, "datacenter dc-x does not exist"),
    "edge gateway": (
        {"tunnel": {"edge_gateway": "edge-x", "vdc": "acme-vdc", "name": PEER, "organization": "acme"}},
        "edge gateway edge-x is not known in Org VDC acme-vdc",
    ),
    "network": ({"network": "company-networks"}, "company-network"),
    "appliance": ({"appliance": "l2-other"}, "virtual machine l2-other does not exist; extender_l2_appliance makes it"),
    "trunk": ({"trunk": {"port_group": "pg-other"}}, "trunk port group pg-other does not exist"),
}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("case", WRONG)
def test_names_that_are_not_there(run: Builder, lab: Lab, generation: str, case: str) -> None:
    settings, words = WRONG[case]
    run.built(generation)
    before = world.reached(lab)
    result = run.failing(MODULE, **options(run, generation, **settings))
    assert words in result["msg"]
    assert (result["changed"], world.reached(lab)) == (False, before)


# --- NSX-V ------------------------------------------------------------------------------------------------------------


def sites(lab: Lab) -> dict[str, set[str]]:
    """Egress gateways by peer site."""
    config = world.cloud(lab, "nsx_v").l2vpn[world.edge_of(lab, "nsx_v")]
    return {site.name: set(site.egress) for site in config.sites}


def test_the_egress_gateway_is_corrected(run: Builder, lab: Lab) -> None:
    run.built("nsx_v")
    run(MODULE, **run.extension_v())
    run.l2vpn_server(peer_sites=[{"name": PEER, "egress_gateways": ["172.16.10.254", "192.168.60.1"]}])
    (change,) = run(MODULE, **run.extension_v())["changes"]
    assert change["before"] == {"egress_gateways": ["172.16.10.254", "192.168.60.1"]}
    assert change["after"] == {"egress_gateways": ["172.16.10.1", "192.168.60.1"]}
    assert sites(lab) == {PEER: {"172.16.10.1", "192.168.60.1"}}
    assert run(MODULE, **run.extension_v(egress_gateway=None))["changed"] is False


def test_an_egress_gateway_of_another_network(run: Builder) -> None:
    run.built("nsx_v")
    result = run.failing(MODULE, **run.extension_v(egress_gateway="172.16.11.1"))
    assert result["msg"].startswith("egress_gateway 172.16.11.1 is not inside 172.16.10.0/24")


def test_a_peer_site_that_is_new_beside_those_of_others(run: Builder, lab: Lab) -> None:
    run.org_network("vcd-v")
    run.org_network("vcd-v", "branch-network", "172.16.20")
    branch = {"name": "branch", "user": "branch", "password": L2VPN_PASSWORD, "networks": ["branch-network"]}
    run.l2vpn_server(peer_sites=[branch])
    run(APPLIANCE, **run.standalone_of_cloud())
    without = run.failing(MODULE, **run.extension_v(peer_site=None))
    assert f"peer site {PEER} does not exist; peer_site.user and password are needed" in without["msg"]
    result = run(MODULE, **run.extension_v())
    assert listed(result) == [("create", "L2VPN peer site")]
    assert sites(lab) == {"branch": set(), PEER: {"172.16.10.1"}}
    assert world.is_up(lab, "nsx_v")
    run(MODULE, **run.extension_v(state="absent"))
    assert set(sites(lab)) == {"branch"}


def test_an_edge_that_does_not_know_the_network(run: Builder) -> None:
    run.built("nsx_v")
    run(APPLIANCE, recreate=True, **run.standalone_of_cloud(networks=[{"name": "x", "vlan": 110, "tunnel_id": 7}]))
    result = run.failing(MODULE, **run.extension_v())
    assert result["msg"] == (
        f"{EDGE} does not stretch VLAN 110 as tunnel 1: none of its OVF properties holds 110(1), and they cannot be "
        "changed in place; run extender_l2_appliance with this network and recreate"
    )


def test_a_network_that_is_no_subinterface(run: Builder) -> None:
    run.built("nsx_v")
    result = run.failing(MODULE, **run.extension_v(network="acme-services"))
    assert "only subinterfaces can be stretched: convert it with interface_type subinterface" in result["msg"]
    networks = [{"name": "acme-services", "vlan": 110}]
    result = run.failing(APPLIANCE, **run.standalone_of_cloud(networks=networks))
    assert "edge gateway acme-edge has no subinterface network acme-services" in result["msg"]


def test_an_edge_gateway_without_a_server(run: Builder) -> None:
    run.org_network("vcd-v")
    run(APPLIANCE, **run.standalone_of_cloud())
    result = run.failing(MODULE, **run.extension_v())
    assert "edge gateway acme-edge is no L2VPN server yet; make it one with vcd_edge_l2vpn first" in result["msg"]


def test_the_wrong_generation(run: Builder) -> None:
    run.built("nsx_t")
    result = run.failing(MODULE, **run.extension_v(cloud_director=run.cloud("vcd-t")))
    assert "edge gateway acme-edge is NSX-T; its generation is nsx_t" in result["msg"]


# --- NSX-T ------------------------------------------------------------------------------------------------------------


def test_a_server_that_issued_another_peer_code(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    run(MODULE, **run.extension_t())
    before = world.tunnel(lab).peer_code
    run.l2vpn_tunnel(description="moved to another rack")
    assert world.tunnel(lab).peer_code != before
    assert not world.is_up(lab, "nsx_t")
    result = run(MODULE, **run.extension_t())
    assert listed(result) == [("replace", "L2VPN session")]
    assert world.is_up(lab, "nsx_t")
    assert world.reached(lab) == [NETWORK]


def test_the_appliance_alone_follows_the_peer_code_too(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    run(MODULE, **run.extension_t())
    run.l2vpn_tunnel(description="moved to another rack")
    (change,) = run(APPLIANCE, **run.autonomous())["changes"]
    assert (change["action"], change["kind"], list(change["before"])) == ("replace", "L2VPN session", ["peer_code"])
    assert world.reached(lab) == [NETWORK]
    assert run(MODULE, **run.extension_t())["changed"] is False


def second(run: Tasks, lab: Lab) -> Result:
    """Options of an extension of another network."""
    run.org_network("vcd-t", "app-network", "172.16.20")
    return run.extension_t(name="app", network="app-network", source_port_group=world.second_source(lab))


def test_two_networks_on_one_tunnel(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    run(MODULE, **run.extension_t())
    app = second(run, lab)
    result = run(MODULE, **app)
    assert listed(result)[0] == ("update", "trunk port group")
    assert result["extension"]["tunnel_id"] != run(MODULE, **run.extension_t())["extension"]["tunnel_id"]
    assert (world.reached(lab), world.reached(lab, "pg-app")) == ([NETWORK], ["app-network"])
    assert run(MODULE, **app)["changed"] is False
    run(MODULE, **run.extension_t(state="absent"))
    assert world.is_up(lab, "nsx_t")
    assert (world.reached(lab), world.reached(lab, "pg-app")) == ([], ["app-network"])
    assert run(MODULE, **app)["changed"] is False
    # The appliance keeps the VLAN of an extension that it does not know.
    assert run(APPLIANCE, **run.autonomous())["changed"] is False


def test_an_extension_with_another_vlan_is_made_again(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    run(MODULE, **run.extension_t(source_port_group=world.second_source(lab)))
    result = run(MODULE, **run.extension_t())
    assert result["changes"][-1]["before"] == {"vlan": 120}
    assert result["changes"][-1]["after"] == {"vlan": 110}
    assert world.reached(lab) == [NETWORK]


@pytest.mark.parametrize("step", ["end", "create"])
def test_killed_while_the_session_was_made_again(
    run: Builder, lab: Lab, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_arguments: object, **_options: object) -> None:
        raise SystemExit

    run.built("nsx_t")
    run(MODULE, **run.extension_t())
    run.l2vpn_tunnel(description="moved to another rack")
    with monkeypatch.context() as patch:
        owner, name = (sessions, "end") if step == "end" else (sessions.AutonomousEdge, "create_session")
        patch.setattr(owner, name, killed)
        with pytest.raises(SystemExit):
            run.attempt(MODULE, **run.extension_t())
    run(APPLIANCE, **run.autonomous())
    assert run(MODULE, **run.extension_t())["extension"]["state"] == "connected"
    assert world.reached(lab) == [NETWORK]
    assert len(world.machines(lab, EDGE)) == 1


def test_a_peer_code_that_is_given(run: Builder, lab: Lab) -> None:
    run.org_network("vcd-t")
    run.l2vpn_tunnel()
    code = world.tunnel(lab).peer_code
    given = run.autonomous(cloud_director=None, tunnel=None, peer_code=code, server={"address": "203.0.113.30"})
    run(APPLIANCE, **given)
    assert run(APPLIANCE, **given)["changed"] is False
    assert run(APPLIANCE, **run.autonomous())["changed"] is False


def test_an_edge_is_adopted_through_its_own_interface(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    alone = run.autonomous(vcenter=None, placement=None, trunk=None, deployment=None)
    assert run(APPLIANCE, **alone)["changed"] is False
    result = run(APPLIANCE, **{**alone, "state": "absent"})
    assert listed(result) == [("remove", "L2VPN session")]
    assert len(world.machines(lab, EDGE)) == 1
    assert listed(run(APPLIANCE, **alone)) == [("create", "L2VPN session")]


def test_an_edge_of_somebody_else_keeps_its_machine(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    (machine,) = world.machines(lab, EDGE)
    lab.world.add_machine(replace(machine, annotation="of the network team"))
    assert listed(run(APPLIANCE, **run.autonomous(state="absent"))) == [("remove", "L2VPN session")]
    assert len(world.machines(lab, EDGE)) == 1


def test_an_edge_is_removed_without_being_asked(run: Builder, lab: Lab) -> None:
    """It may be removed because it does not answer."""
    run.built("nsx_t")
    lab.faults.add("drop_before", service="autonomous_edge", times=None)
    assert listed(run(APPLIANCE, **run.autonomous(state="absent"))) == [("remove", "virtual machine")]
    assert world.machines(lab, EDGE) == []


def test_an_edge_that_was_made_again_gets_its_session_and_extension_back(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    run(MODULE, **run.extension_t())
    uplink = {"addresses": ["10.15.0.44"], "gateway": "10.15.0.1", "prefix_length": 22}
    result = run(APPLIANCE, recreate=True, **run.autonomous(uplink=uplink))
    assert listed(result) == [("replace", "virtual machine"), ("create", "L2VPN session")]
    assert len(world.machines(lab, EDGE)) == 1
    assert listed(run(MODULE, **run.extension_t())) == [("create", "L2 extension")]
    assert world.reached(lab) == [NETWORK]


def test_connections_from_the_environment(run: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.built("nsx_t")
    groups = {"VMWARE": run.vcenter, "EDGE": run.edge, "VCD": run.cloud("vcd-t")}
    for prefix, login in groups.items():
        for name, variable in (("hostname", "HOST"), ("username", "USER"), ("port", "PORT"), ("ca_path", "CA_PATH")):
            monkeypatch.setenv(f"{prefix}_{variable}", str(login[name]))
        monkeypatch.setenv(f"{prefix}_PASSWORD", login["password"])
    empty: Result = {"vcenter": {}, "edge": {}, "cloud_director": {}}
    assert run(APPLIANCE, **run.autonomous(**empty))["changed"] is False
    assert run(MODULE, **run.extension_t(**empty))["extension"]["state"] == "connected"


def test_the_wrong_password_of_the_edge(run: Builder) -> None:
    run.built("nsx_t")
    edge = {**run.edge, "password": f"{EDGE_PASSWORD}x"}
    result = run.failing(MODULE, **run.extension_t(edge=edge))
    assert "does not accept this user name and password" in result["msg"]


def test_an_edge_that_is_switched_off(run: Builder, lab: Lab) -> None:
    run.built("nsx_t")
    (machine,) = world.machines(lab, EDGE)
    lab.world.add_machine(replace(machine, powered_on=False))
    result = run.failing(MODULE, **run.extension_t())
    assert result["msg"] == f"virtual machine {EDGE} is switched off; extender_l2_appliance switches it on"
    run(APPLIANCE, **run.autonomous())
    assert run(MODULE, **run.extension_t())["extension"]["state"] == "connected"
    assert world.port_group(lab, TRUNK) is not None

# SPDX-License-Identifier: GPL-3.0-or-later
"""PropertyCollector: paths, traversal, paging, missing properties, filters (vSphere reference 4)."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from pyVim.task import WaitForTask, WaitForTasks
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl
from pyVmomi.VmomiSupport import ManagedObject

vim: Any = _vim
vmodl: Any = _vmodl
PC = vmodl.query.PropertyCollector
HOST = "esx-a01.lab.example"


def spec_for(objects: list[Any], kind: Any, paths: list[str], everything: bool = False) -> Any:
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=o, skip=False) for o in objects],
        propSet=[PC.PropertySpec(type=kind, pathSet=paths, all=everything)],
    )


def view_spec(view: Any, kind: Any, paths: list[str]) -> Any:
    walk = PC.TraversalSpec(name="walk", type=vim.view.ContainerView, path="view", skip=False)
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
        propSet=[PC.PropertySpec(type=kind, pathSet=paths, all=False)],
    )


def read(client: Any, spec: Any, page: int | None = None) -> dict[Any, dict[str, Any]]:
    collector = client.content.propertyCollector
    result = collector.RetrievePropertiesEx([spec], PC.RetrieveOptions(maxObjects=page))
    found = {}
    while result is not None:
        found.update({o.obj: {p.name: p.val for p in o.propSet} for o in result.objects})
        if not result.token:
            break
        result = collector.ContinueRetrievePropertiesEx(result.token)
    return found


def test_nested_paths_give_the_nested_values(client: Any) -> None:
    host = client.host()
    paths = ["name", "parent", "config.network.vnic", "runtime.connectionState", "runtime.networkRuntimeInfo"]
    values = read(client, spec_for([host], vim.HostSystem, paths))[host]
    assert values["name"] == HOST
    assert isinstance(values["parent"], vim.ClusterComputeResource)
    assert [v.device for v in values["config.network.vnic"]] == ["vmk0"]
    assert values["runtime.connectionState"] == vim.HostSystem.ConnectionState.connected
    active = values["runtime.networkRuntimeInfo"].netStackInstanceRuntimeInfo
    assert [(s.netStackInstanceKey, list(s.vmknicKeys)) for s in active] == [("defaultTcpipStack", ["vmk0"])]


def test_an_element_of_a_list_is_read_by_its_key(client: Any) -> None:
    host = client.host()
    path = 'config.network.vnic["key-vim.host.VirtualNic-vmk0"].spec.mtu'
    assert read(client, spec_for([host], vim.HostSystem, [path]))[host] == {path: 1500}


@pytest.mark.parametrize("path", ["nonsense", "config.nonsense", "config.network.vnic.spec", "parent.name", "name.x"])
def test_a_wrong_path_fails_the_whole_call(client: Any, path: str) -> None:
    with pytest.raises(vmodl.query.InvalidProperty) as caught:
        read(client, spec_for([client.host()], vim.HostSystem, ["name", path]))
    assert caught.value.name == path


def test_all_properties_of_a_type(client: Any) -> None:
    host = client.host()
    values = read(client, spec_for([host], vim.HostSystem, [], everything=True))[host]
    assert {"name", "parent", "config", "summary", "configManager", "network", "datastore"} <= set(values)
    assert "triggeredAlarmState" not in values


def test_every_property_of_every_type_can_be_fetched(client: Any, lab: Any) -> None:
    """pyVmomi fetches each attribute on its own; none may break the connection."""
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [], True)
    one_of_each = {type(o): o for o in view.view}
    holders = (client.content, client.host().configManager)
    members = [getattr(holder, p.name) for holder in holders for p in type(holder)._GetPropertyList()]
    managers = [m for m in members if isinstance(m, ManagedObject)]
    assert len(managers) > 25
    for managed in [*one_of_each.values(), *managers]:
        for info in type(managed)._GetPropertyList():
            with contextlib.suppress(vmodl.fault.MethodNotFound):  # raised by the client: newer than this vCenter
                getattr(managed, info.name)
    assert {e.error for e in lab.requests(name="Fetch")} == {None}


def test_a_container_view_restricts_the_selection(client: Any) -> None:
    cluster = client.content.searchIndex.FindByInventoryPath("dc-b/host/compute-b")
    view = client.content.viewManager.CreateContainerView(cluster, [vim.HostSystem], True)
    names = {v["name"] for v in read(client, view_spec(view, vim.HostSystem, ["name"])).values()}
    assert names == {f"esx-b0{n}.lab.example" for n in range(1, 5)}
    view.DestroyView()
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        read(client, view_spec(view, vim.HostSystem, ["name"]))


def test_traversal_specs_recurse_by_name(client: Any) -> None:
    again = [PC.SelectionSpec(name="folder"), PC.SelectionSpec(name="datacenter"), PC.SelectionSpec(name="cluster")]
    walks = [
        PC.TraversalSpec(name="folder", type=vim.Folder, path="childEntity", skip=False, selectSet=again),
        PC.TraversalSpec(name="datacenter", type=vim.Datacenter, path="hostFolder", skip=False, selectSet=again),
        PC.TraversalSpec(name="cluster", type=vim.ComputeResource, path="host", skip=False),
    ]
    spec = PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=client.content.rootFolder, skip=False, selectSet=walks)],
        propSet=[PC.PropertySpec(type=vim.HostSystem, pathSet=["name"], all=False)],
    )
    assert len(read(client, spec)) == 8


def test_an_unknown_selection_name_is_refused(client: Any) -> None:
    spec = PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=client.content.rootFolder, selectSet=[PC.SelectionSpec(name="nobody")])],
        propSet=[PC.PropertySpec(type=vim.HostSystem, pathSet=["name"], all=False)],
    )
    with pytest.raises(vmodl.fault.InvalidArgument):
        read(client, spec)


def test_the_server_pages_earlier_than_the_client_asks(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(page_size=3)
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    assert len(read(client, view_spec(view, vim.HostSystem, ["name"]), page=100)) == 8
    assert len(lab.requests(name="ContinueRetrievePropertiesEx")) == 2


def test_nothing_selected_gives_no_result(client: Any) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.VirtualApp], True)
    spec = view_spec(view, vim.VirtualApp, ["name"])
    assert client.content.propertyCollector.RetrievePropertiesEx([spec], PC.RetrieveOptions()) is None


def test_a_token_is_good_once(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(page_size=2)
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    collector = client.content.propertyCollector
    spec = view_spec(view, vim.HostSystem, ["name"])
    token = collector.RetrievePropertiesEx([spec], PC.RetrieveOptions()).token
    collector.CancelRetrievePropertiesEx(token)
    with pytest.raises(vmodl.fault.InvalidArgument):
        collector.ContinueRetrievePropertiesEx(token)


def test_a_disconnected_host_has_no_config(lab: Any, client: Any) -> None:
    host = lab.world.host(HOST)
    host.state = replace(host.state, connection="disconnected")
    spec = spec_for([client.host()], vim.HostSystem, ["name", "config.network", "runtime.connectionState"])
    content = client.content.propertyCollector.RetrieveProperties([spec])[0]
    assert {p.name for p in content.propSet} == {"name", "runtime.connectionState"}
    assert not content.missingSet
    lab.rules = lab.rules.changed(disconnected_reads="missing")
    content = client.content.propertyCollector.RetrieveProperties([spec])[0]
    assert [(m.path, type(m.fault)) for m in content.missingSet] == [("config.network", vmodl.fault.HostNotConnected)]


def test_denied_paths_are_missing_for_a_reader_only(lab: Any, connect: Any) -> None:
    lab.rules = lab.rules.changed(denied_paths=["config.network"])
    for user, missing in ((lab.reader_username, ["config.network"]), (lab.username, [])):
        client = connect(user)
        spec = spec_for([client.host()], vim.HostSystem, ["name", "config.network"])
        content = client.content.propertyCollector.RetrieveProperties([spec])[0]
        assert [m.path for m in content.missingSet] == missing
        assert all(isinstance(m.fault, vim.fault.NoPermission) for m in content.missingSet)


def test_newer_fields_are_left_out_for_an_older_client(client: Any) -> None:
    moid = client.host()._moId
    body = (
        f'<RetrieveProperties xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet>'
        "<propSet><type>HostSystem</type><pathSet>config.network.vnic</pathSet></propSet>"
        f'<objectSet><obj type="HostSystem">{moid}</obj></objectSet></specSet></RetrieveProperties>'
    )
    assert "<systemOwned>" in client.post(body, "urn:vim25/8.0.3.0")[1]
    older = client.post(body, "urn:vim25/6.0")[1]
    assert "<systemOwned>" not in older
    assert "<netStackInstanceKey>" in older


def test_a_filter_reports_changes_once(lab: Any, client: Any) -> None:
    collector = client.content.propertyCollector
    spec = spec_for([client.host()], vim.HostSystem, ["name", "runtime.inMaintenanceMode"])
    made = collector.CreateFilter(spec, False)
    first = collector.WaitForUpdatesEx("", PC.WaitOptions(maxWaitSeconds=0))
    assert [u.kind for u in first.filterSet[0].objectSet] == ["enter"]
    assert collector.WaitForUpdatesEx(first.version, PC.WaitOptions(maxWaitSeconds=0)) is None
    host = lab.world.host(HOST)
    host.state = replace(host.state, maintenance=True)
    second = collector.WaitForUpdatesEx(first.version, PC.WaitOptions(maxWaitSeconds=10))
    changes = second.filterSet[0].objectSet[0].changeSet
    assert [(c.name, c.val) for c in changes] == [("runtime.inMaintenanceMode", True)]
    with pytest.raises(vmodl.query.InvalidCollectorVersion):
        collector.WaitForUpdatesEx("77", PC.WaitOptions(maxWaitSeconds=0))
    made.DestroyPropertyFilter()
    assert collector.WaitForUpdatesEx("", PC.WaitOptions(maxWaitSeconds=0)) is None


def test_tasks_progress_and_can_be_waited_for(client: Any) -> None:
    host = client.host()
    WaitForTask(host.EnterMaintenanceMode_Task(0), si=client.si)
    assert host.runtime.inMaintenanceMode
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(host.EnterMaintenanceMode_Task(0), si=client.si)
    others = [client.host(f"esx-a0{n}.lab.example") for n in (2, 3)]
    WaitForTasks([h.EnterMaintenanceMode_Task(0) for h in others], si=client.si)
    assert all(h.runtime.inMaintenanceMode for h in others)
    WaitForTask(host.ExitMaintenanceMode_Task(0), si=client.si)
    assert not host.runtime.inMaintenanceMode


def test_a_task_takes_its_time_on_the_labs_clock(lab: Any, client: Any) -> None:
    lab.rules = lab.rules.changed(task_queued_ms=60_000, task_running_ms=60_000)
    host = client.host()
    task = host.DisconnectHost_Task()
    states = [task.info.state]
    for _rest in range(2):
        lab.shared.clock.advance(61)
        states.append(task.info.state)
    assert states == ["queued", "running", "success"]
    assert task.info.entity == host
    assert host.runtime.connectionState == "disconnected"

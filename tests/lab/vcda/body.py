# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients send to create and operate replications (10.6, 10.8)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Connection = Literal["ENCRYPTED", "ENCRYPTED_COMPRESSED", "PLAIN"]
Mode = Literal["DHCP", "MANUAL", "NONE", "POOL"]


class Body(BaseModel):
    """Unknown fields and wrong types are refused; names are the API's in camel case."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class VcVm(Body):
    type: Literal["vcVm"]
    site: str
    vc_uuid: str
    vm_id: str
    vapp_name: str | None = None
    excluded_disks: list[int] = Field(default_factory=list)
    vm_startup_info: dict[str, Any] | None = None


class VcVapp(Body):
    type: Literal["vcVapp"]
    site: str
    vc_uuid: str
    vapp_name: str
    vm_ids: list[str] = Field(min_length=1)
    vm_excluded_disks: dict[str, list[int]] = Field(default_factory=dict)
    vm_startup_info_map: dict[str, Any] | None = None


class Destination(Body):
    """Destinations of other types exist; a cloud without seeds is what the lab has."""

    type: Literal["vcloud"]
    site: str
    vdc: str
    storage_profile: str
    placement_policy: str | None = None
    sizing_policy: str | None = None


class Creation(Body):
    destination: Destination
    description: str = ""
    rpo: int
    is_migration: bool = False
    quiesced: bool = False
    data_connection_type: Connection = "ENCRYPTED_COMPRESSED"
    target_disk_type: Literal["THIN", "THICK"] = "THIN"
    retention_policy: dict[str, Any] = Field(default_factory=lambda: {"rules": []})
    initial_sync_time: int = 0


class MachineCreation(Creation):
    source: VcVm


class GroupCreation(Creation):
    source: VcVapp


class Change(Body):
    description: str | None = None
    rpo: int | None = None
    data_connection_type: Connection | None = None
    quiesced: bool | None = None
    retention_policy: dict[str, Any] | None = None
    initial_sync_time: int | None = None


class Nic(Body):
    nic_index: int = Field(ge=0)
    is_connected: bool = True
    network: str | None = None
    ip_address_allocation_mode: Mode = "NONE"
    ip_address: str | None = None
    reset_mac_address: bool = False


class MachineNetwork(Body):
    primary_nic_index: int = 0
    copy_source_nic_settings: bool = False
    nics: list[Nic] = Field(default_factory=list)


class Named(Body):
    id: str
    name: str


class VappNetwork(Body):
    copy_source_networks: bool = False
    bulk_connect_vm_nics: bool = False
    bridge_org_vdc_networks: list[Named] = Field(default_factory=list)
    network_mappings: list[dict[str, Any]] = Field(default_factory=list)


class Networks(Body):
    """Of a vApp the machines' part is a map by their ids (10.8)."""

    vm_network_settings: MachineNetwork | dict[str, MachineNetwork] | None = None
    vapp_network_settings: Annotated[VappNetwork | None, Field(alias="vAppNetworkSettings")] = None

    def of(self, vm_id: str) -> MachineNetwork | None:
        found = self.vm_network_settings
        return found.get(vm_id) if isinstance(found, dict) else found


class Recovery(Networks):
    type: Literal["vcloud"]
    power_on: bool = False
    consolidate: bool = False
    sync: bool | None = None
    instance_id: str | None = None
    instance_map: dict[str, str] | None = None
    snapshot_options: str | None = None
    placement_policy: str | None = None
    sizing_policy: str | None = None
    copy_security_tags: bool | None = None


class NetworkSettings(Body):
    failover_settings: Networks | None = None
    failover_test_settings: Networks | None = None


class StorageProfile(Body):
    storage_profile_id: str


class Owner(Body):
    owner: str

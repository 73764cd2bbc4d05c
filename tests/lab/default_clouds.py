# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds a lab starts with: one with NSX-V edges and the XML API alone, one with NSX-T edges and cloudapi."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid3, uuid5

from .clouds import (
    SYSTEM,
    Cloud,
    Edge,
    Generation,
    InterfaceKind,
    Organization,
    OrgVdcNetwork,
    Published,
    Right,
    Role,
    StorageProfile,
    User,
    VApp,
    Vdc,
)

PASSWORD = "Lab!12345"
GATEWAY = "Organization vDC Gateway: "
PROCEDURE = {
    "Hybrid Cloud Operations: View from-the-cloud tunnel": "629c90fd-78a4-3929-98bd-57e4747d067b",
    "Organization vDC Distributed Firewall: Enable/Disable": "a100f6a0-2c81-3b61-90c3-c4dbd721b3a8",
    GATEWAY + "Configure BGP Routing": "2c4eb5ac-15f5-33f0-8b4a-680b3a1d3707",
    GATEWAY + "Configure DHCP": "be1abe9a-7ddc-38f6-bdf3-94affb01e46b",
    GATEWAY + "Configure Firewall": "b755b050-772e-3c9c-9197-111c286f563d",
    GATEWAY + "Configure IPSec VPN": "209cde55-55db-33f1-8357-b27bba6898ed",
    GATEWAY + "Configure L2 VPN": "eeb2b2a0-33a1-36d4-a121-6547ad992d59",
    GATEWAY + "Configure Load Balancer": "27be9828-4ce4-353e-8f68-5cd69260d94c",
    GATEWAY + "Configure NAT": "c9e19573-3d54-3d4a-98f2-f56e446a8ef9",
    GATEWAY + "Configure OSPF Routing": "3b337aef-42a8-3ed1-8616-341152bc5790",
    GATEWAY + "Configure Remote Access": "72c5e652-c8d7-3f19-ab83-283d30cb679f",
    GATEWAY + "Configure SSL VPN": "92b7d500-6bb6-3176-b9eb-d1fda4ce444d",
    GATEWAY + "Configure Static Routing": "f72af304-97b0-379e-9d6d-68eb89bdc6cf",
    GATEWAY + "View BGP Routing": "d9dabcab-579e-33c5-807b-dc9232bf7eff",
    GATEWAY + "View DHCP": "8e16d30d-1ae3-3fff-8d4b-64c342b186a9",
    GATEWAY + "View Firewall": "7fee6646-ec0c-34c9-9585-aff6f4d92473",
    GATEWAY + "View IPSec VPN": "82beb471-ab7f-3e2b-a615-136ba6645525",
    GATEWAY + "View L2 VPN": "105191de-9e29-3495-a917-05fcb5ec1ad0",
    GATEWAY + "View Load Balancer": "2a097e48-f4c4-3714-8b24-552b2d573754",
    GATEWAY + "View NAT": "fb860afe-2e15-3ca9-96d8-4435d1447732",
    GATEWAY + "View OSPF Routing": "eb525145-08e5-3934-91ef-ec80837c9177",
    GATEWAY + "View Remote Access": "65439584-6aad-3c2c-916f-794099ee85bf",
    GATEWAY + "View SSL VPN": "cdb0edb0-9623-30a8-89de-b133db7cfeab",
    GATEWAY + "Configure Services": "b080bb50-cff1-3258-9683-842d34255a95",
    GATEWAY + "Configure Syslog": "84ddb40f-a49a-35e1-918e-3f11507825d7",
    GATEWAY + "Configure System Logging": "ff3fc70f-fd25-3c0a-9d90-e7ff82456be5",
    GATEWAY + "Convert to Advanced Networking": "9dc33fcb-346d-30e1-8ffa-cf25e05ba801",
}
"""The rights of the procedure with their ids (VCD reference 4.2); no organization starts with them."""
TENANT = (
    "Organization: View",
    "Organization vDC: View",
    "Organization vDC Network: View Properties",
    "Organization vDC Network: Edit Properties",
    GATEWAY + "View",
    "vApp: View VM metrics",
    "vApp: Create / Reconfigure",
    "vApp: Power Operations",
    "General: Administrator View",
    "Role: Create, Edit, Delete, or Copy",
)
"""What every organization starts with."""
PROVIDER = (
    "{com.vmware.vr}:ManageRight",
    "{com.vmware.vr}:ViewRight",
    "vApp: VM Migrate, Force Undeploy, Relocate, Consolidate",
    "Lab Service: Read; Write",
)
"""What exists beside; a comma or a semicolon in a name is something filters cannot take (3.8)."""
IMPLIED = {
    "Organization vDC Network: Edit Properties": ("Organization vDC Network: View Properties",),
    GATEWAY + "Configure Static Routing": (GATEWAY + "View",),
    "{com.vmware.vr}:ManageRight": ("{com.vmware.vr}:ViewRight",),
}
"""Beside every "Configure X", which implies its "View X"."""
ORGANIZATION_ADMINISTRATOR = "Organization Administrator"
VAPP_USER = "vApp User"
EXTERNAL = {"cloud-v": ("203.0.113.20",), "cloud-t": ("203.0.113.30", "203.0.113.31")}


def build() -> dict[str, Cloud]:
    return {"cloud-v": _cloud("cloud-v", "nsx-v"), "cloud-t": _cloud("cloud-t", "nsx-t")}


def _id(cloud: str, kind: str, name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{name.lower().replace(' ', '-')}.{kind}.{cloud}.lab.example"))


def _rights(cloud: str) -> dict[str, Right]:
    """Rights of services have ids of each installation, built-in ones do not (4.2)."""
    ids = PROCEDURE | {n: str(uuid3(NAMESPACE_DNS, n)) for n in (*TENANT, *PROVIDER)}
    ids |= {n: _id(cloud, "right", n.replace("{", "").replace("}:", ".")) for n in PROVIDER if n.startswith("{")}
    found = {}
    for name, right in ids.items():
        view = name.replace("Configure ", "View ")
        implied = IMPLIED.get(name, (view,) if view != name and view in ids else ())
        found[right] = Right(right, name, tuple(ids[i] for i in implied), name.partition(":")[0].strip("{}"))
    return found


def _cloud(name: str, backing: Generation) -> Cloud:
    cloud = Cloud(name, backing, _rights(name))
    tenant = frozenset(r.id for r in cloud.rights.values() if r.name in TENANT)
    few = frozenset(r.id for r in cloud.rights.values() if r.name in TENANT and ": View" in r.name)
    xml_only = backing == "nsx-v"
    for org in (SYSTEM, "acme", "globex"):
        granted = tenant if xml_only and org != SYSTEM else frozenset()
        found = Organization(_id(name, "org", org), org, f"{org.title()} organization", granted)
        cloud.organizations[found.id] = found
    tenants = [o for o in cloud.organizations.values() if o.name != SYSTEM]
    if not xml_only:
        bundle = _id(name, "bundle", "default")
        key = "com.vmware.vcloud.default.rights.bundle"
        cloud.bundles[bundle] = Published(
            bundle, "Default Rights Bundle", "For all tenants", tenant, publish_all=True, read_only=True, bundle_key=key
        )
    reached = frozenset(o.id for o in tenants)
    for role, rights in ((ORGANIZATION_ADMINISTRATOR, tenant), (VAPP_USER, few)):
        template = _id(name, "global-role", role)
        key = f"com.vmware.vcloud.ROLE_{role.upper().replace(' ', '_')}"
        cloud.global_roles[template] = Published(
            template, role, f"Built-in rights for {role}", rights, reached, bundle_key=key
        )
        for o in tenants:
            own = Role(_id(name, f"role.{o.name}", role), role, o.id, f"Built-in rights for {role}", template=template)
            cloud.roles[own.id] = own
    _users(cloud, tenants)
    for o in tenants:
        profiles = tuple(StorageProfile(_id(name, f"profile.{o.name}", p), p) for p in ("gold", "silver"))
        vdc = Vdc(_id(name, "vdc", o.name), f"{o.name}-vdc", o.id, "destination", profiles)
        cloud.vdcs[vdc.id] = vdc
    _networks(cloud)
    vapp = VApp(_id(name, "vapp", "acme-apps"), "acme-apps", cloud.vdc("acme-vdc").id, "Made by hand")
    cloud.vapps[vapp.id] = vapp
    return cloud


def _users(cloud: Cloud, tenants: list[Organization]) -> None:
    system = cloud.organization(SYSTEM)
    provider = Role(
        _id(cloud.name, "role", "provider"), "System Administrator", system.id, rights=frozenset(cloud.rights)
    )
    cloud.roles[provider.id] = provider
    people = [("administrator", system, provider.id)]
    for o in tenants:
        own = {r.name: r.id for r in cloud.roles.values() if r.organization == o.id}
        people += [("orgadmin", o, own[ORGANIZATION_ADMINISTRATOR]), ("viewer", o, own[VAPP_USER])]
    for name, organization, role in people:
        user = User(_id(cloud.name, f"user.{organization.name}", name), name, organization.id, role, PASSWORD)
        cloud.users[user.id] = user


def _networks(cloud: Cloud) -> None:
    """One behind the edge on a vNIC of its own, one distributed (NSX-V), one isolated, and globex' own."""
    vdc, other = cloud.vdc("acme-vdc").id, cloud.vdc("globex-vdc").id
    edge = Edge(_id(cloud.name, "edge", "acme-edge"), "acme-edge", vdc, cloud.backing, EXTERNAL[cloud.name])
    cloud.edges[edge.id] = edge
    wanted: list[tuple[str, str, str, InterfaceKind | None, int | None]] = [
        ("acme-services", vdc, "192.168.60.1/24", "internal", 1),
        ("acme-isolated", vdc, "192.168.70.1/24", None, None),
        ("globex-isolated", other, "192.168.70.1/24", None, None),
    ]
    if cloud.backing == "nsx-v":
        wanted.append(("acme-distributed", vdc, "192.168.50.1/24", "distributed", 10))
    for name, owner, gateway, kind, index in wanted:
        first = gateway.rpartition(".")[0]
        network = OrgVdcNetwork(
            _id(cloud.name, "network", name),
            name,
            owner,
            gateway,
            edge.id if kind else None,
            kind,
            ranges=((f"{first}.100", f"{first}.199"),),
            index=index if cloud.backing == "nsx-v" else None,
        )
        cloud.networks[network.id] = network

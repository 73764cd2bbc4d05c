# SPDX-License-Identifier: GPL-3.0-or-later
"""The port list of HCX as data: who talks to whom, and for which services. (HCX planning 2)

The list restates the vendor's table of an earlier 4.x release; the current one is on ports.broadcom.com. It has no rows
for OS Assisted Migration and SRM.
"""

from __future__ import annotations

from dataclasses import dataclass

from .hcx_request import IKE, LEGACY_SSO, SSH
from .hcx_services import COLD, LIVE, MIGRATIONS, NETWORK_EXTENSION, REPLICATING

# Who takes part in a flow; `hcx_firewall` knows their addresses.
MANAGER, REMOTE_MANAGER = "HCX Manager", "remote HCX Manager"
IX, NE = "IX", "NE"
IX_UPLINK, NE_UPLINK = "IX uplink", "NE uplink"
REMOTE_IX_UPLINK, REMOTE_NE_UPLINK = "remote IX uplink", "remote NE uplink"
IX_VMOTION, IX_REPLICATION = "IX vMotion", "IX replication"
ADMINS, VCENTER, NSX = "administrators", "vCenter", "NSX Manager"
ESXI_MANAGEMENT, ESXI_VMOTION, ESXI_REPLICATION = "ESXi management", "ESXi vMotion", "ESXi replication"
DNS, NTP, SYSLOG = "DNS", "NTP", "syslog"
ACTIVATION, DEPOT = "activation service", "update depot"

TCP, UDP = ("TCP",), ("UDP",)
EITHER = ("TCP", "UDP")
# Where a flow goes, seen from the site: not out of it, to the internet, to the other site.
LOCAL, INTERNET, OTHER_SITE = "local", "internet", "other site"

# Occasions of rows beside those of hcx_request.OPTIONAL_ROWS.
ALWAYS, ONLINE_LICENSING, WITH_NSX, WITH_SYSLOG = "always", "online_licensing", "nsx", "syslog"


@dataclass(frozen=True)
class Flow:
    """One row. `services` are those that need it; a row without any has an occasion, `when`.

    With `mutual` either end may begin.
    """

    id: str
    source: tuple[str, ...]
    destination: tuple[str, ...]
    protocols: tuple[str, ...]
    ports: tuple[int, ...]
    purpose: str
    reference: str = "LLD"
    services: tuple[str, ...] = ()
    when: str = ALWAYS
    reach: str = LOCAL
    mutual: bool = False


EXTENDS = (NETWORK_EXTENSION,)
CHECKED = "LLD, SEED1, AVS"
# Every mesh has an IX with tunnels (HCX reference 11); the port list only speaks of migrations.
CHECKED_BUT_FOR_EXTENSION = f"{CHECKED}; for {NETWORK_EXTENSION} inferred"
WHICH_ADAPTER = "LLD; which VMkernel adapter is inferred"

FLOWS = (
    Flow(
        "W1",
        (MANAGER,),
        (ACTIVATION,),
        TCP,
        (443,),
        "activation and entitlement",
        when=ONLINE_LICENSING,
        reach=INTERNET,
    ),
    Flow("W2", (MANAGER,), (DEPOT,), TCP, (443,), "updates", reach=INTERNET),
    Flow("S1", (MANAGER,), (REMOTE_MANAGER,), TCP, (443,), "site pairing, multi-site control", reach=OTHER_SITE),
    Flow(
        "S2",
        (IX_UPLINK,),
        (REMOTE_IX_UPLINK,),
        UDP,
        (4500,),
        "IPsec transport with NAT traversal",
        CHECKED_BUT_FOR_EXTENSION,
        (*MIGRATIONS, NETWORK_EXTENSION),
        reach=OTHER_SITE,
        mutual=True,
    ),
    Flow(
        "S3",
        (NE_UPLINK,),
        (REMOTE_NE_UPLINK,),
        UDP,
        (4500,),
        "IPsec transport with NAT traversal",
        CHECKED,
        EXTENDS,
        reach=OTHER_SITE,
        mutual=True,
    ),
    Flow(
        "S4",
        (IX_UPLINK, NE_UPLINK),
        (REMOTE_IX_UPLINK, REMOTE_NE_UPLINK),
        UDP,
        (500,),
        "IKE",
        "LLD; not in SEED1 and AVS",
        when=IKE,
        reach=OTHER_SITE,
        mutual=True,
    ),
    Flow("L1", (ADMINS,), (MANAGER,), TCP, (443,), "user interface and API", "added: the port of the API"),
    Flow("L2", (ADMINS,), (MANAGER,), TCP, (9443,), "appliance management"),
    Flow("L3", (ADMINS,), (MANAGER, IX, NE), TCP, (22,), "SSH for support", when=SSH),
    Flow("L4", (MANAGER,), (VCENTER,), TCP, (443,), "vSphere API, SSO lookup"),
    Flow("L5", (MANAGER,), (VCENTER,), TCP, (9443,), "web client plug-in"),
    Flow("L6", (MANAGER,), (VCENTER,), TCP, (7444,), "SSO of vSphere 5.5", when=LEGACY_SSO),
    Flow("L7", (VCENTER,), (MANAGER,), TCP, (443,), "plug-in, callbacks"),
    Flow("L8", (MANAGER,), (ESXI_MANAGEMENT,), TCP, (80, 443, 902), "OVF import of appliances"),
    Flow("L9", (MANAGER,), (NSX,), TCP, (443,), "NSX API", when=WITH_NSX),
    Flow("L10", (MANAGER,), (IX,), TCP, (443,), "cross-cloud control", services=MIGRATIONS),
    Flow("L11", (MANAGER,), (IX,), TCP, (8123,), "bulk migration control", services=REPLICATING),
    Flow("L12", (MANAGER,), (NE, IX), TCP, (9443,), "internal control", "LLD; for IX inferred"),
    Flow("L13", (IX,), (VCENTER,), UDP, (902,), "cross-cloud control, heartbeat", services=MIGRATIONS),
    Flow("L14", (IX,), (ESXI_MANAGEMENT,), TCP, (80,), "ESXi authentication", services=MIGRATIONS),
    Flow("L15", (IX,), (ESXI_MANAGEMENT,), TCP, (902,), "cold migration (NFC)", services=(COLD,), mutual=True),
    Flow("L16", (IX_VMOTION,), (ESXI_VMOTION,), TCP, (8000,), "vMotion", WHICH_ADAPTER, LIVE, mutual=True),
    Flow(
        "L17",
        (ESXI_REPLICATION,),
        (IX_REPLICATION,),
        TCP,
        (31031, 44046),
        "replication traffic",
        WHICH_ADAPTER,
        REPLICATING,
    ),
    Flow("M1", (MANAGER,), (DNS,), EITHER, (53,), "name resolution"),
    Flow("M2", (MANAGER,), (NTP,), UDP, (123,), "time"),
    Flow("M3", (MANAGER, IX, NE), (SYSLOG,), EITHER, (514,), "logging", when=WITH_SYSLOG),
)
# Rows for machines that a site may do without: no row where none is stated.
ONLY_WHERE_STATED = (NSX, SYSLOG)

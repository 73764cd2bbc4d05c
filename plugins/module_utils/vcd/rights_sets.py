# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights that the Extender procedure gives to an organization, with the ids of built-in rights. (VCD reference 4.2)

The ids are derived from the names, so they are most likely the same everywhere; names are looked up first all the same.
"""

from __future__ import annotations

EXTENDER_L2VPN: dict[str, str] = {
    "Hybrid Cloud Operations: View from-the-cloud tunnel": "629c90fd-78a4-3929-98bd-57e4747d067b",
    "Organization vDC Distributed Firewall: Enable/Disable": "a100f6a0-2c81-3b61-90c3-c4dbd721b3a8",
    "Organization vDC Gateway: Configure BGP Routing": "2c4eb5ac-15f5-33f0-8b4a-680b3a1d3707",
    "Organization vDC Gateway: Configure DHCP": "be1abe9a-7ddc-38f6-bdf3-94affb01e46b",
    "Organization vDC Gateway: Configure Firewall": "b755b050-772e-3c9c-9197-111c286f563d",
    "Organization vDC Gateway: Configure IPSec VPN": "209cde55-55db-33f1-8357-b27bba6898ed",
    "Organization vDC Gateway: Configure L2 VPN": "eeb2b2a0-33a1-36d4-a121-6547ad992d59",
    "Organization vDC Gateway: Configure Load Balancer": "27be9828-4ce4-353e-8f68-5cd69260d94c",
    "Organization vDC Gateway: Configure NAT": "c9e19573-3d54-3d4a-98f2-f56e446a8ef9",
    "Organization vDC Gateway: Configure OSPF Routing": "3b337aef-42a8-3ed1-8616-341152bc5790",
    "Organization vDC Gateway: Configure Remote Access": "72c5e652-c8d7-3f19-ab83-283d30cb679f",
    "Organization vDC Gateway: Configure SSL VPN": "92b7d500-6bb6-3176-b9eb-d1fda4ce444d",
    "Organization vDC Gateway: Configure Static Routing": "f72af304-97b0-379e-9d6d-68eb89bdc6cf",
    "Organization vDC Gateway: View BGP Routing": "d9dabcab-579e-33c5-807b-dc9232bf7eff",
    "Organization vDC Gateway: View DHCP": "8e16d30d-1ae3-3fff-8d4b-64c342b186a9",
    "Organization vDC Gateway: View Firewall": "7fee6646-ec0c-34c9-9585-aff6f4d92473",
    "Organization vDC Gateway: View IPSec VPN": "82beb471-ab7f-3e2b-a615-136ba6645525",
    "Organization vDC Gateway: View L2 VPN": "105191de-9e29-3495-a917-05fcb5ec1ad0",
    "Organization vDC Gateway: View Load Balancer": "2a097e48-f4c4-3714-8b24-552b2d573754",
    "Organization vDC Gateway: View NAT": "fb860afe-2e15-3ca9-96d8-4435d1447732",
    "Organization vDC Gateway: View OSPF Routing": "eb525145-08e5-3934-91ef-ec80837c9177",
    "Organization vDC Gateway: View Remote Access": "65439584-6aad-3c2c-916f-794099ee85bf",
    "Organization vDC Gateway: View SSL VPN": "cdb0edb0-9623-30a8-89de-b133db7cfeab",
    "Organization vDC Gateway: Configure Services": "b080bb50-cff1-3258-9683-842d34255a95",
    "Organization vDC Gateway: Configure Syslog": "84ddb40f-a49a-35e1-918e-3f11507825d7",
    "Organization vDC Gateway: Configure System Logging": "ff3fc70f-fd25-3c0a-9d90-e7ff82456be5",
    "Organization vDC Gateway: Convert to Advanced Networking": "9dc33fcb-346d-30e1-8ffa-cf25e05ba801",
}
RIGHTS_SETS = {"extender_l2vpn": EXTENDER_L2VPN}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Every behaviour of the lab's Cloud Directors that no public source settles; numbers are VCD reference sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VcdRules:
    vcd_v_newest_version: Literal["27.0", "29.0", "30.0"] = "27.0"
    """Newest API version of the Cloud Director with NSX-V: of 8.20, 9.0 or 9.1 (2.1)."""
    vcd_t_newest_version: Literal["36.3", "37.0", "38.1"] = "36.3"
    """Newest API version of the Cloud Director with NSX-T: of 10.3, 10.4 or 10.5.1 (2.1)."""
    vcd_deprecated_versions: tuple[str, ...] = ()
    """API versions that are offered as deprecated (3.2)."""
    vcd_session_idle_seconds: int = 1800
    """A session unused for this long on the lab's clock is refused with 401 (3.3)."""
    vcd_token_seconds: int = 3600
    """How long an access token made from an API token is valid, used or not (3.3)."""
    vcd_classic_login: Literal["refuse", "accept"] = "refuse"
    """POST /api/sessions of the newer Cloud Director, where it is deprecated (3.3)."""
    vcd_logout_status: int = 204
    """Status of a logout (3.3)."""
    vcd_tenant_context_urn: Literal["refuse", "accept"] = "refuse"
    """A tenant context header with a URN instead of a bare UUID: 401 as in 10.2.x, or understood (3.3)."""
    vcd_xml_unknown_id: Literal["forbidden", "not_found"] = "forbidden"
    """An id that /api does not know or show: 403 or 404; cloudapi always says 403 (3.5)."""
    vcd_empty_errors: bool = False
    """Whether refusals of a body come without one of their own (3.5)."""
    vcd_task_queued_ms: int = 20
    vcd_task_running_ms: int = 60
    """How long a task is queued and running on the lab's clock (3.6)."""
    vcd_cloudapi_writes: Literal["async", "sync"] = "async"
    """cloudapi writes of networks and tunnels: 202 with a task, or done at once (3.6)."""
    vcd_query_page_size: int = 128
    """Largest page of the query service (3.7)."""
    vcd_page_size: int = 128
    """Largest page of cloudapi (3.8)."""
    vcd_paging: Literal["full", "no_link", "no_page_count"] = "full"
    """What a cloudapi page lacks: nothing, the Link header, or also pageCount (3.8)."""
    vcd_effective_rights: Literal["both", "role"] = "both"
    """What lets a user do something: a right in the organization and in the role, or in the role alone (4.1)."""
    vcd_missing_implied_rights: Literal["refuse", "accept"] = "refuse"
    """Adding a right without the rights that it implies (4.4)."""
    vcd_rights_beyond_organization: Literal["refuse", "accept"] = "refuse"
    """A right in a role of an organization that does not have it (4.1)."""
    vcd_create_status: Literal[200, 201, 202] = 201
    """Status of a network's creation in XML (5.1)."""
    vcd_element_order: Literal["enforced", "free"] = "enforced"
    """Whether the children of an XML body must come in the order of the schema (5.1)."""
    vcd_conversion_links: bool = True
    """Whether the admin view of a network has links for the conversions that are possible (5.1)."""
    vcd_connection_type: Literal["connectionTypeValue", "connectionType"] = "connectionTypeValue"
    """Field of a network's connection in cloudapi that has its interface kind (5.2)."""
    vcd_unset_strings: Literal["empty", "null"] = "empty"
    """How cloudapi shows DNS servers and suffix that a network does not have (5.2)."""
    vcd_failed_network: Literal["gone", "stays"] = "gone"
    """A network whose creation failed: nothing is left, or an unusable network (5.1)."""
    vcd_tunnel_id_shown: bool = True
    """Whether vdcNetworks tells the tunnelId of a subinterface; 9.0.0.0 did not (6.2)."""
    vcd_duplicate_interfaces: bool = False
    """Whether vdcNetworks lists a distributed network twice (6.2)."""
    vcd_nsx_write_status: Literal[200, 204] = 204
    """Status of writes of the L2VPN configuration (6.1)."""
    vcd_statistics: Literal["nested", "flat"] = "nested"
    """Peer sites in the L2VPN statistics: l2vpnStats inside siteStats, or siteStats repeated (6.4)."""
    vcd_sensitive_data: Literal["on_request", "always", "never"] = "on_request"
    """Passwords in the L2VPN configuration: with showSensitiveData=true, always, or never (6.1)."""
    vcd_other_role: Literal["refuse", "replace"] = "refuse"
    """Configuring an edge as L2VPN server that is a client, or the other way round (6.3)."""
    vcd_log_level_case: Literal["lower", "upper"] = "lower"
    """How the L2VPN log level is read back (6.3)."""
    vcd_version_conflict: Literal[409, 412] = 409
    """Status of a tunnel change with an old version (7, 12)."""
    vcd_masked_psk: Literal["by_version", "always", "never"] = "by_version"
    """Whether the pre-shared key reads as ******; by version: from 38.1 on (7)."""
    vcd_tunnel_interface: Literal["required", "optional"] = "required"
    """tunnelInterface of a SERVER: required as in 36.0, or made up when missing (7)."""
    vcd_tunnel_networks: Literal["stretchedNetworks", "attachedNetworks"] = "stretchedNetworks"
    """Field of a tunnel that has its networks; attachedNetworks is the older form (7)."""
    vcd_client_delete_fails: bool = True
    """Whether deleting an updated CLIENT tunnel with networks fails once for each update, as up to 10.5.0 (7)."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a re-run of a converged HCX site makes each of its calls. One that is not in here is one too many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

API = "/hybridity/api"
WHY = {
    f"POST {API}/sessions": "one login for each manager and run",
    f"GET {API}/cloudConfigs": "the pairing; again before the mesh, because it may have been made in between",
    f"POST {API}/service/inventory/resourcecontainer/list": "whether the pairing is more than half made; the vCenter "
    "whose clusters the compute profile names",
    f"POST {API}/networks?action=queryIpUsage": "the network profiles; again before the compute profile that uses them",
    f"POST {API}/service/inventory/networks": "port groups by name: a name must still be one network",
    f"GET {API}/interconnect/computeProfiles": "the compute profile; again before the mesh, of both sites",
    f"POST {API}/service/inventory/vc/list": "datacenters and clusters by name",
    f"POST {API}/service/inventory/vc/datastores/query": "datastores by name",
    f"POST {API}/service/inventory/vc/dvs/query": "switches by name",
    f"POST {API}/service/inventory/cloud/list": "the name of this site, which a mesh repeats",
    f"GET {API}/interconnect/serviceMesh": "the mesh; again for its health",
    f"GET {API}/interconnect/tasks/{{task}}": "whether an earlier run, or somebody else, still works on the object",
    f"POST {API}/interconnect/appliances/query": "tunnels of the appliances; again for their health",
    f"POST {API}/alerts?action=query": "critical alerts of the site",
}
VARIES = re.compile(r"(?<=/tasks/)[^/?]+")


def counted(names: Iterable[str]) -> Counter[str]:
    """How often each call was made, by its name in `WHY`. KeyError for one that nobody can explain."""
    found = Counter(VARIES.sub("{task}", name) for name in names)
    for name in found:
        WHY[name]
    return found

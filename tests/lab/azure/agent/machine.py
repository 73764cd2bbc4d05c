# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent knows about its machine, its heartbeats, and `azcmagent show` (Azure reference 9.5)."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from . import configuration, keys, places
from .cloud import identity_call
from .output import Failure, Output

SERVICES = {
    "himdsd": "Agent Service (himdsd)",
    "arcproxyd": "Azure Arc Proxy (arcproxyd)",
    "extd": "Extension Service (extd)",
    "gcad": "GC Service (gcad)",
}
NAMES = {
    "Resource Name": "resourceName",
    "Resource Group Name": "resourceGroup",
    "Resource Id": "resourceId",
    "Subscription ID": "subscriptionId",
    "Tenant ID": "tenantId",
    "VM ID": "vmId",
    "Correlation ID": "correlationId",
    "VM UUID": "vmUuid",
    "Location": "location",
    "Cloud": "cloud",
    "Agent Version": "agentVersion",
    "Agent Logfile": "agentLogfile",
    "Agent Status": "status",
    "Agent Last Heartbeat": "lastHeartbeat",
    "Agent Error Code": "agentErrorCode",
    "Agent Error Details": "agentErrorDetails",
    "Using HTTPS Proxy": "httpsProxy",
    "Proxy Bypass List": "proxyBypass",
    "Upstream Proxy": "upstreamProxy",
    "Gateway URL": "gatewayUrl",
    "Cloud Provider": "cloudProvider",
    "Manufacturer": "manufacturer",
    "Model": "model",
}
UNREACHED = "The last heartbeat was not accepted"


def version() -> str:
    """Written beside the program by its package."""
    return (Path(__file__).parent / "VERSION").read_text(encoding="utf-8").strip()


def stored() -> dict[str, Any]:
    """Empty when not connected."""
    try:
        found: dict[str, Any] = json.loads(places.data("agentconfig.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def store(machine: dict[str, Any]) -> None:
    file = places.data("agentconfig.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(machine, indent=2), encoding="utf-8")


def forget() -> None:
    """As if it had never been connected; settings stay."""
    places.data("agentconfig.json").unlink(missing_ok=True)
    keys.in_use().unlink(missing_ok=True)
    keys.saved().unlink(missing_ok=True)


def service_state(unit: str) -> str:
    command = shutil.which("systemctl")
    if command is None or places.variable("ROOT"):
        return "active"
    done = subprocess.run([command, "is-active", unit], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "inactive"


def heartbeat(*, restarted: bool = False) -> dict[str, Any]:
    """Tell the identity service that this machine lives, if its service runs; what `show` shows is kept."""
    machine = stored()
    if not machine:
        return {}
    if not restarted and service_state("himdsd") != "active":
        return {**machine, "status": "Disconnected"}
    body = json.dumps({"hardware": places.hardware(), "reported": _report(machine), "restarted": restarted}).encode()
    service = places.identity_service(machine["cloud"], machine["location"])
    try:
        answer = identity_call("POST", service, f"/machine/{machine['vmId']}/heartbeat", body)
        refused = None if answer.status == 200 else answer.reason
    except Failure as failure:
        answer, refused = None, failure.text
    if refused is not None or answer is None:
        machine |= {"status": "Disconnected", "agentErrorCode": "AZCM0070"}
        machine["agentErrorDetails"] = f"{UNREACHED}: {refused}"
    else:
        machine |= {"agentErrorCode": "", "agentErrorDetails": ""}
        machine |= {k: answer.body[k] for k in ("status", "lastHeartbeat", "extensions", "gatewayUrl")}
    store(machine)
    return machine


def _report(machine: dict[str, Any]) -> dict[str, Any]:
    name = socket.gethostname()
    release = dict(line.split("=", 1) for line in _release() if "=" in line)
    state = {unit: service_state(unit) for unit in ("extd", "gcad")}
    services = {
        unit: {"status": word if word == "active" else "stopped", "startupType": "enabled"}
        for unit, word in state.items()
    }
    return {
        "agentVersion": version(),
        "displayName": name,
        "machineFqdn": socket.getfqdn(),
        "dnsFqdn": socket.getfqdn(),
        "adFqdn": "unknown",
        "domainName": "unknown",
        "osName": "linux",
        "osType": "linux",
        "osSku": release.get("PRETTY_NAME", "").strip('"'),
        "vmUuid": places.hardware(),
        "osProfile": {"computerName": name},
        "mssqlDiscovered": "false",
        "cloudMetadata": {"provider": "N/A"},
        "detectedProperties": {"manufacturer": "VMware, Inc.", "model": "VMware20,1", "cloudprovider": "N/A"},
        "agentConfiguration": configuration.reported(),
        "serviceStatuses": {"extensionService": services["extd"], "guestConfigurationService": services["gcad"]},
        "agentUpgrade": {"enableAutomaticUpgrade": machine.get("automaticUpgrade", False)},
    }


def _release() -> list[str]:
    try:
        return Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def show(properties: list[str], output: Output) -> None:
    machine = heartbeat()
    found = {
        "status": "Disconnected",
        **dict.fromkeys(("lastHeartbeat", "resourceName", "resourceGroup", "subscriptionId", "tenantId"), ""),
        **dict.fromkeys(("location", "cloud", "resourceId", "vmId", "correlationId", "gatewayUrl"), ""),
        "agentErrorCode": "",
        "agentErrorDetails": "",
        **{k: v for k, v in machine.items() if k not in ("extensions", "automaticUpgrade")},
        "vmUuid": places.hardware(),
        "agentVersion": version(),
        "agentLogfile": str(places.data("log", "himds.log")),
        "httpsProxy": configuration.value("proxy.url"),
        "proxyBypass": ",".join(configuration.value("proxy.bypass")),
        "upstreamProxy": "",
        "cloudProvider": "N/A",
        "manufacturer": "VMware, Inc.",
        "model": "VMware20,1",
    }
    if found["gatewayUrl"]:
        found |= {"upstreamProxy": found["httpsProxy"], "httpsProxy": "http://localhost:40343"}
    wanted = [_key(name) for name in properties]
    if wanted:
        found = {k: v for k, v in found.items() if k in wanted}
    if output.json:
        # What tolerant readers of JSON have to live with (9.1).
        output.log("INFO", "Reading the agent's configuration")
        output.result(found)
        return
    for shown, key in NAMES.items():
        if key in found:
            print(f"{shown:<40}: {found[key]}")
    if not wanted:
        print("Dependent Service Status")
        for unit, shown in SERVICES.items():
            print(f"  {shown:<38}: {service_state(unit)}")


def _key(name: str) -> str:
    found = {shown.lower(): key for shown, key in NAMES.items()} | {key.lower(): key for key in NAMES.values()}
    if name.lower() not in found:
        raise Failure(23, f"There is no property {name}.")
    return found[name.lower()]

# SPDX-License-Identifier: GPL-3.0-or-later
"""`azcmagent connect`, `connect existing`, `disconnect` and `check` (Azure reference 9.2, 9.4, 9.7)."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.request
import uuid
from typing import Any

from . import keys, machine, places
from .cloud import GROUPS_VERSION, Answer, Credential, Manager, call, identity_call
from .output import Failure, Output

REGIONS = ("westeurope", "northeurope", "eastus", "westus")
PORTAL = "https://portal.azure.com"
METADATA_SECONDS = 1


def connect(options: argparse.Namespace, output: Output) -> None:
    known = machine.stored()
    if known:
        print(f"The machine is already connected as {known['resourceId']}", flush=True)
        raise Failure(67, f"This machine is already connected to Azure as {known['resourceId']}.")
    _complete(options)
    _refuse_azure_vm(output)
    output.log("INFO", "Connecting machine to Azure... This might take a few minutes.")
    output.log("INFO", f"Cloud: {options.cloud}")
    text = "Testing connectivity to endpoints that are needed to connect to Azure... This might take a few minutes."
    output.log("INFO", text)
    output.progress(20)
    _reach(options, output)
    manager = Manager(options.cloud, _credential(options).token())
    subscription = _subscription(manager, options.subscription_id)
    _register(manager, subscription, output)
    path = _path(subscription, options.resource_group, options.resource_name)
    _refuse_taken(manager, path, options, subscription)
    output.log("INFO", f"Creating resource in Azure...   Correlation ID={options.correlation_id} Resource ID={path}")
    created, key, vm_id = _create(manager, path, options)
    _become(options, created, key, vm_id, output)


def connect_existing(options: argparse.Namespace, output: Output) -> None:
    """With a key whose public half is at the machine in Azure; no credential (9.4)."""
    if machine.stored():
        raise Failure(67, f"This machine is already connected to Azure as {machine.stored()['resourceId']}.")
    _complete(options)
    if not options.vmid or not options.tenant_id or not options.subscription_id:
        raise Failure(16, "--vmid, --tenant-id and --subscription-id are needed.")
    _refuse_azure_vm(output)
    _reach(options, output)
    if options.use_saved_key:
        if not keys.saved().exists():
            raise Failure(104, "There is no saved key; make one with azcmagent genkey.")
        key = keys.saved().read_bytes()
    elif options.private_key:
        key = keys.from_pkcs1(options.private_key)
    else:
        raise Failure(16, "--use-saved-key or --private-key is needed.")
    path = _path(options.subscription_id, options.resource_group, options.resource_name)
    created = {"id": path, "name": options.resource_name, "tenant": options.tenant_id}
    _become(options, created, key, options.vmid, output)


def _become(options: argparse.Namespace, created: dict[str, Any], key: bytes, vm_id: str, output: Output) -> None:
    """Get the certificate, keep everything, let the services run."""
    keys.write(keys.in_use(), key)
    service = places.identity_service(options.cloud, options.location)
    answer = identity_call("GET", service, f"/machine/{vm_id}/identity")
    if answer.status != 200 or "certificate" in places.failures():
        keys.in_use().unlink()
        reason = answer.reason if answer.status != 200 else "the identity service did not answer in time"
        raise Failure(
            81, f"The managed identity certificate was not obtained: {reason}. Delete the Azure resource first."
        )
    parts = created["id"].split("/")
    machine.store(
        {
            "resourceId": created["id"],
            "resourceName": created["name"],
            "resourceGroup": parts[4],
            "subscriptionId": parts[2],
            "tenantId": options.tenant_id or answer.body.get("tenantId", ""),
            "location": options.location,
            "cloud": options.cloud,
            "vmId": vm_id,
            "correlationId": options.correlation_id,
            "automaticUpgrade": options.enable_automatic_upgrade,
        }
    )
    _start_services()
    machine.heartbeat(restarted=True)
    output.progress(100)
    output.log("INFO", "Connected machine to Azure")
    portal = f"{PORTAL}/#@{options.tenant_id}/resource{created['id']}/overview"
    output.log("INFO", f"Machine overview page: {portal}")
    if output.json:
        output.result({"status": "success", "resourceId": created["id"], "portalUrl": portal})


def _complete(options: argparse.Namespace) -> None:
    """Defaults; failures 16, 20 and 23."""
    missing = [flag for flag in ("resource_group", "location") if not getattr(options, flag)]
    if not options.subscription_id:
        missing.insert(0, "subscription_id")
    if missing:
        raise Failure(16, f"--{missing[0].replace('_', '-')} is needed.")
    if options.cloud not in places.ENDPOINTS:
        raise Failure(23, f"There is no cloud {options.cloud}.")
    options.location = options.location.replace(" ", "").lower()
    if options.location not in REGIONS:
        raise Failure(20, f"There is no region {options.location}.")
    options.resource_name = options.resource_name or socket.gethostname().split(".")[0]
    options.correlation_id = options.correlation_id or str(uuid.uuid4())


def _refuse_azure_vm(output: Output) -> None:
    """Azure's metadata service answers only on its own machines (8.2)."""
    url = f"{places.variable('IMDS', places.METADATA)}/metadata/instance/compute?api-version=2019-06-01"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, headers={"Metadata": "true"}), timeout=METADATA_SECONDS) as answer:
            found = json.loads(answer.read())
    except (OSError, ValueError):
        return
    if not isinstance(found, dict) or not ({"azEnvironment", "vmId"} & found.keys()):
        return
    if _test_override():
        output.log("WARN", "This machine is an Azure virtual machine; MSFT_ARC_TEST is set.")
        return
    raise Failure(141, "The agent cannot be connected on an Azure virtual machine.", exit_code=3)


def _test_override() -> bool:
    if os.environ.get("MSFT_ARC_TEST", "").lower() == "true":
        return True
    command = shutil.which("systemctl")
    if command is None:
        return False
    shown = subprocess.run([command, "show-environment"], capture_output=True, text=True, check=False).stdout
    return "MSFT_ARC_TEST=true" in shown.splitlines()


def endpoints(cloud: str, region: str) -> dict[str, str]:
    return {
        "login": places.login(cloud),
        "management": places.manager(cloud),
        "identity": places.identity_service(cloud, region),
    }


def _reach(options: argparse.Namespace, output: Output) -> None:
    try:
        if "network" in places.failures():
            raise Failure(26, "Endpoints needed to connect to Azure are not reachable.")
        for url in endpoints(options.cloud, options.location).values():
            call("GET", f"{url}/")
    except Failure as failure:
        if not options.ignore_network_check:
            raise
        output.log("WARN", f"Going on without the network check: {failure.text}")


def _credential(options: argparse.Namespace) -> Credential:
    if options.service_principal_id and not options.tenant_id:
        raise Failure(16, "--tenant-id is needed with a service principal.")
    return Credential(
        options.cloud,
        options.tenant_id or "",
        options.access_token or "",
        options.service_principal_id or "",
        options.service_principal_secret or "",
        options.service_principal_cert or "",
    )


def _subscription(manager: Manager, wanted: str) -> str:
    """Its id, where the name was given (3)."""
    try:
        return str(uuid.UUID(wanted))
    except ValueError:
        listed = manager.call("GET", "/subscriptions", version="2022-12-01").body.get("value", [])
    found = [entry["subscriptionId"] for entry in listed if entry["displayName"].lower() == wanted.lower()]
    if len(found) != 1:
        raise Failure(68, f"The subscription {wanted} was not found.")
    return str(found[0])


def _register(manager: Manager, subscription: str, output: Output) -> None:
    """A refusal is only logged (4)."""
    for namespace in ("Microsoft.HybridCompute", "Microsoft.HybridConnectivity"):
        path = f"/subscriptions/{subscription}/providers/{namespace}/register"
        answer = manager.call("POST", path, version=GROUPS_VERSION)
        if answer.status != 200:
            output.log("DEBUG", f"Registering {namespace} was refused: {answer.reason}")


def _path(subscription: str, group: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{name}"


def _refuse_taken(manager: Manager, path: str, options: argparse.Namespace, subscription: str) -> None:
    answer = manager.call("GET", path)
    if answer.status == 200:
        raise Failure(44, f"A resource {path} exists already; choose another name or delete it.")
    if answer.status == 404 and "ResourceGroupNotFound" in answer.reason:
        group = f"/subscriptions/{subscription}/resourceGroups/{options.resource_group}"
        made = manager.call("PUT", group, {"location": options.location}, GROUPS_VERSION)
        if made.status not in (200, 201):
            raise Failure(42, f"The resource group could not be made: {made.reason}")


def _create(manager: Manager, path: str, options: argparse.Namespace) -> tuple[dict[str, Any], bytes, str]:
    key, vm_id = keys.new(), str(uuid.uuid4())
    properties: dict[str, Any] = {"vmId": vm_id, "clientPublicKey": keys.public(key), "osName": "linux"}
    if options.private_link_scope:
        properties["privateLinkScopeResourceId"] = options.private_link_scope
    if options.enable_automatic_upgrade:
        properties["agentUpgrade"] = {"enableAutomaticUpgrade": True}
    body = {
        "location": options.location,
        "tags": tags(options.tags or ""),
        "identity": {"type": "SystemAssigned"},
        "properties": properties,
    }
    if "create" in places.failures():
        raise Failure(42, "The Azure resource could not be made.")
    answer = manager.call("PUT", path, body)
    if answer.status != 200:
        raise Failure(42, f"The Azure resource could not be made: {answer.reason}")
    if "die-after-create" in places.failures():
        os.kill(os.getpid(), signal.SIGKILL)
    if "half-created" in places.failures():
        raise Failure(42, "The Azure resource was made, but its answer got lost.")
    if options.gateway_id:
        settings = f"{path}/providers/Microsoft.HybridCompute/settings/default"
        gateway = {"properties": {"gatewayProperties": {"gatewayResourceId": options.gateway_id}}}
        attached = manager.call("PUT", settings, gateway)
        if attached.status not in (200, 201):
            raise Failure(42, f"The gateway could not be attached: {attached.reason}")
    return answer.body, key, vm_id


def tags(text: str) -> dict[str, str]:
    """K=V,K2='V with space'; a backslash keeps the next character (9.2)."""
    parts, quoted, escaped = [""], False, False
    for character in text:
        if escaped:
            parts[-1] += character
        elif character == "\\":
            escaped = True
            continue
        elif character == "'":
            quoted = not quoted
        elif character == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
        escaped = False
    found = {}
    for part in filter(None, parts):
        name, equals, value = part.partition("=")
        if not equals:
            raise Failure(23, f"The tag {part} has no value.")
        found[name.strip()] = value
    return found


def _start_services() -> None:
    command = shutil.which("systemctl")
    if command is not None and not places.variable("ROOT"):
        subprocess.run([command, "restart", *machine.SERVICES], capture_output=True, check=False)


def disconnect(options: argparse.Namespace, output: Output) -> None:
    known = machine.stored()
    if not known:
        raise Failure(1, "The machine is not connected to Azure.", int(places.variable("NOT_CONNECTED_EXIT", "1")))
    if not options.force_local_only:
        options.cloud, options.location = known["cloud"], known["location"]
        options.tenant_id = options.tenant_id or known["tenantId"]
        output.log("INFO", f"Deleting the Azure resource {known['resourceId']}")
        manager = Manager(known["cloud"], _credential(options).token())
        answer: Answer = manager.call("DELETE", known["resourceId"])
        if answer.status in (204, 404):
            raise Failure(43, "The Azure resource does not exist any more; use --force-local-only.")
        ended = manager.finished(answer)
        if ended.status != 200:
            raise Failure(43, f"The Azure resource could not be deleted: {ended.reason}")
    machine.forget()
    output.log("INFO", "Disconnected machine from Azure")
    if output.json:
        output.result({"status": "success"})


def check(options: argparse.Namespace, output: Output) -> None:
    """A row per endpoint; failure 26 when one does not answer."""
    region = (options.location or machine.stored().get("location") or "westeurope").replace(" ", "").lower()
    if region not in REGIONS:
        raise Failure(20, f"There is no region {region}.")
    rows, silent = [], []
    for name, url in endpoints(options.cloud, region).items():
        try:
            if "network" in places.failures():
                raise Failure(26, "unreachable")
            call("GET", f"{url}/")
            rows.append((name, url, "true"))
        except Failure:
            rows.append((name, url, "false"))
            silent.append(url)
    print(f"{'Use case':<12}|{'Endpoint':<50}|Reachable")
    for name, url, reachable in rows:
        print(f"{name:<12}|{url:<50}|{reachable}")
    if silent:
        raise Failure(26, f"Not reachable: {', '.join(silent)}")
    output.log("INFO", "All endpoints are reachable")

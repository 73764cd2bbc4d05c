# SPDX-License-Identifier: GPL-3.0-or-later
"""One vCenter: its managed objects, and the way of a SOAP request through checks, delay, handler and answer."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..faults import FaultRule
from ..rules import Rules
from ..shared import USERS, Shared
from ..world import Site, World
from . import decode, encode, inventory
from .bindings import (
    OPTIONAL,
    fault,
    is_managed,
    method_info,
    older_or_same,
    properties_of,
    typed,
    version_of,
    vim,
    vmodl,
    wsdl_name,
    wsdl_type,
)
from .extra_methods import EXTRA_METHODS, EXTRA_TYPES, FETCH
from .managed import Call, Node, invalid_property
from .population import Population
from .property_collector import Selected, Selection
from .sessions import COOKIE, Opened, Session, Sessions

READ_ONLY = frozenset({"System.Anonymous", "System.Read", "System.View", "Sessions.ValidateSession"})
OPEN_METHODS = frozenset({"RetrieveServiceContent", "Login"})
FALLBACK_VERSION = "urn:vim25/2.5"
PRIVILEGES_WITHOUT_DECLARATION = {
    vim.host.NetworkSystem: "Host.Config.Network",
    vim.VirtualMachine: "VirtualMachine.Config.Settings",
    vim.dvs.DistributedVirtualPortgroup: "DVPortgroup.Modify",
}
"""The bindings give no privilege for methods that check several; this is the one they check first (2)."""


@dataclass(frozen=True)
class Answer:
    """None as text means: close the connection."""

    status: int
    text: str | None
    cookie: str | None = None


class VCenterServer:
    def __init__(self, shared: Shared, name: str) -> None:
        self.shared = shared
        self.name = name
        self.service = f"vcenter/{name}"
        self.sessions = Sessions(shared.clock)
        self.nodes: dict[str, Node] = {}
        self.active_session: Session | None = None
        self.inventory = inventory.build(self)
        self._population = Population(self)
        self.shared.directories[name] = self
        shared.rebuilt.append(self.rebuild)
        shared.passing.append(self._advance_tasks)

    def _advance_tasks(self) -> None:
        # Looked up each time: a rebuilt world has another inventory.
        self.inventory.tasks.advance()

    @property
    def world(self) -> World:
        return self.shared.world

    @property
    def rules(self) -> Rules:
        return self.shared.rules

    def rebuild(self) -> None:
        """Build all objects anew from the world; sessions end."""
        self.sessions.clear()
        self.nodes.clear()
        self.inventory = inventory.build(self)

    def follow_world(self) -> None:
        """Show what came to the world, and no longer what left."""
        self._population.follow()

    def register(self, node: Node) -> None:
        self.nodes[node.moid] = node

    def machine_id(self, uuid: str) -> str:
        """The managed object id of a virtual machine; KeyError when this vCenter has none of this uuid."""
        self.follow_world()
        return self.inventory.machines[uuid].moid

    def add_network(self, site: Site, name: str) -> None:
        inventory.add_network(self, site, name)

    def find(self, moid: str, call: Call) -> Node | None:
        node = self.nodes.get(moid)
        if node is None and call.session is not None:
            return call.session.nodes.get(moid)
        return node

    def node(self, ref: Any, call: Call) -> Node:
        """The object of a reference; ManagedObjectNotFound when it does not exist (any more)."""
        node = self.find(ref._moId, call)
        if node is None or not issubclass(node.vim_type, type(ref)):
            raise fault(
                vmodl.fault.ManagedObjectNotFound,
                f"The object '{wsdl_name(type(ref))}:{ref._moId}' has already been deleted or has not been"
                " completely created",
                obj=ref,
            )
        return node

    def add_session_node(self, call: Call, node: Node) -> None:
        if call.session is not None:
            call.session.nodes[node.moid] = node

    def remove_session_node(self, call: Call, node: Node) -> None:
        if call.session is not None:
            call.session.nodes.pop(node.moid, None)

    def selection(self, specs: list[Any], call: Call) -> list[Selected]:
        return Selection(self, call).select(specs)

    async def serve(self, raw: bytes, headers: Mapping[str, str], address: str) -> Answer:
        """Answer one POST /sdk."""
        started = time.perf_counter()
        trace = _Trace()
        answer = await self._serve(raw, headers, address, trace)
        self.shared.log.add(
            self.shared.clock.now(),
            self.service,
            trace.method,
            trace.user,
            answer.status,
            round((time.perf_counter() - started) * 1000, 3),
            trace.host,
            trace.error,
        )
        return answer

    async def _serve(self, raw: bytes, headers: Mapping[str, str], address: str, trace: _Trace) -> Answer:
        version = version_of(FALLBACK_VERSION)
        try:
            version = self._version(headers.get("soapaction"))
            request = decode.parse(raw)
            trace.method = request.method
            with self.world.lock:
                self.shared.catch_up()
                self.follow_world()
                operation = self._accept(request, version, headers, address, trace)
            return await self._perform(operation, trace)
        except vmodl.MethodFault as error:
            trace.error = wsdl_name(type(error))
            return Answer(500, encode.fault_answer(error, version))

    def _version(self, action: str | None) -> Any:
        uri = (action or "").strip().strip('"') or FALLBACK_VERSION
        try:
            version = version_of(uri)
        except KeyError:
            version = None
        if version is None or not older_or_same(version, version_of(f"urn:vim25/{self.rules.api_version}")):
            raise decode.invalid(f'Unsupported version URI "{uri}" while parsing SOAP header')
        return version

    def _accept(
        self, request: decode.SoapRequest, version: Any, headers: Mapping[str, str], address: str, trace: _Trace
    ) -> _Operation:
        """All checks before anything happens: session, receiver, method, privilege, parameters."""
        cookie = headers.get("cookie")
        session = self.sessions.find(cookie, self.rules.session_idle_seconds)
        call = Call(request.method, version, session, cookie)
        trace.user = session.user if session else None
        info = self._info(request, version)
        reference = self._reference(request.receiver)
        if session is None and not self._is_open(request):
            raise fault(
                vim.fault.NotAuthenticated,
                "The session is not authenticated.",
                object=reference,
                privilegeId="System.View",
            )
        node = self.node(reference, call)
        trace.host = getattr(getattr(node, "host", None), "name", None)
        if not issubclass(node.vim_type, info.type):
            raise fault(
                vmodl.fault.MethodNotFound,
                f"The method {request.method} is not known to {wsdl_name(node.vim_type)}.",
                receiver=reference,
                method=request.method,
            )
        self._check_privilege(info, node, session)
        values = decode.arguments(request, list(info.params), version)
        if request.method == "Login":
            values.update(user_agent=headers.get("user-agent", ""), address=address)
        return _Operation(call, node, info, values)

    def _info(self, request: decode.SoapRequest, version: Any) -> Any:
        if request.method == "Fetch" or (request.method in EXTRA_METHODS and self.rules.esxcli_answers):
            return EXTRA_METHODS[request.method]
        try:
            info = method_info(request.method)
        except KeyError as error:
            raise decode.invalid(f"Unable to resolve WSDL method name {request.method}") from error
        if not older_or_same(info.version, version):
            raise fault(
                vmodl.fault.MethodNotFound,
                f"The method {request.method} does not exist in the version of this request.",
                receiver=self._reference(request.receiver),
                method=request.method,
            )
        return info

    @staticmethod
    def _reference(receiver: decode.Reference) -> Any:
        try:
            kind = EXTRA_TYPES.get(receiver.kind) or wsdl_type("urn:vim25", receiver.kind)
        except KeyError as error:
            raise decode.invalid(f"unknown type {receiver.kind} of _this") from error
        if not is_managed(kind):
            raise decode.invalid(f"{receiver.kind} is not a managed object type")
        return kind(receiver.moid)

    @staticmethod
    def _is_open(request: decode.SoapRequest) -> bool:
        return request.method in OPEN_METHODS or (
            request.method == "Fetch" and request.receiver.kind == "ServiceInstance"
        )

    def denied(self, node: Node, path: str, call: Call) -> Any:
        """A fault when this path cannot be read now or by this user, else None."""
        session = call.session
        if path in self.rules.denied_paths and session and not self.has_privilege(session, "Global.Settings"):
            return _no_permission(node, "Global.Settings")
        return node.denied(path)

    @staticmethod
    def has_privilege(session: Session, privilege: str) -> bool:
        return USERS[session.user] == "Admin" or privilege in READ_ONLY

    @staticmethod
    def _check_privilege(info: Any, node: Node, session: Session | None) -> None:
        needed = info.privId or next(
            (p for kind, p in PRIVILEGES_WITHOUT_DECLARATION.items() if issubclass(node.vim_type, kind)), None
        )
        if session is None or needed is None or VCenterServer.has_privilege(session, needed):
            return
        raise _no_permission(node, needed)

    async def _perform(self, operation: _Operation, trace: _Trace) -> Answer:
        """Delay, planned faults and the effect; a host network operation occupies its host for the whole time."""
        name = operation.call.method
        host = operation.node.exclusive_host(name, operation.values)
        if host is not None and host.operating:
            raise operation.node.busy(self.rules)
        planned = self.shared.faults.strike(self.service, name, trace.host)
        if planned is not None and planned.action == "drop_before":
            return Answer(0, None)
        delay = self.shared.latency.seconds(self.service, name)
        if host is not None:
            host.operating = True
            delay = max(delay, self.rules.operation_min_ms / 1000)
        try:
            if delay:
                await asyncio.sleep(delay)
            if planned is not None and planned.action == "http":
                return Answer(planned.status, "")
            if planned is not None and planned.action == "fault":
                raise _planned_fault(planned, operation.node)
            answer = await self._run(operation)
        finally:
            if host is not None:
                host.operating = False
        return Answer(0, None) if planned is not None else answer

    def _fetch(self, node: Node, name: str, call: Call) -> Any:
        """One whole property, as pyVmomi reads an attribute."""
        info = properties_of(node.vim_type).get(name)
        if info is None or not older_or_same(info.version, call.version):
            raise invalid_property(name)
        denied = self.denied(node, name, call)
        if denied is not None:
            raise denied
        return node.read(name)

    async def _run(self, operation: _Operation) -> Answer:
        call, info = operation.call, operation.info
        if info is FETCH:
            with self.world.lock:
                self.active_session = call.session
                value = self._fetch(operation.node, operation.values["prop"], call)
            return Answer(200, encode.answer("Fetch", value, call.version, object))
        handler = operation.node.handler(call.method)
        if handler is None:
            raise fault(
                vmodl.fault.NotImplemented,
                f"The lab does not simulate {wsdl_name(operation.node.vim_type)}.{call.method}.",
            )
        with self.world.lock:
            self.active_session = call.session
            result = handler(call, **operation.values)
        if inspect.isawaitable(result):
            result = await result
        cookie = None
        if isinstance(result, Opened):
            cookie = f'{COOKIE}="{result.session.key}"; Path=/; HttpOnly; Secure;'
            result = result.value
        if not isinstance(result, encode.Raw):
            result = typed(result, info.result) if info.result is not type(None) else None
        return Answer(200, encode.answer(call.method, result, call.version, info.result), cookie)


@dataclass
class _Trace:
    method: str = "?"
    user: str | None = None
    host: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class _Operation:
    call: Call
    node: Node
    info: Any
    values: dict[str, Any]


def _no_permission(node: Node, privilege: str) -> Any:
    return fault(
        vim.fault.NoPermission,
        "Permission to perform this operation was denied.",
        object=node.ref,
        privilegeId=privilege,
    )


def _planned_fault(rule: FaultRule, node: Node) -> Any:
    """A fault of any type, with something in every member that it must have."""
    kind = wsdl_type("urn:vim25", rule.fault)
    required = {p.name: p.type for p in properties_of(kind).values() if not p.flags & OPTIONAL}
    members: dict[str, Any] = {}
    for name, member in required.items():
        if is_managed(member):
            members[name] = node.ref if isinstance(node.ref, member) else member("planned")
        elif issubclass(member, list) and issubclass(member.Item, vmodl.MethodFault):
            members[name] = [fault(vim.fault.HostConfigFault, rule.message)]
    return fault(kind, rule.message, **members)

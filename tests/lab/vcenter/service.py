# SPDX-License-Identifier: GPL-3.0-or-later
"""ServiceInstance and the managers it names; those the lab does not simulate exist but answer NotImplemented."""

from __future__ import annotations

from typing import Any

from ..shared import USERS
from .bindings import fault, vim, vmodl
from .managed import Call, Node, method, prop
from .sessions import Opened, Session

READ_PRIVILEGES = ("System.Anonymous", "System.Read", "System.View")
ADMIN_PRIVILEGES = (
    *READ_PRIVILEGES,
    "Global.Settings",
    "Host.Config.Connection",
    "Host.Config.Maintenance",
    "Host.Config.Network",
    "Host.Config.Storage",
    "Network.Assign",
    "DVPortgroup.Create",
    "DVPortgroup.Delete",
    "DVPortgroup.Modify",
    "VApp.Import",
    "VirtualMachine.Config.Settings",
    "VirtualMachine.Interact.PowerOff",
    "VirtualMachine.Interact.PowerOn",
    "VirtualMachine.Inventory.Delete",
)
"""Those that something in the lab asks for."""
BUILD = "24022515"


class ServiceInstance(Node):
    vim_type = vim.ServiceInstance

    @prop("content", cached=False)
    def content(self) -> Any:
        refs = {name: node.ref for name, node in self.vcenter.inventory.managers.items()}
        return vim.ServiceInstanceContent(rootFolder=self.vcenter.inventory.root.ref, about=self._about(), **refs)

    def _about(self) -> Any:
        api = self.vcenter.rules.api_version
        version = ".".join(api.split(".")[:3])
        return vim.AboutInfo(
            name="VMware vCenter Server",
            fullName=f"VMware vCenter Server {version} build-{BUILD}",
            vendor="VMware, Inc.",
            version=version,
            build=BUILD,
            localeVersion="INTL",
            localeBuild="000",
            osType="linux-x64",
            productLineId="vpx",
            apiType="VirtualCenter",
            apiVersion=api,
            instanceUuid=self.vcenter.world.vcenters[self.vcenter.name].instance_uuid,
            licenseProductName="VMware VirtualCenter Server",
            licenseProductVersion="8.0",
        )

    @prop("serverClock", cached=False)
    def server_clock(self) -> Any:
        return self.vcenter.shared.clock.utc()

    @method("RetrieveServiceContent")
    def retrieve_content(self, call: Call) -> Any:
        return self.content()

    @method("CurrentTime")
    def current_time(self, call: Call) -> Any:
        return self.server_clock()


class SessionManager(Node):
    vim_type = vim.SessionManager

    @method("Login")
    def login(
        self, call: Call, userName: str, password: str, locale: str | None, user_agent: str, address: str
    ) -> Opened:
        if call.session is not None or self.vcenter.shared.users.get(userName) != password:
            raise fault(vim.fault.InvalidLogin, "Cannot complete login due to an incorrect user name or password.")
        session = self.vcenter.sessions.open(userName, user_agent, address)
        return Opened(session, self._described(session))

    @method("Logout")
    def logout(self, call: Call) -> None:
        if call.session is not None:
            self.vcenter.sessions.close(call.session.key)

    @method("SessionIsActive")
    def session_is_active(self, call: Call, sessionID: str, userName: str) -> bool:
        return any(s.key == sessionID and s.user == userName for s in self.vcenter.sessions.all())

    @method("TerminateSession")
    def terminate(self, call: Call, sessionId: list[str]) -> None:
        for key in sessionId:
            if not self.vcenter.sessions.close(key):
                raise fault(vim.fault.NotFound, "The session does not exist.")

    @prop("sessionList", cached=False)
    def session_list(self) -> list[Any]:
        return [self._described(s) for s in self.vcenter.sessions.all()]

    @prop("defaultLocale")
    def default_locale(self) -> str:
        return "en"

    @prop("currentSession", cached=False)
    def current_session(self) -> Any:
        session = self.vcenter.active_session
        return None if session is None else self._described(session)

    def _described(self, session: Session) -> Any:
        clock = self.vcenter.shared.clock
        return vim.UserSession(
            key=session.key,
            userName=session.user,
            fullName=session.user,
            loginTime=clock.utc(session.opened),
            lastActiveTime=clock.utc(session.last_active),
            locale="en",
            messageLocale="en",
            extensionSession=False,
            ipAddress=session.address,
            userAgent=session.user_agent,
            callCount=session.calls,
        )


class OptionManager(Node):
    """Advanced settings of the vCenter: existing ones can be read and changed."""

    vim_type = vim.option.OptionManager

    def __init__(self, vcenter: Any, moid: str, values: dict[str, Any]) -> None:
        super().__init__(vcenter, moid)
        self._values = values

    @prop("setting", cached=False)
    def setting(self) -> list[Any]:
        return [vim.option.OptionValue(key=k, value=v) for k, v in sorted(self._values.items())]

    @method("QueryOptions")
    def query(self, call: Call, name: str | None) -> list[Any]:
        """A name that ends in a dot selects a branch; an unknown one is InvalidName."""
        found = [
            o for o in self.setting() if not name or o.key == name or (name.endswith(".") and o.key.startswith(name))
        ]
        if not found:
            raise fault(vim.fault.InvalidName, f"The name '{name}' is invalid.", name=name)
        return found

    @method("UpdateOptions")
    def update(self, call: Call, changedValue: list[Any]) -> None:
        for option in changedValue:
            if option.key not in self._values:
                raise fault(vim.fault.InvalidName, f"The name '{option.key}' is invalid.", name=option.key)
            if type(option.value) is not type(self._values[option.key]):
                raise fault(vmodl.fault.InvalidArgument, "wrong type of option", invalidProperty="changedValue.value")
        self._values.update({o.key: o.value for o in changedValue})


class AuthorizationManager(Node):
    vim_type = vim.AuthorizationManager

    @prop("roleList")
    def role_list(self) -> list[Any]:
        return [
            vim.AuthorizationManager.Role(
                roleId=number,
                system=True,
                name=name,
                info=vim.Description(label=name, summary=name),
                privilege=list(privileges),
            )
            for number, name, privileges in ((-1, "Admin", ADMIN_PRIVILEGES), (-2, "ReadOnly", READ_PRIVILEGES))
        ]

    @method("HasPrivilegeOnEntities")
    def has_privilege(self, call: Call, entity: list[Any], sessionId: str, privId: list[str]) -> list[Any]:
        user = next((s.user for s in self.vcenter.sessions.all() if s.key == sessionId), None)
        if user is None:
            raise fault(vmodl.fault.InvalidArgument, "the session does not exist", invalidProperty="sessionId")
        Availability = vim.AuthorizationManager.PrivilegeAvailability
        return [
            vim.AuthorizationManager.EntityPrivilege(
                entity=self.vcenter.node(ref, call).ref,
                privAvailability=[
                    Availability(privId=p, isGranted=USERS[user] == "Admin" or p in READ_PRIVILEGES) for p in privId
                ],
            )
            for ref in entity
        ]


class CustomFieldsManager(Node):
    vim_type = vim.CustomFieldsManager

    @prop("field")
    def fields(self) -> list[Any]:
        return []


def placeholder(kind: Any, vcenter: Any, moid: str) -> Node:
    """A manager that exists in ServiceContent only."""
    made = type(kind.__name__.rpartition(".")[2], (Node,), {"vim_type": kind})
    node: Node = made(vcenter, moid)
    return node

# SPDX-License-Identifier: GPL-3.0-or-later
"""One network profile: its body on the wire, and its addresses in use (HCX reference 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from . import jobs
from .body import Body
from .compute_profile import Role

States = Literal["CREATE_IN_PROGRESS", "IN_PROGRESS", "REALIZED", "DELETE_IN_PROGRESS", "ERROR"]
Address = Annotated[str, AfterValidator(lambda text: str(IPv4Address(text)))]

OptionalAddress = Annotated[str | None, AfterValidator(lambda text: text and str(IPv4Address(text)))]
"""Also an empty text."""


class IpRange(Body):
    startAddress: Address
    endAddress: Address


class IpScope(Body):
    prefixLength: int = Field(ge=1, le=32)
    gateway: OptionalAddress = None
    primaryDns: OptionalAddress = None
    secondaryDns: OptionalAddress = None
    dnsSuffix: str | None = None
    poolId: str | None = None
    networkIpRanges: list[IpRange] = Field(min_length=1)


class Backing(Body):
    backingId: str = Field(min_length=1)
    vCenterInstanceUuid: str = Field(min_length=1)
    backingName: str | None = None
    type: str | None = None


class ProfileBody(Body):
    """`l3TenantManaged` must be there although nobody needs it: leaving it out is a 400 (9)."""

    name: str = Field(min_length=1)
    l3TenantManaged: bool
    description: str = ""
    enterprise: str = "DEFAULT"
    organization: str = "DEFAULT"
    ownedBySystem: bool = True
    allowTrunkInterfaces: bool = False
    mtu: int = Field(1500, ge=68, le=9000)
    backings: list[Backing] = Field(min_length=1)
    ipScopes: list[IpScope] = Field(min_length=1)
    recommendationTags: list[Role] = Field(default_factory=list)
    tags: list[Any] = Field([], max_length=5)
    objectId: str | None = None


class UsageFilter(Body):
    ownedBySystem: bool | None = None
    allowTrunkInterfaces: bool | None = None


class UsageBody(Body):
    filter: UsageFilter = UsageFilter()


@dataclass
class NetworkProfile:
    """`content` is what the client wrote, with pool ids; `used` is address to the appliance that has it."""

    object_id: str
    content: dict[str, Any]
    state: States = "CREATE_IN_PROGRESS"
    used: dict[str, str] = field(default_factory=dict)
    job_id: str | None = None
    job_type: str = ""
    error: str | None = None

    @property
    def name(self) -> str:
        return str(self.content["name"])

    def addresses(self) -> list[str]:
        """All that the ranges hold, in order."""
        return [str(IPv4Address(n)) for low, high in spans(self.content) for n in range(low, high + 1)]

    def take(self, owner: str) -> str:
        """A free address for an appliance; WorkFailed when there is none."""
        for address in self.addresses():
            if address not in self.used:
                self.used[address] = owner
                return address
        raise jobs.WorkFailed(f"No free IP address is left in network profile {self.name} for {owner}.")

    def give_back(self, owner: str) -> None:
        self.used = {a: o for a, o in self.used.items() if o != owner}


def spans(content: dict[str, Any]) -> list[tuple[int, int]]:
    """The ranges as numbers, first and last included."""
    return [
        (int(IPv4Address(r["startAddress"])), int(IPv4Address(r["endAddress"])))
        for scope in content["ipScopes"]
        for r in scope["networkIpRanges"]
    ]

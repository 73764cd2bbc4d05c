# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of an organization's rights: the options of ``vcd_org_rights``, checked before the first call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import refuse_if
from .account import SYSTEM, Account, Version
from .rights_sets import RIGHTS_SETS

FIRST_WITH_BUNDLES = Version(31, 0)
# The last versions with rights in XML are 38.x. (VCD reference 4.3)
FIRST_WITHOUT_XML = Version(39, 0)


@dataclass(frozen=True)
class WantedRights:
    """``named`` are names or ids that the user has typed, ``preset`` the names and ids of a set."""

    organization: str
    state: str
    named: tuple[str, ...]
    preset: Mapping[str, str]
    method: str
    bundle: str
    bundle_is_given: bool
    role: str
    scope: str

    @classmethod
    def from_params(cls, params: Mapping[str, Any], account: Account) -> WantedRights:
        problems = []
        organization, role = params["organization"].strip(), params["role"].strip()
        named = tuple(dict.fromkeys(right.strip() for right in params["rights"] or []))
        if not account.is_provider:
            problems.append(
                f"org {account.org} is a tenant's; only the provider gives rights to an organization, so log in with "
                f"org {SYSTEM}"
            )
        if not organization:
            problems.append("organization is empty; name the organization that shall have the rights")
        if organization.casefold() == SYSTEM.casefold():
            problems.append(f"organization {organization} is the provider's own, which has all rights; name a tenant's")
        if not all(named):
            problems.append("rights holds an empty entry; give names or ids of rights")
        if not named and not params["rights_set"]:
            problems.append("rights is empty and rights_set is not given, so there is no right to work on; give one")
        if params["role_scope"] != "none" and not role:
            problems.append("role is empty; name a role, or leave roles alone with role_scope none")
        if params["method"] == "xml" and params["bundle"] is not None:
            problems.append("bundle needs method cloudapi; the XML interface knows no rights bundles")
        if params["method"] == "xml" and params["role_scope"] == "global":
            problems.append("role_scope global needs method cloudapi; the XML interface knows no global roles")
        if params["bundle"] is not None and not params["bundle"].strip():
            problems.append("bundle is empty; name a rights bundle, or leave the option out")
        refuse_if(problems)
        return cls(
            organization=organization,
            state=params["state"],
            named=named,
            preset=RIGHTS_SETS[params["rights_set"]] if params["rights_set"] else {},
            method=params["method"],
            bundle=(params["bundle"] or f"{organization}-extender-rights").strip(),
            bundle_is_given=params["bundle"] is not None,
            role=role,
            scope=params["role_scope"],
        )

    def chosen_method(self, version: Version) -> str:
        """``xml`` or ``cloudapi``. Raises `InvalidInput` where the version does not have what is asked for."""
        method = self.method if self.method != "auto" else "xml" if version < FIRST_WITH_BUNDLES else "cloudapi"
        problems = []
        if method == "cloudapi" and version < FIRST_WITH_BUNDLES:
            problems.append(f"method cloudapi needs API {FIRST_WITH_BUNDLES}; this server speaks {version}")
        if method == "xml" and version >= FIRST_WITHOUT_XML:
            problems.append(f"method xml ends before API {FIRST_WITHOUT_XML}; this server speaks {version}")
        if method == "xml" and self.bundle_is_given:
            problems.append(f"bundle needs API {FIRST_WITH_BUNDLES}; this server speaks {version}, leave bundle out")
        if method == "xml" and self.scope == "global":
            problems.append(f"role_scope global needs API {FIRST_WITH_BUNDLES}; this server speaks {version}, use org")
        refuse_if(problems)
        return method

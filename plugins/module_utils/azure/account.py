# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks Azure, in which tenant and subscription, and how it proves that. (Azure reference 1)"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..engine.errors import refuse_if
from .clouds import CLOUDS, Cloud, Endpoint, endpoint

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TENANT = re.compile(r"[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Account:
    """One of ``secret``, ``certificate`` (a file with key and certificate) and ``token`` is given.

    ``subscription`` is an id, or a name that the client looks up once. ``timeout`` is for each answer, in seconds.
    """

    cloud: Cloud
    login: Endpoint
    arm: Endpoint
    tenant: str
    client_id: str
    secret: str | None
    certificate: str | None
    certificate_password: str | None
    token: str | None
    subscription: str
    validate_certs: bool
    ca_path: str | None
    timeout: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Account:
        """From the options of a module; raises `InvalidInput` with every problem."""
        cloud = CLOUDS[params["cloud"]]
        problems = _proof_problems(params)
        if not (params["subscription_id"] or "").strip():
            problems.append("subscription_id is empty; give the id or the name of the subscription")
        ends: dict[str, Endpoint] = {}
        for option, usual in (("login_endpoint", cloud.login_host), ("resource_manager_endpoint", cloud.arm_host)):
            try:
                ends[option] = endpoint(params[option] or f"https://{usual}")
            except ValueError:
                problems.append(f"{option} {params[option]} is not an address such as https://{usual}")
        refuse_if(problems)
        return cls(
            cloud=cloud,
            login=ends["login_endpoint"],
            arm=ends["resource_manager_endpoint"],
            tenant=params["tenant_id"] or "",
            client_id=params["client_id"] or "",
            secret=params["client_secret"],
            certificate=params["client_certificate"],
            certificate_password=params["client_certificate_password"],
            token=params["access_token"],
            subscription=params["subscription_id"].strip(),
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            timeout=params["request_timeout"],
        )

    @property
    def key(self) -> str:
        """What makes two logins the same one."""
        return json.dumps(asdict(self), sort_keys=True)


def _proof_problems(params: Mapping[str, Any]) -> list[str]:
    """A token stands for itself and goes before everything else; the rest needs tenant, application and one proof."""
    if params["access_token"]:
        return []
    problems = []
    tenant, client = params["tenant_id"], params["client_id"]
    if not tenant or not client:
        problems.append("a login needs tenant_id and client_id, or an access_token")
    if tenant and not TENANT.fullmatch(tenant):
        problems.append(f"tenant_id {tenant} is neither the id of a tenant nor one of its domains")
    if client and not GUID.fullmatch(client):
        problems.append(
            f"client_id {client} is not the id of an application, such as {'0' * 8}-0000-0000-0000-{'0' * 12}"
        )
    given = [option for option in ("client_secret", "client_certificate") if params[option]]
    if len(given) != 1:
        problems.append(
            f"a login needs either client_secret or client_certificate, {'not both' if given else 'and none is given'}"
        )
    return problems

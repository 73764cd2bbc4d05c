# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds calls of Azure Resource Manager against Microsoft's own descriptions, kept in tests/fixtures/azure.

Two kinds: OpenAPI for paths, statuses, requests and answers, and Bicep types for bodies of newer api-versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "azure"
SPECIFICATION = FOLDER / "specification"
HYBRID = "hybridcompute/resource-manager/Microsoft.HybridCompute"
OLD, SUPERSET = "2022-12-27", "2024-05-20-preview"
"""Described as a whole; the later one has everything that newer versions have and is taken for those."""
OTHERS = (
    "resources/resource-manager/Microsoft.Resources/stable/2021-04-01/resources.json",
    "resources/resource-manager/Microsoft.Resources/stable/2022-12-01/subscriptions.json",
    "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleAssignmentsCalls.json",
    "authorization/resource-manager/Microsoft.Authorization/stable/2022-04-01/authorization-RoleDefinitionsCalls.json",
    "resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/2022-10-01/resourcegraph.json",
)
UNDESCRIBED = re.compile(r".*/(?:operationstatus|operationresults)/[^/]+", re.IGNORECASE)
"""Addresses that an answer gives, which no description lists."""
SEEN_IN_REQUESTS = {"osName"}
"""Read-only by description, but sent by the real agent (Azure reference 9.2)."""
NEWER_MEMBERS = {"statusReason"}
"""Only in the types of 2026-07-15."""
REQUIRED, READ_ONLY, WRITE_ONLY = 1, 2, 4
BICEP_VERSIONS = ("2025-01-13", "2026-07-15")


@dataclass(frozen=True)
class Exchange:
    """`query` as sent, without the question mark; bodies as parsed JSON, None for none."""

    method: str
    path: str
    query: str
    sent: Any
    status: int
    answered: Any

    @property
    def version(self) -> str:
        return parse_qs(self.query).get("api-version", [""])[0]


@dataclass(frozen=True)
class Operation:
    file: Path
    template: str
    method: str
    description: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]


def problems(exchange: Exchange) -> list[str]:
    """What in a call and its answer is against the descriptions; a refused call is judged by its answer alone."""
    if UNDESCRIBED.fullmatch(exchange.path):
        return []
    found = _operation(exchange)
    name = f"{exchange.method} {exchange.path} ({exchange.version})"
    if exchange.status >= 400:
        return [f"{name}: {problem}" for problem in _refusal(exchange.answered)]
    if found is None:
        return [f"{name}: not described"]
    listed = [*_status(exchange, found), *_request(exchange, found), *_answer(exchange, found)]
    if exchange.version in BICEP_VERSIONS:
        listed += _by_types(exchange)
    return [f"{name}: {problem}" for problem in listed]


def _refusal(answered: Any) -> Iterator[str]:
    """The common envelope, or HybridCompute's flat one (Azure reference 2.3)."""
    if answered is None:
        return
    flat = isinstance(answered, dict) and str(answered.get("code", "")).startswith("HCRP")
    file = SPECIFICATION / "common-types/resource-management/v3/types.json"
    body = {"error": answered} if flat else answered
    yield from _validated({"$ref": "#/definitions/ErrorResponse"}, file, body)


def _status(exchange: Exchange, operation: Operation) -> Iterator[str]:
    documented = {int(code) for code in operation.description["responses"] if code.isdigit()}
    if "Microsoft.HybridCompute" in operation.template and exchange.version >= "2025":
        documented = _newest_statuses(operation.method, operation.template) or documented
    if exchange.status not in documented:
        yield f"status {exchange.status} is not one of {sorted(documented)}"


def _request(exchange: Exchange, operation: Operation) -> Iterator[str]:
    names = {p["name"] for p in operation.parameters if p["in"] == "query"}
    for name in parse_qs(exchange.query):
        if name not in names and name.lower() != "$skiptoken":
            yield f"query parameter {name} is not described"
    body = next((p for p in operation.parameters if p["in"] == "body"), None)
    if body is None:
        if exchange.sent is not None:
            yield "a body is not described"
        return
    if exchange.sent is None:
        if body.get("required"):
            yield "a body is required"
        return
    yield from _validated(body["schema"], operation.file, exchange.sent)
    yield from _unknown(body["schema"], operation.file, exchange.sent, "sent", request=True)


def _answer(exchange: Exchange, operation: Operation) -> Iterator[str]:
    response = operation.description["responses"].get(str(exchange.status), {})
    schema = response.get("schema")
    if schema is None or exchange.answered is None:
        return
    yield from _validated(schema, operation.file, exchange.answered)
    yield from _unknown(schema, operation.file, exchange.answered, "answered", request=False)


def _operation(exchange: Exchange) -> Operation | None:
    for operation in _operations(OLD if exchange.version == OLD else SUPERSET):
        if operation.method == exchange.method and _pattern(operation.template).fullmatch(exchange.path):
            return operation
    return None


@cache
def _operations(hybrid: str) -> list[Operation]:
    """The most specific templates first."""
    kind = "preview" if hybrid.endswith("preview") else "stable"
    files = [f"{HYBRID}/{kind}/{hybrid}/{name}" for name in ("HybridCompute.json", "privateLinkScopes.json")]
    found = []
    for name in (*files, *OTHERS):
        file = SPECIFICATION / name
        for template, methods in _document(file)["paths"].items():
            if template.startswith("/{") and "/providers/Microsoft." not in template:
                continue
            shared = methods.get("parameters", [])
            for method, description in methods.items():
                if method != "parameters":
                    given = (_resolved(p, file)[0] for p in [*shared, *description.get("parameters", [])])
                    # A parameter's own schema stays relative to the file that has it.
                    found.append(Operation(file, template, method.upper(), description, tuple(given)))
    return sorted(found, key=lambda operation: operation.template.count("{"))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    text = re.escape(template.rstrip("/")).replace(r"/\{scope\}", "/.+")
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", text), re.IGNORECASE)


@cache
def _newest_statuses(method: str, template: str) -> set[int]:
    listed = _document(FOLDER / "hybridcompute-operations-2026-07-15.json")["operations"]
    plain = _plain(template)
    found = [o for o in listed if o["method"] == method and _plain(o["path"]) == plain]
    return {code for operation in found for code in operation["documentedSuccessCodes"]}


def _plain(template: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", template).lower()


@cache
def _document(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@cache
def _retrieve(uri: str) -> Resource[Any]:
    return Resource.from_contents(_loosened(_document(Path(uri.removeprefix("file://")))), default_specification=DRAFT4)


def _loosened(schema: Any) -> Any:
    """An object without any members stands for any value in these descriptions."""
    if isinstance(schema, list):
        return [_loosened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    bare = schema.get("type") == "object" and not schema.keys() & {"properties", "allOf", "additionalProperties"}
    return {name: _loosened(part) for name, part in schema.items() if not (bare and name == "type")}


REGISTRY: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]


def _validated(schema: Any, file: Path, value: Any) -> Iterator[str]:
    """By the JSON schema that is in a description."""
    for error in Draft4Validator(_absolute(schema, file), registry=REGISTRY).iter_errors(value):
        # Nearly all enumerations are open: real answers have values that they do not list.
        if error.validator != "enum":
            yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def _absolute(schema: Any, file: Path) -> Any:
    """With references that do not depend on where it stands."""
    if isinstance(schema, list):
        return [_absolute(part, file) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _absolute(part, file) for name, part in schema.items()}
    if isinstance(schema.get("$ref"), str):
        found["$ref"] = urljoin(file.as_uri(), schema["$ref"])
    return found


def _resolved(schema: Any, file: Path) -> tuple[Any, Path]:
    while "$ref" in schema:
        address, pointer = urldefrag(urljoin(file.as_uri(), schema["$ref"]))
        file = Path(address.removeprefix("file://"))
        schema = _document(file)
        for part in pointer.strip("/").split("/"):
            schema = schema[part.replace("~1", "/").replace("~0", "~")]
    return schema, file


def _unknown(schema: Any, file: Path, value: Any, where: str, *, request: bool) -> Iterator[str]:
    """Members that are not described; in requests also those that only answers have, in answers secrets."""
    schema, file = _resolved(schema, file)
    if isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _unknown(schema.get("items", {}), file, entry, f"{where}[{number}]", request=request)
    if not isinstance(value, dict):
        return
    known, free = _members(schema, file)
    for name, entry in value.items():
        if name not in known:
            if not free and name not in NEWER_MEMBERS:
                yield f"{where}.{name} is not described"
            continue
        member, member_file = known[name]
        if request and _read_only(member, member_file) and name not in SEEN_IN_REQUESTS:
            yield f"{where}.{name} is read-only"
        if (
            not request
            and "create" in member.get("x-ms-mutability", ["read"])
            and "read" not in member["x-ms-mutability"]
        ):
            yield f"{where}.{name} is never answered"
        yield from _unknown(member, member_file, entry, f"{where}.{name}", request=request)


def _read_only(member: Any, file: Path) -> bool:
    return bool(member.get("readOnly") or _resolved(member, file)[0].get("readOnly"))


def _members(schema: Any, file: Path) -> tuple[dict[str, tuple[Any, Path]], bool]:
    """With the file that each is described in, and whether any other name is allowed."""
    found = {name: (member, file) for name, member in schema.get("properties", {}).items()}
    free = "additionalProperties" in schema and schema["additionalProperties"] is not False
    for part in schema.get("allOf", []):
        more, more_free = _members(*_resolved(part, file))
        found, free = {**more, **found}, free or more_free
    if not found and "discriminator" not in schema:
        free = True
    return found, free


def _by_types(exchange: Exchange) -> Iterator[str]:
    """Resources as Bicep's types have them, in requests that make one and in answers that are one."""
    matched = re.search(r"/providers/(Microsoft\.HybridCompute/[\w/.-]+)$", exchange.path, re.IGNORECASE)
    if matched is None or exchange.method not in ("GET", "PUT"):
        return
    words = matched[1].rsplit("/providers/", 1)[-1].split("/")
    kind = "/".join([words[0], *words[1::2]])
    types = _document(FOLDER / "bicep-types/hybridcompute" / exchange.version / "types.json")
    named = f"{kind}@{exchange.version}".lower()
    body = next((t["body"] for t in types if t["$type"] == "ResourceType" and t["name"].lower() == named), None)
    if body is None or len(words) % 2 == 0:
        return
    if exchange.method == "PUT":
        sent = {**exchange.sent, "name": words[-1]}
        yield from _typed(types, body, sent, "sent", request=True)
    if exchange.status == 200 and isinstance(exchange.answered, dict):
        yield from _typed(types, body, exchange.answered, "answered", request=False)


def _typed(types: Any, reference: Any, value: Any, where: str, *, request: bool) -> Iterator[str]:
    type_ = types[int(reference["$ref"].removeprefix("#/"))]
    if type_["$type"] == "ArrayType" and isinstance(value, list):
        for entry in value:
            yield from _typed(types, type_["itemType"], entry, f"{where}[]", request=request)
    if type_["$type"] == "ObjectType" and isinstance(value, dict):
        yield from _typed_object(types, type_, value, where, request=request)


def _typed_object(types: Any, type_: Any, value: dict[str, Any], where: str, *, request: bool) -> Iterator[str]:
    properties = type_.get("properties", {})
    needed = {n for n, member in properties.items() if member["flags"] & REQUIRED and not member["flags"] & READ_ONLY}
    for name in needed - value.keys() if request else ():
        yield f"{where}.{name} is required by the types"
    for name, entry in value.items():
        if name not in properties:
            if "additionalProperties" not in type_:
                yield f"{where}.{name} is not in the types"
            continue
        flags = properties[name]["flags"]
        if request and flags & READ_ONLY and name not in SEEN_IN_REQUESTS:
            yield f"{where}.{name} is read-only by the types"
        if not request and flags & WRITE_ONLY and not flags & REQUIRED:
            yield f"{where}.{name} is never answered by the types"
        yield from _typed(types, properties[name]["type"], entry, f"{where}.{name}", request=request)

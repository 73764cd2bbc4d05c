# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: everything a test or a rehearsing person does to the lab from outside. docs/lab.md lists it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from . import drift, snapshots
from .faults import Action
from .hcx import control as hcx_control
from .hcx.manager import Manager
from .shared import Shared
from .simulator import Simulator
from .vcenter.bindings import wsdl_type
from .vcenter.server import VCenterServer


class Body(BaseModel):
    """Unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FaultBody(Body):
    action: Action
    method: str | None = None
    service: str | None = None
    host: str | None = None
    fault: str = "HostConfigFault"
    message: str = "The operation failed."
    status: int = Field(default=503, ge=400, le=599)
    step: int = Field(default=1, ge=1)
    nth: int = Field(default=1, ge=1)
    times: int | None = Field(default=1, ge=1)


class LatencyBody(Body):
    milliseconds: float = Field(ge=0)
    service: str | None = None
    method: str | None = None


class NameBody(Body):
    name: str


class ClockBody(Body):
    seconds: float = Field(ge=0)


class AdapterBody(Body):
    mtu: int | None = None
    address: str | None = None
    add_services: list[str] = []
    remove_services: list[str] = []


class HostBody(Body):
    connection: Literal["connected", "disconnected", "notResponding"]


class SegmentBody(Body):
    mtu: int | None = Field(default=None, ge=576, le=9216)
    routers: list[str] | None = None
    cut: list[str] | None = None


class WanBody(Body):
    mtu: int = Field(ge=576, le=9216)


def application(
    shared: Shared,
    vcenters: dict[str, VCenterServer],
    managers: dict[str, Manager],
    simulators: dict[str, Simulator],
) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.exception_handler(KeyError)
    async def unknown(request: Request, error: KeyError) -> Response:
        return JSONResponse({"detail": str(error.args[0])}, 404)

    @app.exception_handler(ValueError)
    async def invalid(request: Request, error: ValueError) -> Response:
        return JSONResponse({"detail": str(error)}, 400)

    app.include_router(_service_routes(shared, vcenters, managers))
    app.include_router(_log_routes(shared))
    app.include_router(_fault_routes(shared))
    app.include_router(_snapshot_routes(shared))
    app.include_router(_host_routes(shared))
    app.include_router(_network_routes(shared))
    app.include_router(hcx_control.routes(shared, managers))
    for name, simulator in simulators.items():
        app.include_router(simulator.control(), prefix=f"/{name}")
    return app


def _service_routes(shared: Shared, vcenters: dict[str, VCenterServer], managers: dict[str, Manager]) -> APIRouter:
    router = APIRouter()
    servers: dict[str, VCenterServer | Manager] = {**vcenters, **managers}

    @router.get("/health")
    async def health() -> dict[str, Any]:
        counts = {name: len(server.inventory.hosts) for name, server in vcenters.items()}
        return {"status": "ok", "hosts": counts, "time": shared.clock.utc().isoformat()}

    @router.post("/reset", status_code=204)
    async def reset() -> None:
        shared.reset()
        for manager in managers.values():
            await hcx_control.settled(manager)

    @router.get("/sessions")
    async def sessions() -> dict[str, dict[str, int]]:
        return {name: server.sessions.counts() for name, server in servers.items()}

    @router.post("/sessions/expire")
    async def expire_sessions() -> dict[str, int]:
        return {name: server.sessions.expire_all() for name, server in servers.items()}

    @router.get("/rules")
    async def rules() -> dict[str, Any]:
        return asdict(shared.rules)

    @router.patch("/rules")
    async def change_rules(body: dict[str, Any]) -> dict[str, Any]:
        shared.rules = shared.rules.changed(**body)
        return asdict(shared.rules)

    @router.post("/clock/advance")
    async def advance_clock(body: ClockBody) -> dict[str, str]:
        shared.clock.advance(body.seconds)
        return {"time": shared.clock.utc().isoformat()}

    return router


def _log_routes(shared: Shared) -> APIRouter:
    router = APIRouter(prefix="/requests")

    @router.get("")
    async def requests(
        service: str | None = None,
        name: str | None = None,
        user: str | None = None,
        host: str | None = None,
        since: Annotated[int, Query(ge=0)] = 0,
    ) -> list[dict[str, Any]]:
        return [asdict(e) for e in shared.log.entries(service, name, user, host, since)]

    @router.get("/counts")
    async def request_counts(service: str | None = None) -> dict[str, int]:
        return shared.log.counts(service)

    @router.delete("", status_code=204)
    async def clear_requests() -> None:
        shared.log.clear()

    return router


def _fault_routes(shared: Shared) -> APIRouter:
    router = APIRouter()

    @router.get("/faults")
    async def faults() -> list[dict[str, Any]]:
        return shared.faults.listed()

    @router.post("/faults", status_code=201)
    async def add_fault(body: FaultBody) -> dict[str, Any]:
        if body.action == "fault" and not _is_rest(body):
            try:
                wsdl_type("urn:vim25", body.fault)
            except KeyError as error:
                raise HTTPException(400, f"there is no fault {body.fault}") from error
        return asdict(shared.faults.add(**body.model_dump()))

    @router.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        shared.faults.clear()

    @router.put("/latency", status_code=204)
    async def latency(body: LatencyBody) -> None:
        shared.latency.set(body.milliseconds, body.service, body.method)

    @router.delete("/latency", status_code=204)
    async def clear_latency() -> None:
        shared.latency.clear()

    return router


def _is_rest(body: FaultBody) -> bool:
    """Whether the request meant is named by verb and path, and `fault` then is no vSphere type."""
    return " /" in (body.method or "") or not (body.service or "vcenter/").startswith("vcenter/")


def _snapshot_routes(shared: Shared) -> APIRouter:
    router = APIRouter(prefix="/snapshots")
    taken: dict[str, snapshots.Snapshot] = {}
    shared.rebuilt.append(taken.clear)

    @router.get("")
    async def list_snapshots() -> list[str]:
        return sorted(taken)

    @router.post("", status_code=201)
    async def take_snapshot(body: NameBody) -> dict[str, str]:
        taken[body.name] = snapshots.take(shared)
        return {"name": body.name}

    @router.post("/{name}/restore", status_code=204)
    async def restore_snapshot(name: str) -> None:
        if name not in taken:
            raise KeyError(f"no snapshot {name}")
        snapshots.restore(shared, taken[name])

    return router


def _host_routes(shared: Shared) -> APIRouter:
    router = APIRouter(prefix="/hosts")

    @router.get("")
    async def hosts() -> list[str]:
        return [h.name for h in shared.world.hosts()]

    @router.post("/{name}/stacks", status_code=201)
    async def add_stack(name: str, body: NameBody) -> dict[str, str]:
        drift.add_stack(shared.world, name, body.name)
        return {"name": body.name}

    @router.get("/{name}")
    async def host(name: str) -> dict[str, Any]:
        return drift.describe(shared.world, shared.world.host(name))

    @router.patch("/{name}", status_code=204)
    async def change_host(name: str, body: HostBody) -> None:
        drift.set_connection(shared.world, name, body.connection)

    @router.patch("/{name}/adapters/{device}", status_code=204)
    async def change_adapter(name: str, device: str, body: AdapterBody) -> None:
        drift.change_adapter(
            shared.world, name, device, body.mtu, body.address, tuple(body.add_services), tuple(body.remove_services)
        )

    @router.delete("/{name}/adapters/{device}", status_code=204)
    async def remove_adapter(name: str, device: str) -> None:
        drift.remove_adapter(shared.world, name, device)

    return router


def _network_routes(shared: Shared) -> APIRouter:
    """The physical networks of the sites and between them."""
    router = APIRouter()

    @router.get("/sites")
    async def sites() -> dict[str, Any]:
        return {
            name: {
                "vcenter": site.vcenter,
                "segments": [
                    {"id": s.id, "mtu": s.mtu, "routers": list(s.routers), "cut": sorted(s.cut)}
                    for s in site.segments.values()
                ],
            }
            for name, site in shared.world.sites.items()
        }

    @router.patch("/sites/{site}/segments/{segment:path}", status_code=204)
    async def change_segment(site: str, segment: str, body: SegmentBody) -> None:
        if site not in shared.world.sites:
            raise KeyError(f"no site {site}")
        routers = None if body.routers is None else tuple(body.routers)
        cut = None if body.cut is None else tuple(body.cut)
        drift.set_segment(shared.world, site, segment, body.mtu, routers, cut)

    @router.put("/wan", status_code=204)
    async def wan(body: WanBody) -> None:
        shared.world.wan_mtu = body.mtu

    return router

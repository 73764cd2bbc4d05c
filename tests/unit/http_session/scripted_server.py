# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTPS server that answers what a test has written down, one answer after the other."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class Reply:
    """``body`` is sent as JSON unless it is a text. ``breaks`` closes the connection instead, or in mid-answer."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks: bool = False
    half: bool = False


@dataclass(frozen=True)
class Request:
    """``body`` is parsed where it came as JSON, the text otherwise."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class ScriptedServer:
    """`script` is worked off; its last reply is repeated. `requests` are those that came in."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_path = str(folder / "scripted-ca.pem")
        authority.cert_pem.write_to_path(self.ca_path)
        self.script: list[Reply] = [Reply()]
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._listener: ThreadingHTTPServer | None = None
        self.port = 0

    def listen(self) -> None:
        """Again on the same port, where it has listened before."""
        server = self

        class Handler(_Handler):
            scripted = server

        ThreadingHTTPServer.allow_reuse_address = True
        self._listener = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._listener.daemon_threads = True
        self._listener.socket = self._context.wrap_socket(self._listener.socket, server_side=True)
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class _Handler(BaseHTTPRequestHandler):
    scripted: ScriptedServer
    protocol_version = "HTTP/1.1"
    # One packet for each answer; two would wait for each other.
    wbufsize = -1

    def handle_any(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_json = "json" in headers.get("content-type", "")
        request = Request(self.command, self.path, headers, (json.loads(text) if is_json else text) if text else None)
        reply = self.scripted.reply_to(request)
        if reply.breaks:
            # Closed with a reset, as by a server that dies.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        content = b"" if reply.body is None else _encoded(reply.body)
        kind = "text/xml" if isinstance(reply.body, str) else "application/json;charset=UTF-8"
        self.send_response(reply.status)
        for name, value in {"Content-Type": kind, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) * (2 if reply.half else 1)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = reply.half

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815  the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is inherited
        """Nothing on the screen."""


def _encoded(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()


@contextmanager
def scripted_server(folder: Path) -> Iterator[ScriptedServer]:
    server = ScriptedServer(folder)
    server.listen()
    try:
        yield server
    finally:
        server.close()

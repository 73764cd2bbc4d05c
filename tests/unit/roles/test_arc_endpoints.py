# SPDX-License-Identifier: GPL-3.0-or-later
"""The role `arc_onboarding` asks a server for every endpoint, directly or through its proxy."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/arc_onboarding/files/check-endpoints.sh"
FORBIDDEN = "forbidden.example.com"


class Proxy(socketserver.StreamRequestHandler):
    """Lets everything through but one name."""

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        # An unread rest of the request would reset the connection.
        while self.rfile.readline().strip():
            continue
        status = "403 Forbidden" if FORBIDDEN in asked or not asked.startswith("CONNECT ") else "200 Established"
        self.wfile.write(f"HTTP/1.1 {status}\r\n\r\n".encode())


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def said(*arguments: str) -> list[str]:
    done = subprocess.run(["bash", SCRIPT, *arguments], capture_output=True, text=True, check=True, timeout=30)
    return sorted(done.stdout.splitlines())


def test_names_without_an_address_and_without_an_answer_are_told() -> None:
    assert said("-", "no-such-name.invalid") == ["no-such-name.invalid (no address is known for it)"]
    assert said("-", "127.255.255.254") == ["127.255.255.254"]


def test_through_a_proxy_only_the_proxy_is_asked(proxy: str) -> None:
    assert said(proxy, "no-such-name.invalid", "management.azure.com") == []
    assert said(proxy, FORBIDDEN, "management.azure.com") == [f"{FORBIDDEN} (through {proxy})"]


def test_a_proxy_that_does_not_answer_is_told_for_every_name() -> None:
    assert said("127.0.0.1:1", "a.example", "b.example") == [
        "a.example (through 127.0.0.1:1)",
        "b.example (through 127.0.0.1:1)",
    ]


def test_the_script_is_sound() -> None:
    done = subprocess.run(["shellcheck", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

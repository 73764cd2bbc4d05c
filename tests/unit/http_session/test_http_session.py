# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTTP session repeats, what it does not, and its words when it gives up."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    MissingLibrary,
    Unreachable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.http_session import Http

PATIENCE = 60.0
Sends = Callable[..., http_session.Answer]


@pytest.fixture
def opened() -> Iterator[list[Http]]:
    sessions: list[Http] = []
    yield sessions
    for session in sessions:
        session.close()


@pytest.fixture
def session(server: ScriptedServer, time: Time, opened: list[Http]) -> Callable[..., Http]:
    def make(**options: Any) -> Http:
        settings: dict[str, Any] = {
            "hostname": "localhost",
            "port": server.port,
            "validate_certs": True,
            "ca_path": server.ca_path,
            "timeout": 2,
            "patience": PATIENCE,
            **options,
        }
        opened.append(Http(settings.pop("hostname"), settings.pop("port"), **settings))
        return opened[-1]

    return make


@pytest.fixture
def send(session: Callable[..., Http]) -> Sends:
    return session().send


def methods(server: ScriptedServer) -> list[str]:
    return [request.method for request in server.requests]


# --- what is sent and what comes back ---------------------------------------------------------------------------------


def test_a_call_carries_body_query_and_headers(server: ScriptedServer, send: Sends) -> None:
    server.script = [Reply(202, {"data": 1}, {"X-Request-Id": "r-7"})]
    answer = send("POST", "/things", body={"name": "a"}, query={"action": "ask"}, headers={"Accept": "text/*"})
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/things?action=ask", {"name": "a"})
    assert request.headers["accept"] == "text/*"
    assert (answer.status, answer.body, answer.request_id) == (202, {"data": 1}, "r-7")


def test_a_text_is_sent_as_it_is_and_read_as_utf_8(server: ScriptedServer, send: Sends) -> None:
    server.script = [Reply(200, "<site>München</site>")]
    answer = send("PUT", "/site", body="<site>Köln</site>", headers={"Content-Type": "application/xml"})
    (request,) = server.requests
    assert (request.headers["content-type"], request.body) == ("application/xml", "<site>Köln</site>")
    assert answer.body == "<site>München</site>"


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (Reply(204), None),
        (Reply(200, [1, 2]), [1, 2]),
        (Reply(200, "<entries/>"), "<entries/>"),
        (Reply(200, "{broken", {"Content-Type": "application/json"}), "{broken"),
    ],
    ids=["nothing", "JSON", "XML", "broken JSON"],
)
def test_bodies_come_as_what_they_are(server: ScriptedServer, send: Sends, reply: Reply, body: Any) -> None:
    server.script = [reply]
    assert send("GET", "/").body == body


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_statuses_are_the_callers_to_judge(server: ScriptedServer, send: Sends, status: int) -> None:
    server.script = [Reply(status)]
    assert send("GET", "/").status == status
    assert len(server.requests) == 1


def test_a_redirection_takes_no_secret_elsewhere(server: ScriptedServer, send: Sends) -> None:
    server.script = [Reply(307, None, {"Location": f"https://localhost:{server.port}/elsewhere"}), Reply()]
    assert send("POST", "/sessions", body={"password": "secret"}).status == 307
    assert [request.path for request in server.requests] == ["/sessions"]


def test_a_netrc_file_adds_no_login(
    server: ScriptedServer, send: Sends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    send("GET", "/")
    assert "authorization" not in server.requests[0].headers


# --- servers that ask for patience ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_did_nothing_is_asked_again(
    server: ScriptedServer, send: Sends, time: Time, method: str, status: int
) -> None:
    server.script = [Reply(status), Reply(status), Reply(200, {"done": True})]
    assert send(method, "/").body == {"done": True}
    assert methods(server) == [method] * 3
    assert len(time.pauses) == 2


def test_a_server_is_left_alone_as_long_as_it_asks_for(server: ScriptedServer, send: Sends, time: Time) -> None:
    server.script = [
        Reply(429, headers={"Retry-After": "17"}),
        Reply(503, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}),
        Reply(429),
        Reply(200),
    ]
    assert send("POST", "/things").status == 200
    assert time.pauses[0] == 17.0
    assert max(time.pauses[1:]) < 3


def test_a_signed_path_is_sent_as_it_was_given(server: ScriptedServer, send: Sends) -> None:
    signed = "/operations/1?t=a%7Eb%2Dc&s=%2Bx%3D%3D&s=2"
    send("GET", signed, verbatim=True)
    send("GET", signed)
    assert [request.path == signed for request in server.requests] == [True, False]


@pytest.mark.parametrize("status", [502, 504])
def test_after_a_gateways_error_only_reads_are_sent_again(server: ScriptedServer, send: Sends, status: int) -> None:
    server.script = [Reply(status), Reply(200)]
    assert send("GET", "/").status == 200
    server.script = [Reply(status), Reply(200)]
    assert send("POST", "/", reads=True).status == 200
    server.script = [Reply(status), Reply(200)]
    for method in ("POST", "PUT", "DELETE"):
        server.script = [Reply(status), Reply(200)]
        assert send(method, "/").status == status
    assert methods(server) == ["GET", "GET", "POST", "POST", "POST", "PUT", "DELETE"]


@pytest.mark.parametrize(
    "trouble", [Reply(breaks=True), Reply(200, {"a": "long answer"}, half=True)], ids=["none", "half"]
)
def test_after_a_broken_connection_only_reads_are_sent_again(
    server: ScriptedServer, send: Sends, trouble: Reply
) -> None:
    server.script = [trouble, Reply(200, {"done": True})]
    assert send("GET", "/").body == {"done": True}
    server.script = [trouble, Reply(200)]
    with pytest.raises(Unreachable, match=r"^no answer from localhost:\d+: ") as caught:
        send("POST", "/")
    assert "Errno" not in str(caught.value)
    assert methods(server) == ["GET", "GET", "POST"]


def test_a_server_that_is_too_slow_is_asked_again_only_for_reads(
    session: Callable[..., Http], time: Time, server: ScriptedServer
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = session(port=silent.getsockname()[1], timeout=0.05, patience=3.0)
        with pytest.raises(Unreachable, match=r"did not finish PUT / in 0\.05 s$"):
            slow.send("PUT", "/")
        assert time.pauses == []
        with pytest.raises(Unreachable, match=r"did not finish GET / in 0\.05 s, for 3 s"):
            slow.send("GET", "/")
        assert sum(time.pauses) == 3.0


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_restarting_server_is_waited_for(
    server: ScriptedServer, session: Callable[..., Http], time: Time, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """A refused connection reached nobody, so even a write is sent again."""
    server.close()
    refused: list[float] = []

    def sleep(seconds: float) -> None:
        refused.append(seconds)
        if len(refused) == 3:
            server.listen()

    monkeypatch.setitem(http_session.wait_for.keywords, "sleep", sleep)  # type: ignore[attr-defined]  # a partial, see conftest
    assert session().send(method, "/").status == 200
    assert len(refused) == 3
    assert methods(server) == [method]


def test_patience_ends(server: ScriptedServer, send: Sends, time: Time) -> None:
    server.script = [Reply(503)]
    with pytest.raises(Unreachable) as caught:
        send("GET", "/")
    assert str(caught.value) == (
        f"localhost:{server.port} answers 503, for 60 s; it may be restarting or overloaded: look at its own console, "
        "then run again"
    )
    assert time.now == PATIENCE


def test_nobody_at_all_is_told_after_the_patience_too(session: Callable[..., Http], server: ScriptedServer) -> None:
    server.close()
    with pytest.raises(Unreachable, match=f"^no answer from localhost:{server.port}: Connection refused, for 60 s; "):
        session().send("GET", "/")


# --- first calls ------------------------------------------------------------------------------------------------------


def test_a_first_call_to_a_wrong_address_fails_at_once(
    session: Callable[..., Http], server: ScriptedServer, time: Time
) -> None:
    server.close()
    with pytest.raises(Unreachable) as caught:
        session().send("POST", "/sessions", patient=False)
    assert str(caught.value) == f"no answer from localhost:{server.port}: Connection refused"
    assert time.pauses == []


def test_a_first_call_to_a_starting_server_waits(server: ScriptedServer, send: Sends, time: Time) -> None:
    """Somebody answers there, so the address is right."""
    server.script = [Reply(503), Reply(200)]
    assert send("POST", "/sessions", patient=False).status == 200
    assert len(time.pauses) == 1


def test_a_name_that_does_not_exist(session: Callable[..., Http]) -> None:
    with pytest.raises(Unreachable, match=r"^no answer from hcx\.invalid:443: ") as caught:
        session(hostname="hcx.invalid", port=443).send("GET", "/", patient=False)
    assert "Errno" not in str(caught.value)
    assert "object at" not in str(caught.value)


@pytest.mark.parametrize(
    "hostname", ["https://hcx.example.com", "hcx.example.com/path", "hcx.example.com:443", "hcx example", ""]
)
def test_a_hostname_that_is_none(session: Callable[..., Http], hostname: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        session(hostname=hostname, port=443).send("GET", "/")
    assert str(caught.value) == (
        f"hostname {hostname} is not the name or address of a server; give it without https://, port and path"
    )


# --- trust ------------------------------------------------------------------------------------------------------------


def test_an_untrusted_certificate_is_said_at_once(
    session: Callable[..., Http], server: ScriptedServer, time: Time
) -> None:
    with pytest.raises(Unreachable) as caught:
        session(ca_path=None).send("GET", "/")
    assert str(caught.value) == (
        f"the certificate of localhost:{server.port} is not trusted: unable to get local issuer certificate"
    )
    assert "ca_path" in caught.value.facts["hint"]
    assert (time.pauses, server.requests) == ([], [])


def test_a_certificate_for_another_name(session: Callable[..., Http], server: ScriptedServer) -> None:
    with pytest.raises(Unreachable, match=r"is not trusted: .*IP address mismatch.*127\.0\.0\.1"):
        session(hostname="127.0.0.1").send("GET", "/")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_does_not_defeat_the_options(
    session: Callable[..., Http], server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    other = tmp_path / "other.pem"
    other.write_text("no certificate")
    monkeypatch.setenv(variable, str(other))
    assert session().send("GET", "/").status == 200
    assert session(ca_path=None, validate_certs=False).send("GET", "/").status == 200


def test_a_ca_path_is_enough_even_where_the_environment_trusts_the_server(
    session: Callable[..., Http],
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whoever names an authority wants that one only."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_path)
    other = ScriptedServer(tmp_path_factory.mktemp("other"))
    with pytest.raises(Unreachable, match="is not trusted"):
        session(ca_path=other.ca_path).send("GET", "/")


def test_certificates_may_be_left_unchecked_without_a_warning(
    session: Callable[..., Http], recwarn: pytest.WarningsRecorder
) -> None:
    assert session(ca_path=None, validate_certs=False).send("GET", "/").status == 200
    assert [str(warning.message) for warning in recwarn] == []


def test_a_ca_path_that_is_missing(session: Callable[..., Http], tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    with pytest.raises(InvalidInput) as caught:
        session(ca_path=str(missing)).send("GET", "/")
    assert str(caught.value) == (
        f"ca_path {missing} cannot be used: No such file or directory; give a file of PEM certificates"
    )


def test_a_ca_path_without_a_certificate(session: Callable[..., Http], tmp_path: Path) -> None:
    file = tmp_path / "empty.pem"
    file.write_text("nothing")
    with pytest.raises(InvalidInput) as caught:
        session(ca_path=str(file)).send("GET", "/")
    assert str(caught.value) == (
        f"ca_path {file} cannot be used: it holds no valid certificate; give a file of PEM certificates"
    )


def test_many_threads_do_not_fill_the_screen(
    server: ScriptedServer, send: Sends, caplog: pytest.LogCaptureFixture
) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: send("GET", f"/{number}"), range(64)))
    assert [answer.status for answer in answers] == [200] * 64
    assert caplog.messages == []


def test_a_server_without_tls(session: Callable[..., Http], time: Time) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as plain:
        Thread(target=plain.serve_forever, args=(0.01,), daemon=True).start()
        port = plain.server_address[1]
        with pytest.raises(Unreachable) as caught:
            session(port=port).send("POST", "/", patient=False)
        plain.shutdown()
    assert str(caught.value).startswith(f"no TLS connection with localhost:{port}: ")


# --- addresses and libraries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_is_none(session: Callable[..., Http], port: int) -> None:
    with pytest.raises(InvalidInput, match=f"^port {port} is outside 1 to 65535$"):
        session(port=port)


def test_an_ipv6_address_gets_its_brackets(session: Callable[..., Http]) -> None:
    with pytest.raises(Unreachable, match=r"^no answer from ::1:1: "):
        session(hostname="::1", port=1).send("GET", "/", patient=False)


def test_a_missing_library_is_named(session: Callable[..., Http], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_session, "REQUESTS_ERROR", "No module named 'requests'")
    with pytest.raises(MissingLibrary, match="the Python package requests is missing"):
        session()

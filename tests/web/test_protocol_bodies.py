"""Bodies that stop, trickle, are refused or unread, and clients that do not read ours, over real sockets."""

from __future__ import annotations

import socket
import time

from tests.web.conftest import read_all, read_answer
from tests.web.wire import GET, POST, Serve, check_refusal, status


def test_a_body_that_stops_is_answered_408(serve: Serve) -> None:
    server = serve(body_seconds=1.0)
    answer = server.ask(POST + b"Content-Length: 100\r\n\r\nabc")
    check_refusal(answer, 408)


def test_a_body_slower_than_the_least_rate_is_cut_before_the_total_time(serve: Serve) -> None:
    server = serve(body_seconds=60, body_grace_seconds=0.5, body_min_bytes_per_second=10_000)
    with server.connect() as connection:
        connection.sendall(POST + b"Content-Length: 1000000\r\n\r\n")
        started = time.monotonic()
        connection.settimeout(0.05)
        answer = b""
        while time.monotonic() - started < 5 and not answer:
            try:
                connection.sendall(b"x" * 100)
                answer = connection.recv(65536)
            except TimeoutError:
                continue
        assert time.monotonic() - started < 4
        connection.settimeout(5)
        check_refusal(answer + read_all(connection), 408)


def test_a_body_fast_enough_is_read_although_it_takes_longer_than_the_grace(serve: Serve) -> None:
    server = serve(body_grace_seconds=0.2, body_min_bytes_per_second=100)
    with server.connect() as connection:
        connection.sendall(POST + b"Content-Length: 3000\r\n\r\n")
        for _ in range(30):
            connection.sendall(b"x" * 100)
            time.sleep(0.05)
        answer = read_answer(connection)
    assert status(answer) == 200
    assert b'{"received":3000}' in answer


def test_a_body_that_is_refused_before_it_is_read_does_not_hide_the_refusal(serve: Serve) -> None:
    """A client that writes all before it reads, and asks to close, still gets its 413."""
    server = serve(linger_seconds=2)
    size = 14 * 2**20
    for connection_header in (b"", b"Connection: close\r\n"):
        with server.connect() as connection:
            connection.sendall(POST + connection_header + b"Content-Length: %d\r\n\r\n" % size)
            connection.sendall(b"x" * size)
            answer = read_answer(connection)
        assert status(answer) == 413


def test_a_chunked_body_is_cut_at_the_cap(serve: Serve) -> None:
    server = serve(linger_seconds=0.5)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    with server.connect() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            while sent < 2**30:
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
        answer = read_all(connection)
    assert status(answer) == 413
    assert sent < 100 * 2**20


def test_a_body_that_nobody_wants_is_not_read_for_ever(serve: Serve) -> None:
    server = serve(linger_seconds=0.5)
    request = POST.replace(b"/api/v1/trials/bytes", b"/nothing") + b"Content-Length: 12000000\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(request)
        assert status(read_answer(connection)) == 404
        started = time.monotonic()
        connection.settimeout(0.1)
        closed = False
        while time.monotonic() - started < 5 and not closed:
            try:
                connection.sendall(b"x")
                closed = connection.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed
        assert time.monotonic() - started < 3


def test_a_client_that_does_not_read_is_cut_off(serve: Serve) -> None:
    server = serve(send_stall_seconds=0.5, max_answer_bytes=64 * 2**20)
    with server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(4):
            connection.sendall(b"GET /api/v1/trials/huge HTTP/1.1\r\nHost: localhost\r\n\r\n")
        deadline = time.monotonic() + 6
        while server.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not server.server.server_state.connections


def test_a_small_body_that_nobody_read_leaves_the_connection_usable(serve: Serve) -> None:
    with serve().connect() as connection:
        connection.sendall(POST.replace(b"bytes", b"nothing") + b"Content-Length: 3\r\n\r\nabc")
        assert status(read_answer(connection)) == 404
        connection.sendall(GET)
        assert status(read_answer(connection)) == 200

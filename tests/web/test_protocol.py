"""Slow, silent and malformed clients, over real sockets; deadlines are shortened by settings."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable

import pytest

from tests.web.conftest import Server, get, read_all, read_answer

Serve = Callable[..., Server]


GET = get(b"/healthz")
LAST_GET = get(b"/healthz", b"Connection: close\r\n")
POST = b"POST /api/v1/trials/bytes HTTP/1.1\r\nHost: localhost\r\n"
REFUSED_TYPE = b"content-type: application/problem+json"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def check_refusal(answer: bytes, expected: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == expected
    lower = head.lower()
    assert REFUSED_TYPE in lower
    assert b"content-security-policy: default-src 'none'" in lower
    assert b"connection: close" in lower
    problem = json.loads(body)
    assert problem["status"] == expected
    assert problem["title"]
    assert b"x-request-id: " + problem["request_id"].encode() in lower


def seconds_until_closed(connection: socket.socket) -> float:
    started = time.monotonic()
    read_all(connection)
    return time.monotonic() - started


def test_a_client_that_says_nothing_is_let_go(serve: Serve) -> None:
    server = serve(head_seconds=0.3)
    with server.connect() as connection:
        assert 0.1 < seconds_until_closed(connection) < 3


def test_a_head_that_trickles_is_answered_408_in_time(serve: Serve) -> None:
    server = serve(head_seconds=0.5)
    with server.connect() as connection:
        connection.settimeout(0.05)
        started = time.monotonic()
        answer = b""
        for byte in GET[:-2] + b"X: " + b"y" * 1000:
            try:
                connection.sendall(bytes([byte]))
                answer += connection.recv(65536)
                break
            except TimeoutError:
                continue
            except OSError:
                break
        connection.settimeout(5)
        answer += read_all(connection)
        assert time.monotonic() - started < 4
    check_refusal(answer, 408)


def test_the_second_head_on_a_connection_has_its_deadline_too(serve: Serve) -> None:
    server = serve(head_seconds=0.4)
    with server.connect() as connection:
        connection.sendall(GET)
        assert status(read_answer(connection)) == 200
        connection.sendall(GET[:20])
        check_refusal(read_all(connection), 408)


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


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (POST + b"Content-Length: ten\r\n\r\n", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000, 431),
        (b"GET /" + b"a" * 20_000, 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 4000, 431),
    ],
)
def test_what_is_not_http_is_refused_in_the_one_form(
    serve: Serve, request_bytes: bytes, expected: int
) -> None:
    check_refusal(serve().ask(request_bytes), expected)


def test_both_lengths_at_once_are_refused(serve: Serve) -> None:
    request = POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    with serve().connect() as connection:
        connection.sendall(request)
        assert status(read_answer(connection)) == 400


def test_requests_sent_together_are_answered_in_order(serve: Serve) -> None:
    server = serve()
    paths = [b"/api/v1/trials/things/%d" % number for number in range(20)]
    request = b"".join(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths)
    request = request[:-2] + b"Connection: close\r\n\r\n"
    answer = server.ask(request)
    positions = [answer.index(b'{"id":%d}' % number) for number in range(20)]
    assert positions == sorted(positions)


def test_a_connection_is_kept_for_more_requests_but_not_when_idle(serve: Serve) -> None:
    server = serve(keep_alive_seconds=1)
    with server.connect() as connection:
        for _ in range(3):
            connection.sendall(GET)
            assert status(read_answer(connection)) == 200
        assert 0.5 < seconds_until_closed(connection) < 4


def test_a_small_body_that_nobody_read_leaves_the_connection_usable(serve: Serve) -> None:
    with serve().connect() as connection:
        connection.sendall(POST.replace(b"bytes", b"nothing") + b"Content-Length: 3\r\n\r\nabc")
        assert status(read_answer(connection)) == 404
        connection.sendall(GET)
        assert status(read_answer(connection)) == 200


def test_connections_over_the_most_are_told_so(serve: Serve) -> None:
    server = serve(max_connections=3, linger_seconds=0.2)
    held = [server.connect() for _ in range(3)]
    time.sleep(0.2)
    try:
        with server.connect() as connection:
            answer = read_all(connection)
        check_refusal(answer, 503)
        assert b"retry-after: 1" in answer.lower()
    finally:
        for connection in held:
            connection.close()
    deadline = time.monotonic() + 5
    while server.server.server_state.connections and time.monotonic() < deadline:
        time.sleep(0.02)
    assert status(server.ask(LAST_GET)) == 200


def test_slow_clients_do_not_delay_others_and_all_are_cut(serve: Serve) -> None:
    server = serve(head_seconds=2, send_stall_seconds=2, max_answer_bytes=2**26)

    def slowest_of_ten() -> float:
        slowest = 0.0
        for _ in range(10):
            started = time.monotonic()
            assert status(server.ask(LAST_GET)) == 200
            slowest = max(slowest, time.monotonic() - started)
        return slowest

    undisturbed = slowest_of_ten()
    slow = [server.connect() for _ in range(140)]
    for connection in slow:
        connection.sendall(b"GET / HT")
    deaf = [server.connect() for _ in range(20)]
    for connection in deaf:
        connection.sendall(get(b"/api/v1/trials/huge") * 2)
    assert slowest_of_ten() - undisturbed < 2
    deadline = time.monotonic() + 8
    while server.server.server_state.connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.server.server_state.connections
    for connection in slow + deaf:
        connection.close()


def test_a_client_that_leaves_is_not_an_error_of_ours(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    for _ in range(20):
        with server.connect() as connection:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\nabc")
    deadline = time.monotonic() + 5
    while server.server.server_state.tasks and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not server.server.server_state.tasks
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_an_answer_that_breaks_off_closes_the_connection(serve: Serve) -> None:
    request = b"GET /api/v1/trials/crash-late HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = serve().ask(request)
    assert answer.endswith(b"half\r\n")  # a chunk, and no last one


def test_head_and_get_differ_only_in_the_body(serve: Serve) -> None:
    server = serve()
    request = b" / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    get, head = server.ask(b"GET" + request), server.ask(b"HEAD" + request)
    assert head.endswith(b"\r\n\r\n")
    assert b"content-encoding: gzip" in get

    def names(answer: bytes) -> list[bytes]:
        lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
        return sorted(line for line in lines if not line.startswith((b"date", b"x-request-id")))

    assert names(get) == names(head)


def test_line_breaks_in_an_address_never_reach_a_header(serve: Serve) -> None:
    answer = serve().ask(
        b"GET /%0d%0aSet-Cookie:%20a=b?x=%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: close\r\n\r\n"
    )
    assert status(answer) == 404
    assert b"\r\nset-cookie" not in answer.lower()


def test_many_threads_get_their_own_answers(serve: Serve) -> None:
    server = serve()
    wrong: list[int] = []

    def ask(number: int) -> None:
        request = (
            b"GET /api/v1/trials/things/%d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % number
        )
        if b'{"id":%d}' % number not in server.ask(request):
            wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong

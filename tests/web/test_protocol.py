"""Slow, silent and malformed clients, over real sockets; deadlines are shortened by settings."""

from __future__ import annotations

import threading
import time

import pytest

from tests.web.conftest import get, read_all, read_answer
from tests.web.wire import GET, LAST_GET, POST, Serve, check_refusal, seconds_until_closed, status


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

"""How many programs run at once, who waits, and what becomes of those whose client has left."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout_reference.ceesar.executor.slots import BusyError, Slots

SPAN = "import time; a = time.time(); time.sleep({seconds}); print(a, time.time())"


def spans(answers):
    return [tuple(map(float, answer["result"].split())) for answer in answers]


def most_at_once(intervals):
    return max(sum(a <= start < b for a, b in intervals) for start, _ in intervals)


def test_no_more_run_at_once_than_the_settings_say(make_server):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="20")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: server.run(SPAN.format(seconds=0.3)), range(12)))
    assert 1 < most_at_once(spans(answers)) <= 3


def test_beyond_the_queue_the_answer_is_429(make_server):
    server = make_server(MAX_CONCURRENT_EXECUTIONS="1", EXECUTION_TIMEOUT_SECONDS="2")
    body = {"language": "bash", "files": {"script.sh": "sleep 0.4"}}
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: server.client.post("/api/run", json=body), range(40)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    refused = answers[statuses.index(429)]
    assert int(refused.headers["retry-after"]) >= 1
    assert "too many executions" in refused.json()["error"]
    assert 'level=warn msg="execution refused"' in server.log


def test_a_program_whose_client_has_left_is_stopped(make_server, running, eventually):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="60", MAX_CONCURRENT_EXECUTIONS="1")
    marker = f"7331{server.port}"
    body = f'{{"language": "bash", "files": {{"script.sh": "sleep {marker}"}}}}'
    head = f"POST /api/run HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall((head + body).encode())
        assert eventually(lambda: running(marker))
    assert eventually(lambda: not running(marker), 5)
    assert server.run("print('free')")["result"] == "free\n"
    assert eventually(lambda: "status=499" in server.log)


def test_one_who_leaves_the_queue_takes_no_slot(make_server, running, eventually):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="60", MAX_CONCURRENT_EXECUTIONS="1")
    marker = f"7332{server.port}"
    body = f'{{"language": "bash", "files": {{"script.sh": "sleep {marker}"}}}}'
    request = f"POST /api/run HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    for connection in connections:
        connection.sendall(request)
    assert eventually(lambda: running(marker))
    for connection in connections:
        connection.close()
    assert eventually(lambda: server.log.count("status=499") == 3)
    assert server.run("print('free')")["result"] == "free\n"


def test_the_first_who_waits_is_the_first_served():
    async def scenario():
        slots = Slots(1, 5, 5.0)
        order = []

        async def work(name):
            slot = await slots.acquire()
            order.append(name)
            await asyncio.sleep(0)
            slots.release(slot)

        await asyncio.gather(*(work(name) for name in range(6)))
        return order

    assert asyncio.run(scenario()) == list(range(6))


def test_a_full_queue_and_a_long_wait_are_refused():
    async def scenario():
        slots = Slots(1, 1, 0.01)
        slot = await slots.acquire()
        waiting = asyncio.create_task(slots.acquire())
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="full"):
            await slots.acquire()
        with pytest.raises(BusyError, match="long"):
            await waiting
        slots.release(slot)
        return await slots.acquire()

    assert asyncio.run(scenario()) == 0


def test_a_slot_handed_to_one_who_has_left_goes_on():
    async def scenario():
        slots = Slots(1, 5, 5.0)
        slot = await slots.acquire()
        first, second = (asyncio.create_task(slots.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        slots.release(slot)
        first.cancel()
        return await second

    assert asyncio.run(scenario()) == 0

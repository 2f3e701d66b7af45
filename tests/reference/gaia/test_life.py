"""The life of the process: how it starts, what it holds open, how it ends."""

import contextlib
import os
import signal
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import psutil


def in_background(call):
    """The thread of a call, and the list its answer will stand in; a call cut off has no answer."""
    answers = []

    def keep():
        with contextlib.suppress(httpx.TransportError):
            answers.append(call())

    thread = threading.Thread(target=keep)
    thread.start()
    return thread, answers


def test_start_lasts_less_than_a_second_of_work(make_server):
    server = make_server("prod")
    used = psutil.Process(server.process.pid).cpu_times()
    assert used.user + used.system < 1.0


def test_a_busy_port_is_one_clear_line_and_leaves_the_other_alone(dev, make_site):
    site = make_site(GAIA_PORT=str(dev.port))
    assert site.run() == 1
    assert site.console.splitlines() == [
        f"gaia: cannot listen on localhost:{dev.port}: Address already in use"
    ]
    assert not (site.folder / "data").exists()


def test_a_log_folder_that_cannot_be_is_said(make_site):
    site = make_site(GAIA_LOG_DIR="./bin/gaia/logs")
    assert site.run() == 1
    assert "gaia: cannot write its log: Not a directory" in site.console


def test_a_host_is_all_its_addresses_and_no_other(dev):
    listening = [c.laddr for c in psutil.Process(dev.process.pid).net_connections() if c.status == "LISTEN"]
    assert {address.port for address in listening} == {dev.port, dev.metrics_port}
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}


def test_every_address_when_the_host_says_so(make_server):
    server = make_server("staging", GAIA_HOST="0.0.0.0")  # noqa: S104 - what is tested
    own = [a.address for each in psutil.net_if_addrs().values() for a in each if a.family == 2]
    for address in own:
        assert httpx.get(f"http://{address}:{server.port}/health", trust_env=False).status_code == 200


def test_the_process_holds_its_own_database_and_log(dev, prod):
    for server in (dev, prod):
        opened = [str(link.readlink()) for link in Path(f"/proc/{server.process.pid}/fd").iterdir()]
        assert str(server.site.database) in opened
        assert str(server.site.folder / "logs" / "gaia.log") in opened
        assert server.site.database.stat().st_size > 0


def test_sigterm_finishes_what_is_in_flight(make_server, eventually):
    server = make_server("prod")
    with contextlib.closing(sqlite3.connect(server.site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the request waits for this lock
        thread, answers = in_background(lambda: server.add_rule("in-flight"))
        assert eventually(lambda: server.metrics()["gaia_http_requests_in_flight"] == 1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        other.execute("COMMIT")
    thread.join(10)
    assert server.process.wait(15) == 0
    assert answers[0].status_code == 201
    assert ("in-flight",) in server.site.query("SELECT command_type FROM quota_rules")


def test_an_ungraceful_server_cuts_what_is_in_flight(make_server, eventually):
    server = make_server("prod", GAIA_GRACEFUL_SHUTDOWN="false")
    with contextlib.closing(sqlite3.connect(server.site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread, answers = in_background(lambda: server.add_rule("cut"))
        assert eventually(lambda: server.metrics()["gaia_http_requests_in_flight"] == 1)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
    thread.join(10)
    assert not [answer for answer in answers if answer.status_code == 201]


def test_its_end_is_whole_no_child_no_journal(make_server):
    server = make_server("staging")
    server.add_rule("kept")
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert server.stop() == 0
    assert children == []
    assert [path.name for path in server.site.database.parent.glob("*.db*")] == ["staging_gaia.db"]
    assert server.site.log.splitlines()[-1].endswith("level=INFO msg=stopped reason=SIGTERM")


def test_a_second_signal_ends_it_at_once(make_server, eventually):
    server = make_server("dev", GAIA_GRACEFUL_SHUTDOWN_TIMEOUT_SECONDS="60")
    with contextlib.closing(sqlite3.connect(server.site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread, answers = in_background(lambda: server.add_rule("cut"))
        assert eventually(lambda: server.metrics()["gaia_http_requests_in_flight"] == 1)
        server.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: "stopping" in server.site.log)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(15) == 1
    thread.join(10)
    assert answers == []


def test_the_program_of_an_environment_starts_it(make_site):
    site = make_site("prod")
    bin_gaia = site.folder / "bin" / "gaia"
    assert os.access(bin_gaia, os.X_OK)
    assert "proveout_reference.gaia" in bin_gaia.read_text()

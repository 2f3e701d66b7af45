import os
import signal
import subprocess
import sys

import pytest

from proveout.model.mistake import UserError
from proveout.safety.lease import Lease, Taken

URL = "http://127.0.0.1:8082"
HOLDER = """
import sys, time
from pathlib import Path
from proveout.safety.lease import Lease
lease = Lease(Path(sys.argv[1]), sys.argv[2])
lease.take("the-other-run")
print("taken", flush=True)
time.sleep(600)
"""


@pytest.fixture
def another(tmp_path):
    """A function that lets another process take the lease; it is killed in the end."""
    running = []

    def take(url=URL):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), url], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout.readline() == "taken\n"
        return process

    yield take
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_lease_that_another_run_holds_names_it(tmp_path, another):
    process = another()
    with pytest.raises(
        Taken, match=rf"^run the-other-run works on it since .* UTC \(process {process.pid} on "
    ):
        Lease(tmp_path, URL).take("mine")


def test_a_lease_ends_with_its_holder_however_that_ends(tmp_path, another):
    process = another()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    Lease(tmp_path, URL).take("mine")


def test_a_lease_that_was_given_back_is_had_by_the_next(tmp_path):
    for run in ("one", "two"):
        lease = Lease(tmp_path, URL)
        lease.take(run)
        lease.give_back()
    assert list(tmp_path.iterdir()) == []


def test_a_holder_of_a_file_that_was_removed_excludes_nobody_but_the_new_one_does(tmp_path):
    first = Lease(tmp_path, URL)
    first.take("first")
    first.path.unlink()
    second = Lease(tmp_path, URL)
    second.take("second")
    with pytest.raises(Taken, match="run second"):
        Lease(tmp_path, URL).take("third")


@pytest.mark.parametrize("url", ["http://localhost:8082", "http://[::1]:8082", "https://127.0.0.1:8082"])
def test_another_name_of_the_same_place_is_the_same_lease(tmp_path, url):
    held = Lease(tmp_path, URL)
    held.take("one")
    with pytest.raises(Taken):
        Lease(tmp_path, url).take("two")
    held.give_back()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8083", "http://10.0.0.1:8082", "http://127.0.0.1:8082/gamma"]
)
def test_another_place_is_another_lease(tmp_path, url):
    held = Lease(tmp_path, URL)
    held.take("one")
    other = Lease(tmp_path, url)
    other.take("two")
    assert held.path != other.path


@pytest.mark.parametrize("content", ["", "{", "[]", '{"run": 1}', "\x1b[31m"])
def test_a_lease_that_says_nothing_is_held_all_the_same(tmp_path, content):
    held = Lease(tmp_path, URL)
    held.take("one")
    held.path.write_text(content)
    with pytest.raises(Taken, match="another run works on it"):
        Lease(tmp_path, URL).take("two")


def test_a_holder_does_not_write_on_our_terminal(tmp_path):
    held = Lease(tmp_path, URL)
    held.take("\x1b[2J" + "x" * 5000)
    with pytest.raises(Taken) as taken:
        Lease(tmp_path, URL).take("two")
    assert "\x1b" not in str(taken.value)
    assert len(str(taken.value)) < 400


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="proveout_leases"):
        Lease(tmp_path / "file", URL).take("mine")


def test_a_link_in_the_place_of_a_lease_is_not_followed(tmp_path):
    lease = Lease(tmp_path, URL)
    lease.path.symlink_to(tmp_path / "victim")
    with pytest.raises(UserError):
        lease.take("mine")
    assert not (tmp_path / "victim").exists()

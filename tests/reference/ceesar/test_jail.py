"""The jail: what a program cannot do to the machine, the server or other programs."""

import asyncio
import os
import socket
import tempfile
from pathlib import Path

import pytest

from proveout_reference.ceesar.executor import jail as jail_module
from proveout_reference.ceesar.executor.inside.spec import BARE, FILTER, LEVELS, NAMESPACES, NETWORK
from proveout_reference.ceesar.executor.jail import Jail, open_jail
from proveout_reference.ceesar.executor.languages import LANGUAGES, TOOLS, find_tools
from proveout_reference.ceesar.executor.outcome import ExecutionFailedError, Limits
from proveout_reference.ceesar.executor.step import Step

LEFT_BEHIND = """
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    subprocess.Popen(["sleep", "{marker}"], stdin=-3, stdout=-3, stderr=-3, start_new_session=True)
    os._exit(0)
os.wait()
print("parent done")
"""


def test_an_endless_program_is_stopped_in_time(server, running, eventually):
    answer = server.run("print('so far')\nwhile True: pass")
    assert answer == {"error": "execution timed out after 2 s", "result": "so far\n"}
    assert eventually(lambda: not running("-u Main.py"))


@pytest.mark.parametrize(
    "source",
    [
        "x = 'a' * (512 * 1024 * 1024)",
        "x = []\nwhile True: x.append('a' * 1_000_000)",
        "import os, time; os.fork(); os.fork(); x = bytearray(50 << 20); time.sleep(9)",
    ],
    ids=["at once", "bit by bit", "in children"],
)
def test_memory_is_limited(server, source):
    assert server.run(source)["error"] == "memory limit of 128 MB exceeded"
    assert server.answers()


def test_memory_that_children_share_counts_once(server):
    source = """
import os, time
x = bytearray(60 << 20)
children = []
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        time.sleep(0.3)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
print("shared")
"""
    assert server.run(source) == {"error": "", "result": "shared\n"}


def test_a_runtime_that_reserves_much_is_limited_too(server):
    answer = server.run(
        "const a = []; while (true) a.push(new Array(1e5).fill(1.5))", "javascript", "Main.js"
    )
    assert answer["error"] in {
        "memory limit of 128 MB exceeded",
        "javascript is not installed in this environment",
    }


def test_a_fork_bomb_ends_with_its_program(server, running, eventually):
    answer = server.run("import os, time\nwhile True:\n  try: os.fork()\n  except OSError: time.sleep(60)")
    assert answer["error"]
    assert eventually(lambda: not running("-u Main.py"))
    assert server.run("print('fine')")["result"] == "fine\n"


def test_a_flood_of_output_is_stopped(server):
    answer = server.run("while True: print('x' * 1000)")
    assert answer["error"] == "output limit of 256 KiB exceeded"
    assert len(answer["result"]) == 256 * 1024


def test_a_huge_file_is_stopped(server):
    answer = server.run("f = open('big', 'wb')\nfor _ in range(100): f.write(bytes(1 << 20)); f.flush()")
    assert answer["error"]
    assert "File too large" in answer["result"] or "SIGXFSZ" in answer["error"]


def test_the_network_cannot_be_reached(server):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = listener.getsockname()
        answer = server.run(f"import socket; socket.create_connection({address!r}, 1)")
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert "OSError" in answer["result"] or "PermissionError" in answer["result"]


def test_children_left_behind_are_gone(server, running, eventually):
    marker = f"7321{server.port}"
    assert server.run(LEFT_BEHIND.format(marker=marker))["result"] == "parent done\n"
    assert eventually(lambda: not running(marker))


def test_the_environment_is_scrubbed(make_server):
    server = make_server(GEMINI_API_KEY="secret-3")
    seen = server.run("import os; print(sorted(os.environ)); print(os.environ['HOME'] == os.getcwd())")
    assert seen["result"] == "['HOME', 'LANG', 'PATH']\nTrue\n"
    source = """
import glob
for path in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):
    try: print(open(path, errors='replace').read())
    except OSError as error: print(type(error).__name__)
"""
    assert "secret-3" not in server.run(source)["result"]


def test_the_servers_files_are_out_of_reach(server):
    source = f"""
import os
for path in ({str(server.site / "data")!r}, {str(server.site / "config")!r}, '/etc/shadow', '/root/.bashrc'):
    try:
        print(os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError as error:
        print('refused')
for path in ('/etc/new', {str(server.site / "new")!r}, '/usr/new'):
    try:
        open(path, 'w')
        print('written')
    except OSError:
        print('refused')
"""
    result = server.run(source)["result"]
    assert set(result.split()) <= {"refused", "[]"}


def test_programs_have_no_privileges(server):
    source = """
import os
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(os.getuid() != 0, os.getgroups(), status['NoNewPrivs'].strip(), int(status['CapEff'], 16))
"""
    expected = "True [] 1 0\n" if os.geteuid() == 0 else None
    result = server.run(source)["result"]
    assert result == expected if expected else result.endswith("1 0\n")


def test_nothing_is_left_on_the_disk(server):
    source = """
import os
for _ in range(1500):
    os.mkdir('d')
    os.chdir('d')
os.chmod('.', 0)
print(os.environ['HOME'])
"""
    answer = server.run(source)
    assert answer["error"] == ""
    assert not Path(answer["result"].strip()).exists()


@pytest.fixture
def workdir():
    """A directory that the unprivileged user of a jail can reach, whatever the modes of pytest's own."""
    with tempfile.TemporaryDirectory(prefix="jail-", dir="/var/tmp") as folder:
        yield Path(folder)


def execute(level, workdir, source, **limits):
    """The outcome of a Python program in a jail of one level."""
    root = os.geteuid() == 0
    user = jail_module._pick_users(1) if root else None
    tools = find_tools(jail_module._OWN_PYTHON, for_everyone=root)
    if user is not None:
        os.chown(workdir, user, user)
    argv = [tools["python3"], "-B", "-c", source]
    jail = Jail(level, user, tools, [])
    step = Step(argv, workdir, 0, Limits(**{"seconds": 3.0, "memory_mb": 64, **limits}))
    return asyncio.run(jail.execute(step))


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_runs_stops_and_cleans_up(level, workdir, running, eventually):
    marker = f"7322{os.getpid()}{LEVELS.index(level)}"
    assert execute(level, workdir, LEFT_BEHIND.format(marker=marker)).stdout == b"parent done\n"
    assert eventually(lambda: not running(marker))
    slow = f"import subprocess; subprocess.run(['sleep', '{marker}'], start_new_session=True)"
    assert execute(level, workdir, slow, seconds=0.3).reason == "timeout"
    assert eventually(lambda: not running(marker))
    grown = execute(level, workdir, "import os, time; os.fork(); x = bytearray(50 << 20); time.sleep(9)")
    assert grown.reason == "memory"


@pytest.mark.parametrize("level", [NAMESPACES, NETWORK, FILTER])
def test_every_level_but_the_last_denies_the_network(level, workdir):
    source = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    last_words = execute(level, workdir, source).stderr.strip().splitlines()[-1]
    assert b"unreachable" in last_words or b"PermissionError" in last_words


def test_the_filter_leaves_local_sockets(workdir):
    outcome = execute(FILTER, workdir, "import socket; socket.socketpair(); print('local')")
    assert outcome.stdout == b"local\n"


def test_a_program_that_cannot_be_started_is_the_servers_fault(workdir):
    jail = Jail(BARE, None, {}, [])
    step = Step(["/no/such/program"], workdir, 0, Limits(1.0, 64))
    with pytest.raises(ExecutionFailedError, match="No such file"):
        asyncio.run(jail.execute(step))


def test_the_closest_jail_is_taken(monkeypatch, workdir):
    monkeypatch.setattr(jail_module, "LEVELS", ("impossible", FILTER, BARE))
    real = Jail.execute

    async def execute_or_fail(jail, step):
        if jail.level == "impossible":
            raise ExecutionFailedError("unshare: Operation not permitted")
        return await real(jail, step)

    monkeypatch.setattr(Jail, "execute", execute_or_fail)
    assert asyncio.run(open_jail(1, workdir)).level == FILTER


def test_the_tools_are_those_of_the_languages():
    assert {"python3", "node", "javac", "java", "g++", "gcc", "bash"} <= set(TOOLS)
    assert LANGUAGES["cpp"].tools == ("g++",)

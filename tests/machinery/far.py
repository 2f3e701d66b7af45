"""A machine that is reached by ssh: this one, through an sshd of our own with keys of its own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from proveout.access.machine import Machine
from proveout.access.shell import Shell
from proveout.providers.address import free_ports
from proveout.providers.target import LOCAL

PROGRAMS = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
SERVER = """
{ports}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
SetEnv HOME={folder} LC_ALL=C PATH=/usr/local/bin:/usr/bin:/bin TMUX_TMPDIR={folder}
Match LocalPort {bare}
  SetEnv HOME={folder} LC_ALL=C PATH={folder}/bare
Match LocalPort {talking}
  ForceCommand echo Welcome; sh -c "$SSH_ORIGINAL_COMMAND"
Match LocalPort {closed}
  ForceCommand test -e {folder}/open && exec sh -c "$SSH_ORIGINAL_COMMAND"; echo Not available now.; exit 1
"""
CLIENT = """
Host *
  Port {port}
  HostKeyAlias proveout-far
  IdentityFile {folder}/{key}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {folder}/{hosts}
  GlobalKnownHostsFile /dev/null
"""


BARE = ("sh", "bash", "cat", "grep", "head", "ls", "readlink", "sleep", "tail", "tr", "true", "wc")


class Far:
    """An sshd of the current user on loopback; `connection` names it as `--env-machine` does.

    At the port `bare` there are only the commands that every system has, at `talking` the login says
    something, at `closed` it runs no commands but while
    there is a file `open` in `folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.bare, self.talking, self.closed = free_ports(4)
        for key in ("host_key", "user_key", "strange_key"):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", str(folder / key)]
            subprocess.run([_program(words[0]), *words[1:]], check=True, stdin=subprocess.DEVNULL)
        host_key = (folder / "host_key.pub").read_text()
        (folder / "known").write_text(f"proveout-far {host_key}")
        (folder / "unknown").touch()
        (folder / "bare").mkdir()
        for name in BARE:
            (folder / "bare" / name).symlink_to(_program(name))
        ports = [self.port, self.bare, self.talking, self.closed]
        settings = folder / "sshd_config"
        settings.write_text(
            SERVER.format(
                ports="\n".join(f"Port {port}" for port in ports),
                folder=folder,
                bare=self.bare,
                talking=self.talking,
                closed=self.closed,
            )
        )
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a root sshd locks itself in
        with (folder / "sshd.log").open("wb") as log:
            self.process = subprocess.Popen(
                # It ends with us, even if we are killed.
                ["setpriv", "--pdeathsig", "KILL", _program("sshd"), "-D", "-e", "-f", str(settings)],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        self._wait()
        self.connection = self.named()

    def named(self, *, key: str = "user_key", hosts: str = "known", port: int = 0, rest: str = "") -> str:
        """Return a connection to it with some key, known hosts and port; `rest` is added to the query."""
        port = port or self.port
        settings = self.folder / f"client-{key}-{hosts}-{port}"
        settings.write_text(CLIENT.format(folder=self.folder, port=port, key=key, hosts=hosts))
        return f"ssh://127.0.0.1?ssh_config={settings}{rest}"

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "sshd.log").read_text()
                    pytest.fail(f"sshd does not start: {said}")
                time.sleep(0.02)
            else:
                return

    def close(self) -> None:
        """End the server and the sessions it serves."""
        server = psutil.Process(self.process.pid)
        ours = [*server.children(recursive=True), server]
        for process in ours:
            process.kill()
        self.process.wait(timeout=10)
        psutil.wait_procs(ours, timeout=10)


def _program(name: str) -> str:
    found = shutil.which(name, path=PROGRAMS)
    if found is None:
        pytest.fail(f"there is no {name}: apt-get install openssh-server openssh-client")
    return found


@pytest.fixture(scope="session")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """Return this machine, as it is seen by ssh."""
    server = Far(tmp_path_factory.mktemp("far"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def far_shell(far: Far) -> Iterator[Shell]:
    """Return a shell of this machine through ssh, over one connection for all tests."""
    shell = Shell(far.connection)
    yield shell
    shell.close()


@pytest.fixture(scope="session", params=["local", "ssh"])
def shell(request: pytest.FixtureRequest) -> Shell:
    """Return a shell of this machine, and the same through ssh: both must give the same answers."""
    return Shell(LOCAL) if request.param == "local" else request.getfixturevalue("far_shell")


@pytest.fixture
def machine_at(shell: Shell) -> Callable[..., Machine]:
    """Return a function that gives the machine with an environment's directory, or a port of it."""

    def machine_at(root: Path | None, port: int = 0) -> Machine:
        return Machine(shell, root, port)

    return machine_at

"""The processes of a machine, read from /proc: who listens, who descends from whom, what is held open."""

import re
from collections.abc import Callable
from pathlib import Path

from proveout.access.answer import Unknowable
from proveout.access.shell import Done

LISTENING = "0A"  # the state of a listening socket in /proc/net/tcp


class Processes:
    """Asks with commands of POSIX sh, so that a container or a distant machine needs nothing else."""

    def __init__(self, run: Callable[..., Done]) -> None:
        self._run = run

    def listening(self, port: int) -> set[int]:
        """Return the processes that listen on a TCP port.

        Raises:
            Unknowable: somebody does, but it is another user's process; or the machine has no /proc.
        """
        __tracebackhide__ = True
        table = self._run("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null").lines
        if not table:
            raise Unknowable(f"who listens on port {port} cannot be seen: the machine has no /proc/net/tcp")
        rows = [line.split() for line in table]
        inodes = {
            row[9] for row in rows if len(row) > 9 and row[3] == LISTENING and row[1].endswith(f":{port:04X}")
        }
        if not inodes:
            return set()
        sockets = " ".join(f"-e 'socket:\\[{inode}\\]'" for inode in sorted(inodes))
        held = self._run(f"ls -ln /proc/[0-9]*/fd 2>/dev/null | grep -e '^/proc/' {sockets}").lines
        pids: set[int] = set()
        process = 0
        for line in held:  # the folder of a process, then those of its open files that are the sockets
            if found := re.fullmatch(r"/proc/(\d+)/fd:", line):
                process = int(found[1])
            else:
                pids.add(process)
        if not pids:
            raise Unknowable(
                f"the process that listens on port {port} belongs to another user: look at the machine as "
                "that user, or as root"
            )
        return pids

    def family(self, pids: set[int]) -> set[int]:
        """Return the processes and everything that descends from them."""
        parents: dict[int, int] = {}
        process = 0
        # Not /proc/*/stat: there the name of a program may hold blanks, brackets and line feeds.
        for line in self._run("cat /proc/[0-9]*/status 2>/dev/null | grep -e '^Pid:' -e '^PPid:'").lines:
            key, _, number = line.partition(":")
            if key == "Pid":
                process = int(number)
            else:
                parents[process] = int(number)
        members = set(pids)
        while more := {pid for pid, parent in parents.items() if parent in members} - members:
            members |= more
        return members

    def directory(self, pid: int) -> Path:
        """Return the working directory of a process.

        Raises:
            Unknowable: it is another user's, or it has ended.
        """
        __tracebackhide__ = True
        return Path(self._link(pid, "cwd"))

    def program(self, pid: int) -> Path:
        """Return the file that a process executes; see `directory` for errors."""
        __tracebackhide__ = True
        return Path(self._link(pid, "exe"))

    def command(self, pid: int) -> list[str]:
        """Return the words of the command that started a process; none if it has ended."""
        text = self._run("cat /proc/%s/cmdline 2>/dev/null", str(pid)).stdout.rstrip("\0")
        return text.split("\0") if text else []

    def files_of_command(self, pid: int) -> set[Path]:
        """Return the files a process was started from: its program, and what its command names.

        Raises:
            Unknowable: it is another user's, or it has ended.
        """
        __tracebackhide__ = True
        here = self.directory(pid)
        named = [str(here / word) for word in self.command(pid) if word and not word.startswith("-")]
        script = 'for f in "$@"; do test -f "$f" && readlink -f "$f"; done; true'
        places = " ".join("%s" for _ in named)
        done = self._run(f"sh -c %s sh {places}", script, *named)
        return {self.program(pid), *map(Path, done.lines)}

    def holding(self, file: Path, pids: set[int]) -> set[int]:
        """Return those of the processes that have the file itself open, not one that once had its name."""
        folders = " ".join(f"/proc/{pid}/fd/*" for pid in sorted(pids))
        done = self._run(
            f'for f in {folders}; do test "$f" -ef %s && echo "$f"; done 2>/dev/null; true', str(file)
        )
        return {int(line.split("/")[2]) for line in done.lines}

    def with_word(self, word: str) -> list[str]:
        """Return the command lines of running processes that contain `word` (letters, digits, hyphens).

        Raises:
            Unknowable: the processes of the machine cannot be looked at.
        """
        __tracebackhide__ = True
        # The brackets keep the search from finding its own command line.
        pattern = f"[{word[0]}]{word[1:]}"
        found = self._run("grep -ls -e %s /proc/[0-9]*/cmdline", pattern)
        if found.rc not in {0, 1, 2} or self._run("test -e /proc/self/cmdline").rc != 0:
            raise Unknowable(f"the processes of the machine cannot be looked at: {found.last_words}")
        lines = [self._run("tr '\\0' ' ' <%s", path).stdout.strip() for path in found.stdout.split()]
        return [line for line in lines if line]

    def _link(self, pid: int, name: str) -> str:
        __tracebackhide__ = True
        done = self._run("readlink /proc/%s/%s", str(pid), name)
        if done.rc != 0:
            raise Unknowable(f"process {pid} cannot be looked at: it is another user's, or it has ended")
        return done.stdout.removesuffix("\n")

"""Census: which processes an execution has, and how much memory they hold together."""

import os
from pathlib import Path

_PROC = Path("/proc")


def family(root: int) -> list[int]:
    """The pids of every descendant of `root`."""
    below = _listed_children if (_PROC / "self" / "task" / str(os.getpid()) / "children").exists() else None
    tree = _children_of_all() if below is None else {}
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        children = tree.get(pid, []) if below is None else below(pid)
        found += children
        waiting += children
    return found


def of_user(user: int) -> list[int]:
    """The pids of every process of a user that can be seen."""
    found: list[int] = []
    for name in os.listdir(_PROC):  # noqa: PTH208  names only, and fast
        try:
            if name.isdecimal() and (_PROC / name).stat().st_uid == user:
                found.append(int(name))
        except OSError:
            continue  # it has ended in the meantime
    return found


def threads(pids: list[int]) -> int:
    """How many threads the processes have; a process without extra threads counts as one."""
    return sum(int(_status(pid).get("Threads", "0")) for pid in pids)


def resident(pids: list[int]) -> int:
    """Bytes of memory the processes hold of their own; pages they share are counted once for each."""
    total = 0
    for pid in pids:
        status = _status(pid)
        total += _kilobytes(status.get("RssAnon", "")) + _kilobytes(status.get("RssShmem", ""))
    return total * 1024


def proportional(pids: list[int]) -> int | None:
    """Bytes the processes hold, pages they share counted once. None where the kernel does not tell."""
    total = 0
    for pid in pids:
        try:
            text = (_PROC / str(pid) / "smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError:
            return None
        values = dict(line.split(":", 1) for line in text.splitlines()[1:] if ":" in line)
        total += _kilobytes(values.get("Pss_Anon", "")) + _kilobytes(values.get("Pss_Shmem", ""))
    return total * 1024


def _listed_children(pid: int) -> list[int]:
    """The children of one process, as the kernel lists them for each of its threads."""
    found: list[int] = []
    try:
        for thread in os.listdir(_PROC / str(pid) / "task"):  # noqa: PTH208  names only, and fast
            text = (_PROC / str(pid) / "task" / thread / "children").read_text()
            found += [int(child) for child in text.split()]
    except OSError:
        return found  # it has ended in the meantime
    return found


def _children_of_all() -> dict[int, list[int]]:
    """The children of every process: for kernels that keep no lists, and dear on a busy machine."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(_PROC):  # noqa: PTH208  names only, and fast
        parent = _parent(int(name)) if name.isdecimal() else None
        if parent is not None:
            children.setdefault(parent, []).append(int(name))
    return children


def _parent(pid: int) -> int | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name stands in brackets and may hold anything; the parent is the second field after it.
    return int(text.rpartition(")")[2].split()[1])


def _status(pid: int) -> dict[str, str]:
    try:
        text = (_PROC / str(pid) / "status").read_text(errors="replace")
    except OSError:
        return {}  # it has ended in the meantime
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _kilobytes(text: str) -> int:
    return int(text.split(maxsplit=1)[0]) if text.strip() else 0

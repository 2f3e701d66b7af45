"""Enclosure: the namespaces and the file tree a jailed program sees."""

import os
from contextlib import suppress
from pathlib import Path

from proveout_reference.ceesar.executor.inside import kernel
from proveout_reference.ceesar.executor.inside.spec import NAMESPACES, NETWORK

_SCRATCH = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108  each execution gets its own, empty ones
_SCRATCH_SIZE = "16m"


def enter_namespaces(level: str) -> None:
    """Leaves the server's namespaces; only children of this process get a new process namespace.

    Raises OSError where the kernel or the container around the server does not allow it.
    """
    flags = {
        NAMESPACES: kernel.NEW_MOUNTS
        | kernel.NEW_PIDS
        | kernel.NEW_NETWORK
        | kernel.NEW_IPC
        | kernel.NEW_HOSTNAME,
        NETWORK: kernel.NEW_NETWORK,
    }.get(level, 0)
    if not flags:
        return
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        kernel.unshare(flags)
        return
    kernel.unshare(flags | kernel.NEW_USER)
    # The program keeps its own number, so that it is nobody special in the new namespace either.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def arrange_files(workdir: str, hidden: list[str]) -> None:
    """Makes the tree read-only but for `workdir` and private scratch folders, and covers `hidden`.

    Works on this process's own mounts. Raises OSError.
    """
    kernel.mount("", "/", kernel.MOUNT_PRIVATE | kernel.MOUNT_RECURSIVE)
    place = os.open(workdir, os.O_PATH | os.O_DIRECTORY)
    try:
        guard = kernel.MOUNT_NO_SETUID | kernel.MOUNT_NO_DEVICES
        scratch = [folder for folder in _SCRATCH if Path(folder).is_dir() and not Path(folder).is_symlink()]
        for folder in scratch:
            kernel.mount("tmpfs", folder, guard, f"size={_SCRATCH_SIZE},mode=1777")
        kernel.mount("proc", "/proc", guard | kernel.MOUNT_NO_EXEC)
        Path(workdir).mkdir(parents=True, exist_ok=True)  # scratch may cover the way to it
        kernel.mount("", workdir, kernel.MOUNT_BIND, source=f"/proc/self/fd/{place}")
    finally:
        os.close(place)
    for path in hidden:
        _cover(Path(path))
    with suppress(OSError):  # kernels before 5.12; the program's user may write little anyway
        kernel.change_mount("/", add=kernel.MOUNT_READ_ONLY | kernel.MOUNT_NO_SETUID, recursive=True)
        for folder in (workdir, *scratch):
            kernel.change_mount(folder, drop=kernel.MOUNT_READ_ONLY)


def _cover(path: Path) -> None:
    if path.is_dir():
        kernel.mount("tmpfs", str(path), kernel.MOUNT_READ_ONLY, "size=4k,mode=0755")
    elif path.exists():
        kernel.mount("", str(path), kernel.MOUNT_BIND, source="/dev/null")

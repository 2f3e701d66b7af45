"""Spec: what the server asks the launcher to do, and what it reports; plain JSON both ways."""

from typing import TypedDict

# How closed the jail is, from the closest. Which one the kernel allows is found out once, at the start.
NAMESPACES = "namespaces"  # own mounts, processes, network, IPC and host name
NETWORK = "network"  # own network; processes are followed and killed one by one
FILTER = "filter"  # as NETWORK, with sockets denied by a filter of system calls
BARE = "bare"  # no way to deny the network
LEVELS = (NAMESPACES, NETWORK, FILTER, BARE)


class Spec(TypedDict):
    """One execution. Times in seconds, sizes in bytes."""

    parent: int  # pid of the server
    level: str
    argv: list[str]
    environment: dict[str, str]
    workdir: str
    hidden: list[str]  # files and folders the program must not see
    user: int | None  # uid and gid of the program; None keeps those of the server
    report: int  # descriptor the report goes to
    seconds: float
    memory: int
    address_space: int | None  # None for runtimes that reserve far more than they use
    processes: int
    file_size: int
    open_files: int


class Report(TypedDict):
    """How an execution ended."""

    failed: str  # why it could not be started, empty otherwise
    reason: str  # "", "timeout", "memory" or "processes": the limit that stopped it
    exit_code: int | None
    signal: int | None
    seconds: float
    peak: int  # largest resident memory seen, bytes

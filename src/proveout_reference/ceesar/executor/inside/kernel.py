"""Kernel: the Linux calls the standard library of Python 3.11 lacks."""

import ctypes
import os
import struct

NEW_MOUNTS = 0x00020000
NEW_HOSTNAME = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

MOUNT_READ_ONLY = 0x1
MOUNT_NO_SETUID = 0x2
MOUNT_NO_DEVICES = 0x4
MOUNT_NO_EXEC = 0x8
MOUNT_BIND = 0x1000
MOUNT_RECURSIVE = 0x4000
MOUNT_PRIVATE = 0x40000

_SET_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_SECCOMP = 22
_SUBREAPER = 36
_NO_NEW_PRIVILEGES = 38

_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_RECURSIVE = 0x8000
_AT_WORKING_DIRECTORY = -100

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
]


def unshare(flags: int) -> None:
    """Moves this process into new namespaces. Raises OSError."""
    _check(_libc.unshare(flags), "unshare")


def mount(kind: str, target: str, flags: int, data: str = "", source: str = "none") -> None:
    """Mounts a file system, or with MOUNT_BIND the folder `source`. Raises OSError."""
    parts = [os.fsencode(text) for text in (source, target, kind)]
    _check(_libc.mount(*parts, flags, data.encode() or None), f"mount {kind or 'bind'}")


def change_mount(target: str, *, add: int = 0, drop: int = 0, recursive: bool = False) -> None:
    """Adds and drops MOUNT_READ_ONLY and such on a mount, or on all below it. Raises OSError."""
    attributes = struct.pack("QQQQ", add, drop, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_int(_AT_WORKING_DIRECTORY),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(_AT_RECURSIVE if recursive else 0),
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
    )
    _check(result, "mount_setattr")


def die_with_parent(signal_number: int) -> None:
    """Sends this process the signal when its parent ends. A change of user undoes it."""
    _prctl(_SET_DEATH_SIGNAL, signal_number)


def adopt_orphans() -> None:
    """Makes this process the new parent of every descendant whose own parent ends."""
    _prctl(_SUBREAPER, 1)


def hide_from_siblings() -> None:
    """Keeps other processes of the same user from reading or tracing this one."""
    _prctl(_SET_DUMPABLE, 0)


def refuse_new_privileges() -> None:
    """Set-user-id programs give no rights any more, to this process and all it starts."""
    _prctl(_NO_NEW_PRIVILEGES, 1)


def refuse_network() -> None:
    """Denies every socket but local ones, for kernels that give no network namespace.

    Raises OSError where the architecture is unknown. Needs refuse_new_privileges first.
    """
    program = _socket_filter()
    buffer = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    header = Filter(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    _prctl(_SET_SECCOMP, 2, ctypes.addressof(header))


def _socket_filter() -> bytes:
    """The filter as classic BPF: offsets 0, 4, 16 are the call's number, architecture, first argument."""
    known = {"x86_64": (0xC000003E, 41, 0x40000000), "aarch64": (0xC00000B7, 198, 0xFFFFFFFF)}
    if os.uname().machine not in known:
        raise OSError(38, "no network filter for this architecture")
    architecture, socket_call, foreign_calls = known[os.uname().machine]
    io_uring_setup, local_family = 425, 1
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, deny, kill = 0x7FFF0000, 0x00050000 | 13, 0x80000000
    steps = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, kill),  # another instruction set has other numbers
        (load, 0, 0, 0),
        (at_least, 4, 0, foreign_calls),
        (equal, 3, 0, io_uring_setup),  # it could open sockets past this filter
        (equal, 0, 3, socket_call),
        (load, 0, 0, 16),
        (equal, 1, 0, local_family),
        (give, 0, 0, deny),
        (give, 0, 0, allow),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _prctl(option: int, value: int, extra: int = 0) -> None:
    _check(
        _libc.prctl(
            ctypes.c_int(option),
            ctypes.c_ulong(value),
            ctypes.c_ulong(extra),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
        ),
        f"prctl {option}",
    )


def _check(result: int, what: str) -> None:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")

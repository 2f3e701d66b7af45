"""The digest of an artifact says what would be started, and is the same wherever the directory lies."""

import os
import socket
from pathlib import Path

import pytest

from proveout.access.artifact import artifact_of, digest_at
from proveout.access.carriage import carry
from proveout.access.machine import Machine
from proveout.access.shell import Shell
from proveout.evidence.artifact import Artifact, Unreadable, digest_of
from proveout.evidence.digest import of_files, sha256
from proveout.model.environment import ArtifactPlace
from proveout.providers.target import Target


@pytest.fixture
def root(tmp_path):
    """The directory of an environment with an artifact `bin`."""
    folder = tmp_path / "environment"
    (folder / "bin" / "lib").mkdir(parents=True)
    (folder / "bin" / "gaia").write_bytes(b"#!/bin/sh\nexec lib/run\n")
    (folder / "bin" / "lib" / "größe a.so").write_bytes(bytes(range(256)))
    (folder / "bin" / "lib" / "empty").touch()
    (folder / "bin" / "current").symlink_to("lib/empty")
    (folder / "bin" / "lib" / "up").symlink_to("../gaia")
    return folder


@pytest.fixture
def machine(root, machine_at):
    """The machine of the environment: this one, and the same through ssh."""
    return machine_at(root)


def test_near_and_far_give_the_same_digest(machine, root):
    assert digest_at(machine, "bin") == digest_of(root / "bin")


def test_a_tree_without_links_has_the_digest_of_its_files(root, machine):
    for name in ("current", "lib/up"):
        (root / "bin" / name).unlink()
    files = ["gaia", "lib/größe a.so", "lib/empty"]
    assert digest_at(machine, "bin") == of_files({name: root / "bin" / name for name in files})


def test_an_artifact_may_be_one_file(machine, root):
    assert digest_at(machine, "bin/gaia") == sha256(root / "bin" / "gaia")


def test_the_directory_itself_may_be_a_link(machine, root):
    before = digest_at(machine, "bin")
    (root / "bin").rename(root / "release-7")
    (root / "bin").symlink_to("release-7")
    assert digest_at(machine, "bin") == before


def test_an_empty_directory_is_an_artifact_of_nothing(machine, root):
    (root / "empty").mkdir()
    assert digest_at(machine, "empty") == of_files({})


CHANGES = {
    "a byte": lambda b: (b / "gaia").write_bytes(b"#!/bin/sh\nexec lib/ran\n"),
    "a file more": lambda b: (b / "more").touch(),
    "a file less": lambda b: (b / "lib" / "empty").unlink(),
    "another name": lambda b: (b / "gaia").rename(b / "Gaia"),
    "another link": lambda b: (b / "lib" / "up").unlink() or (b / "lib" / "up").symlink_to("empty"),
    "a link for a file": lambda b: (
        (b / "lib" / "empty").unlink() or (b / "lib" / "empty").symlink_to("../gaia")
    ),
    "compiled code": lambda b: (b / "__pycache__").mkdir() or (b / "__pycache__" / "x.pyc").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_another_artifact(machine, root, change):
    before = digest_at(machine, "bin")
    change(root / "bin")
    assert digest_at(machine, "bin") != before


def test_times_and_modes_do_not_matter(machine, root):
    before = digest_at(machine, "bin")
    os.utime(root / "bin" / "gaia", (0, 0))
    (root / "bin" / "gaia").chmod(0o755)
    assert digest_at(machine, "bin") == before


@pytest.mark.parametrize(
    "target", ["/etc/hostname", "../data", "../../x", "lib/../../data", "lib/../gaia", ".."], ids=str
)
def test_a_link_that_may_lead_out_is_refused(machine, root, target):
    (root / "bin" / "out").symlink_to(target)
    with pytest.raises(Unreadable, match=r"out is a link to .*, which may lie outside"):
        digest_at(machine, "bin")


def test_what_is_no_file_is_refused(machine, root):
    os.mkfifo(root / "bin" / "pipe")
    with pytest.raises(Unreadable, match=r"pipe .*a socket, a pipe or a device"):
        digest_at(machine, "bin")


def test_a_socket_is_refused_as_the_artifact_itself(machine, root, short_folder):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{short_folder}/s")
        (root / "s").symlink_to(f"{short_folder}/s")
        with pytest.raises(Unreadable):
            digest_at(machine, "s")


@pytest.mark.parametrize("name", ["a\nb", "a\\b"], ids=["line feed", "backslash"])
def test_a_name_that_no_list_can_hold_is_refused(machine, root, name):
    (root / "bin" / name).touch()
    with pytest.raises(Unreadable, match="line feed or a backslash"):
        digest_at(machine, "bin")


def test_a_name_of_other_bytes_than_utf_8_is_taken_as_it_is(machine, root):
    before = digest_at(machine, "bin")
    Path(os.fsdecode(bytes(root / "bin" / "x") + b"\xff")).touch()
    assert digest_at(machine, "bin") == digest_of(root / "bin") != before


def test_what_is_missing_is_refused(machine):
    with pytest.raises(Unreadable):
        digest_at(machine, "no-such-thing")


def test_what_cannot_be_read_is_refused(machine_at):
    # A file that not even root may read.
    with pytest.raises(Unreadable, match="Permission denied"):
        digest_at(machine_at(Path("/proc/sys/vm")), "compact_memory")


def test_a_machine_without_the_tools_says_so(far, root):
    shell = Shell(far.named(port=far.bare))
    try:
        with pytest.raises(Unreadable, match="there is no find on the machine"):
            digest_at(Machine(shell, root), "bin")
    finally:
        shell.close()


def test_an_artifact_is_carried_whole(machine, root, tmp_path):
    place, digest = carry(machine, "bin", tmp_path / "here")
    assert digest == digest_of(root / "bin") == digest_of(place)
    assert (place / "gaia").read_bytes() == (root / "bin" / "gaia").read_bytes()
    assert (place / "current").readlink() == Path("lib/empty")


def test_a_single_file_is_carried_and_can_be_started(machine, root, tmp_path):
    (root / "bin" / "gaia").chmod(0o755)
    place, digest = carry(machine, "bin/gaia", tmp_path / "here")
    assert (digest, place.read_bytes()) == (
        sha256(root / "bin" / "gaia"),
        (root / "bin" / "gaia").read_bytes(),
    )
    assert os.access(place, os.X_OK)


def test_nothing_is_left_where_it_was_carried_from(machine, root, tmp_path):
    def listing():
        return sorted((str(p), p.lstat().st_mtime_ns) for p in [root, *root.rglob("*")])

    before = listing()
    carry(machine, "bin", tmp_path / "here")
    assert listing() == before


class Deploying(Machine):
    """A machine on which something is deployed once its artifact was looked at."""

    asked = 0

    @property
    def root(self):
        self.asked += 1
        if self.asked > 1:
            (self._root / "bin" / "gaia").write_bytes(b"another version")
        return self._root


def test_what_changes_while_it_is_carried_is_refused(root, tmp_path, shell):
    with pytest.raises(Unreadable, match="bin changed while it was copied"):
        carry(Deploying(shell, root), "bin", tmp_path / "here")


def located(environment, path):
    return environment.model_copy(update={"artifact": ArtifactPlace(path=path) if path else None})


def test_a_live_target_is_read_where_the_definition_says(gamma, root, machine):
    found = artifact_of(Target(located(gamma, "bin"), "live", "http://x", root), machine)
    assert found == Artifact(digest_of(root / "bin"), "read", "bin")


@pytest.mark.parametrize(
    ("path", "access", "why"),
    [
        ("bin", False, "no access to its directory: --env-root=DIR or --env-machine=ssh://host/DIR"),
        ("bin/none", True, "bin/none was not read: "),
        (None, True, "no [artifact] path in environment.toml"),
    ],
)
def test_what_is_not_known_of_a_live_target_says_how_it_would_be(gamma, root, path, access, why):
    target = Target(located(gamma, path), "live", "http://x", root if access else None)
    found = artifact_of(target, Machine.local(root) if access else None)
    assert (found.digest, found.how) == (None, "none")
    assert found.why.startswith(why)
    assert found.why.endswith("--env-artifact=sha256:HEX")


def test_a_copy_of_our_own_server_is_its_package(gamma):
    found = artifact_of(Target(gamma, "reference", "http://x"), None)
    assert (found.how, found.where) == ("read", "proveout_reference/ceesar")
    assert found == artifact_of(Target(gamma, "reference", "http://x"), None)


def test_a_copy_of_the_teams_own_is_what_they_name(gamma, tmp_path):
    (tmp_path / "server").write_bytes(b"binary")
    start = gamma.start.model_copy(update={"command": ("./server",), "artifact": "../server"})
    environment = gamma.model_copy(update={"start": start, "directory": tmp_path / "gamma"})
    (tmp_path / "gamma").mkdir()
    found = artifact_of(Target(environment, "twin", "http://x"), None)
    assert found == Artifact(sha256(tmp_path / "server"), "read", "../server")
    assert artifact_of(Target(environment, "live", "http://x"), None).how == "none"


def test_a_start_command_of_nobodys_has_no_artifact(gamma):
    start = gamma.start.model_copy(update={"command": ("./server",)})
    environment = gamma.model_copy(update={"start": start})
    assert artifact_of(Target(environment, "reference", "http://x"), None).digest is None

"""`proveout evidence` lists, adds and mends; `proveout key` makes keys and overwrites none."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from machinery.reported import proveout
from machinery.statements import files_of, run_statement, stored_run
from proveout.evidence.envelope import opened, signed
from proveout.evidence.key import Key, PublicKey
from proveout.evidence.store import Store

RUN = run_statement()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "reports" / "evidence")


def test_an_empty_store_has_nothing_to_list(tmp_path):
    done = proveout("evidence", "list", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "reports/evidence: 0 entries\n", "")
    assert list(tmp_path.iterdir()) == []


def test_entries_are_listed_the_newest_first(tmp_path, store):
    entries = [stored_run(store, run_statement(run=f"run-{n}")) for n in range(3)]
    done = proveout("evidence", "list", cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == [entry.id for entry in reversed(entries)]
    assert "environment=demo/dev  provenance=live  version=1.0.0" in lines[1]
    assert lines[-1] == "reports/evidence: 3 entries"


def test_a_program_reads_the_list_line_by_line(tmp_path, store):
    entry = stored_run(store, RUN)
    stored_run(store, run_statement(run="newer"))
    done = proveout("evidence", "list", "--json", cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[1] == {"id": entry.id, **vars(entry)}
    assert len(proveout("evidence", "list", "--json", "--last", "1", cwd=tmp_path).stdout.splitlines()) == 1


def test_troubles_are_said_and_fail(tmp_path, store):
    stored_run(store, RUN)
    (store.folder / "stray").write_text("x")
    done = proveout("evidence", "list", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "proveout: reports/evidence: 'stray' is no entry of the index; next: proveout evidence mend\n"
    )


def test_facts_do_not_write_on_the_terminal(tmp_path, store):
    store.add("event", b"x", {"text": "\x1b[2J[bold]\ud800"})
    done = proveout("evidence", "list", cwd=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "[bold]" in done.stdout


def test_who_reads_only_the_beginning_of_a_list_sees_no_traceback(tmp_path, store):
    for number in range(300):
        store.add("event", b"%d" % number, {"text": "x" * 300})
    program = str(Path(sys.executable).with_name("proveout"))
    done = subprocess.run(
        ["sh", "-c", f'"{program}" evidence list | head -1'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.split()[0], done.stderr) == ("id", "")


def test_the_folder_of_the_store_is_a_setting(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.pytest]\nproveout_evidence = "kept/here"\n')
    (tmp_path / "evidence.json").write_bytes(RUN)
    assert proveout("evidence", "add", "evidence.json", cwd=tmp_path).returncode == 0
    assert Store(tmp_path / "kept" / "here").snapshot().head == 1


@pytest.mark.parametrize("key", [None, Key.new()], ids=["plain", "signed"])
def test_evidence_of_another_machine_is_taken_over_as_it_is(tmp_path, store, key):
    body = RUN if key is None else signed(RUN, key)
    (tmp_path / "evidence.json").write_bytes(body)
    done = proveout("evidence", "add", "evidence.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    snapshot = store.snapshot()
    entry = next(snapshot.newest_first())
    assert done.stdout == f"evidence.json: stored as {entry.id}\n"
    assert (snapshot.body(entry), entry.kind, entry.facts["environment"]) == (body, "run", "demo/dev")


def test_the_same_evidence_counts_once_whoever_signed_it(tmp_path, store):
    entry = stored_run(store, RUN)
    stored_run(store, run_statement(run="another"))
    for number, body in enumerate((RUN, signed(RUN, Key.new()), RUN.replace(b"  ", b" "))):
        (tmp_path / f"{number}.json").write_bytes(body)
        done = proveout("evidence", "add", f"{number}.json", cwd=tmp_path)
        assert done.returncode == 2
        assert f"not stored: entry {entry.id} says the same already" in done.stderr
    assert store.snapshot().head == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", RUN[:300], RUN.replace(b'"PASSED"', b'"FAILED"'), RUN.replace(b"test-result", b"other")],
    ids=["empty", "object", "cut", "contradiction", "no-run"],
)
def test_what_is_no_evidence_of_a_run_is_not_taken_over(tmp_path, store, content):
    (tmp_path / "evidence.json").write_bytes(content)
    done = proveout("evidence", "add", "evidence.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "evidence.json: not stored: " in done.stderr
    assert "\nnext: proveout verify evidence.json" in done.stderr
    assert not store.folder.exists()


def test_a_file_that_is_not_there_is_said(tmp_path):
    done = proveout("evidence", "add", "none.json", cwd=tmp_path)
    assert (done.returncode, "none.json: there is no such file\nnext: " in done.stderr) == (2, True)


def test_mending_says_what_it_did_and_whether_that_was_enough(tmp_path, store):
    entry = stored_run(store, RUN)
    done = proveout("evidence", "mend", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "reports/evidence: nothing to mend, 1 entries\n")
    (store.folder / "stray").write_text("x")
    done = proveout("evidence", "mend", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("'stray' belongs to no entry: put into reports/evidence.aside-")
    (store.folder / entry.name).write_bytes(b"better")
    done = proveout("evidence", "mend", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{entry.name}: it is not what was stored; next: bring the folder back" in done.stderr


def test_a_store_beyond_mending_is_wrong_usage_and_left_alone(tmp_path, store):
    for number in range(3):
        store.add("event", b"%d" % number, {})
    (store.folder / "head.json").unlink()
    before = files_of(store.folder)
    done = proveout("evidence", "mend", cwd=tmp_path)
    assert done.returncode == 2
    assert "head.json is missing; no killed writer leaves that, so nothing was changed\nnext: " in done.stderr
    assert files_of(store.folder) == before


def test_a_new_key_signs_and_its_public_half_lies_beside_it(tmp_path):
    done = proveout("key", "new", "--output", "mine/key.pem", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    private, public = tmp_path / "mine" / "key.pem", tmp_path / "mine" / "key.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    trusted = PublicKey.load(public)
    assert opened(signed(RUN, Key.load(private)), {trusted.keyid: trusted}).signers == (trusted.keyid,)
    assert f"id {trusted.keyid}" in done.stdout
    assert f"next: export PROVEOUT_KEY={private}" in done.stdout
    assert "PRIVATE" not in done.stdout


def test_a_key_is_private_whatever_the_mask_of_the_user(tmp_path):
    program = str(Path(sys.executable).with_name("proveout"))
    subprocess.run(
        ["sh", "-c", f'umask 0 && "{program}" key new --output key.pem'],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


def test_without_a_file_the_key_lies_in_the_home_of_the_user(tmp_path):
    done = proveout("key", "new", cwd=tmp_path, HOME=str(tmp_path / "home"))
    assert done.returncode == 0
    assert Key.load(tmp_path / "home" / ".config" / "proveout" / "key.pem")


@pytest.mark.parametrize("there", ["key.pem", "key.pub"])
@pytest.mark.parametrize("as_link", [False, True])
def test_no_key_is_ever_overwritten(tmp_path, there, as_link):
    if as_link:
        (tmp_path / there).symlink_to("nowhere")
    else:
        (tmp_path / there).write_text("precious")
    done = proveout("key", "new", "--output", "key.pem", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{there}: there is one already, and a key is never overwritten" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [there]


@pytest.mark.parametrize("name", ["key.pub", "file/key.pem"])
def test_a_place_where_no_key_can_be_is_said(tmp_path, name):
    (tmp_path / "file").write_text("x")
    done = proveout("key", "new", "--output", name, cwd=tmp_path)
    assert (done.returncode, "\nnext: " in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

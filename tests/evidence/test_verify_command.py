"""`proveout verify` says of each thing whether it is whole, and exits 0, 1 or 2."""

import json
import shutil

import pytest

from machinery.reported import proveout
from machinery.statements import decision, run_statement, stored_run
from proveout.evidence.digest import sums
from proveout.evidence.envelope import signed
from proveout.evidence.key import Key
from proveout.evidence.store import Store

KEY, OTHER = Key.new(), Key.new()
RUN = run_statement()


@pytest.fixture
def root(tmp_path):
    (tmp_path / "environments" / "demo").mkdir(parents=True)
    return tmp_path


def trust(root, *keys, system="demo"):
    folder = root / "environments" / system / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        (folder / f"{key.public.keyid[:8]}.pub").write_bytes(key.public.pem)


def public(root, key):
    path = root / f"{key.public.keyid[:8]}.pub"
    path.write_bytes(key.public.pem)
    return str(path)


def file(root, content, name="evidence.json"):
    (root / name).write_bytes(content)
    return name


def test_a_statement_that_is_whole_is_said_in_a_line(root):
    done = proveout("verify", file(root, RUN), cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "ok    evidence.json  demo/dev live 1.0.0 PASS 1/1, ended 2026-11-22T14:01:30Z, not signed\n"
    )


def test_an_envelope_is_verified_with_a_key_that_is_named(root):
    name = file(root, signed(RUN, KEY), "evidence.dsse.json")
    done = proveout("verify", name, "--key", public(root, KEY), cwd=root)
    assert done.returncode == 0
    assert f"signed by {KEY.public.keyid[:12]}" in done.stdout


def test_an_envelope_is_verified_with_the_keys_its_system_trusts(root):
    trust(root, KEY, OTHER)
    done = proveout("verify", file(root, signed(RUN, OTHER)), cwd=root)
    assert (done.returncode, done.stdout[:2]) == (0, "ok")
    assert f"signed by {OTHER.public.keyid[:12]}" in done.stdout


@pytest.mark.parametrize(
    ("content", "keys", "said"),
    [
        (signed(RUN, OTHER), [KEY], "no trusted key signed these bytes"),
        (signed(RUN, KEY).replace(b'"payload": "e', b'"payload": "f'), [KEY], "it is not"),
        (RUN, [KEY], "it is not signed, and there are keys that should have"),
        (signed(RUN, KEY), [], "no key is known to check that with; next: proveout verify --key"),
    ],
    ids=["other", "edited", "unsigned", "no-key"],
)
def test_a_signature_that_is_not_there_or_not_right_fails(root, content, keys, said):
    trust(root, *keys)
    done = proveout("verify", file(root, content), cwd=root)
    assert (done.returncode, done.stdout[:4]) == (1, "FAIL")
    assert said in done.stdout


def test_a_system_that_trusts_keys_does_not_lend_them_to_another(root):
    trust(root, KEY, system="other")
    done = proveout("verify", file(root, signed(RUN, KEY)), cwd=root)
    assert (done.returncode, "no key is known" in done.stdout) == (1, True)


def test_the_name_in_a_statement_leads_nowhere_else(root):
    trust(root, KEY)
    files = []
    for name in ("../demo", "demo/../other", "/etc", ".", "größe", "x" * 5000):
        content = json.loads(RUN)
        content["subject"][0]["name"] = name
        files.append(file(root, signed(json.dumps(content).encode(), KEY), f"{len(files)}.json"))
    done = proveout("verify", *files, cwd=root)
    assert (done.returncode, done.stderr) == (1, "")
    assert [line[:12] for line in done.stdout.splitlines()] == [f"FAIL  {name}" for name in files]


def test_a_statement_that_contradicts_itself_fails(root):
    edits = [
        (b'"result": "PASSED"', b'"result": "FAILED"'),
        (b'"word": "PASS"', b'"word": "FAIL"'),
        (b'"CC-A"', b'"CC-B"'),
        (b'"proven": 1', b'"proven": 2'),
        (b"Statement/v1", b"Statement/v0"),
        (b"2026-11-22T14:01:30Z", b"2026-11-22T13:01:30Z"),
    ]
    files = [file(root, RUN.replace(*edit, 1), f"{number}.json") for number, edit in enumerate(edits)]
    done = proveout("verify", *files, cwd=root)
    assert (done.returncode, done.stderr) == (1, "")
    assert [line[:12] for line in done.stdout.splitlines()] == [f"FAIL  {name}" for name in files]


def test_what_is_no_statement_fails_in_a_sentence(root):
    contents = [b"", b"\xff\x00", b"[]", b"{}", RUN[:-200], b"{" * 200_000]
    files = [file(root, content, f"{number}.json") for number, content in enumerate(contents)]
    done = proveout("verify", *files, cwd=root)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert [line[:12] for line in lines] == [f"FAIL  {name}" for name in files]
    assert all(len(line) > len("FAIL  0.json  it is") for line in lines)


def test_what_a_statement_says_does_not_write_on_the_terminal(root):
    content = json.loads(RUN)
    for extension in content["predicate"].values():
        if isinstance(extension, dict):
            extension["identity"]["version"] = "\x1b[2J\n\ud800 [bold]"
    done = proveout("verify", file(root, json.dumps(content).encode()), cwd=root)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout


def test_a_path_that_is_not_there_is_wrong_usage(root):
    done = proveout("verify", "none.json", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert "none.json: there is nothing\nnext: " in done.stderr


def test_a_key_that_is_none_is_wrong_usage(root):
    done = proveout("verify", file(root, RUN), "--key", file(root, b"x", "x.pub"), cwd=root)
    assert (done.returncode, "x.pub: not a public key" in done.stderr) == (2, True)


def test_one_bad_thing_among_good_ones_is_named_and_decides(root):
    names = [file(root, RUN, "a.json"), file(root, b"{}", "b.json"), file(root, RUN, "c.json")]
    done = proveout("verify", *names, cwd=root)
    assert done.returncode == 1
    assert [line[:12] for line in done.stdout.splitlines()] == [
        "ok    a.json",
        "FAIL  b.json",
        "ok    c.json",
    ]


@pytest.fixture
def run(root):
    folder = root / "reports" / "20261122-140000-abcd"
    (folder / "demo-dev").mkdir(parents=True)
    files = [
        folder / "junit.xml",
        folder / "demo-dev" / "evidence.json",
        folder / "demo-dev" / "evidence.dsse.json",
    ]
    for path, content in zip(files, (b"<x/>", RUN, signed(RUN, KEY)), strict=True):
        path.write_bytes(content)
    (folder / "SHA256SUMS").write_text(sums(folder, files))
    trust_all = ["--key", public(root, KEY)]
    return folder, trust_all


def test_a_run_is_verified_as_a_whole(root, run):
    folder, key = run
    (folder / "demo-dev" / "evidence.json").unlink()
    files = [folder / "junit.xml", folder / "demo-dev" / "evidence.dsse.json"]
    (folder / "SHA256SUMS").write_text(sums(folder, files))
    done = proveout("verify", str(folder), *key, cwd=root)
    assert (done.returncode, done.stdout.count("ok  ")) == (0, 1)


def test_the_plain_statement_beside_an_envelope_counts_no_less_for_lack_of_a_signature(root, run):
    folder, key = run
    done = proveout("verify", str(folder), *key, cwd=root)
    assert done.returncode == 0, done.stdout
    assert "demo-dev/evidence.json  demo/dev live 1.0.0 PASS 1/1" in done.stdout
    assert "signed by the envelope beside it" in done.stdout


@pytest.mark.parametrize("harm", ["edited", "removed", "added", "sums", "no-sums", "outside", "other"])
def test_a_run_that_was_touched_fails(root, run, harm):
    folder, key = run
    evidence, listed = folder / "demo-dev" / "evidence.json", folder / "SHA256SUMS"
    if harm == "edited":
        (folder / "junit.xml").write_bytes(b"<y/>")
    elif harm == "removed":
        (folder / "junit.xml").unlink()
    elif harm == "added":
        shutil.copytree(folder / "demo-dev", folder / "demo-prod")
    elif harm == "sums":
        listed.write_text(listed.read_text().replace("  ", " "))
    elif harm == "no-sums":
        listed.unlink()
    elif harm == "outside":
        listed.write_text(listed.read_text() + "a" * 64 + "  ../../../etc/passwd\n")
    else:
        evidence.write_bytes(run_statement(by="somebody else"))
        listed.write_text(sums(folder, [evidence, evidence.with_name("evidence.dsse.json")]))
    done = proveout("verify", str(folder), *key, cwd=root)
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "passwd" not in done.stdout


def test_a_folder_without_any_evidence_fails(root):
    (root / "empty").mkdir()
    done = proveout("verify", "empty", cwd=root)
    assert (done.returncode, done.stdout[:4]) == (1, "FAIL")


@pytest.fixture
def store(root):
    store = Store(root / "reports" / "evidence")
    store.runs = [stored_run(store, signed(body, KEY), body) for body in (RUN, run_statement(run="second"))]
    return store


def test_a_store_is_verified_entry_by_entry(root, store):
    trust(root, KEY)
    store.add("approval", signed(decision([]).replace(b"verification_summary", b"approval"), KEY), {})
    done = proveout("verify", "reports/evidence", cwd=root)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert [line[:12] for line in lines] == [f"ok    {number:06d}" for number in (3, 2, 1)]
    assert lines[1][6:25] == store.runs[1].id


def test_a_store_that_is_damaged_fails(root, store):
    trust(root, KEY)
    (store.folder / store.runs[0].name).write_bytes(signed(RUN, OTHER))
    done = proveout("verify", "reports/evidence", cwd=root)
    assert done.returncode == 1
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2, "the store, and the entry"
    assert all("is not what was stored" in line for line in failed)


def test_an_entry_that_the_index_calls_something_else_fails(root):
    store = Store(root / "reports" / "evidence")
    store.add("approval", RUN + b"\n", {})
    store.add("run", RUN, {"environment": "demo/prod"})
    done = proveout("verify", "reports/evidence", cwd=root)
    assert done.returncode == 1
    assert "the index calls it approval, which it is not" in done.stdout
    assert "the index tells of it what it does not say" in done.stdout

"""The evidence of a run is in the store, signed where there is a key, or the verdict is on hold."""

import json
import shutil
import subprocess
import uuid

import pytest

from machinery.servers import run_folder
from proveout.evidence.envelope import opened
from proveout.evidence.key import Key
from proveout.evidence.store import Store

EXTENSION = "urn:x-proveout:run:v1"
FEW = ("-m", "smoke", "-k", "health_succeeds")


@pytest.fixture
def gamma(live):
    """The options of a short run against a live gamma."""
    return ["--env=gamma", f"--env-url={live('gamma').target.url}", *FEW]


def entries(folder):
    snapshot = Store(folder).snapshot()
    assert snapshot.troubles == ()
    return [(entry, snapshot.body(entry)) for entry in snapshot.newest_first()]


def test_the_evidence_of_a_run_is_stored_as_it_was_written(verify, gamma):
    done = verify(*gamma)
    [(entry, body)] = entries(done.reports / "evidence")
    written = run_folder(done.reports) / "ceesar-gamma" / "evidence.json"
    assert body == written.read_bytes()
    said = json.loads(body)["predicate"][EXTENSION]
    assert entry.kind == "run"
    assert entry.facts == {
        "environment": "ceesar/gamma",
        "provenance": "live",
        "version": "1.0.0",
        "artifact": None,
        "definition": said["definition"]["digest"],
        "word": "PASS",
        "begun": said["begun"],
        "ended": said["ended"],
        "failed": 0,
    }


def test_each_environment_has_an_entry_and_each_run_adds_to_them(verify, tmp_path):
    store = ("-o", f"proveout_evidence={tmp_path / 'store'}")
    verify("--env=ceesar", *FEW, *store)
    verify("--env=gamma", *FEW, *store)
    found = [entry.facts["environment"] for entry, _ in entries(tmp_path / "store")]
    assert found == ["ceesar/gamma", "ceesar/prod", "ceesar/gamma", "ceesar/dev"]


@pytest.mark.parametrize("words", [("--collect-only",), ("--env-plan",)], ids=str)
def test_what_verifies_nothing_stores_nothing(verify, gamma, words):
    assert not (verify(*gamma, *words).reports / "evidence").exists()


def test_with_a_key_it_is_signed(verify, gamma, tmp_path):
    key = Key.new()
    file = tmp_path / "key.pem"
    file.touch(mode=0o600)
    file.write_bytes(key.pem)
    done = verify(*gamma, PROVEOUT_KEY=str(file))
    assert done.exit == 0, done.output
    folder = run_folder(done.reports)
    [(_, body)] = entries(done.reports / "evidence")
    assert body == (folder / "ceesar-gamma" / "evidence.dsse.json").read_bytes()
    found = opened(body, {key.public.keyid: key.public})
    assert found.signers == (key.public.keyid,)
    assert found.payload == (folder / "ceesar-gamma" / "evidence.json").read_bytes()
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert sums.returncode == 0
    assert b"evidence.dsse.json: OK" in sums.stdout


@pytest.mark.parametrize("key", ["", "/no/such/key.pem"], ids=["empty", "missing"])
def test_a_key_that_cannot_be_used_stops_the_run_before_it_begins(verify, gamma, key):
    done = verify(*gamma, PROVEOUT_KEY=key)
    assert done.exit == 4, done.output
    assert "next: " in done.output
    assert "Traceback" not in done.output
    assert not done.reports.exists()


def damaged(folder):
    verified = folder / "index.jsonl"
    verified.write_bytes(verified.read_bytes()[:-9])


def a_file(folder):
    shutil.rmtree(folder)
    folder.write_text("no folder")


def not_a_store(folder):
    (folder / "head.json").write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("harm", [damaged, a_file, not_a_store])
def test_what_cannot_be_stored_holds(verify, gamma, tmp_path, harm):
    store = tmp_path / "store"
    words = [*gamma, "-o", f"proveout_evidence={store}"]
    assert verify(*words).exit == 0
    harm(store)
    done = verify(*words)
    assert done.exit == 20, done.output
    assert "HOLD 1/22" in done.output
    assert "the evidence could not be stored: " in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert done.evidence("ceesar/gamma")["result"] == "FAILED"
    assert done.evidence("ceesar/gamma")[EXTENSION]["verdict"]["word"] == "HOLD"


UNWRITABLE = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_it_is_in_the_way(ceesar, proveout_run):
    (proveout_run.folder_of(ceesar.environment) / "evidence.json" / "x").mkdir(parents=True)
    assert ceesar.health().status == "healthy"
"""


def test_evidence_that_cannot_be_written_holds_and_is_not_stored(verify, live, project):
    url = f"--env-url={live('gamma').target.url}"
    done = verify("--env=gamma", url, "-m", "smoke", project=project(unwritable=UNWRITABLE))
    assert done.exit == 20, done.output
    assert "the evidence could not be written: " in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert not (done.reports / "evidence").exists()


LEAK = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_it_tells(ceesar, figures):
    import os
    key = os.environ["GEMINI_API_KEY"]
    figures["measured"] = key
    raise AssertionError("the key is " + key)
"""


def test_no_secret_comes_into_the_store(verify, project):
    secret = f'{uuid.uuid4().hex}"ö\\'
    done = verify("--env=gamma", "-m", "smoke", project=project(leak=LEAK), GEMINI_API_KEY=secret)
    assert done.exit == 1, done.output
    [(_, body)] = entries(done.reports / "evidence")
    assert secret[:20].encode() not in body
    assert b"[secret]" in body


def test_a_leak_is_told_in_what_is_stored(verify, project):
    key = uuid.uuid4().hex
    checks = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_it_leaves_a_key(ceesar, proveout_run):
    import os
    (proveout_run.folder / "left.txt").write_text(os.environ["GEMINI_API_KEY"])
    assert ceesar.health().status == "healthy"
"""
    done = verify("--env=gamma", "-m", "smoke", project=project(leak=checks), GEMINI_API_KEY=key)
    assert done.exit == 1, done.output
    [(entry, body)] = entries(done.reports / "evidence")
    assert entry.facts["word"] == "FAIL"
    assert [t["kind"] for t in json.loads(body)["predicate"][EXTENSION]["troubles"]] == ["leaked"]

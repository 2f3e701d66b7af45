import json
import subprocess
from datetime import UTC, datetime, timedelta, timezone

import pytest

from proveout.evidence.artifact import Artifact
from proveout.evidence.digest import definition_files, of_files, sha256
from proveout.evidence.statement import EXTENSION, statement
from proveout.model.files import write_json
from proveout.model.verdict import Verdict, Word


@pytest.fixture
def made(record_of, tmp_path):
    """A function that returns the statement of a run, as another program reads it."""

    def made(suite=tmp_path, **changes):
        write_json(tmp_path / "evidence.json", statement(record_of(**changes), suite))
        return json.loads((tmp_path / "evidence.json").read_text(encoding="utf-8"))

    return made


def test_evidence_is_an_in_toto_statement_of_a_test_result(made):
    content = made()
    assert list(content) == ["_type", "subject", "predicateType", "predicate"]
    assert content["_type"] == "https://in-toto.io/Statement/v1"
    assert content["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert set(content["predicate"]) == {
        "result",
        "configuration",
        "passedTests",
        "warnedTests",
        "failedTests",
        EXTENSION,
    }


def test_the_subject_is_the_definition_of_the_environment(made, place):
    [subject] = made()["subject"]
    assert subject == {
        "name": "demo/dev",
        "digest": {"sha256": of_files(definition_files(place.environment))},
    }


@pytest.mark.parametrize("how", ["read", "stated"])
def test_an_artifact_is_a_subject_of_its_own(made, how):
    content = made(artifact=Artifact("ab" * 32, how, "bin"))
    assert [s["name"] for s in content["subject"]] == ["demo/dev", "demo/dev#artifact"]
    assert content["subject"][1]["digest"] == {"sha256": "ab" * 32}
    said = content["predicate"][EXTENSION]["artifact"]
    assert said == {"digest": "ab" * 32, "how": how, "where": "bin"}


def test_without_an_artifact_it_says_what_would_give_one(made):
    said = made(artifact=Artifact(None, "none", "bin", "no access"))["predicate"][EXTENSION]["artifact"]
    assert said == {"digest": None, "how": "none", "where": "bin", "why": "no access"}


def test_the_definition_is_told_file_by_file(made, place):
    content = made()
    files = definition_files(place.environment)
    assert content["predicate"][EXTENSION]["definition"] == {
        "digest": content["subject"][0]["digest"]["sha256"],
        "files": {name: sha256(path) for name, path in files.items()},
    }


def test_what_a_gate_asks_for_beside_the_checks_is_told(made):
    log = {"from": "2026-11-22T13:00:00Z", "to": "2026-11-22T14:01:30Z", "live": True, "critical": 0}
    origin = {"commit": "c" * 40, "merge": True, "line": "main"}
    trouble = {"word": "HOLD", "reason": "it stopped saying who it is", "kind": "unidentified"}
    twin_of = {"version": "1.0.0", "artifact": "ab" * 32}
    said = made(log=log, origin=origin, troubles=(trouble,), twin_of=twin_of)["predicate"][EXTENSION]
    assert (said["log"], said["origin"], said["twin_of"]) == (log, origin, twin_of)
    assert said["troubles"] == [trouble]
    assert (said["soak"], said["by"]) == (None, "somebody")


def test_without_access_it_says_why_it_does_not_know(made):
    said = made()["predicate"][EXTENSION]
    assert said["log"] == {"unknown": "no access to its log"}
    assert said["origin"] == {"unknown": "no --env-source"}
    assert (said["troubles"], said["twin_of"]) == ([], None)


def test_the_configuration_names_every_file_with_its_digest(made, place):
    found = {row["name"]: row for row in made()["predicate"]["configuration"]}
    files = definition_files(place.environment)
    assert list(found) == sorted(files)
    for name, path in files.items():
        assert found[name] == {"name": name, "digest": {"sha256": sha256(path)}}


@pytest.mark.parametrize("word", Word)
def test_only_a_pass_is_passed_a_hold_is_failed(made, word):
    predicate = made(verdict=Verdict(word, 1, 3, ("why",)))["predicate"]
    assert predicate["result"] == ("PASSED" if word is Word.PASS else "FAILED")
    assert predicate[EXTENSION]["verdict"] == {
        "word": word.value,
        "proven": 1,
        "claims": 3,
        "reasons": ["why"],
        "refused": False,
    }


def test_claims_are_told_apart(made):
    predicate = made(failed={"CC-F": ["it is down"], "CC-E": []})["predicate"]
    assert predicate["passedTests"] == ["CC-B", "CC-A"]
    assert predicate["warnedTests"] == ["CC-C", "CC-D"]
    assert predicate["failedTests"] == ["CC-E", "CC-F"]
    assert predicate[EXTENSION]["failed"]["CC-F"] == ["it is down"]
    assert predicate[EXTENSION]["unverified"]["CC-D"] == "no log"


def test_the_extension_tells_who_was_tested_and_what_ran(made):
    said = made()["predicate"][EXTENSION]
    assert said["run"] == "20261122-140000-abcd"
    assert (said["environment"], said["provenance"], said["url"]) == (
        "demo/dev",
        "reference",
        "http://127.0.0.1:8080",
    )
    assert said["identity"] == {"environment": "dev", "version": "1.0.0"}
    assert (said["moved"], said["selection"], said["requests"]) == (
        {"PORT": "40001"},
        {"markers": "smoke"},
        7,
    )
    assert said["attempts"] == [
        {
            "check": "suites/x.py::test_a",
            "claims": ["CC-A"],
            "ending": "passed",
            "seconds": 0.123,
            "message": "",
            "figures": {"visits": 600},
        }
    ]
    assert {"proveout", "pytest", "httpx"} <= set(said["dependencies"])
    assert all(said["dependencies"].values())


def test_times_are_rfc_3339_in_utc(made):
    said = made()["predicate"][EXTENSION]
    assert (said["begun"], said["ended"]) == ("2026-11-22T14:00:00Z", "2026-11-22T14:01:30Z")
    tokyo = datetime(2026, 11, 22, 14, tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    assert made(begun=tokyo)["predicate"][EXTENSION]["begun"] == "2026-11-22T14:00:00Z"


def test_the_name_of_the_extension_collides_with_nobodys():
    assert EXTENSION.startswith(("urn:", "https://"))


def git(folder, *words):
    command = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_of_the_suite_is_told_and_whether_it_was_changed(made, tmp_path_factory):
    suite = tmp_path_factory.mktemp("suite")
    assert made(suite)["predicate"][EXTENSION]["suite"] == {"commit": None, "changed": None}
    git(suite, "init", "--quiet")
    assert made(suite)["predicate"][EXTENSION]["suite"] == {"commit": None, "changed": None}
    (suite / "test_x.py").write_text("x = 1\n")
    git(suite, "add", ".")
    git(suite, "commit", "--quiet", "--message", "x")
    head = git(suite, "rev-parse", "HEAD")
    assert made(suite)["predicate"][EXTENSION]["suite"] == {"commit": head, "changed": False}
    (suite / "test_x.py").write_text("x = 2\n")
    assert made(suite)["predicate"][EXTENSION]["suite"] == {"commit": head, "changed": True}


def test_a_check_that_is_new_and_in_no_commit_is_a_change(made, tmp_path_factory):
    suite = tmp_path_factory.mktemp("suite")
    git(suite, "init", "--quiet")
    git(suite, "commit", "--quiet", "--allow-empty", "--message", "x")
    (suite / "test_new.py").write_text("def test_x(): pass\n")
    assert made(suite)["predicate"][EXTENSION]["suite"]["changed"] is True


def test_where_there_is_no_git_there_is_no_commit(made, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert made()["predicate"][EXTENSION]["suite"] == {"commit": None, "changed": None}


def test_no_field_of_a_hostile_answer_breaks_the_evidence(made):
    said = json.loads(r'{"environment": "\ud800", "version": "\u001b[2J"}')
    assert made(said=said)["predicate"][EXTENSION]["identity"] == said

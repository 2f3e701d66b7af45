"""Confirmations: what decides, what is remembered, what is refused."""

import itertools

import pytest

ROOT = "/api/claude/confirm"
numbers = itertools.count()


@pytest.fixture
def session():
    """A session nobody else uses."""
    return f"session-{next(numbers)}"


@pytest.fixture
def kind(prod):
    """A permission type nobody else uses; its patterns are gone afterwards."""
    name = f"kind-{next(numbers)}"
    yield name
    for pattern in prod.client.get(f"{ROOT}/patterns").json()["patterns"]:
        if pattern["permission_type"] == name:
            prod.client.delete(f"{ROOT}/patterns/{pattern['id']}")


def ask(server, session, kind, path="/data/a.txt"):
    body = {"session_id": session, "permission_type": kind, "resource_type": "file", "resource_path": path}
    answer = server.client.post(f"{ROOT}/request", json={**body, "context": "to see"})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"decision", "reason", "request_id", "timestamp"}
    return answer.json()["decision"]


def add(server, kind, **changes):
    body = {"name": "n", "permission_type": kind, "resource_type": "file", "path_pattern": "/data/*"}
    answer = server.client.post(f"{ROOT}/patterns", json={**body, "decision_type": "allow", **changes})
    assert (answer.status_code, set(answer.json())) == (201, {"message", "pattern_id"})
    return answer.json()["pattern_id"]


def test_without_a_pattern_or_a_preference_someone_is_asked(prod, session, kind):
    assert ask(prod, session, kind) == "ask"


def test_a_pattern_allows_what_it_matches_and_nothing_else(prod, session, kind):
    add(prod, kind)
    assert ask(prod, session, kind) == "allow"
    assert ask(prod, session, kind, "/etc/passwd") == "ask"
    assert ask(prod, session, f"{kind}-other") == "ask"


def test_denied_is_denied_whatever_else_is_allowed(prod, session, kind):
    add(prod, kind)
    add(prod, kind, path_pattern="*/secret*", decision_type="deny")
    prod.client.post(f"{ROOT}/preferences/{session}", json={"allow_all": True})
    assert ask(prod, session, kind) == "allow"
    assert ask(prod, session, kind, "/data/secret.key") == "deny"


def test_a_pattern_can_be_for_every_type_and_can_be_switched_off(prod, session, kind):
    everything = add(prod, kind, resource_type="*", path_pattern="*")
    assert ask(prod, session, kind) == "allow"
    changed = prod.client.put(f"{ROOT}/patterns/{everything}", json={"enabled": False})
    assert (changed.status_code, changed.json()["pattern_id"]) == (200, everything)
    assert ask(prod, session, kind) == "ask"


@pytest.mark.parametrize(
    ("wishes", "decision"),
    [
        ({"allow_all": True}, "allow"),
        ({"default_decision": "deny"}, "deny"),
        ({"default_decision": "allow"}, "allow"),
        ({}, "ask"),
    ],
)
def test_a_session_s_preference_decides_the_rest(prod, session, kind, wishes, decision):
    assert prod.client.post(f"{ROOT}/preferences/{session}", json=wishes).status_code == 200
    kept = prod.client.get(f"{ROOT}/preferences/{session}").json()
    assert wishes.items() <= kept.items()
    assert kept["session_id"] == session
    assert ask(prod, session, kind) == decision


def test_a_session_can_choose_its_patterns(prod, session, kind):
    add(prod, kind)
    other = add(prod, kind, path_pattern="/other/*")
    prod.client.post(f"{ROOT}/preferences/{session}", json={"pattern_ids": [other]})
    assert ask(prod, session, kind) == "ask"
    assert ask(prod, session, kind, "/other/a") == "allow"


def test_every_decision_is_remembered_and_counted(prod, session, kind):
    pattern = add(prod, kind)
    before = prod.client.get(f"{ROOT}/stats").json()
    for path in ("/data/a", "/data/b", "/etc/c"):
        ask(prod, session, kind, path)
    found = prod.client.get(f"{ROOT}/history/{session}").json()
    assert (found["session_id"], found["count"]) == (session, 3)
    assert [each["resource_path"] for each in found["history"]] == ["/etc/c", "/data/b", "/data/a"]
    assert [each["decision"] for each in found["history"]] == ["ask", "allow", "allow"]
    assert prod.client.get(f"{ROOT}/history/{session}?limit=1").json()["count"] == 1
    stats = prod.client.get(f"{ROOT}/stats/{session}").json()
    assert (stats["total_requests"], stats["allowed"], stats["denied"], stats["asked"]) == (3, 2, 0, 1)
    assert stats["approval_rate"] == pytest.approx(66.67)
    after = prod.client.get(f"{ROOT}/stats").json()
    assert after["total_requests"] - before["total_requests"] == 3
    assert prod.client.get(f"{ROOT}/patterns/{pattern}").json()["use_count"] == 2


def test_a_session_without_a_history_has_an_empty_one(prod, session):
    assert prod.client.get(f"{ROOT}/history/{session}").json()["history"] == []
    assert prod.client.get(f"{ROOT}/stats/{session}").json()["total_requests"] == 0
    assert prod.client.get(f"{ROOT}/preferences/{session}").json()["default_decision"] == "ask"


def test_an_unknown_pattern_is_not_found(prod):
    path = f"{ROOT}/patterns/no-such-pattern"
    for answer in (
        prod.client.get(path),
        prod.client.put(path, json={"enabled": True}),
        prod.client.delete(path),
    ):
        assert (answer.status_code, set(answer.json())) == (404, {"error"})


def test_a_pattern_that_is_deleted_is_gone(prod, kind):
    pattern = add(prod, kind)
    assert prod.client.get(f"{ROOT}/patterns/{pattern}").json()["decision_type"] == "allow"
    assert prod.client.delete(f"{ROOT}/patterns/{pattern}").status_code == 200
    assert prod.client.get(f"{ROOT}/patterns/{pattern}").status_code == 404


@pytest.mark.parametrize(
    "name", ["session_id", "permission_type", "resource_type", "resource_path", "context"]
)
def test_a_missing_field_is_named(prod, name):
    body = dict.fromkeys(("session_id", "permission_type", "resource_type", "resource_path", "context"), "x")
    for wrong in ({key: value for key, value in body.items() if key != name}, {**body, name: 7}):
        answer = prod.client.post(f"{ROOT}/request", json=wrong)
        assert (answer.status_code, name in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"permission_type": None},
        {"decision_type": "maybe"},
        {"enabled": 1},
        {"path_pattern": 1},
    ],
)
def test_a_wrong_pattern_is_refused(prod, change):
    body = {"name": "n", "permission_type": "p", "resource_type": "r"}
    assert prod.client.post(f"{ROOT}/patterns", json={**body, **change}).status_code == 400


@pytest.mark.parametrize(
    "wishes", [{"allow_all": "yes"}, {"pattern_ids": "p"}, {"default_decision": "maybe"}]
)
def test_a_wrong_preference_is_refused(prod, session, wishes):
    assert prod.client.post(f"{ROOT}/preferences/{session}", json=wishes).status_code == 400

"""Quota rules and their status, as the API's documents have them."""

import pytest

RULES = "/api/admin/quotas/rules"
GOOD = {"CommandType": "read", "DailyLimit": 10, "WeeklyLimit": 50, "MonthlyLimit": 200, "Enabled": True}


@pytest.fixture(scope="module")
def server(make_shared_server):
    """A server whose rules and figures are this module's own."""
    return make_shared_server("staging")


def test_a_rule_is_made_read_changed_and_deleted(server):
    made = server.client.post(RULES, json=GOOD)
    assert made.status_code == 201
    rule = made.json()
    assert GOOD.items() <= rule.items()
    path = f"{RULES}/{rule['ID']}"
    listed = server.client.get(RULES).json()
    assert set(listed) == {"global_rules", "user_specific_rules", "total_rules"}
    assert rule in listed["global_rules"]
    changed = server.client.put(path, json={"DailyLimit": 11, "Enabled": False})
    assert (changed.status_code, changed.json()) == (200, {"rule_id": rule["ID"], "updated": True})
    after = next(each for each in server.client.get(RULES).json()["global_rules"] if each["ID"] == rule["ID"])
    assert (after["DailyLimit"], after["WeeklyLimit"], after["Enabled"]) == (11, 50, False)
    deleted = server.client.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert rule["ID"] not in [each["ID"] for each in server.client.get(RULES).json()["global_rules"]]
    assert server.client.delete(path).status_code == 404
    assert server.client.put(path, json={"DailyLimit": 1}).status_code == 404


def test_a_rule_for_one_user_is_listed_apart(server):
    rule = server.add_rule("apart", UserID="ann").json()
    listed = server.client.get(RULES).json()
    assert rule in listed["user_specific_rules"]
    assert listed["total_rules"] == len(listed["global_rules"]) + len(listed["user_specific_rules"])
    server.client.delete(f"{RULES}/{rule['ID']}")


@pytest.mark.parametrize("rule_id", ["abc", "-1", "1.5", "1e3", "٣", "9" * 40, "1;drop"])
def test_an_id_that_is_none_is_refused(server, rule_id):
    for answer in (
        server.client.put(f"{RULES}/{rule_id}", json={"DailyLimit": 1}),
        server.client.delete(f"{RULES}/{rule_id}"),
    ):
        assert (answer.status_code, set(answer.json())) == (400, {"error"})


@pytest.mark.parametrize(
    "change",
    [
        {"CommandType": None},
        {"CommandType": 7},
        {"CommandType": "  "},
        {"CommandType": "x" * 101},
        {"CommandType": "a\nb"},
        {"DailyLimit": None},
        {"DailyLimit": "10"},
        {"DailyLimit": -1},
        {"DailyLimit": 1.5},
        {"DailyLimit": True},
        {"DailyLimit": 2**60},
        {"Enabled": "yes"},
        {"UserID": 5},
    ],
)
def test_a_wrong_field_is_named(server, change):
    (name,) = change
    answer = server.client.post(RULES, json={**GOOD, **change})
    assert (answer.status_code, name in answer.json()["error"]) == (400, True)
    rule = server.add_rule("to-change").json()
    if name != "UserID":
        assert server.client.put(f"{RULES}/{rule['ID']}", json=change).status_code == 400
    assert server.client.put(f"{RULES}/{rule['ID']}", json={}).status_code == 400


def test_the_status_counts_what_was_asked_for_today(make_server):
    server = make_server("staging")
    fields = {
        "average_throttle_factor",
        "quotas_exceeded_today",
        "timestamp",
        "total_commands_today",
        "total_users",
    }

    def status():
        return server.client.get("/api/admin/quotas/status").json()

    assert set(status()) == fields
    assert (status()["total_users"], status()["total_commands_today"]) == (0, 0)
    assert status()["average_throttle_factor"] == 1
    server.add_rule("read", DailyLimit=2, WeeklyLimit=0, MonthlyLimit=0)
    server.add_rule("write", DailyLimit=1, WeeklyLimit=0, MonthlyLimit=0, Enabled=False)
    wish = {"resource_type": "file", "resource_path": "/a", "context": ""}
    for session, kind in (("ann", "read"),) * 4 + (("bob", "write"),) * 4:
        body = {"session_id": session, "permission_type": kind, **wish}
        assert server.client.post("/api/claude/confirm/request", json=body).status_code == 200
    assert status()["total_users"] == 2
    assert status()["total_commands_today"] == 8
    assert status()["quotas_exceeded_today"] == 1
    assert status()["average_throttle_factor"] == pytest.approx((2 / 4 + 1) / 2)

"""Self-improvement: the phases that are switched on, in their order, with what they did on record."""

import json

import pytest

from proveout_reference.gaia.improvement.analysis import AGGRESSIVE, CAREFUL, Figures, detect
from proveout_reference.gaia.metrics.traffic import Traffic

EVERY = ["dogfood", "analyse", "detect", "fix", "build", "test", "deploy", "verify"]


def cycles(server):
    return server.client.get("/api/improvement/cycles").json()["cycles"]


def status(server):
    return server.client.get("/api/improvement/status").json()


@pytest.fixture(scope="module")
def busy(make_shared_server):
    """A dev server that improves itself all the time."""
    return make_shared_server(
        "dev", GAIA_SELF_IMPROVE="true", GAIA_AUTO_TEST="true", GAIA_IMPROVE_INTERVAL_SECONDS="0.6"
    )


@pytest.mark.parametrize(
    ("env", "without", "interval"),
    [("dev", {"dogfood", "deploy"}, 150), ("staging", {"dogfood", "deploy"}, 300), ("prod", set(), 150)],
)
def test_each_environment_runs_the_phases_it_switches_on(request, eventually, env, without, interval):
    server = request.getfixturevalue(env)
    wanted = [phase for phase in EVERY if phase not in without]

    def last():
        found = cycles(server)
        return found and [phase["phase"] for phase in found[0]["phases"]]

    assert eventually(lambda: last() == wanted) == wanted or last() == wanted
    assert {phase["status"] for phase in cycles(server)[0]["phases"]} == {"done"}
    found = status(server)
    assert (found["enabled"], found["phases"], found["interval_seconds"]) == (True, wanted, interval)
    assert found["aggressive"] is (env != "staging")
    assert found["auto_deploy"] is found["dogfood"] is (env == "prod")
    rows = server.site.query("SELECT phase FROM improvement_phases WHERE cycle = 1 ORDER BY id")
    assert [phase for (phase,) in rows] == wanted


def test_only_what_may_deploy_deploys(staging, prod, eventually):
    builds = prod.site.database.parent / "builds"
    assert eventually((builds / "current").exists)
    current = json.loads((builds / "current").read_text())
    build = json.loads((builds / f"{current['digest']}.json").read_text())
    assert set(build["files"]) >= {"bin/gaia"}
    assert eventually(lambda: list((staging.site.database.parent / "builds").glob("*.json")))
    assert not (staging.site.database.parent / "builds" / "current").exists()


def test_cycles_go_on_and_are_logged(busy, eventually):
    assert eventually(lambda: status(busy)["cycles"] >= 3)
    assert status(busy)["interval_seconds"] == pytest.approx(0.3)
    assert busy.site.log.count("improvement") >= 3
    assert busy.metrics()["gaia_improvement_cycles_total"] >= 2


def test_a_changed_file_is_tested_in_dev(busy, eventually):
    def runs():
        found = busy.client.get("/api/improvement/tests").json()["tests"]
        return [run for run in found if run["trigger"].startswith("changed: config/fresh.json")]

    changed = busy.site.folder / "config" / "fresh.json"
    changed.write_text('{"good": true}')
    assert eventually(lambda: [run for run in runs() if run["outcome"] == "passed"])
    changed.write_text('{"bad": ')
    (failed, *_) = eventually(lambda: [run for run in runs() if run["outcome"] == "failed"])
    assert "config/fresh.json: it cannot be parsed" in failed["detail"]
    changed.unlink()


def test_an_environment_that_does_not_improve_itself_does_nothing(make_server):
    server = make_server("prod")
    assert (status(server)["enabled"], status(server)["phases"]) == (False, [])
    assert cycles(server) == []
    assert not (server.site.database.parent / "builds").exists()


def test_what_prod_finds_becomes_work_in_dev(dev, make_server, eventually):
    prod = make_server(
        "prod",
        GAIA_SELF_IMPROVE="true",
        GAIA_IMPROVE_INTERVAL_SECONDS="1",
        GAIA_IMPROVE_FORWARD_URL=f"http://127.0.0.1:{dev.port}",
    )
    aside = prod.site.database.with_name("aside")
    prod.site.database.rename(aside)
    prod.client.get("/health")
    aside.rename(prod.site.database)

    def arrived():
        items = dev.client.get("/api/improvement/items").json()["items"]
        return [item for item in items if (item["origin"], item["kind"]) == ("prod", "failing-route")]

    (item,) = eventually(arrived)
    assert (item["subject"], item["state"]) == ("/health", "open")


def test_an_item_that_is_none_is_refused(dev):
    assert dev.client.post("/api/improvement/items", json={"kind": "x"}).status_code == 400


def figures(traffic, **changes):
    usual = {"database_bytes": 1, "journal_bytes": 0, "free_share": 0.0, "log_bytes": 0, "failed_tasks": 0}
    return Figures(routes=traffic.take(), **{**usual, **changes})


def test_an_aggressive_environment_finds_more():
    traffic = Traffic()
    for seconds, code in ((0.3, 200), (0.3, 200), (0.3, 500)):
        traffic.add("/slow", code, seconds)
    seen = figures(traffic, log_bytes=60)
    assert {finding.kind for finding in detect(seen, CAREFUL, 100)} == {"failing-route"}
    assert {finding.kind for finding in detect(seen, AGGRESSIVE, 100)} == {
        "failing-route",
        "slow-route",
        "large-log",
    }
    assert traffic.take() == {}


def test_experiments_are_for_dev_only(dev, staging, prod):
    assert dev.client.get("/api/experimental/insights").status_code == 200
    for server in (staging, prod):
        assert server.client.get("/api/experimental/insights").status_code == 404
    offered = {
        server.site.env: {
            feature["name"]
            for feature in server.client.get("/api/features").json()["features"]
            if feature["enabled"]
        }
        for server in (dev, staging, prod)
    }
    assert offered["staging"] == offered["prod"]
    assert offered["dev"] - offered["prod"] == {"insights"}

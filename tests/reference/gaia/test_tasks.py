"""Tasks: done, failed, timed out, bounded by their workers, and taken up again after an end."""

import json

import pytest


def put(server, kind, **fields):
    answer = server.client.post("/api/tasks", json={"kind": kind, **fields})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def ended(server, task_id, eventually):
    def look():
        task = server.client.get(f"/api/tasks/{task_id}").json()
        return task if task["state"] in {"done", "failed"} else None

    return eventually(look)


def summary(server):
    return server.client.get("/api/tasks/summary").json()


def test_a_task_is_done(prod, eventually):
    task = ended(prod, put(prod, "noop"), eventually)
    assert (task["state"], task["attempts"], task["error"]) == ("done", 1, None)
    assert task["created_at"] <= task["started_at"] <= task["finished_at"]
    report = ended(prod, put(prod, "report"), eventually)
    assert set(json.loads(report["result"])) >= {"quota_rules", "tasks"}


def test_a_task_that_fails_says_why(prod, eventually):
    task = ended(prod, put(prod, "fail"), eventually)
    assert (task["state"], task["error"]) == ("failed", "it was asked to fail")
    assert prod.metrics()['gaia_tasks_ended_total{kind="fail",result="failed"}'] >= 1


@pytest.mark.parametrize(("env", "workers"), [("dev", 4), ("staging", 8), ("prod", 16)])
def test_there_are_as_many_workers_as_the_environment_says(request, env, workers):
    server = request.getfixturevalue(env)
    found = summary(server)
    assert (found["enabled"], found["workers"]) == (True, workers)
    assert server.metrics()["gaia_task_workers"] == workers


@pytest.mark.parametrize(
    "body",
    [{}, {"kind": "dance"}, {"kind": 1}, {"kind": "sleep", "seconds": -1}, {"kind": "noop", "seconds": "1"}],
)
def test_a_task_that_is_none_is_refused(prod, body):
    assert prod.client.post("/api/tasks", json=body).status_code == 400


def test_an_unknown_task_is_not_found(prod):
    assert prod.client.get("/api/tasks/999999").status_code == 404
    assert prod.client.get("/api/tasks/abc").status_code == 400


def test_workers_bound_what_runs_time_bounds_a_task_and_an_end_loses_none(make_server, eventually):
    server = make_server("staging", GAIA_TASK_WORKER_THREADS="2", GAIA_TASK_TIMEOUT_MINUTES="0.025")
    timed_out = put(server, "sleep", seconds=60)
    task = ended(server, timed_out, eventually)
    assert (task["state"], task["error"]) == ("failed", "timed out after 1.5 s")
    ids = [put(server, "sleep", seconds=0.5) for _ in range(5)]
    assert eventually(lambda: summary(server)["running"] == 2)
    assert server.metrics()['gaia_tasks{state="running"}'] == 2
    assert server.stop() == 0
    assert server.site.query("SELECT count(*) FROM tasks WHERE state = 'waiting'")[0][0] >= 3
    assert server.site.query("SELECT count(*) FROM tasks WHERE state = 'running'") == [(0,)]
    server.site.query("UPDATE tasks SET state = 'running' WHERE state = 'waiting' AND id = ?", ids[-1])
    again = make_server("staging", site=server.site)
    assert "interrupted tasks are taken up again" in server.site.log
    assert all(ended(again, each, eventually)["state"] == "done" for each in ids)


def test_an_environment_without_a_queue_says_so(make_server):
    server = make_server("dev", GAIA_TASK_QUEUE="false")
    assert server.client.post("/api/tasks", json={"kind": "noop"}).status_code == 503
    assert (summary(server)["enabled"], summary(server)["workers"]) == (False, 0)

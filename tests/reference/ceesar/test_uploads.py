"""Uploads: kept with their problem, within bounds, and nowhere else."""

import pytest


def upload(server, name, content=b"data", problem="river crossing"):
    return server.client.post("/api/upload", files={"file": (name, content)}, data={"problemId": problem})


def test_an_upload_is_kept_listed_fetched_and_deleted(server):
    answer = upload(server, "plan of it.png", b"\x89PNG")
    assert answer.json() == {
        "filename": "plan of it.png",
        "status": "success",
        "url": "/api/problem/river%20crossing/files/plan%20of%20it.png",
    }
    listed = server.client.get("/api/problem/river crossing/files").json()
    assert listed == [{"name": "plan of it.png", "size": 4, "type": "image/png"}]
    fetched = server.client.get(answer.json()["url"])
    assert fetched.content == b"\x89PNG"
    assert "attachment" in fetched.headers["content-disposition"]
    assert server.client.delete(answer.json()["url"]).json() == {"status": "success"}
    assert server.client.delete(answer.json()["url"]).status_code == 404
    assert server.client.get("/api/problem/river crossing/files").json() == []


@pytest.mark.parametrize(
    "name",
    ["../x", "..", "a/b", "a\\b", "%2e%2e%2fx", "%252e%252e%252fx", ".hidden", "x" * 300, "a\rb", " x"],
)
def test_a_name_cannot_leave_the_folder(server, name):
    before = sorted(str(path) for path in server.site.rglob("*"))
    assert upload(server, name).status_code == 400
    assert upload(server, "fine", problem=name).status_code == 400
    assert sorted(str(path) for path in server.site.rglob("*")) == before


def test_an_unknown_problem_is_not_found(server):
    assert upload(server, "x", problem="nope").status_code == 404


def test_an_upload_is_bounded(server):
    assert upload(server, "x", b"x" * (6 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(
    "request_parts",
    [
        {},
        {"json": {"file": "x"}},
        {"files": {"file": ("x", b"")}},
        {"files": {"other": ("x", b"")}, "data": {"problemId": "float-mean"}},
        {"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"broken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
)
def test_what_is_no_upload_is_refused(server, request_parts):
    answer = server.client.post("/api/upload", **request_parts)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}

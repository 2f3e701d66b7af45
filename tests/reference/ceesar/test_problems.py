"""Problems and their tests: reading, creating, changing, deleting, and never leaving the data folder."""

import pytest

CASES = [{"input": "1\n", "output": "2\n"}, {"input": "ä", "output": "ö"}]


@pytest.fixture
def problem(server):
    answer = server.client.post("/api/problems/create", json={"title": "New_Problem Here", "Statement": "s"})
    assert answer.json() == {"id": "new-problem-here", "status": "success"}
    yield "new-problem-here"
    server.client.delete("/api/problems/new-problem-here")


def snapshot(server):
    return sorted(str(path) for path in server.site.rglob("*") if path.name != "log")


def test_all_problems_are_listed_as_they_are_shown(server):
    listed = server.client.get("/api/problems").json()
    assert len(listed) == 6
    for problem in listed:
        assert {"ID", "Title", "Statement", "Languages", "Stub"} <= set(problem)
        assert problem["Title"]
        assert set(problem["Stub"]) == set(problem["Languages"])
        assert server.client.get(f"/api/problem/{problem['ID']}").json() == problem
    parts = [problem["Parts"] for problem in listed if problem.get("IsMultiPart")]
    assert [set(part) for part in parts[0]] == [{"partNumber", "statement", "stub"}] * 2


def test_an_empty_store_is_an_empty_list(make_server):
    server = make_server(data=False)
    (server.site / "data" / "problems").mkdir(parents=True)
    assert server.client.get("/api/problems").json() == []


def test_one_broken_manifest_does_not_hide_the_others(make_server):
    server = make_server()
    (server.site / "data" / "problems" / "float-mean" / "manifest.json").write_text("{")
    assert len(server.client.get("/api/problems").json()) == 5
    assert 'msg="manifest cannot be read" problem=float-mean' in server.log
    assert server.client.get("/api/problem/float-mean").status_code == 500


def test_the_tests_of_a_problem(server):
    cases = server.client.get("/api/problem/float-mean/testcases").json()
    assert cases[0] == {"name": "01", "input": "3\n1.0 2.0 3.0\n", "output": "2.0\n"}
    parts = server.client.get("/api/problem/shelf-planner/testcases").json()
    assert [case["name"] for case in parts][::3] == ["part1/01", "part2/01"]
    second = server.client.get("/api/problem/shelf-planner/testcases", params={"part": 2}).json()
    assert len(second) == 3


def test_a_problem_is_created_changed_and_deleted(server, problem):
    path = f"/api/problem/{problem}/testcases"
    assert server.client.get(f"/api/problem/{problem}").json()["Statement"] == "s"
    assert server.client.get(path).json() == []
    assert server.client.put(path, json=CASES).json() == {"status": "success"}
    assert server.client.get(path).json() == [
        {"name": "01", **CASES[0]},
        {"name": "02", **CASES[1]},
    ]
    assert server.client.put(path, json=CASES[:1]).status_code == 200
    deleted = server.client.delete(path).json()
    assert (deleted["deleted_count"], deleted["status"]) == (1, "success")
    assert deleted["message"]
    assert server.client.delete(f"/api/problems/{problem}").json() == {"status": "success"}
    assert server.client.get(f"/api/problem/{problem}").status_code == 404
    assert server.client.delete(f"/api/problems/{problem}").status_code == 404
    assert not list((server.site / "data" / "problems").glob(".*"))


def test_an_id_is_taken_once(server, problem):
    assert problem
    assert server.client.post("/api/problems/create", json={"Title": "new problem here"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "   "},
        {"title": 7},
        {"title": "../escape"},
        {"title": "..%2fescape"},
        {"title": ".hidden"},
        {"title": "a\u0000b"},
        {"title": "x" * 500},
        {"title": "ok", "Languages": "python"},
        {"title": "ok", "Stub": {"python": 1}},
        {"title": "ok", "Parts": [1]},
        {"title": "ok", "testcases": [{"input": "1"}]},
    ],
)
def test_what_cannot_be_a_problem_is_refused(server, body):
    before = snapshot(server)
    assert server.client.post("/api/problems/create", json=body).status_code == 400
    assert snapshot(server) == before


@pytest.mark.parametrize("body", [{}, "text", 1, [1], [{"input": 1, "output": "2"}], [{"input": "1"}]])
def test_what_cannot_be_tests_is_refused(server, body):
    assert server.client.put("/api/problem/float-mean/testcases", json=body).status_code == 400
    assert len(server.client.get("/api/problem/float-mean/testcases").json()) == 4


@pytest.mark.parametrize(
    "problem_id", ["nope", "..", "%2e%2e", "%252e%252e", "..%2f..", "%2e%2e%2fconfig", "a%00b"]
)
def test_an_id_cannot_leave_the_folder(server, problem_id):
    before = snapshot(server)
    client = server.client
    answers = [
        client.get(f"/api/problem/{problem_id}"),
        client.get(f"/api/problem/{problem_id}/testcases"),
        client.put(f"/api/problem/{problem_id}/testcases", json=CASES),
        client.delete(f"/api/problem/{problem_id}/testcases"),
        client.get(f"/api/problem/{problem_id}/files"),
        client.delete(f"/api/problem/{problem_id}/files/x"),
        client.delete(f"/api/problems/{problem_id}"),
    ]
    # httpx itself resolves plain dots, and the path they leave may be one of another method.
    allowed = {400, 404, 405} if problem_id == ".." else {400, 404}
    assert {answer.status_code for answer in answers} <= allowed
    assert snapshot(server) == before

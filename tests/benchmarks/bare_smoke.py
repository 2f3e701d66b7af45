"""The same requests as the smoke tier of ceesar/gamma sends, with pytest and httpx and nothing else.

What a team would write by hand: one client, one function a question, an assertion each. The benchmark
compares the target's log of both and refuses to compare times if they do not hold the same requests.
"""

import os

import httpx
import pytest

HEALTH = "/api/health"


@pytest.fixture(scope="session")
def client():
    with httpx.Client(base_url=os.environ["BARE_URL"], trust_env=False) as client:
        yield client


@pytest.mark.parametrize("number", range(int(os.environ.get("BARE_HEALTHS", "0"))))
def test_health(client, number):
    assert client.get(HEALTH).json()["status"] == "healthy", number


@pytest.mark.parametrize("number", range(int(os.environ.get("BARE_PROBLEMS", "0"))))
def test_problems(client, number):
    assert client.get("/api/problems").json(), number


@pytest.mark.parametrize("number", range(int(os.environ.get("BARE_RUNS", "0"))))
def test_run(client, number):
    program = {"language": "python", "files": {"Main.py": f"print({number})"}}
    assert client.post("/api/run", json=program).json()["result"] == f"{number}\n"

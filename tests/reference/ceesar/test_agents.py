"""The agents: switched on or off, without a key, and with a provider that answers, fails or is not there."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PAIR, DESIGN, GENERATE = (
    "/api/v1/agent/pair-programming",
    "/api/v1/agent/system-design",
    "/api/agent/generate",
)
WISH = {"company": "Example", "role": "engineer", "level": "senior"}
KEY = "dummy-key-4711"


class Provider(ThreadingHTTPServer):
    """An HTTP service on loopback that remembers what it was asked and answers as it is told."""

    def __init__(self):
        provider = self
        self.seen = []
        self.status = 200
        self.text = "an answer"

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider.seen.append((self.path, dict(self.headers), body))
                answer = json.dumps(
                    {
                        "candidates": [{"content": {"parts": [{"text": provider.text}]}}],
                        "choices": [{"message": {"content": provider.text}}],
                        "content": [{"text": provider.text}],
                    }
                ).encode()
                self.send_response(provider.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                self.do_POST()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def provider():
    with Provider() as service:
        yield service
        service.shutdown()


@pytest.fixture(scope="module")
def connected(make_shared_server, provider):
    names = ("GEMINI", "OPENAI", "ANTHROPIC")
    variables = {f"{name}_BASE_URL": provider.url for name in names}
    variables |= {f"{name}_API_KEY": f"{KEY}-{name.lower()}" for name in names}
    return make_shared_server(WEB_SEARCH_URL=f"{provider.url}/search", **variables)


@pytest.fixture(autouse=True)
def answering(provider):
    provider.seen.clear()
    provider.status, provider.text = 200, "an answer"


@pytest.mark.parametrize("path", [PAIR, DESIGN])
def test_without_a_key_help_is_canned(server, path):
    answer = server.client.post(path, json={"query": "how do I start?"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "success"
    assert body["messages"][0]["role"] == "assistant"
    assert body["messages"][0]["content"]
    assert ("explanation" in body) == (path == DESIGN)


@pytest.mark.parametrize("path", [PAIR, DESIGN])
@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": "  "}, {"query": None}])
def test_a_query_is_required(server, path, body):
    answer = server.client.post(path, json=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "Query is required"})


@pytest.mark.parametrize(
    "body", [{"query": 7}, {"query": "x", "provider": "other"}, {"query": "x", "apiKey": "\n"}]
)
def test_a_wrong_field_is_refused(server, body):
    if body.get("apiKey"):
        body = {**body, "apiKey": "a\nb"}
    assert server.client.post(PAIR, json=body).status_code == 400


def test_an_agent_that_is_switched_off_says_so(make_server):
    server = make_server(ENABLE_PAIR_PROGRAMMING="false", ENABLE_SYSTEM_DESIGN_AGENT="false")
    for path in (PAIR, DESIGN):
        answer = server.client.post(path, json={"query": "x"})
        assert answer.status_code == 503
        assert answer.json()["status"] == "error"
        assert "switched off" in answer.json()["message"]


@pytest.mark.parametrize("provider_name", ["gemini", "openai", "anthropic"])
def test_a_missing_key_is_named(server, provider_name):
    answer = server.client.post(GENERATE, json={**WISH, "provider": provider_name})
    assert answer.status_code == 400
    assert f"{provider_name.upper()}_API_KEY" in answer.json()["error"]


@pytest.mark.parametrize("missing", WISH)
def test_every_wish_is_required(server, missing):
    answer = server.client.post(GENERATE, json={key: WISH[key] for key in WISH if key != missing})
    assert (answer.status_code, answer.json()) == (400, {"error": f"{missing} is required"})


@pytest.mark.parametrize("name", ["gemini", "openai", "anthropic"])
def test_with_a_key_the_provider_answers(connected, provider, name):
    answer = connected.client.post(PAIR, json={"query": "help me", "provider": name})
    assert answer.json()["messages"] == [{"role": "assistant", "content": "an answer"}]
    ((_, headers, body),) = provider.seen
    assert f"{KEY}-{name}" in str(headers)
    assert "help me" in body
    assert f'msg="ai request" environment=gamma provider={name} outcome=answered' in connected.log


def test_the_clients_own_key_comes_first(connected, provider):
    connected.client.post(PAIR, json={"query": "x", "apiKey": "own-key"})
    assert "own-key" in str(provider.seen[0][1])


def test_a_failing_provider_is_a_clear_message(connected, provider):
    provider.status = 429
    answer = connected.client.post(DESIGN, json={"query": "x"})
    assert answer.status_code == 502
    assert answer.json()["error"] == "the provider gemini failed: it answered with status 429"
    assert KEY not in answer.text + connected.log


def test_a_provider_that_cannot_be_reached_is_a_clear_message(make_server):
    server = make_server(OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://127.0.0.1:9")
    answer = server.client.post(PAIR, json={"query": "x", "provider": "openai"})
    assert answer.status_code == 502
    assert answer.json()["error"] == "the provider openai failed: it cannot be reached"
    assert KEY not in answer.text + server.log


def test_problems_are_generated_from_what_was_found(connected, provider):
    provider.text = 'Here:\n```json\n[{"Title": "One"}]\n```'
    answer = connected.client.post(GENERATE, json=WISH)
    assert answer.json() == {
        "status": "success",
        "problems": [{"Title": "One"}],
        "message": "generated 1 problems",
    }
    assert provider.seen[0][0].startswith("/search?q=Example")


def test_an_answer_without_problems_is_a_clear_message(connected):
    assert connected.client.post(GENERATE, json=WISH).status_code == 502


def test_no_search_is_made_when_it_is_switched_off(make_server, provider):
    provider.text = "[]"
    server = make_server(
        ENABLE_WEB_SEARCH="false",
        WEB_SEARCH_URL=f"{provider.url}/search",
        GEMINI_API_KEY=KEY,
        GEMINI_BASE_URL=provider.url,
    )
    assert server.client.post(GENERATE, json=WISH).status_code == 200
    assert [path for path, _, _ in provider.seen if "search" in path] == []


def test_the_rate_of_an_environment_is_limited(make_server):
    server = make_server(AI_REQUESTS_PER_MINUTE="2")
    answers = [server.client.post(PAIR, json={"query": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) >= 1

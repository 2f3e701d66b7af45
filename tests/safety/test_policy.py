import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.model.environment import EFFECTS
from proveout.providers.address import port_of
from proveout.providers.target import Target
from proveout.safety.policy import READING, Policy

HERE = {"scheme": "https", "host": "prod.example.com", "port": 443}
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "PROPFIND"]


def objection(policy, method, path, effect="reads", **elsewhere):
    return policy.objection(effect, method, path=path, **HERE | elsewhere)


@pytest.mark.parametrize("method", sorted(READING))
def test_reading_is_allowed_everywhere_on_the_target(policy_of, method):
    for path in ("/", "/api/health", "/api/%2e%2e/x", "/a?b=c"):
        assert objection(policy_of(), method, path) is None


@pytest.mark.parametrize("method", [m for m in METHODS if m not in READING])
def test_whoever_reads_sends_nothing_but_the_calls_of_the_definition(policy_of, method):
    said = objection(policy_of(), method, "/api/problem/x")
    listed = "(listed: POST /api/run, POST /api/submit)"
    assert (
        said == f"{method} /api/problem/x is neither reading nor a synthetic call of the definition {listed}"
    )


def test_a_call_of_the_definition_counts_as_reading(policy_of):
    assert objection(policy_of(), "POST", "/api/run") is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/run"),
        ("post", "/api/run"),
        ("POST", "/api/run?x=1"),
        ("POST", "/api/run?"),
        ("POST", "/api/run#x"),
        ("POST", "/api/run;x"),
        ("POST", "/api/run/"),
        ("POST", "//api/run"),
        ("POST", "/api//run"),
        ("POST", "/api/%72un"),
        ("POST", "/api%2frun"),
        ("POST", "/api/x/../run"),
        ("POST", "/api/run/../problems"),
        ("POST", "/api/./run"),
        ("POST", "/API/RUN"),
        ("POST", "/api/running"),
        ("POST", "/api/run%00"),
        ("POST", "/api/run%20"),
        ("POST", "/api/run/x"),
        ("POST", "/app/api/run"),
        ("POST", ""),
    ],
)
def test_a_call_that_only_resembles_one_of_the_definition_is_refused(policy_of, method, path):
    assert "neither reading nor a synthetic call" in objection(policy_of(), method, path)


@given(st.text(max_size=30))
def test_no_dressed_up_path_is_a_call_of_the_definition(path):
    policy = Policy(
        "https", "prod.example.com", 443, "", frozenset(), frozenset({"reads"}), frozenset({"POST /api/run"})
    )
    assert (objection(policy, "POST", path) is None) == (path == "/api/run")


def test_calls_of_the_definition_lie_below_the_base_of_the_url(policy_of):
    policy = policy_of("https://prod.example.com/ceesar")
    assert objection(policy, "POST", "/ceesar/api/run") is None
    assert objection(policy, "POST", "/ceesar/ceesar/api/run") is not None
    assert objection(policy, "POST", "/ceesarx/api/run") is not None


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"host": "gamma.example.com"},
        {"host": "prod.example.com.evil.example"},
        {"host": "PROD.example.com"},
        {"host": ""},
        {"scheme": "http"},
        {"scheme": "ftp"},
        {"port": 8443},
    ],
    ids=str,
)
@pytest.mark.parametrize("provenance", ["live", "twin", "reference"])
def test_nothing_but_the_target_is_asked(policy_of, elsewhere, provenance):
    said = objection(policy_of(provenance=provenance), "GET", "/", **elsewhere)
    assert said.endswith("is not the target https://prod.example.com:443")


@pytest.mark.parametrize("effect", ["writes", "disrupts"])
def test_the_definition_says_what_may_be_done_to_a_live_target(policy_of, effect):
    for method in METHODS:
        assert objection(policy_of(), method, "/api/run", effect) == (
            f"a check that {effect} may not work on this target (allowed: reads)"
        )


@pytest.mark.parametrize("provenance", ["twin", "reference"])
def test_a_check_may_do_to_a_copy_what_it_says(policy_of, provenance):
    for method in METHODS:
        for effect in EFFECTS[1:]:
            assert objection(policy_of(provenance=provenance), method, "/any", effect) is None
        assert (objection(policy_of(provenance=provenance), method, "/any") is None) == (method in READING)


@pytest.mark.parametrize(
    "url",
    [
        "https://prod.example.com",
        "http://prod.example.com:8080",
        "HTTPS://Prod.Example.com",
        "https://prod.example.com:443",
        "http://10.0.4.12:8082/base",
        "http://[::1]:8080",
        "http://[0:0::1]",
        "https://bücher.example",
        "https://xn--bcher-kva.example",
        "http://localhost.",
    ],
)
def test_a_target_may_be_asked_at_the_url_that_was_given(policy_of, url):
    """The transport tells the guard what httpx makes of the URL."""
    asked = httpx.URL(url + "/api/health")
    where = {"scheme": asked.scheme, "host": asked.host, "port": port_of(str(asked))}
    assert objection(policy_of(url), "GET", asked.raw_path.decode(), **where) is None


@pytest.mark.parametrize("provenance", ["live", "twin", "reference"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_other_listeners_of_a_target_are_read_and_only_read(prod, provenance, effect):
    ports = {"port": 8080, "metrics_port": 9092}
    policy = Policy.of(Target(prod, provenance, "http://10.0.4.12:8080/base", ports=ports))
    metrics = {"scheme": "http", "host": "10.0.4.12", "port": 9092}
    for method in METHODS:
        said = objection(policy, method, "/metrics", effect, **metrics)
        if method in READING:
            assert said is None
        else:
            assert said == f"{method} /metrics: beside the target itself one only reads"
    # A call that the definition lists for the target itself is none of its other listeners'.
    assert objection(policy, "POST", "/api/run", "reads", **metrics) is not None


def test_what_may_be_done_to_the_target_itself_stays_as_it_was(prod):
    """Its own port is no other listener, although it is listed with them."""
    target = Target(prod, "live", "http://10.0.4.12:8080", ports={"port": 8080, "metrics_port": 9092})
    itself = {"scheme": "http", "host": "10.0.4.12", "port": 8080}
    assert objection(Policy.of(target), "POST", "/api/run", **itself) is None
    assert "neither reading nor" in objection(Policy.of(target), "DELETE", "/api/run", **itself)
    for method in METHODS:
        assert "may not work" in objection(Policy.of(target), method, "/", "disrupts", **itself)


@pytest.mark.parametrize(
    "elsewhere", [{"scheme": "https"}, {"host": "10.0.4.13"}, {"host": "localhost"}, {"port": 9093}], ids=str
)
def test_nothing_but_the_listeners_of_a_target_is_asked(prod, elsewhere):
    target = Target(prod, "live", "http://10.0.4.12:8080", ports={"port": 8080, "metrics_port": 9092})
    metrics = {"scheme": "http", "host": "10.0.4.12", "port": 9092}
    assert objection(Policy.of(target), "GET", "/metrics", **metrics) is None
    said = objection(Policy.of(target), "GET", "/metrics", **metrics | elsewhere)
    assert said.endswith("is not the target http://10.0.4.12:8080")


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1]:8080",
        "HTTP://Prod.Example.com:8080",
        "http://b\u00fccher.example:8080",
        "https://h:8080",
    ],
)
def test_another_listener_may_be_asked_at_the_url_that_the_target_gives(prod, url):
    """The transport tells the guard what httpx makes of the URL."""
    target = Target(prod, "live", url, ports={"port": 8080, "metrics_port": 9092})
    asked = httpx.URL(target.url_of("metrics_port") + "/metrics")
    where = {"scheme": asked.scheme, "host": asked.host, "port": port_of(str(asked))}
    assert objection(Policy.of(target), "GET", "/metrics", **where) is None

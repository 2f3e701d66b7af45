"""Metrics: a listener of its own, the Prometheus format, figures that are true."""

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

HEALTHY = 'gaia_http_requests_total{method="GET",route="/health",status="200"}'


def scrape(server):
    return httpx.get(f"http://127.0.0.1:{server.metrics_port}/metrics", trust_env=False)


def test_the_text_parses_and_no_series_is_there_twice(prod):
    answer = scrape(prod)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(answer.text))
    samples = [(s.name, tuple(sorted(s.labels.items()))) for family in families for s in family.samples]
    assert len(samples) == len(set(samples))
    for family in families:
        assert f"# HELP {family.name}" in answer.text
        assert f"# TYPE {family.name}" in answer.text
        assert family.documentation


def test_the_request_counter_rises_by_exactly_the_requests(staging):
    before = staging.metrics()
    for _ in range(7):
        staging.client.get("/health")
    staging.client.get("/nothing/here")
    staging.client.get("/nothing/there")
    after = staging.metrics()
    assert after[HEALTHY] - before.get(HEALTHY, 0) == 7
    unknown = 'gaia_http_requests_total{method="GET",route="unmatched",status="404"}'
    assert after[unknown] - before.get(unknown, 0) == 2
    counted = 'gaia_http_request_duration_seconds_count{method="GET",route="/health"}'
    assert after[counted] - before.get(counted, 0) == 7


def test_each_environment_counts_its_own(dev, prod):
    before = prod.metrics()[HEALTHY]
    dev.client.get("/health")
    assert prod.metrics()[HEALTHY] == before


def test_what_a_client_sends_never_becomes_a_label(dev):
    dev.client.request("BREW", "/pot-7b1e")
    dev.client.get("/api/claude/confirm/stats/session-7b1e")
    text = scrape(dev).text
    assert "7b1e" not in text
    assert 'method="other"' in text


def test_the_process_figures_are_those_of_the_process(prod):
    figures = prod.metrics()
    process = psutil.Process(prod.process.pid)
    assert figures["process_start_time_seconds"] == pytest.approx(process.create_time(), abs=2)
    assert figures["process_resident_memory_bytes"] == pytest.approx(process.memory_info().rss, rel=0.2)
    assert figures["process_cpu_seconds_total"] > 0


def test_the_build_is_named(prod, dev):
    assert prod.metrics()['gaia_build_info{environment="prod",version="1.0.0"}'] == 1
    assert dev.metrics()['gaia_build_info{environment="dev",version="dev-latest"}'] == 1


def test_only_metrics_are_on_this_port_and_none_on_the_other(prod):
    url = f"http://127.0.0.1:{prod.metrics_port}"
    assert httpx.get(f"{url}/health", trust_env=False).status_code == 404
    refused = httpx.post(f"{url}/metrics", trust_env=False)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert prod.client.get("/metrics").status_code == 404


def test_the_log_is_in_the_metrics_where_it_goes_there(staging, dev, prod):
    before = staging.metrics()
    staging.client.get("/missing-for-the-log")
    after = staging.metrics()
    assert after['gaia_log_lines_total{level="warn"}'] - before['gaia_log_lines_total{level="warn"}'] == 1
    for other in (dev, prod):
        assert not [name for name in other.metrics() if name.startswith("gaia_log_lines")]

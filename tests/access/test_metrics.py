import math
import socket

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary, generate_latest

from proveout.access.answer import Unreachable, Wrong
from proveout.access.metrics import Metrics

PAGE = b"""# HELP http_requests The requests, by "method" \\ and status.
# TYPE http_requests counter
http_requests{method="GET",status="200"} 10
http_requests{status="404",method="GET"} 2.5 1395066363000
  http_requests { method = "POST" , status = "200" , }  3

# a comment
# TYPE seconds histogram
seconds_bucket{le="0.1"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 1.5e-3
seconds_count 2
nothing NaN
most +Inf
least -Inf -1
quoted{path="C:\\\\x\\n\\"}{=,#"} .5
"""


@pytest.fixture
def metrics_of(wire, said, http_to):
    """A function that gives the metrics of a server that answers with a body."""

    def metrics_of(body, status="200 OK", **headers):
        return Metrics(http_to(wire(said(body, status, **headers)).url))

    return metrics_of


def test_a_page_is_read_whole(metrics_of):
    page = metrics_of(PAGE).page()
    assert page.total("http_requests") == 15.5
    assert page.total("http_requests", method="GET") == 12.5
    assert page.total("http_requests", method="GET", status="404") == 2.5
    assert page.total("seconds_bucket", le="+Inf") == page.total("seconds_count") == 2
    assert page.total("seconds_sum") == 0.0015
    assert page.total("quoted", path='C:\\x\n"}{=,#') == 0.5
    assert math.isnan(page.total("nothing"))
    assert page.total("most") == -page.total("least") == math.inf
    assert page.total("unknown") == page.total("http_requests", method="PUT") == 0
    assert page.types == {"http_requests": "counter", "seconds": "histogram"}


def test_what_the_client_library_writes_is_read(metrics_of):
    registry = CollectorRegistry()
    counter = Counter("jobs", "What was done.\nIn two lines.", ["queue"], registry=registry)
    counter.labels('a "b"\n\\c').inc(3)
    Gauge("temperature", "", registry=registry).set(float("nan"))
    Histogram("duration", "x", ["route"], registry=registry).labels("/").observe(0.3)
    Summary("size", "x", registry=registry).observe(10)
    Info("build", "x", registry=registry).info({"version": "grüße"})
    page = metrics_of(generate_latest(registry)).page()
    assert page.total("jobs_total", queue='a "b"\n\\c') == 3
    assert page.total("duration_bucket", route="/", le="+Inf") == 1
    assert page.total("size_sum") == 10
    assert page.total("build_info", version="grüße") == 1
    assert page.types["jobs_total"] == "counter"


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html>\n<html><body>It works!</body></html>\n",
        b'{"requests": 10}\n',
        b'{"status":"healthy"}',
        b"[]\n",
        b"ok\n",
        b"\0\0\0\n",
        b"a 1\n\xff 1\n",
        b"a 1\na 1\n",
        b"a 1\na",
    ],
)
def test_a_page_of_something_else_is_none(metrics_of, body):
    with pytest.raises(Wrong, match="expected metrics in the Prometheus format"):
        metrics_of(body).page()


@pytest.mark.parametrize("body", [b"", b"\n", b"# EOF\n", b"# TYPE a gauge\n# HELP a TYPES of it\n#\n"])
def test_a_page_without_a_sample_is_none(metrics_of, body):
    with pytest.raises(Wrong, match="expected metrics, there is not a single sample"):
        metrics_of(body).page()


@pytest.mark.parametrize("status", ["500 Broken", "404 Not Found", "204 No Content", "302 Found"])
def test_metrics_come_with_status_200(metrics_of, status):
    body = b"" if status.startswith("204") else PAGE
    with pytest.raises(Wrong, match=f"answered {status[:3]} .*; expected 200"):
        metrics_of(body, status).page()


def test_where_nobody_listens_there_are_no_metrics(http_to):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="GET /metrics: nothing answers at "):
        Metrics(http_to(f"http://127.0.0.1:{port}")).page()

"""CORS of CeesarCode: its own page may call it, no other page may."""

from urllib.parse import urlsplit

import pytest

from proveout import verifies

pytestmark = [pytest.mark.integration, pytest.mark.reads]


def granted(answer):
    return answer.headers.get("access-control-allow-origin")


@verifies("CC-CFG-CORS-ALLOW")
def test_the_own_page_may_call(ceesar):
    origin = ceesar.environment.cors.origin
    answer = ceesar.from_origin(origin)
    assert granted(answer) == origin, f"pages of {origin} are not let in by GET /api/health"
    preflight = ceesar.from_origin(origin, "OPTIONS", "/api/run")
    assert preflight.status // 100 == 2, f"{preflight}; expected a permission"
    assert granted(preflight) == origin, f"pages of {origin} get no permission to POST /api/run"


@verifies("CC-CFG-CORS-DENY")
def test_other_pages_may_not_call(ceesar):
    assert ceesar.health(), "this is not CeesarCode, so whom it does not let in says nothing"
    own = urlsplit(ceesar.environment.cors.origin)
    foreign = (
        "https://foreign.example",
        f"{own.scheme}://{own.netloc}.foreign.example",
        f"{own.scheme}://foreign-{own.netloc}",
        f"{'http' if own.scheme == 'https' else 'https'}://{own.netloc}",
        "null",
    )
    for origin in foreign:
        for method, path in (("GET", "/api/health"), ("OPTIONS", "/api/run")):
            grant = granted(ceesar.from_origin(origin, method, path))
            assert grant not in {origin, "*"}, f"{method} {path}: pages of {origin} are let in"

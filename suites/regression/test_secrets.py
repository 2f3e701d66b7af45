"""Secrets of CeesarCode: the web server gives out no file that is not a page."""

from urllib.parse import quote

import pytest

from proveout import verifies

pytestmark = [pytest.mark.regression, pytest.mark.reads]

PRIVATE = (
    "/.env",
    "/server",
    "/data/",
    "/data/problems/",
    "/.git/config",
    "/config/",
    "/..%2fconfig/",
    "/%2e%2e/%2e%2e/etc/passwd",
)


@verifies("CC-SEC-NOT-SERVED")
def test_private_files_are_not_reachable(ceesar):
    # Only of CeesarCode, which has a list of problems, does it say anything what is not served.
    secret_answers = [f"/data/problems/{quote(p['ID'])}/v1/public/01.out" for p in ceesar.problems()[:3]]
    paths = [*PRIVATE, f"/{ceesar.environment.configuration.file}", *secret_answers]
    served = {path: answer for path in paths if (answer := ceesar.http.settled(path)).status < 300}
    page = ceesar.http.settled("/")
    # A system may answer every unknown path with its page; that gives nothing away.
    assert [str(answer) for answer in served.values() if answer.body != page.body] == []

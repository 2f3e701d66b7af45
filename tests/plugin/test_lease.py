"""Two runs do not work on one live environment at the same time."""

from machinery.servers import health
from proveout.safety.lease import Lease

CHECK = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-HL-STATUS")
def test_health(ceesar):
    assert ceesar.health().status == "healthy"
"""


def test_the_second_run_is_refused_before_it_asks_anything(verify, project, scripted, tmp_path):
    server = scripted(lambda _request: (200, {}, health()))
    held = Lease(tmp_path / "leases", server.url)
    held.take("the-first-run")
    root = project(health=CHECK)
    words = [
        "--env=gamma",
        f"--env-url={server.url}",
        "-m",
        "smoke",
        "-o",
        f"proveout_leases={tmp_path / 'leases'}",
    ]
    done = verify(*words, project=root)
    assert done.exit == 21, done.output
    assert "is taken: run the-first-run works on it" in done.output
    assert server.asked == []
    held.give_back()
    done = verify(*words, project=root)
    assert done.exit == 0, done.output
    assert list((tmp_path / "leases").iterdir()) == []

"""A verdict is about the environment that was asked for, or it is no verdict."""

import itertools
import socket

from machinery.servers import health


def test_a_dev_server_is_not_gamma(verify, live):
    dev = live("dev")
    done = verify("--env=gamma", f"--env-url={dev.target.url}", "-m", "smoke")
    assert done.exit == 21, done.output
    assert "the target says it is dev, ceesar/gamma was to be verified" in done.output
    assert done.executed() == []


def test_nothing_listens(verify):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused at once, and nobody else takes it
        done = verify("--env=gamma", f"--env-url=http://127.0.0.1:{taken.getsockname()[1]}", "-m", "smoke")
    assert done.exit == 1, done.output
    assert "nothing answers at" in done.output
    assert "Traceback" not in done.output


def test_the_url_variable_is_set_but_empty(verify):
    done = verify("--env=gamma", "-m", "smoke", CEESAR_GAMMA_URL="")
    assert done.exit == 4
    assert "CEESAR_GAMMA_URL is set but empty" in done.output


def test_the_url_variable_leads_to_the_live_target(verify, live):
    done = verify("--env=gamma", "-m", "smoke", CEESAR_GAMMA_URL=live("gamma").target.url)
    assert done.exit == 0, done.output
    assert "ceesar/gamma  live" in done.output
    assert done.verdict() == "PASS 8/22"
    assert "--env-root=DIR" in done.output


def test_a_directory_gives_a_live_target_its_files(verify, live):
    gamma = live("gamma").target
    done = verify("--env=gamma", f"--env-url={gamma.url}", f"--env-root={gamma.root}", "-m", "smoke")
    assert done.exit == 0, done.output
    assert "CC-CFG-FILES" in done.evidence("ceesar/gamma")["passedTests"]


def test_the_wrong_version_fails(verify, live):
    done = verify(
        "--env=gamma", f"--env-url={live('gamma').target.url}", "--env-version=9.9.9", "-m", "smoke"
    )
    assert done.exit == 1, done.output
    assert "the target says version 1.0.0, --env-version is 9.9.9" in done.output


def test_the_right_version_passes(verify, live):
    done = verify(
        "--env=gamma", f"--env-url={live('gamma').target.url}", "--env-version=1.0.0", "-m", "smoke"
    )
    assert done.exit == 0, done.output


def test_a_version_that_changes_during_the_run_holds(verify, scripted):
    asked = itertools.count()
    server = scripted(lambda _: (200, {}, health(version="1.0.0" if next(asked) < 4 else "1.0.1")))
    done = verify("--env=gamma", f"--env-url={server.url}", "-m", "smoke", "-k", "health")
    assert done.exit == 20, done.output
    assert "redeployed during the run: it was gamma 1.0.0, it is gamma 1.0.1" in done.output


def test_an_environment_that_changes_during_the_run_holds(verify, scripted):
    asked = itertools.count()
    server = scripted(lambda _: (200, {}, health(environment="gamma" if next(asked) < 4 else "dev")))
    done = verify("--env=gamma", f"--env-url={server.url}", "-m", "smoke", "-k", "health")
    assert done.exit == 20, done.output
    assert "redeployed during the run" in done.output


def test_several_urls_need_names(verify):
    done = verify("--env=ceesar", "--env-url=http://127.0.0.1:9", "-m", "smoke")
    assert done.exit == 4
    assert "say which" in done.output


def test_an_empty_object_for_everything_passes_nothing(verify, scripted):
    server = scripted(lambda _: (200, {"content-type": "application/json"}, b"{}"))
    done = verify("--env=gamma", f"--env-url={server.url}", "-m", "smoke or regression or integration")
    assert done.exit == 1, done.output
    assert done.evidence("ceesar/gamma")["passedTests"] == []


def test_a_file_server_passes_nothing(verify, scripted):
    listing = b"<!DOCTYPE HTML><title>Directory listing for /</title>"
    server = scripted(
        lambda request: (200, {}, listing) if request.path == "/" else (404, {}, b"File not found")
    )
    done = verify("--env=gamma", f"--env-url={server.url}", "-m", "smoke or regression or integration")
    assert done.exit == 1, done.output
    assert done.evidence("ceesar/gamma")["passedTests"] == []

from pathlib import Path

import pytest

from proveout.model.mistake import UserError
from proveout.providers.plan import Wishes, plan, plans

URL = "http://10.0.4.12:8080"


def test_without_a_url_a_copy_is_started(place):
    made = plan(place.environment, Wishes())
    assert made.disposable
    assert (made.url, made.provenance, made.declared_ports) == (None, "reference", False)
    assert made.source == "start command of the definition"


def test_a_copy_of_the_teams_artifact_is_a_twin(place):
    place.start["artifact"] = "server.jar"
    assert plan(place.environment, Wishes()).provenance == "twin"


def test_a_url_that_is_given_is_the_live_target(place):
    made = plan(place.environment, Wishes(urls={"demo/dev": URL + "/"}, versions={"demo/dev": "1.2"}))
    assert not made.disposable
    assert (made.url, made.provenance, made.source, made.version) == (URL, "live", "--env-url", "1.2")


def test_the_variable_of_the_definition_holds_the_url(place, monkeypatch):
    monkeypatch.setenv("DEMO_DEV_URL", URL)
    made = plan(place.environment, Wishes())
    assert (made.url, made.source) == (URL, "DEMO_DEV_URL")


def test_a_url_that_is_given_counts_more_than_the_variable(place, monkeypatch):
    monkeypatch.setenv("DEMO_DEV_URL", "http://elsewhere")
    assert plan(place.environment, Wishes(urls={"demo/dev": URL})).url == URL


def test_who_wants_a_copy_gets_one_although_the_variable_is_set(place, monkeypatch):
    monkeypatch.setenv("DEMO_DEV_URL", URL)
    assert plan(place.environment, Wishes(provider="process")).disposable


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_variable_that_is_empty_is_a_mistake(place, monkeypatch, value):
    monkeypatch.setenv("DEMO_DEV_URL", value)
    with pytest.raises(UserError, match=r"DEMO_DEV_URL is set but empty\n.*demo/dev.*\nnext: set it"):
        plan(place.environment, Wishes())


def test_a_variable_with_a_password_is_refused_by_its_name(place, monkeypatch):
    monkeypatch.setenv("DEMO_DEV_URL", "https://user:hunter2@host")
    with pytest.raises(UserError, match="DEMO_DEV_URL: ") as caught:
        plan(place.environment, Wishes())
    assert "hunter2" not in str(caught.value)


def test_who_wants_a_url_and_has_none_is_told_where_to_put_it(place):
    with pytest.raises(UserError, match=r"demo/dev: no URL is known\n.*DEMO_DEV_URL"):
        plan(place.environment, Wishes(provider="url"))


def test_an_environment_that_cannot_be_started_needs_a_url(place):
    place.start = None
    with pytest.raises(UserError, match="demo/dev: no URL is known"):
        plan(place.environment, Wishes())


def test_a_copy_has_its_own_directory(place):
    with pytest.raises(UserError, match="--env-root: demo/dev is a copy"):
        plan(place.environment, Wishes(roots={"demo/dev": Path("/srv")}))


@pytest.mark.parametrize(
    ("flag", "wishes"),
    [
        ("--env-machine", {"machines": {"demo/dev": "ssh://staging"}}),
        ("--env-source", {"sources": {"demo/dev": Path("/src")}}),
    ],
)
def test_a_copy_is_on_this_machine_and_of_this_source(place, flag, wishes):
    with pytest.raises(
        UserError, match=f"{flag}: demo/dev is a copy .*\\nnext: give --env-url too, or leave {flag}"
    ):
        plan(place.environment, Wishes(**wishes))


def test_a_live_target_is_where_it_was_said_to_be(place):
    made = plan(
        place.environment,
        Wishes(
            urls={"demo/dev": "http://10.0.4.12:9999"},
            machines={"demo/dev": "ssh://staging"},
            sources={"demo/dev": Path("/src")},
        ),
    )
    assert (made.connection, made.root, made.delivery) == ("ssh://staging", None, Path("/src"))
    assert made.ports == {"port": 9999}
    assert plan(place.environment, Wishes(urls={"demo/dev": URL})).connection == "local://"


def test_two_copies_on_one_declared_port_are_refused(place):
    environment = place.environment
    other = environment.model_copy(update={"system": "other"})
    with pytest.raises(UserError, match="demo/dev and other/dev are both declared on port 8080"):
        plans([environment, other], Wishes(ports="declared"))
    assert len(plans([environment, other], Wishes())) == 2
    assert len(plans([environment, other], Wishes(ports="declared", urls={"demo/dev": URL}))) == 2
    elsewhere = other.model_copy(update={"network": other.network.model_copy(update={"port": 8081})})
    assert len(plans([environment, elsewhere], Wishes(ports="declared"))) == 2


def lacks(place, **wishes):
    return set(plan(place.environment, Wishes(**wishes)).lacking())


def test_a_copy_lacks_only_its_declared_port(place):
    assert lacks(place) == {"port", "sessions"}
    assert lacks(place, ports="declared") == {"sessions"}


@pytest.mark.parametrize(
    ("url", "log", "root", "lacking"),
    [
        (URL, None, None, {"machine", "sessions", "logs"}),
        (URL, "logs/x.log", None, {"machine", "sessions", "logs"}),
        (URL, None, "/srv", {"logs"}),
        (URL, "logs/x.log", "/srv", set()),
        ("https://gamma.example.com", "logs/x.log", "/srv", {"port", "metrics"}),
    ],
)
def test_a_live_target_lacks_what_was_not_given(place, url, log, root, lacking):
    place.logs |= {"file": log} if log else {}
    roots = {"demo/dev": Path(root)} if root else {}
    assert lacks(place, urls={"demo/dev": url}, roots=roots) == lacking | {"variant", "started", "source"}


@pytest.mark.parametrize(
    ("wishes", "given"),
    [
        ({"machines": {"demo/dev": "ssh://staging"}}, {"machine", "sessions", "logs"}),
        ({"machines": {"demo/dev": "docker://gaia"}}, {"machine", "sessions", "logs"}),
        ({"roots": {"demo/dev": Path("/srv")}}, {"machine", "sessions", "logs"}),
        ({"sources": {"demo/dev": Path("/src")}}, {"source"}),
    ],
    ids=["ssh", "docker", "root", "source"],
)
def test_what_is_given_is_not_lacking(place, wishes, given):
    place.logs |= {"file": "logs/x.log"}
    urls = {"demo/dev": URL}
    assert lacks(place, urls=urls) - lacks(place, urls=urls, **wishes) == given


def test_every_lack_says_how_to_mend_it(place):
    made = plan(place.environment, Wishes(urls={"demo/dev": "https://gamma.example.com"}))
    for kind, how in made.lacking().items():
        assert {
            "variant": "twin",
            "started": "twin",
            "machine": "--env-root",
            "sessions": "--env-machine",
            "source": "--env-source",
            "logs": "[logs] file",
            "port": "8080",
            "metrics": "8080",
        }[kind] in how

"""A user's mistake gets one paragraph: what, why, and the next command; never a traceback."""

import socket

import pytest

from proveout.catalogue.catalogue import load
from proveout.model.mistake import DefinitionError

CHECK = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies('CC-HL-STATUS')
def test_it(ceesar):
    assert ceesar.health()
"""


def mistaken(done, *texts):
    assert done.exit == 4, done.output
    assert "Traceback" not in done.output
    assert "INTERNALERROR" not in done.output
    for text in (*texts, "next: "):
        assert text in done.output


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("ftp://127.0.0.1/", "is not an http or https URL"),
        ("127.0.0.1:8080", "is not an http or https URL"),
        ("http://someone:word@127.0.0.1:8080", "carries a user or password"),
        ("http://127.0.0.1:8080/?a=b", "has a query or fragment"),
        ("http://127.0.0.1:99999", "not a URL"),
        ("", "given but empty"),
    ],
)
def test_a_url_that_is_none(verify, url, text):
    done = verify("--env=gamma", f"--env-url={url}", "-m", "smoke")
    mistaken(done, text)
    assert "word@" not in done.output


def edited(root, find, put, file="gamma/environment.toml"):
    path = root / "environments" / "ceesar" / file
    text = path.read_text()
    assert find in text
    path.write_text(text.replace(find, put))


def test_every_mistake_of_a_definition_is_named_at_once(verify, project):
    root = project(one=CHECK)
    edited(root, 'timeout = "30s"', 'timeout = "daily"')
    edited(root, "executions = 5", "executions = 0")
    edited(root, "[cors]", "[corse]")
    done = verify("--env=gamma", project=root)
    mistaken(
        done,
        'timeout = "daily"',
        "not a duration",
        "executions = 0",
        "corse",
        "unknown key; did you mean cors",
    )


def test_a_definition_that_contradicts_itself(verify, project):
    root = project(one=CHECK)
    edited(root, 'environment = "gamma"', 'environment = "prod"')
    mistaken(verify("--env=gamma", project=root), 'stands in the directory "gamma"')


def test_a_definition_that_cannot_be_read(project):
    root = project(one=CHECK)
    (root / "environments/ceesar/gamma/environment.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DefinitionError, match="not UTF-8"):
        load(root / "environments")


def test_a_claim_that_stands_twice(verify, project):
    root = project(one=CHECK)
    claims = root / "environments/ceesar/claims.toml"
    row = claims.read_text().split("[[claim]]")[1]
    claims.write_text(claims.read_text() + "\n[[claim]]" + row)
    mistaken(verify("--env=gamma", project=root), "this id stands twice")


def test_no_definitions(verify, tmp_path):
    mistaken(verify("--env=gamma", "-o", f"proveout_environments={tmp_path}"), "no definitions here")


def test_a_declared_port_that_is_taken(verify, project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        root = project(one=CHECK)
        edited(root, "port = 8080", f"port = {port}")
        edited(root, "PORT=8080", f"PORT={port}", "config/env.gamma")
        done = verify("--env=gamma", "--env-ports", "declared", project=root)
    mistaken(done, f"port {port} cannot be had")


def test_a_start_command_that_does_not_exist(verify, project):
    root = project(one=CHECK)
    edited(root, '"{python}", "-m", "proveout_reference.ceesar"', '"/nowhere/ceesar-server"')
    mistaken(verify("--env=gamma", project=root), "[start] command cannot be started: /nowhere/ceesar-server")


def test_an_artifact_that_is_the_reference_server(verify, project):
    root = project(one=CHECK)
    edited(root, "ready = ", 'artifact = "server"\nready = ')
    mistaken(verify("--env=gamma", project=root), "artifact names your own server")


def test_reports_that_cannot_be_written(verify, tmp_path):
    (tmp_path / "reports-0").write_text("a file where the folder should be")
    done = verify("--env=gamma", "-m", "smoke")
    mistaken(done, "reports cannot be written there")


def test_a_copy_that_dies_says_its_last_words(verify, project):
    root = project(one=CHECK)
    edited(root, '"{python}", "-m", "proveout_reference.ceesar"', '"sh", "-c", "echo no database; exit 3"')
    done = verify("--env=gamma", project=root)
    assert done.exit == 1, done.output
    assert "it ended with exit status 3" in done.output
    assert "no database" in done.output
    assert "Traceback" not in done.output

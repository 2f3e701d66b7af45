from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from testinfra.backend import parse_hostspec

from proveout.model.mistake import UserError
from proveout.providers.connection import connection

NEXT = r"\nnext: write ssh://user@host\[:port\]\[/DIR\], docker://container\[/DIR\], or local:///DIR$"


@pytest.mark.parametrize(
    ("text", "name", "directory"),
    [
        ("ssh://staging", "ssh://staging", None),
        ("ssh://gaia@10.0.4.12", "ssh://gaia@10.0.4.12", None),
        ("ssh://gaia@staging.example.com:2222/", "ssh://gaia@staging.example.com:2222", None),
        ("ssh://Staging_1/srv/gaia", "ssh://Staging_1", "/srv/gaia"),
        ("ssh://staging/srv/it's a #1 100%25", "ssh://staging", "/srv/it's a #1 100%25"),
        ("ssh://[::1]:22/srv", "ssh://[::1]:22", "/srv"),
        ("ssh://gaia@[fe80::1:2]", "ssh://gaia@[fe80::1:2]", None),
        ("docker://gaia-staging", "docker://gaia-staging", None),
        ("docker://gaia@Gaia_1.x/app", "docker://gaia@Gaia_1.x", "/app"),
        ("local:///srv/gaia", "local://", "/srv/gaia"),
    ],
)
def test_a_connection_and_the_directory_behind_it_are_read(text, name, directory):
    assert connection(text) == (name, Path(directory) if directory else None)


@pytest.mark.parametrize(
    "query", ["ssh_identity_file=~/.ssh/id", "ssh_config=/x y&timeout=3", "sudo=true&sudo_user=gaia"]
)
def test_the_options_of_a_connection_are_handed_on(query):
    assert connection(f"ssh://h/srv?{query}") == (f"ssh://h?{query}", Path("/srv"))


def test_an_option_is_handed_on_whole():
    name, _ = connection("ssh://h?ssh_config=/srv/#1/config")
    assert parse_hostspec(name)[1]["ssh_config"] == "/srv/#1/config"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("staging", '"staging" is no connection'),
        ("", '"" is no connection'),
        ("/srv/gaia", '"/srv/gaia" is no connection'),
        ("gaia@staging", '"staging" is no connection'),
        ("shh://staging", r'"shh" is no connection; did you mean ssh\?'),
        ("SSH://staging", '"SSH" is no connection'),
        ("dokcer://x", r'"dokcer" is no connection; did you mean docker\?'),
        ("paramiko://h", '"paramiko" is no connection'),
        ("ansible://all", '"ansible" is no connection'),
        ("://h", '"" is no connection'),
        ("ssh://h:port/", "not a host and port"),
        ("ssh://h:99999", "not a host and port"),
        ("ssh://[::1", "not a host and port"),
        ("ssh://", "not the name of a host or container"),
        ("ssh:///srv", "not the name of a host or container"),
        ("ssh://gaia@", "not the name of a host or container"),
        ("ssh://h:0", "not the name of a host or container"),
        ("ssh://two hosts", "not the name of a host or container"),
        ("ssh://h#1", "not the name of a host or container"),
        ("ssh://h;id", "not the name of a host or container"),
        ("ssh://$(id)", "not the name of a host or container"),
        ("ssh://-oProxyCommand=id", "not the name of a host or container"),
        ("ssh://gaia@-oProxyCommand=id", "not the name of a host or container"),
        ("docker://-x", "not the name of a host or container"),
        ("docker://gaia:80", "a container is named without a port"),
        ("ssh://-l@h", "not the name of a user"),
        ("ssh://a b@h", "not the name of a user"),
        ("ssh://a@b@h", "not the name of a user"),
        ("local://", "local:// alone says nothing, a directory must follow"),
        ("local:///", "local:// alone says nothing, a directory must follow"),
        ("local://srv/gaia", "local:// is this machine, no host follows"),
    ],
)
def test_what_is_no_connection_is_the_users_mistake(text, said):
    with pytest.raises(UserError, match=f"^--env-machine: {said}{NEXT}"):
        connection(text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ssh_identity=x", r'"ssh_identity" is unknown; did you mean ssh_identity_file'),
        (
            "x",
            '"x" is unknown\nnext: one of ssh_identity_file, ssh_config, .* or none',
        ),
        ("connection=local", '"connection" is unknown'),
        ("timeout=soon", '"soon" is no value of timeout'),
        ("timeout=0", '"0" is no value of timeout'),
        ("ssh_config=", '"" is no value of ssh_config'),
    ],
)
def test_an_option_that_would_do_nothing_is_the_users_mistake(query, said):
    with pytest.raises(UserError, match=f"^--env-machine: {said}"):
        connection(f"ssh://h?{query}")


@pytest.mark.parametrize(
    "text",
    [
        "ssh://gaia:hunter2@staging",
        "ssh://gaia:hunter2@staging:port",
        "ssh://:hunter2@staging/srv",
        "docker://gaia:hunter2@x",
        "local://gaia:hunter2@h",
        "gaia:hunter2@staging",
        "ssh:/gaia:hunter2@staging",
        "shh://gaia:hunter2@staging",
        "ssh://gaia:hunter2@",
    ],
)
def test_a_password_is_refused_and_not_repeated(text):
    with pytest.raises(UserError, match=r"^--env-machine: ") as caught:
        connection(text)
    assert "hunter2" not in str(caught.value)


def test_who_gives_a_password_is_told_what_to_use_instead():
    with pytest.raises(UserError, match=r"carries a password\n.*\nnext: use a key of your ssh agent"):
        connection("ssh://gaia:hunter2@staging")


@settings(deadline=None)
@given(st.text(), st.sampled_from(["", "ssh://", "docker://", "local://"]))
def test_every_text_is_a_connection_or_a_mistake(text, kind):
    try:
        name, directory = connection(kind + text)
    except UserError:
        return
    assert name.partition("://")[0] in {"ssh", "docker", "local"}
    assert not name.partition("://")[2].startswith("-")
    assert directory is None or directory.is_absolute()

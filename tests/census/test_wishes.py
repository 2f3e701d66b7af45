"""What the options of a run say about its targets."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from proveout.catalogue.catalogue import load
from proveout.model.mistake import UserError
from proveout.plugin.wishes import wishes_of

URL = "http://10.0.4.12:8082"


@pytest.fixture(scope="module")
def known():
    return load(Path(__file__).parents[2] / "environments")


@pytest.fixture
def wished(known):
    """A function that returns the wishes of a command line for the environments that were selected."""

    def wished(selected="gamma", words=("-q",), **options):
        usual = {
            "env_require": [],
            "env_root": [],
            "env_machine": [],
            "env_source": [],
            "env_artifact": [],
            "env_twin": False,
            "env_url": [],
            "env_version": [],
            "env_provider": "auto",
            "env_ports": "free",
        }
        config = SimpleNamespace(
            option=SimpleNamespace(**usual | options), invocation_params=SimpleNamespace(args=tuple(words))
        )
        return wishes_of(config, known.select([selected]))

    return wished


@pytest.mark.parametrize("value", [URL, f"gamma={URL}", f"ceesar/gamma={URL}", f" {URL} "])
def test_a_url_is_for_the_environment_that_is_named_or_the_only_one(wished, value):
    assert wished(env_url=[value]).urls == {"ceesar/gamma": URL}


def test_every_environment_may_have_its_own_value(wished):
    urls = wished("ceesar", env_url=["ceesar/dev=http://a", "ceesar/prod=http://b"]).urls
    assert urls == {"ceesar/dev": "http://a", "ceesar/prod": "http://b"}


def test_a_url_may_hold_the_sign_that_separates_names(wished):
    assert wished(env_url=["http://h/x=y"]).urls == {"ceesar/gamma": "http://h/x=y"}


def test_a_value_for_nobody_in_particular_is_refused_where_several_are_selected(wished):
    with pytest.raises(UserError, match=r"environments are meant \(.*ceesar/dev.*\nnext: say which"):
        wished("ceesar", env_url=[URL])


def test_a_password_is_not_repeated_where_several_are_selected(wished):
    with pytest.raises(UserError) as caught:
        wished("ceesar", env_url=["https://user:hunter2@host"])
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["ceesar/gama", "ceesar/dev", "gaia/x"])
def test_an_environment_that_is_not_selected_is_named(wished, name):
    with pytest.raises(UserError, match=f'--env-url: "{name}" is not selected'):
        wished(env_url=[f"{name}={URL}"])


def test_an_environment_has_one_url(wished):
    with pytest.raises(UserError):
        wished(env_url=["http://a", "http://b"])


@pytest.mark.parametrize("option", ["env_url", "env_version", "env_root"])
@pytest.mark.parametrize("value", ["", "  ", "gamma=", "gamma= "])
def test_a_value_that_is_empty_is_a_mistake_of_the_pipeline(wished, option, value):
    flag = "--" + option.replace("_", "-")
    with pytest.raises(
        UserError, match=f"{flag} is given but empty\n  likely cause: a variable of the pipeline"
    ):
        wished(**{option: [value]})


def test_the_root_is_a_directory(wished, tmp_path):
    assert wished(env_root=[f"gamma={tmp_path}"]).roots == {"ceesar/gamma": tmp_path}
    with pytest.raises(UserError, match=r"--env-root: .*/nowhere is no directory"):
        wished(env_root=[str(tmp_path / "nowhere")])


def test_what_is_required_is_known(wished):
    assert wished(env_require=["live, machine", "logs"]).require == {"live", "machine", "logs"}
    with pytest.raises(UserError, match=r'--env-require: "machin" is unknown; did you mean machine'):
        wished(env_require=["machin"])


@pytest.mark.parametrize(
    "words", [["-m", ""], ["-k", " "], ["-m="], ["--env=gamma", "-k="], ["-m", "", "-q"]]
)
def test_an_empty_filter_is_a_mistake_of_the_pipeline(wished, words):
    with pytest.raises(UserError, match="an empty selection selects everything"):
        wished(words=words)


@pytest.mark.parametrize("words", [["-m", "smoke"], ["-k", "x"], ["-m=smoke"], ["--env=gamma"]])
def test_a_filter_that_is_filled_in_is_no_mistake(wished, words):
    wished(words=words)


def test_a_command_line_may_be_empty_where_the_configuration_or_platform_names_the_environment(wished):
    """As PYTEST_ADDOPTS=--env=gamma pytest."""
    assert wished(words=()).urls == {}


def test_a_digest_is_written_with_the_name_of_its_algorithm(wished):
    assert wished(env_artifact=["gamma=sha256:" + "AB" * 32]).artifacts == {"ceesar/gamma": "ab" * 32}


@pytest.mark.parametrize(
    "value", ["ab" * 32, "sha256:" + "ab" * 31, "sha256:" + "xy" * 32, "sha512:" + "ab" * 64, "v1.2.3"]
)
def test_what_is_no_digest_is_refused(wished, value):
    with pytest.raises(UserError, match="is no digest\nnext: write sha256:"):
        wished(env_artifact=[f"gamma={value}"])

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load
from proveout.drill.derive import derive
from proveout.drill.fault import Compression, Fault, Harm
from proveout.evidence.digest import definition_files, of_files
from proveout.model.configuration import settings
from proveout.model.mistake import UserError

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


@pytest.fixture
def derived(ceesar, drill, tmp_path):
    """A function that derives definitions and returns their catalogue."""

    def derived(fault=None, **compression):
        changed = drill.model_copy(update={"compression": compression}) if compression else drill
        return load(derive(ENVIRONMENTS, ceesar, changed, fault, tmp_path))

    return derived


def fault(**content):
    return Fault.model_validate({"id": "x", "environment": "gamma", "breaks": []} | content)


def configured(environment):
    path = environment.directory.parent / environment.configuration.file
    return settings(path.read_text())


def test_definitions_without_a_fault_are_the_same_but_shorter(derived, ceesar, drill):
    catalogue = derived()
    assert list(catalogue.systems["ceesar"].environments) == list(ceesar.environments)
    for name, environment in catalogue.systems["ceesar"].environments.items():
        assert environment.start.command == ceesar.environments[name].start.command
        for key, value in drill.compression.get(name, Compression()).definition.items():
            content = tomllib.loads((environment.directory / "environment.toml").read_text())
            for part in key.split("."):
                content = content[part]
            assert content == value


def test_a_compression_changes_the_definition_and_its_file(derived):
    compression = Compression(
        definition={"limits.timeout": "3s", "budgets.requests": 5},
        configuration={"EXECUTION_TIMEOUT_SECONDS": "3", "GEMINI_API_KEY": "x", "BRAND_NEW": "y"},
    )
    environment = derived(gamma=compression).environments["ceesar/gamma"]
    assert (environment.limits.timeout, environment.budgets.requests) == (3, 5)
    found = configured(environment)
    assert (found["EXECUTION_TIMEOUT_SECONDS"], found["GEMINI_API_KEY"], found["BRAND_NEW"]) == (
        "3",
        "x",
        "y",
    )
    assert found["APP_ENV"] == "gamma"


@pytest.mark.parametrize("value", [r"a\b", r"\1", r"\g<0>", "a$b&c"])
def test_a_value_is_written_as_it_is(derived, value):
    environment = derived(gamma=Compression(configuration={"LOG_LEVEL": value})).environments["ceesar/gamma"]
    text = (environment.directory.parent / environment.configuration.file).read_text()
    assert f"LOG_LEVEL={value}\n" in text


def test_other_environments_stay_as_they_are(derived, ceesar):
    compression = Compression(definition={"limits.timeout": "3s"}, configuration={"LOG_LEVEL": "warn"})
    catalogue = derived(fault(harm={"platform": {"LOG_LEVEL": "error"}}), gamma=compression)
    for name in ("dev", "prod"):
        environment, before = catalogue.environments[f"ceesar/{name}"], ceesar.environments[name]
        assert environment.model_dump() == before.model_dump()
        assert configured(environment) == configured(before)


def test_the_definitions_of_the_repository_stay_as_they_are(derived, ceesar):
    def digests():
        return {name: of_files(definition_files(e)) for name, e in ceesar.environments.items()}

    before = digests()
    derived(fault(harm={"platform": {"LOG_LEVEL": "error"}}))
    assert digests() == before


def test_a_fault_starts_the_environment_through_its_harm(derived, ceesar, tmp_path):
    harm = {"platform": {"LOG_LEVEL": "error"}, "answers": [{"path": "*", "drip": "500ms", "delay": "2s"}]}
    start = derived(fault(harm=harm)).environments["ceesar/gamma"].start
    assert start.variables["LOG_LEVEL"] == "error"
    wrapper = (sys.executable, "-m", "proveout.drill.harmed", str(tmp_path / "harm.json"))
    wrapper = (*wrapper, '{"port": "PORT"}', "--")
    assert start.command[: len(wrapper)] == wrapper
    original = ceesar.environments["gamma"].start.command
    assert start.command[len(wrapper) :] == tuple(w.replace("{python}", sys.executable) for w in original)
    assert Harm.model_validate_json((tmp_path / "harm.json").read_text()) == Harm.model_validate(harm)


def test_the_definitions_of_other_systems_are_there_and_stay_as_they_are(derived):
    catalogue = derived(fault(harm={"platform": {"LOG_LEVEL": "error"}}))
    for environment in load(ENVIRONMENTS).environments.values():
        if environment.system != "ceesar":
            assert catalogue.environments[environment.id].model_dump() == environment.model_dump()


def test_delivery_files_are_edited_and_removed_in_the_derived_copy_alone(derived, ceesar):
    original = ceesar.directory / ceesar.delivery.directory
    before = (original / "Dockerfile.gamma").read_text()
    source = {
        "Dockerfile.gamma": {"find": "^FROM (.*)", "put": r"FROM \1 # harmed"},
        ceesar.delivery.workflow: {},
    }
    system = derived(fault(harm={"source": source})).systems["ceesar"]
    copy = system.directory / system.delivery.directory
    assert (copy / "Dockerfile.gamma").read_text() == re.sub(r"(?m)^FROM (.*)", r"FROM \1 # harmed", before)
    assert not (copy / ceesar.delivery.workflow).exists()
    assert (original / "Dockerfile.gamma").read_text() == before
    assert (original / ceesar.delivery.workflow).exists()


def test_every_harm_of_a_delivery_file_of_this_repository_changes_it(ceesar, drill, tmp_path):
    original = ceesar.directory / ceesar.delivery.directory
    for one in drill.faults:
        derive(ENVIRONMENTS, ceesar, drill, one, tmp_path / one.id) if one.harm.source else None
        for name in one.harm.source:
            copy = tmp_path / one.id / "environments" / "ceesar" / ceesar.delivery.directory / name
            assert not copy.exists() or copy.read_text() != (original / name).read_text(), one.id


def test_a_system_without_delivery_files_cannot_have_them_harmed(ceesar, drill, tmp_path):
    bare = ceesar.model_copy(update={"delivery": None})
    with pytest.raises(UserError, match=r"x: ceesar has no \[delivery\] to harm"):
        derive(ENVIRONMENTS, bare, drill, fault(harm={"source": {"Dockerfile": {}}}), tmp_path)


def test_every_fault_of_this_repository_can_be_derived(ceesar, drill, tmp_path):
    for number, one in enumerate(drill.faults):
        into = tmp_path / str(number)
        catalogue = load(derive(ENVIRONMENTS, ceesar, drill, one, into))
        assert catalogue.environments[f"ceesar/{one.environment}"].start.command[2] == "proveout.drill.harmed"
        assert Harm.model_validate(json.loads((into / "harm.json").read_text())) == one.harm


def test_declared_ports_are_moved_in_the_definition_and_its_file(derived):
    catalogue = derived(fault(arguments=["--env-ports", "declared"]))
    environments = catalogue.systems["ceesar"].environments.values()
    ports = [environment.network.port for environment in environments]
    assert len(set(ports)) == len(ports)
    for environment in environments:
        assert configured(environment)["PORT"] == str(environment.network.port)

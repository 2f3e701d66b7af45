"""Directories of GAIA_GO: every environment has its own, and the manifest beside them says what is there."""

import pytest

from proveout import verifies
from proveout.access.manifest import Manifest

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-DIR-ENVFILE")
def test_the_environment_has_its_configuration_file(gaia, configuration):
    assert configuration.get("GAIA_ENV") == gaia.environment.name


@verifies("GAIA-DIR-CONFIG")
def test_config_is_a_directory_of_its_own(machine):
    assert machine.own_directory("config")


@verifies("GAIA-DIR-DATA")
def test_data_is_a_directory_of_its_own(machine):
    assert machine.own_directory("data")


@verifies("GAIA-DIR-LOGS")
def test_logs_is_a_directory_of_its_own(machine):
    assert machine.own_directory("logs")


@verifies("GAIA-DIR-BIN")
def test_what_runs_lies_in_a_directory_of_its_own(gaia, machine):
    programs = machine.own_directory(gaia.environment.directories.programs)
    listening = machine.processes.listening(gaia.target.ports["port"])
    assert listening, f"no process of the machine listens on port {gaia.target.ports['port']}"
    family = machine.processes.family(listening)
    started_from = {path for pid in family for path in machine.processes.files_of_command(pid)}
    assert [path for path in started_from if path.is_relative_to(programs)], (
        f"nothing of what listens was started from {programs}, but from {', '.join(map(str, started_from))}"
    )


@verifies("GAIA-DIR-PROD-BACKUPS")
def test_there_is_a_directory_for_backups(gaia, machine):
    assert machine.own_directory(gaia.environment.backup.directory)


@verifies("GAIA-DIR-STG-BACKUPS")
def test_the_backup_that_the_recovery_recipe_names_is_there(gaia, machine):
    backup = gaia.environment.backup
    path = f"{backup.directory}/{backup.newest}"
    assert machine.size(path), f"{path} is empty"


@verifies("GAIA-DIR-MANIFEST")
def test_the_manifest_matches_the_tree(gaia, machine, system):
    name = gaia.environment.name
    beside = machine.real("..")
    known = set(system.order)
    text = machine.text(f"../{gaia.environment.directories.manifest}")
    manifest = Manifest(text, beside.name, known)
    assert name in manifest.environments, f"the manifest does not name {name}"
    assert manifest.environments - known == set(), "the manifest names environments that are none"
    missing = {path for path in manifest.paths(name) if not machine.exists(path)}
    assert missing == set(), f"named in the manifest, but not there: {', '.join(sorted(missing))}"
    unnamed = machine.directories(".") - {path.partition("/")[0] for path in manifest.paths(name)}
    assert unnamed == set(), f"there, but not named in the manifest: {', '.join(sorted(unnamed))}"
    strangers = machine.directories("..") - manifest.environments
    assert strangers == set(), f"beside {name}, but not named in the manifest: {', '.join(sorted(strangers))}"

"""Delivery of CeesarCode: the files that its image and its deployments are made from."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]

BASE = "ubuntu:22.04"


@verifies("CC-DOCK-MULTISTAGE")
def test_the_image_is_built_in_stages_on_its_base(source):
    parts = source.dockerfile.parts
    assert len(parts) >= 2, "the image is made in a single stage, so it carries what only its build needs"
    assert {stage.name: stage.base for stage in parts} == dict.fromkeys((s.name for s in parts), BASE)


@verifies("CC-DOCK-ENV")
def test_the_image_sets_its_environment(source, environment):
    sets = source.dockerfile.final.environment
    assert sets.get("APP_ENV") == environment.name
    assert sets.get("EXECUTOR_MODE") in environment.executor.modes


@verifies("CC-CI-FILE")
def test_the_deployment_workflow_is_valid(source):
    assert source.workflow.mistakes == []

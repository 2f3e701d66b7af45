from pathlib import Path

import pytest

from proveout.access.answer import Wrong
from proveout.access.source import LARGEST, Source

ROOT = Path(__file__).parents[2] / "environments" / "ceesar" / "delivery"


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path, dockerfile="Dockerfile.gamma", workflow=".github/workflows/deploy.yml")


def test_the_delivery_files_of_this_repository_are_what_the_documents_say():
    source = Source(ROOT, dockerfile="Dockerfile.gamma", workflow=".github/workflows/deploy.yml")
    assert [(stage.name, stage.base) for stage in source.dockerfile.parts] == [
        ("build", "ubuntu:22.04"),
        ("runtime", "ubuntu:22.04"),
    ]
    sets = source.dockerfile.final.environment
    assert (sets["APP_ENV"], sets["EXECUTOR_MODE"]) == ("gamma", "docker")
    assert source.workflow.mistakes == []


def test_no_delivery_file_of_this_repository_lets_a_failure_pass():
    for file in (file for file in ROOT.rglob("*") if file.is_file()):
        text = file.read_text()
        assert "|| true" not in text, file
        assert "|| echo" not in text, file
        assert "continue-on-error" not in text, file
        assert file.suffix != ".sh" or "\nset -euo pipefail\n" in text, file


def test_the_text_of_a_file_is_read(source):
    (source.root / "x").write_text("grüße\n", encoding="utf-8")
    assert source.text("x") == "grüße\n"


@pytest.mark.parametrize("path", ["Dockerfile.gamma", "folder", "folder/x"])
def test_a_file_that_is_missing_is_said_so(source, path):
    (source.root / "folder").mkdir()
    with pytest.raises(Wrong, match=f"^{path} is missing in /"):
        source.text(path)


def test_a_file_that_is_no_text_is_said_so(source):
    (source.root / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(Wrong, match=r"^x in /.* is not UTF-8 text"):
        source.text("x")


def test_a_file_that_is_far_too_large_is_not_read(source):
    (source.root / "x").write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(Wrong, match="is larger than"):
        source.text("x")


def test_what_is_missing_is_said_by_the_name_it_has_in_the_checkout(source):
    with pytest.raises(Wrong, match=r"^Dockerfile\.gamma is missing"):
        _ = source.dockerfile
    with pytest.raises(Wrong, match=r"^\.github/workflows/deploy\.yml is missing"):
        _ = source.workflow


def test_a_mistake_in_a_dockerfile_names_file_and_line(source):
    (source.root / "Dockerfile.gamma").write_text("FROM a\nRUM x\n")
    with pytest.raises(Wrong, match=r"^Dockerfile\.gamma, line 2: RUM is no instruction; did you mean RUN"):
        _ = source.dockerfile

"""Results are checked and put together before Allure sees them."""

import json

import pytest

from proveout.reports.staging import Staging


@pytest.fixture
def staging(tmp_path):
    (tmp_path / "staged").mkdir()
    return Staging(tmp_path / "staged")


def results(folder, *environments, rows=""):
    folder.mkdir()
    for number, name in enumerate(environments):
        content = {"name": "x", "labels": [{"name": "environment", "value": name}]}
        (folder / f"{number}-{folder.name}-result.json").write_text(json.dumps(content))
    (folder / "environment.properties").write_text(rows)
    return folder


def test_environments_keep_the_order_of_their_promotion(staging, tmp_path):
    rows = "gaia/dev = PASS\ngaia/staging = PASS\ngaia/prod = PASS\nrun = 1\n"
    names = ("gaia", "gaia/prod", "gaia/staging", "gaia/dev")
    other = results(tmp_path / "b", "ceesar/gamma", rows="ceesar/gamma = PASS\nrun = 2\n")
    staging.add_all([results(tmp_path / "a", *names, rows=rows), other])
    assert staging.environments == ["ceesar/gamma", "gaia/dev", "gaia/staging", "gaia/prod", "gaia"]
    text = (staging.folder / "environment.properties").read_text()
    assert [line.split()[0] for line in text.splitlines()] == [
        "gaia/dev",
        "gaia/staging",
        "gaia/prod",
        "ceesar/gamma",
        "run",
        "run",
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"name": 1}', "[" * 100_000, "\x00"])
def test_a_damaged_result_is_named_and_left_out(staging, tmp_path, content):
    folder = results(tmp_path / "a", "gaia/dev")
    (folder / "bad-result.json").write_text(content)
    staging.add_all([folder])
    assert staging.results == 1
    (complaint,) = staging.complaints
    assert complaint.startswith("bad-result.json was left out: ")
    assert not (staging.folder / "bad-result.json").exists()


def test_a_link_is_not_followed(staging, tmp_path):
    folder = results(tmp_path / "a", "gaia/dev")
    (folder / "1-attachment.txt").symlink_to("/etc/passwd")
    staging.add_all([folder])
    assert not (staging.folder / "1-attachment.txt").exists()

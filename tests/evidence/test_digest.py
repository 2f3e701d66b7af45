import hashlib
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.evidence.digest import definition_files, of_files, sha256, sums

FILES = ["demo/system.toml", "demo/claims.toml", "demo/dev/environment.toml", "demo/config/env.dev"]


def digest(place):
    return of_files(definition_files(place.environment))


@given(st.binary())
def test_a_digest_is_the_sha_256_of_the_content(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()


def test_an_environment_is_defined_by_four_files(place):
    assert sorted(definition_files(place.environment)) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_byte_more_in_any_of_them_is_another_definition(place, name):
    environment = place.environment
    before = of_files(definition_files(environment))
    with (place.system.parent / name).open("ab") as stream:
        stream.write(b"\n")
    assert of_files(definition_files(environment)) != before


@pytest.mark.parametrize("name", FILES)
def test_the_time_of_a_file_does_not_matter(place, name):
    before = digest(place)
    os.utime(place.system.parent / name, (0, 0))
    assert digest(place) == before


def test_data_is_no_part_of_the_definition(place):
    before = digest(place)
    (place.system / "data" / "problem").write_text("y")
    assert digest(place) == before


def test_the_place_of_the_checkout_does_not_matter(place, tmp_path_factory):
    before = digest(place)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "environments"
    place.system.parent.rename(elsewhere)
    place.system, place.dev = elsewhere / "demo", elsewhere / "demo" / "dev"
    assert digest(place) == before


@pytest.mark.parametrize(
    ("files", "configuration"),
    [
        ({"config": "../config"}, "config/env.dev"),
        ({"config/env.dev": "../config/env.dev"}, "config/env.dev"),
        ({"conf": "../data", "config": "../config"}, "config/env.dev"),
        ({"./config": "../config"}, "config/env.dev"),
        ({"config/": "../config"}, "config/env.dev"),
        ({"config": "../config"}, "./config/env.dev"),
        ({".": ".."}, "config/env.dev"),
        ({"settings": "../config"}, "settings/env.dev"),
    ],
    ids=str,
)
def test_the_configuration_is_found_wherever_it_is_copied_from(place, files, configuration):
    place.start["files"] = files
    environment = place.environment
    environment = environment.model_copy(
        update={"configuration": environment.configuration.model_copy(update={"file": configuration})}
    )
    assert "demo/config/env.dev" in definition_files(environment)


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_files_does_not_matter(tmp_path_factory, names):
    folder = tmp_path_factory.getbasetemp()
    for name in names:
        (folder / name).write_text(name)
    assert of_files({n: folder / n for n in names}) == of_files({n: folder / n for n in sorted(names)})


def test_a_name_is_part_of_the_digest(tmp_path):
    (tmp_path / "x").write_text("x")
    assert of_files({"a": tmp_path / "x"}) != of_files({"b": tmp_path / "x"})
    assert of_files({"a": tmp_path / "x"}) != of_files({"a": tmp_path / "x", "b": tmp_path / "x"})


def test_sums_are_what_sha256sum_checks(tmp_path):
    (tmp_path / "a b").mkdir()
    files = [tmp_path / "z.json", tmp_path / "a b" / "größe.txt"]
    for number, path in enumerate(files):
        path.write_text(str(number))
    (tmp_path / "SHA256SUMS").write_text(sums(tmp_path, files))
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.check_output(command, cwd=tmp_path, text=True).count("OK") == 2

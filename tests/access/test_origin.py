"""Where a served version comes from, asked of real repositories."""

import subprocess
from pathlib import Path

import pytest

from proveout.access.origin import origin_of


class Repository:
    """A repository with a branch `main`: a root, a commit of its own, a merge, and a hot patch after it."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("root")
        self.git("switch", "--quiet", "--create", "feature")
        self.feature = self.commit("feature")
        self.git("switch", "--quiet", "main")
        self.plain = self.commit("own")
        self.git("merge", "--quiet", "--no-ff", "-m", "merge", "feature")
        self.merge = self.git("rev-parse", "HEAD")
        self.patch = self.commit("hot patch")

    def git(self, *words):
        names = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        command = ["git", "-C", str(self.folder), *names, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, text):
        self.git("commit", "--quiet", "--allow-empty", "--message", text)
        return self.git("rev-parse", "HEAD")

    def tag(self, name, commit):
        self.git("tag", name, commit)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "gaia")


def test_a_tag_names_its_commit_and_a_merge_is_told(repository):
    repository.tag("v2.3.1", repository.merge)
    for version in ("2.3.1", "v2.3.1"):
        assert origin_of(version, repository.folder, "main") == {
            "commit": repository.merge,
            "merge": True,
            "line": "main",
        }


def test_a_commit_that_is_no_merge_is_told(repository):
    repository.tag("2.3.2", repository.patch)
    repository.git("tag", "--annotate", "--message", "x", "v2.3.0", repository.plain)
    for version, commit in (("2.3.2", repository.patch), ("2.3.0", repository.plain)):
        assert origin_of(version, repository.folder, "main") == {
            "commit": commit,
            "merge": False,
            "line": "main",
        }


def test_a_merge_beside_the_line_does_not_count(repository):
    repository.git("switch", "--quiet", "--create", "side", repository.plain)
    repository.git("merge", "--quiet", "--no-ff", "-m", "inner", repository.feature)
    inner = repository.git("rev-parse", "HEAD")
    assert origin_of(inner, repository.folder, "main")["merge"] is False
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "outer", "side")
    assert origin_of(inner, repository.folder, "main")["merge"] is False
    outer = repository.git("rev-parse", "HEAD")
    assert origin_of(outer, repository.folder, "main")["merge"] is True


@pytest.mark.parametrize("length", [7, 12, 40])
@pytest.mark.parametrize("form", ["{}", "2.3.1+{}", "2.3.1+build.5.{}"])
def test_a_commit_may_be_the_version_or_the_build_of_it(repository, form, length):
    version = form.format(repository.merge[:length])
    assert origin_of(version, repository.folder, "main")["commit"] == repository.merge


def test_six_digits_name_no_commit(repository):
    assert (
        "is no tag and no commit"
        in origin_of(f"1.0.0+{repository.merge[:6]}", repository.folder, "main")["unknown"]
    )


def test_a_branch_is_not_a_version(repository):
    repository.git("branch", "2.3.1", repository.merge)
    repository.git("branch", "abcdef1", repository.merge)
    assert "2.3.1 is a branch, which moves" in origin_of("2.3.1", repository.folder, "main")["unknown"]
    assert "abcdef1 is a branch, which moves" in origin_of("abcdef1", repository.folder, "main")["unknown"]


@pytest.mark.parametrize("version", ["staging-latest", "main", "1.0-SNAPSHOT", "latest", "HEAD", "nightly-7"])
def test_a_label_that_moves_is_not_a_version_even_as_a_tag(repository, version):
    if version != "HEAD":
        repository.tag(version, repository.merge)
    assert "is a label that moves" in origin_of(version, repository.folder, "main")["unknown"]


def test_a_version_that_names_two_commits_is_not_known(repository):
    version = f"2.3.1+{repository.merge[:12]}"
    repository.tag(version, repository.patch)
    assert "names 2 commits" in origin_of(version, repository.folder, "main")["unknown"]


def test_a_version_without_a_tag_says_how_it_would_be_known(repository):
    said = origin_of("9.9.9", repository.folder, "main")["unknown"]
    assert "9.9.9 is no tag and no commit there" in said
    assert "git fetch --tags" in said


def test_a_tag_of_a_file_is_no_commit(repository):
    (repository.folder / "x").write_text("x")
    blob = repository.git("hash-object", "-w", "x")
    repository.tag("3.0.0", blob)
    assert "unknown" in origin_of("3.0.0", repository.folder, "main")
    assert "unknown" in origin_of(blob, repository.folder, "main")


def test_the_branch_of_the_server_goes_before_that_of_the_checkout(repository, tmp_path):
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(repository.folder), str(clone))
    own = Repository.__new__(Repository)
    own.folder = clone
    own.git("switch", "--quiet", "--create", "mine", repository.plain)
    own.commit("mine")
    own.git("switch", "--quiet", "main")
    own.git("merge", "--quiet", "--no-ff", "-m", "not reviewed", "mine")
    unpushed = own.git("rev-parse", "HEAD")
    assert origin_of(unpushed, clone, "main")["merge"] is False
    assert origin_of(repository.merge, clone, "main")["merge"] is True
    own.git("remote", "remove", "origin")
    assert origin_of(unpushed, clone, "main")["merge"] is True


def test_a_shallow_checkout_cannot_tell_merges(repository, tmp_path):
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(clone))
    said = origin_of(repository.patch, clone, "main")["unknown"]
    assert "is shallow" in said
    assert "git fetch --unshallow" in said


@pytest.mark.parametrize(
    ("version", "checkout", "branch", "why"),
    [
        ("1.0.0", False, "main", "--env-source=DIR"),
        (None, True, "main", "the target says no version"),
        ("merge", True, None, "[origin] branch in environment.toml"),
        ("merge", True, "production", "git fetch origin production"),
    ],
)
def test_what_is_missing_is_named(repository, version, checkout, branch, why):
    known = repository.merge if version == "merge" else version
    assert why in origin_of(known, repository.folder if checkout else None, branch)["unknown"]


@pytest.mark.parametrize(
    "version", ["--all", "-1.0.0", "$(id)", "a b", "1.0.0^{tree}", "\x1b[2J1.0.0", "../x1"]
)
def test_a_hostile_version_is_no_command(repository, version):
    said = origin_of(version, repository.folder, "main")["unknown"]
    assert said.isprintable()


def test_a_folder_without_a_repository_is_named(tmp_path):
    assert "not a git repository" in origin_of("1.0.0", tmp_path, "main")["unknown"]
    assert "unknown" in origin_of("1.0.0", Path("/no/such/folder"), "main")


def test_without_git_it_is_not_known(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git cannot be asked" in origin_of("1.0.0", repository.folder, "main")["unknown"]


def test_variables_of_git_lead_nowhere_else(repository, monkeypatch, tmp_path):
    other = Repository(tmp_path / "other")
    other.tag("7.0.0", other.merge)
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    found = origin_of("7.0.0", repository.folder, "main")
    monkeypatch.delenv("GIT_DIR")
    assert "unknown" in found


def test_a_replaced_history_is_not_believed(repository):
    repository.git("replace", repository.patch, repository.merge)
    assert origin_of(repository.patch, repository.folder, "main")["merge"] is False


def test_nothing_in_the_repository_changes(repository):
    def listing():
        return sorted((str(p), p.lstat().st_mtime_ns) for p in repository.folder.rglob("*"))

    repository.tag("v1.0.0", repository.merge)
    before = listing()
    origin_of("1.0.0", repository.folder, "main")
    assert listing() == before

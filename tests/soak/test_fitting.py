"""Which ledger is gone on with: the newest that is not at its end, and only if it is about the same."""

import pytest

from machinery.windows import Writing
from proveout.load.ledger import LedgerError
from proveout.soak.fitting import latest


@pytest.fixture
def written(tmp_path):
    """A function that writes a ledger of so many windows, begun at a date, below one folder."""

    def written(name, windows, began="2026-11-20T10:00:00+00:00", **head):
        (tmp_path / "soaks" / name).mkdir(parents=True)
        writing = Writing(tmp_path / "soaks" / name, began=began, **head)
        writing.segment()
        writing.write(*range(windows))
        return writing.folder.rename(tmp_path / "soaks" / f"{name}-1"), writing.head

    written.folder = tmp_path / "soaks"
    return written


def test_nothing_is_there_to_go_on_with(written):
    _, head = written("done", 60)
    assert latest(written.folder, head) is None
    assert latest(written.folder / "nowhere", head) is None


def test_the_newest_that_is_not_at_its_end(written):
    written("older", 3)
    path, head = written("newer", 5, began="2026-11-21T10:00:00+00:00")
    written("done", 60, began="2026-11-22T10:00:00+00:00")
    assert latest(written.folder, head.model_copy(update={"ledger": "2", "began": "later"})) == path


def test_a_copy_has_another_port_each_time(written):
    path, head = written("copy", 5, provenance="reference")
    assert latest(written.folder, head.model_copy(update={"url": "http://127.0.0.1:2"})) == path


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("url", "http://127.0.0.1:2", "URL was http://127.0.0.1:1, is http://127.0.0.1:2"),
        ("version", "2.0.0", "version of the target was 1.0.0, is 2.0.0"),
        ("environment", "ceesar/prod", "environment was ceesar/gamma, is ceesar/prod"),
        ("provenance", "twin", "kind of target was live, is twin"),
        ("profile_name", "large", "profile was small, is large"),
        ("profile", "0" * 64, "contents of the profile was "),
        ("definition", "e", "definition of the environment was d, is e"),
        ("duration", 300.0, "duration was 600.0, is 300.0"),
    ],
)
def test_what_is_about_something_else_is_refused_and_the_difference_named(written, key, value, said):
    _, head = written("other", 5)
    with pytest.raises(LedgerError) as refused:
        latest(written.folder, head.model_copy(update={key: value}))
    assert said in str(refused.value)
    assert "begin anew" in str(refused.value)

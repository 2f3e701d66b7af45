import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proveout.access.manifest import Manifest

KNOWN = {"dev", "staging", "prod"}
FILES = {"GAIA_GO.env", "bin", "data", "data/backups", "data/backups/x.db.backup", "data/x.db"}
DRAWN = """# Environments

```
environments/
├── ENVIRONMENT_MANIFEST.md
├── dev/
│   └── GAIA_GO.env
└── staging/
    ├── GAIA_GO.env
    ├── bin/
    └── data/
        ├── backups/
        │   └── x.db.backup
        └── x.db
```

| environment | database |
|---|---|
| dev | data/dev_gaia.db |
"""
ASCII = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|"})


def manifest(text):
    return Manifest(text, "environments", KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        DRAWN,
        DRAWN.translate(ASCII),
        DRAWN.replace("`", "").translate(ASCII).replace("`--", "+--").replace("|--", "+--"),
        DRAWN.replace("│   ", "│\u00a0\u00a0 "),  # as tree draws it
        DRAWN.replace("\n", "\r\n"),
        DRAWN.replace("environments/\n", ".\n"),
        DRAWN.replace("bin/", "bin/   what runs").replace("x.db\n", "x.db\twhat is stored\n"),
        DRAWN.replace("bin/", "bin/ # what runs").replace("x.db\n", "x.db (what is stored)\n"),
        DRAWN.replace("bin/", "bin/ <- what runs").replace("x.db\n", "x.db -- what is stored\n"),
        DRAWN.replace("bin/", "bin -> /opt/gaia/2.3").replace(
            "GAIA_GO.env", "GAIA_GO.env*"
        ),  # as tree -F does
    ],
    ids=["unicode", "ascii", "plus", "tree", "windows", "dot", "columns", "comments", "arrows", "links"],
)
def test_a_drawn_tree_is_read(text):
    found = manifest(text)
    assert found.environments == {"dev", "staging"}
    assert found.paths("staging") == FILES
    assert found.paths("dev") == {"GAIA_GO.env"}
    assert found.paths("prod") == set()


def test_a_tree_may_begin_above_the_environments():
    text = "gaia/\n└── environments/\n    └── dev/\n        └── config/\n"
    assert manifest(text).environments == {"dev"}
    assert manifest(text).paths("dev") == {"config"}


def test_every_environment_may_have_a_tree_of_its_own():
    text = "dev/\n├── config/\n└── data/\n    └── x.db\n\nand\n\nenvironments/prod/  # the last\n└── bin/\n"
    found = manifest(text)
    assert found.environments == {"dev", "prod"}
    assert found.paths("dev") == {"config", "data", "data/x.db"}
    assert found.paths("prod") == {"bin"}


def test_directories_of_a_tree_are_environments_even_if_nobody_knows_them():
    found = manifest("environments/\n├── notes.txt\n├── dev/\n├── qa/\n│   └── bin/\n└── prod\n")
    assert found.environments == {"dev", "qa", "prod"}
    assert found.paths("qa") == {"bin"}


def test_names_may_hold_blanks_and_dots():
    text = "environments/\n└── dev/\n    ├── read me first.txt\n    ├── .hidden/\n    └── a - b#1.db\n"
    assert manifest(text).paths("dev") == {"read me first.txt", ".hidden", "a - b#1.db"}


def test_paths_in_a_text_are_read_where_no_tree_is_drawn():
    text = """
- `environments/dev/GAIA_GO.env`: its settings, see dev/config/.
- [the database](staging/data/staging_gaia.db), which is data/staging_gaia.db there

| file | of |
|---|---|
| ./prod/bin/gaia | the dev/staging/prod environments, and/or http://localhost/dev/health |
"""
    found = manifest(text)
    assert found.environments == {"dev", "staging", "prod"}
    assert found.paths("dev") == {"GAIA_GO.env", "config"}
    assert found.paths("staging") == {"data/staging_gaia.db"}
    assert found.paths("prod") == {"bin/gaia"}


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# Environments\n", "dev, staging and prod", "\ufeff", "│   \n└──\n"]
)
def test_a_text_that_names_nothing_says_nothing(text):
    found = manifest(text)
    assert found.environments == set()
    assert found.paths("dev") == set()


PIECES = st.sampled_from(
    ["├── ", "└── ", "│   ", "    ", "|-- ", "\n", "/", "dev", "environments", "..", "a b", " # "]
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_every_text_says_something_or_nothing(text):
    found = manifest(text)
    for environment in found.environments:
        assert environment
        for path in found.paths(environment):
            assert path
            assert not path.startswith("/")
            assert "//" not in path

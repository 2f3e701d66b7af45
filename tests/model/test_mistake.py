from pathlib import Path

from proveout.model.mistake import DefinitionError, Mistake, near, shown


def test_a_mistake_says_where_what_and_why():
    mistake = Mistake("environment.toml", '[backup] every = "daily"', "not a duration")
    assert str(mistake) == 'environment.toml: [backup] every = "daily"\n  not a duration'
    assert (
        str(Mistake("environment.toml", "", "the file is missing"))
        == "environment.toml\n  the file is missing"
    )


def test_all_mistakes_are_told_and_the_next_step():
    text = str(DefinitionError([Mistake("a", "x", "wrong"), Mistake("b", "y", "too")]))
    assert text.startswith("2 mistakes in the definitions\na: x\n  wrong\nb: y\n  too\nnext: ")
    assert str(DefinitionError([Mistake("a", "x", "wrong")])).startswith("1 mistake in")


def test_near_words_are_offered_and_far_ones_are_not():
    assert near("gama", ["gamma", "dev", "prod"]) == "; did you mean gamma?"
    assert near("stagng", ["staging", "stagong"]).count(" or ") == 1
    assert near("zzz", ["gamma", "dev"]) == ""
    assert near("gamma", []) == ""


def test_a_path_is_shown_as_a_person_would_type_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a" / "b.toml") == "a/b.toml"
    assert shown(Path("a/b.toml")) == "a/b.toml"
    assert shown(Path("/etc/hosts")) == "/etc/hosts"

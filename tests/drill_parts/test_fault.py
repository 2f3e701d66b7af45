import re
from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load as load_catalogue
from proveout.drill.drill import expected
from proveout.drill.fault import Fault, Harm, load
from proveout.model.claim import TIERS
from proveout.model.mistake import DefinitionError
from proveout.model.verdict import ExitCode

ROOT = Path(__file__).parents[2]
DRILLS = sorted(path.parent for path in (ROOT / "drill").glob("*/drill.toml"))
FAULT = 'id = "down"\nenvironment = "gamma"\nbreaks = ["CC-HL-STATUS"]\n'


@pytest.fixture(params=DRILLS, ids=lambda path: path.name)
def real(request):
    """One drill of this repository with its system."""
    found = load(request.param)
    return found, load_catalogue(ROOT / "environments").systems[found.system]


def test_every_fault_of_this_repository_names_what_there_is(real):
    drill, system = real
    assert drill.faults
    for fault in drill.faults:
        assert fault.environment in system.environments, fault.id
        assert [c for c in fault.breaks if c not in system.by_claim] == [], fault.id
        assert len(set(fault.breaks)) == len(fault.breaks), fault.id
        for claim in fault.breaks:
            assert system.by_claim[claim].kind == "check", fault.id


def test_every_fault_of_this_repository_does_harm_and_says_what_follows(real):
    for fault in real[0].faults:
        if fault.proves:  # what it shows is that the way of looking at it can succeed
            assert not fault.breaks, fault.id
            assert fault.exit == 0, fault.id
            continue
        assert fault.harm != Harm() or fault.sessions, fault.id
        assert fault.breaks or fault.says, fault.id
        assert fault.exit != 0, fault.id
        for tier in re.findall(r"\w+", fault.tiers):
            assert tier in {*TIERS, "or", "and", "not"}, fault.id


def test_every_compression_of_this_repository_is_of_an_environment(real):
    drill, system = real
    assert set(drill.compression) <= set(system.environments)


def test_every_harm_reads_as_it_was_written(real):
    for fault in real[0].faults:
        assert Harm.model_validate_json(fault.harm.model_dump_json()) == fault.harm


@pytest.fixture
def mistakes(tmp_path, monkeypatch):
    """A function that writes one file of faults and returns the mistakes in it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "drill"
    folder.mkdir()
    (folder / "drill.toml").write_text('system = "ceesar"\ntiers = "smoke"\n')

    def mistakes(*files):
        for number, text in enumerate(files):
            (folder / f"{number}.toml").write_text(text)
        try:
            load(folder)
        except DefinitionError as error:
            return [str(mistake) for mistake in error.mistakes]
        return []

    return mistakes


def test_a_fault_that_is_whole_is_no_mistake(mistakes):
    assert mistakes(f"[[fault]]\n{FAULT}") == []


@pytest.mark.parametrize(
    ("line", "key", "near"),
    [
        ('enviroment = "x"', "enviroment", "environment"),
        ("harms = {}", "harms", "harm"),
        ("harm.answer = []", "answer", "answers"),
        ('harm.answers = [{ path = "/", statsu = 500 }]', "statsu", "status"),
        ('harm.files."config/env" = { fnd = "x" }', "fnd", "find"),
        ('harm.source."Dockerfile" = { fnd = "x" }', "fnd", "find"),
        ('harm.log = [{ fnd = "x" }]', "fnd", "find"),
    ],
)
def test_an_unknown_key_is_a_mistake_that_names_near_ones(mistakes, line, key, near):
    [mistake] = mistakes(f"[[fault]]\n{FAULT}{line}\n")
    assert mistake.startswith("drill/0.toml: ")
    assert f"{key}\n  unknown key; did you mean {near}" in mistake


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('harm.answers = [{ path = "health" }]', 'path = "health"'),
        ('harm.answers = [{ path = "/", after = -1 }]', "greater than or equal to 0"),
        ('harm.answers = [{ path = "/", delay = "soon" }]', "not a duration"),
        ('harm.platform = { port = "1" }', "port"),
        ('harm.files."../x" = {}', "below the environment's own directory"),
        ('harm.files."x" = { find = "(", put = "" }', "not a regular expression"),
        ('harm.source."../x" = {}', "below the environment's own directory"),
        ('harm.log = [{ find = "(", put = "" }]', "not a regular expression"),
    ],
)
def test_a_bad_value_is_one_mistake(mistakes, line, said):
    [mistake] = mistakes(f"[[fault]]\n{FAULT}{line}\n")
    assert said in mistake
    assert "function-after" not in mistake


def test_an_id_that_stands_twice_is_a_mistake_across_files_too(mistakes):
    assert mistakes(f"[[fault]]\n{FAULT}", f"[[fault]]\n{FAULT}") == [
        'drill/1.toml: id = "down"\n  this id stands twice; ids are unique'
    ]


def test_all_mistakes_of_all_files_are_told(mistakes):
    found = mistakes("[[fault]]\n", "nonsense", f"[[fault]]\n{FAULT}exit = 'x'\n")
    assert [f for f in ("0.toml", "1.toml", "2.toml") if any(f in mistake for mistake in found)] == [
        "0.toml",
        "1.toml",
        "2.toml",
    ]


def test_a_missing_drill_is_one_mistake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path / "nowhere")
    assert [str(m) for m in caught.value.mistakes] == ["nowhere/drill.toml\n  the file is missing"]


def test_a_fault_that_a_busy_machine_cannot_blame_on_the_target_may_turn_nothing_red():
    fault = Fault(id="late", environment="gamma", breaks=("CC-HL-STATUS",), or_holds=True)
    strict = fault.model_copy(update={"or_holds": False})
    assert expected(fault, ExitCode.FAIL) == expected(strict, ExitCode.HOLD) == {"CC-HL-STATUS"}
    assert expected(fault, ExitCode.HOLD) == expected(None, ExitCode.PASS) == frozenset()

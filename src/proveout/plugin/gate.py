"""`pytest --gate=EDGE`: runs what the gate asks for, one run after the other, then lets it decide."""

import sys
from dataclasses import replace
from typing import Any

import pytest
from _pytest.config import create_terminal_writer

from proveout.catalogue.catalogue import load
from proveout.evidence.person import person
from proveout.evidence.store import Store
from proveout.gates.copies import write_copies
from proveout.gates.decide import decide_on_record
from proveout.gates.explain import colour, explained, runs_of
from proveout.gates.parts import Need, Part, needs, not_run, on_declared_ports, parts
from proveout.model.gate import Gate
from proveout.model.mistake import UserError, shown
from proveout.model.system import System
from proveout.model.verdict import ExitCode
from proveout.model.wording import plural
from proveout.plugin.child import Children, Stopped
from proveout.plugin.handed import handed
from proveout.plugin.places import evidence_folder, key_of, reports_folder
from proveout.plugin.wishes import wishes_of
from proveout.providers.plan import Wishes, plans

# What chooses checks, or shows instead of running: the option's name and how a person writes it.
CHOOSING = {
    "env": "--env",
    "env_twin": "--env-twin",
    "markexpr": "-m",
    "keyword": "-k",
    "file_or_dir": "a file or directory",
    "lf": "--lf",
    "failedfirst": "--ff",
    "newfirst": "--nf",
    "stepwise": "--sw",
    "stepwise_skip": "--sw-skip",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
    "collectonly": "--collect-only",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
    "showfixtures": "--fixtures",
    "show_fixtures_per_test": "--fixtures-per-test",
    "markers": "--markers",
    "pyargs": "--pyargs",
    "xmlpath": "--junitxml",
}
LIVE_ONLY = {
    "env_url": "--env-url",
    "env_root": "--env-root",
    "env_machine": "--env-machine",
    "env_source": "--env-source",
    "env_version": "--env-version",
    "env_artifact": "--env-artifact",
}


def run_gate(config: pytest.Config) -> int:
    """Run the parts of the gate that was named, decide, and return the exit code.

    Raises:
        pytest.UsageError: the options contradict each other, or a definition is wrong.
    """
    try:
        _require_alone(config)
        return GateRun(config).ended()
    except UserError as error:
        raise pytest.UsageError(str(error)) from None
    except Stopped as stopped:
        sys.stderr.write(f"proveout: {stopped}; nothing was decided\n")
        return stopped.code
    except KeyboardInterrupt:
        sys.stderr.write("proveout: interrupted; nothing was decided\n")
        return pytest.ExitCode.INTERRUPTED


class GateRun:
    """One gate: the runs it asks for, and the decision on what they left."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.option = config.option
        catalogue = load(config.rootpath / config.getini("proveout_environments"))
        self.catalogue = catalogue
        self.gate: Gate = catalogue.gate(self.option.gate[0])
        self.system: System = catalogue.systems[self.gate.system]
        self.reports = reports_folder(config)
        self.store = Store(evidence_folder(config))
        self.key = key_of(config)
        self.writer = create_terminal_writer(config, sys.stdout)
        self.left_out: list[str] = []
        self.wishes, self.parts = self._planned()

    def ended(self) -> int:
        """Run the parts, decide, and return the exit code."""
        planning = self.option.env_plan
        rehearsal = " as a rehearsal on copies" if self.option.rehearse else ""
        many = f"{len(self.parts)} {plural(len(self.parts), 'run')}"
        self._say(f"proveout: {self.gate.id}{rehearsal}: {many}, then the decision")
        for sentence in self.left_out:
            self._say(f"proveout: not run: {sentence}")
        children = Children(self.config.invocation_params.dir, self.store)
        for number, part in enumerate(self.parts, start=1):
            words = handed(part, self.wishes, self.config, rehearsal=self.option.rehearse)
            chosen = (*part.words, *(("--env-provider", "process") if self.option.rehearse else ()))
            said = " ".join(f'"{word}"' if " " in word else word for word in chosen)
            self._say(f"proveout: {number}/{len(self.parts)}  pytest {said}", bold=True)
            children.run(words, part, planning=planning)
        if planning:
            self._say("proveout: a plan only: nothing was started, asked, verified or decided")
            return ExitCode.PASS
        return self._decided()

    def _planned(self) -> tuple[Wishes, tuple[Part, ...]]:
        """Return what the command line says about targets, and the runs; nothing is started yet.

        Raises:
            UserError: an option is wrong, or names an environment that the gate does not ask about.
        """
        rehearsal = self.option.rehearse
        recovered = {
            str(entry.facts.get("environment"))
            for entry in self.store.snapshot().newest_first()
            if entry.kind == "event"
        }
        needed = needs(self.system, self.gate, rehearsal=rehearsal, recovered=recovered)
        names = {name for need in needed for name in need.together}
        chosen = [self.system.environments[name] for name in self.system.order if name in names]
        wishes = wishes_of(self.config, chosen)
        wishes = replace(wishes, provider="process" if rehearsal else "auto")
        plans(chosen, replace(wishes, ports="free"))  # what is wrong is said before anything runs
        self.left_out = [
            f"{line}: a soak takes its time: {command}"
            for line, command in not_run(self.system, self.gate).items()
        ]
        possible = [found for need in needed if (found := self._possible(need, wishes)) is not None]
        made = parts(self.system, possible)
        if wishes.ports == "declared":
            copies = [part for part in made if rehearsal or part.twin]
            live = [part for part in made if part not in copies]
            made = (*live, *on_declared_ports(copies, self._clash))
        return wishes, made

    def _clash(self, part: Part) -> bool:
        """Return whether two environments of a run are declared on one port."""
        environments = [self.system.environments[name] for name in part.environments]
        ports = [port for environment in environments for port in environment.network.ports.values()]
        return len(set(ports)) < len(ports)

    def _possible(self, need: Need, wishes: Wishes) -> Need | None:
        """Return what of a need can be run: a twin needs a way to the artifact that is live."""
        if not need.twin:
            return need
        lacking = {name: reason for name in need.together if (reason := self._no_twin(name, wishes))}
        if not lacking:
            return need
        reason = lacking.get(need.environment) or next(iter(lacking.values()))
        sentence = f"the claims of {need.tier} that only a copy of the live one can prove: {reason}"
        if sentence not in self.left_out:
            self.left_out.append(sentence)
        alone = frozenset({need.environment})
        return None if need.environment in lacking else replace(need, together=alone)

    def _no_twin(self, name: str, wishes: Wishes) -> str | None:
        wanted = replace(wishes, twin=True, require=wishes.require - {"live"}, sources={})
        try:
            plans([self.system.environments[name]], wanted)
        except UserError as error:
            return str(error).replace("\nnext: ", "; ").replace("\n", " ").removeprefix("--env-twin: ")
        return None

    def _decided(self) -> int:
        begin = f"{self.system.name}/{self.gate.begin}"
        artifact = self.wishes.artifacts.get(begin)
        # The runs took their time, and read the definitions anew: decide by what they are now.
        catalogue = load(self.catalogue.root)
        decision, record = decide_on_record(
            catalogue,
            catalogue.gate(self.gate.id),
            self.store,
            rehearsal=self.option.rehearse,
            wanted=f"sha256:{artifact}" if artifact else self.wishes.versions.get(begin),
            key=self.key,
            by=person(),
        )
        self.writer.line()
        self.writer.sep("=", "proveout gate")
        for line in explained(decision, record, every=self.option.explain, ran=True):
            word = colour(line)
            self.writer.line(line, **({word: True, "bold": not line.startswith(" ")} if word else {}))
        whole = explained(decision, record, every=True, runs=runs_of(self.store, decision), ran=True)
        try:
            self._say(f"copies: {shown(write_copies(decision, record, whole, self.reports))}")
        except OSError as error:
            # The record is in the store; these are only for reading.
            sys.stderr.write(f"proveout: no copy of the decision was written ({error.strerror})\n")
        return decision.verdict.exit_code

    def _say(self, text: str, **markup: bool) -> None:
        self.writer.line(text, **markup)
        self.writer.flush()


def _require_alone(config: pytest.Config) -> None:
    """Refuse everything that would choose other checks than the gate does.

    Raises:
        UserError: there is such a thing.
    """
    option: Any = config.option
    if not option.gate:
        flag = "--rehearse" if option.rehearse else "--explain"
        raise UserError(f"{flag} without --gate\nnext: pytest --gate=EDGE {flag}; proveout gate --list")
    if len(option.gate) > 1:
        raise UserError(f"--gate is given {len(option.gate)} times\nnext: decide one edge after the other")
    typed = [str(word).partition("=")[0] for word in config.invocation_params.args]
    if "--gate" not in typed:
        raise UserError(
            "--gate stands in addopts or PYTEST_ADDOPTS, so every run it starts would start it again\n"
            "next: write it on the command line"
        )
    if sys.flags.optimize:
        raise UserError(
            "Python runs with -O (or PYTHONOPTIMIZE): assertions do nothing, so every check would pass\n"
            "next: run again without it"
        )
    chosen = [flag for name, flag in CHOOSING.items() if getattr(option, name, None)]
    chosen += ["--env-provider"] if option.env_provider != "auto" else []
    if chosen:
        raise UserError(
            f"--gate and {', '.join(chosen)}: the gate chooses what runs\n"
            f"next: leave out {', '.join(chosen)}, or leave out --gate"
        )
    given = [flag for name, flag in LIVE_ONLY.items() if getattr(option, name)]
    if option.rehearse and given:
        raise UserError(
            f"--rehearse and {', '.join(given)}: a rehearsal works on copies that it starts itself\n"
            "next: leave one of the two out"
        )
    if config.invocation_params.dir.resolve() != config.rootpath.resolve():
        raise UserError(
            f"--gate is run where the configuration lies, in {config.rootpath}\n"
            "  elsewhere pytest would not see all checks\n"
            f"next: cd {config.rootpath}"
        )

"""Runs the checks against harmed copies and compares what turns red with what each fault breaks."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from proveout.drill.derive import derive
from proveout.drill.fault import Drill, Fault
from proveout.drill.nursery import Nursery
from proveout.drill.surroundings import live, sessions
from proveout.model.claim import TIERS
from proveout.model.system import System
from proveout.model.verdict import ExitCode

# What a drill reads is the evidence; other reports and tools only cost its many runs their start-up.
UNUSED_PLUGINS = [f"-pno:{name}" for name in ("allure_pytest", "cacheprovider", "hypothesispytest", "xdist")]
DEADLINE = 300.0  # seconds for one run of the checks
SOAKS = 3  # side by side


@dataclass(frozen=True)
class Finding:
    """What one fault did: the claims that turned red, the exit code, and the end of the output."""

    fault: str
    expected: frozenset[str]
    red: frozenset[str]
    expected_exits: tuple[int, ...]
    exit: int
    says: tuple[str, ...]
    output: str
    unproven: frozenset[str] = frozenset()

    @property
    def survived(self) -> bool:
        """Return whether the fault did not do exactly what its definition says."""
        return bool(self.complaints)

    @property
    def complaints(self) -> list[str]:
        """Return in what the run differs from what the fault says it breaks."""
        found = []
        if missing := sorted(self.expected - self.red):
            found.append(f"stayed green: {', '.join(missing)}")
        if extra := sorted(self.red - self.expected):
            found.append(f"turned red as well: {', '.join(extra)}")
        if self.unproven:
            found.append(f"not proven: {', '.join(sorted(self.unproven))}")
        if self.exit not in self.expected_exits:
            found.append(f"exit {self.exit} instead of {' or '.join(map(str, self.expected_exits))}")
        said = " ".join(self.output.split())
        found += [f'does not say "{text}"' for text in self.says if " ".join(text.split()) not in said]
        return found


@dataclass(frozen=True)
class Range:
    """Where a drill takes place: the suite's root, its definitions, and a folder for what runs leave."""

    suite: Path
    environments: Path
    reports: Path
    full: bool = False
    nursery: Nursery = field(default_factory=Nursery)

    def _tiers(self, system: System, drill: Drill, fault: Fault | None) -> str:
        """Return the tiers to run: smoke and those of the broken claims, or all of the drill's.

        A fault that names its tiers is drilled in those only.
        """
        if fault is None or self.full or fault.tiers:
            return (fault.tiers if fault else "") or drill.tiers
        tiers = {str(system.by_claim[claim].tier) for claim in fault.breaks if claim in system.by_claim}
        return " or ".join(tier for tier in TIERS if tier in tiers | {"smoke"})

    def run(self, system: System, drill: Drill, fault: Fault | None, environment: str) -> Finding:
        """Run the checks against a copy harmed by the fault; without a fault nothing may turn red.

        Raises:
            TimeoutError: the run does not end.
        """
        name = fault.id if fault else f"control-{environment}"
        folder = self.reports / name
        folder.mkdir(parents=True)
        derived = derive(self.environments, system, drill, fault, folder)
        tiers = self._tiers(system, drill, fault)
        selected = (fault.run if fault else "") or f"{system.name}/{environment}"
        command = ["-q", *UNUSED_PLUGINS]
        command += [f"--env={selected}", "-m", tiers]
        command += ["-o", f"proveout_environments={derived}", "-o", f"proveout_reports={folder}"]
        command += fault.arguments if fault else ()
        with ExitStack() as stack:
            variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
            if fault is not None and not self.full and not _looks_at_pages(fault, system):
                variables["PROVEOUT_CHROMIUM"] = "none"
            if fault is not None and fault.live:
                command += stack.enter_context(live(derived, system, fault, folder))
            else:
                command.append("--env-provider=process")
            if fault is not None and fault.sessions is not None:
                variables |= stack.enter_context(sessions(fault.sessions, folder))
            said = folder / "output.txt"
            ended = self.nursery.run(
                command, folder=self.suite, variables=variables, output=said, within=DEADLINE
            )
        output = said.read_text(encoding="utf-8", errors="replace")
        return Finding(
            name,
            expected(fault, ended),
            _claims(folder, "failedTests"),
            _exits(fault),
            ended,
            _says(fault),
            output,
            frozenset(fault.proves if fault else ()) - _claims(folder, "passedTests"),
        )

    def runs(
        self, system: System, drill: Drill, environments: list[str], *, jobs: int, only: Callable[[str], bool]
    ) -> Iterator[Finding]:
        """Yield a finding for each environment's control run and each of its faults, as they come in."""
        controls = [(None, name) for name in environments if only(f"control-{name}")]
        chosen = [f for f in drill.faults if f.environment in environments and only(f.id)]
        by_jobs: dict[int, list[tuple[Fault | None, str]]] = {jobs: [*controls]}
        for fault in chosen:
            by_jobs.setdefault(_side_by_side(fault, jobs), []).append((fault, fault.environment))
        for side_by_side, turn in sorted(by_jobs.items(), reverse=True):
            with ThreadPoolExecutor(side_by_side) as pool:
                yield from pool.map(lambda job: self.run(system, drill, *job), turn)


def _side_by_side(fault: Fault, jobs: int) -> int:
    """Return how many runs of its kind can be there at once, of so many jobs.

    A generator of load that competes with other runs cannot say who was late; that of a soak needs little.
    """
    if "load" in fault.tiers:
        return 1
    return min(SOAKS, jobs) if "soak" in fault.tiers else jobs


def _looks_at_pages(fault: Fault, system: System) -> bool:
    """Return whether the fault breaks what is seen in a browser, which costs more than all other checks."""
    claims = [system.by_claim[claim] for claim in fault.breaks if claim in system.by_claim]
    return fault.browser or any(claim.verified_by.startswith("browser") for claim in claims)


def expected(fault: Fault | None, ended: int) -> frozenset[str]:
    """Return the claims that must turn red in a run with this exit code.

    None if that says HOLD, and it is right that the machine could not tell.
    """
    if fault is None or (fault.or_holds and ended == ExitCode.HOLD):
        return frozenset()
    return frozenset(fault.breaks)


def _says(fault: Fault | None) -> tuple[str, ...]:
    if fault is None or not fault.says:
        return ()
    return (fault.says,) if isinstance(fault.says, str) else fault.says


def _exits(fault: Fault | None) -> tuple[int, ...]:
    if fault is None:
        return (ExitCode.PASS,)
    return (fault.exit, ExitCode.HOLD) if fault.or_holds else (fault.exit,)


def _claims(folder: Path, key: str) -> frozenset[str]:
    claims: set[str] = set()
    for file in folder.glob("*/*/evidence.json"):
        claims.update(json.loads(file.read_text())["predicate"][key])
    return frozenset(claims)

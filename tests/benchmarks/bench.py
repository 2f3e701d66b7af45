"""Measures what proveout costs, as ratios within one run: `tox -e bench`.

Each ratio is the median over pairs of runs that take turns, so that what else the machine does meets both.
An aim that is missed is said and changes the exit code; a wall-clock time by itself is never judged.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from history import EDGE, Gatekeeping, opened_after, settled
from rich.console import Console
from rich.table import Table
from traffic import day, seconds_of_bare, seconds_of_journal, seconds_of_ours

from machinery.freezing import still
from proveout.catalogue.catalogue import Catalogue, load
from proveout.model.verdict import Word
from proveout.providers.process import Copy, start

ROOT = Path(__file__).resolve().parents[2]
REQUEST = re.compile(r"\bmethod=(\w+).*\bpath=(\S+)")


@dataclass(frozen=True)
class Ratio:
    """One comparison: what is measured, over what, seconds of both, and what is aimed at."""

    what: str
    over: str
    seconds: float
    base: float
    ratio: float
    aim: float | None

    @property
    def missed(self) -> bool:
        return self.aim is not None and self.ratio > self.aim


def pytest_run(*words: str, **variables: str) -> float:
    """Run pytest and return the seconds it took; a run that fails stops the benchmark."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begun
    if done.returncode not in {0, 5}:
        sys.exit(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return seconds


def compare(
    what: str,
    one: Callable[[], float],
    over: str,
    other: Callable[[], float],
    *,
    pairs: int,
    aim: float | None = None,
) -> Ratio:
    """Measure both in turns and return the median of the ratios of the pairs."""
    one(), other()  # caches of files and byte code are warm for both
    found = [(one(), other()) for _ in range(pairs)]
    ratio = statistics.median(a / b for a, b in found)
    seconds, base = (statistics.median(column) for column in zip(*found, strict=True))
    return Ratio(what, over, seconds, base, ratio, aim)


@contextmanager
def copies(catalogue: Catalogue, ids: list[str]) -> Iterator[list[Copy]]:
    """Start copies side by side and end them."""
    folder = Path(tempfile.mkdtemp(prefix="proveout-bench-"))
    found: list[Copy] = []

    def begin(i: str) -> None:
        environment = catalogue.environments[i]
        system = catalogue.system_of(environment)
        found.append(start(environment, system, folder / i.replace("/", "-"), records=folder))

    try:
        with ThreadPoolExecutor(len(ids)) as pool:
            list(pool.map(begin, ids))
        yield found
    finally:
        for copy in found:
            copy.stop()
        shutil.rmtree(folder)


def seconds_to_ready(catalogue: Catalogue, ids: list[str]) -> float:
    begun = time.perf_counter()
    with copies(catalogue, ids):
        return time.perf_counter() - begun


def requests_in(log: Path, offset: int) -> Counter[tuple[str, str]]:
    text = log.read_bytes()[offset:].decode()
    return Counter((found[1], found[2]) for found in map(REQUEST.search, text.splitlines()) if found)


def smoke_over_bare(catalogue: Catalogue, reports: Path, pairs: int, *, waiting: bool) -> Ratio:
    """Compare the smoke tier with the same requests sent by hand, against one running target.

    One check waits until the clock of a server that tells whole seconds moves on, half a second on average;
    without `waiting` it is left out.
    """
    with copies(catalogue, ["ceesar/gamma"]) as (copy,):
        target = copy.target
        log = target.log
        if log is None:
            sys.exit("the target has no log, so its requests cannot be compared")
        words = ["--env=gamma", f"--env-url={target.url}", f"--env-root={target.root}", "-m", "smoke"]
        words += [
            "-o",
            f"proveout_reports={reports}",
            "-k",
            f"not test_page{'' if waiting else ' and not this_moment'}",
        ]

        def ours() -> float:
            return pytest_run(*words)

        before = log.stat().st_size
        ours()
        sent = requests_in(log, before)
        numbers = {
            "BARE_HEALTHS": str(sent["GET", "/api/health"]),
            "BARE_PROBLEMS": str(sent["GET", "/api/problems"]),
            "BARE_RUNS": str(sent["POST", "/api/run"]),
        }

        def bare() -> float:
            off = ["-p", "no:proveout", "-p", "no:allure_pytest", "-p", "no:xdist"]
            words = ["-c", "/dev/null", "--rootdir", str(ROOT / "tests" / "benchmarks"), *off]
            return pytest_run(
                *words, str(Path(__file__).with_name("bare_smoke.py")), BARE_URL=target.url, **numbers
            )

        before = log.stat().st_size
        bare()
        if requests_in(log, before) != sent:
            sys.exit(f"not the same requests: {sent} and {requests_in(log, before)}; mend bare_smoke.py")
        count = sent.total()
        what = "smoke tier" if waiting else "smoke tier without the check that waits"
        return compare(
            what, ours, f"bare pytest and httpx, same {count} requests", bare, pairs=pairs, aim=1.3
        )


def start_with_plugin(pairs: int) -> Ratio:
    """Compare the start of pytest with the plugin loaded and silent, and without it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    assert True\n")
        words = [
            "-c",
            "/dev/null",
            "--rootdir",
            folder,
            "-p",
            "no:locust",
            "-p",
            "no:hypothesispytest",
            folder,
        ]

        def loaded() -> float:
            return pytest_run(*words)

        def unloaded() -> float:
            return pytest_run("-p", "no:proveout", *words)

        return compare(
            "pytest with the plugin", loaded, "pytest without it", unloaded, pairs=3 * pairs, aim=1.1
        )


def deciding(pairs: int) -> list[Ratio]:
    """Compare a decision after a year of records with one after a day: as a command, and within a process.

    Within one process there is no aim: every body is looked at, so that one that was changed is noticed, and
    that alone takes longer than a decision over few.
    """
    with tempfile.TemporaryDirectory() as folder:
        keepings = [opened_after(Path(folder) / str(count), count) for count in (10_000, 100)]
        for keeping in keepings:
            settled(keeping)
            if keeping.decide(EDGE).word is not Word.PASS:
                sys.exit("the gate of the benchmark does not open")

        def within(keeping: Gatekeeping) -> Callable[[], float]:
            def best() -> float:
                return min(seconds_of(lambda: keeping.decide(EDGE)) for _ in range(5))

            return best

        def command(keeping: Gatekeeping) -> Callable[[], float]:
            proveout = str(Path(sys.executable).with_name("proveout"))
            words = [proveout, "gate", f"gaia/{EDGE}", "--root", str(keeping.folder)]

            def run() -> float:
                done: list[subprocess.CompletedProcess[str]] = []
                seconds = seconds_of(
                    lambda: done.append(subprocess.run(words, capture_output=True, text=True, check=False))
                )
                if done[0].returncode:
                    said = f"{done[0].stdout}{done[0].stderr}"
                    sys.exit(f"{' '.join(words)}\nended with {done[0].returncode}\n{said}")
                return seconds

            return run

        return [
            compare(what, how(keepings[0]), "100 records", how(keepings[1]), pairs=2 * pairs, aim=aim)
            for what, how, aim in (
                ("proveout gate over 10,000 records", command, 1.5),
                ("the same within one process", within, None),
            )
        ]


def loading(pairs: int) -> list[Ratio]:
    """Compare the load generator with locust alone, and what a day leaves in memory with the first hour."""
    with still() as (_, port):
        cost = compare(
            "CPU of 1,000 requests of a load",
            lambda: seconds_of_ours(port),
            "FastHttpUser of locust alone, both at full speed",
            lambda: seconds_of_bare(port),
            pairs=pairs,
            aim=1.15,
        )
    journal = statistics.median(seconds_of_journal() for _ in range(pairs))
    kept = cost.base + journal
    generator, supervisor = day(24)
    return [
        cost,
        Ratio("the same with recorder and ledger", "without", kept, cost.base, kept / cost.base, 1.03),
        Ratio("memory of the generator after a day", "after an hour", 0.0, 0.0, generator, 1.2),
        Ratio("memory of the supervisor after a day", "after an hour", 0.0, 0.0, supervisor, 1.2),
    ]


def seconds_of(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def main() -> int:
    """Measure everything, print a table, and write the figures; 1 if an aim was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs per ratio (default: 5)")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    catalogue = load(ROOT / "environments")
    pairs = arguments.pairs
    six = list(catalogue.environments)
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)

        def side_by_side(workers: int) -> Callable[[], float]:
            words = ["--env=all", "-m", "smoke", "-n", str(workers), "-o", f"proveout_reports={reports}"]
            return lambda: pytest_run(*words)

        ratios = [
            *deciding(pairs),
            *loading(pairs),
            smoke_over_bare(catalogue, reports, pairs, waiting=True),
            smoke_over_bare(catalogue, reports, pairs, waiting=False),
            start_with_plugin(pairs),
            compare(
                "six targets, start to ready",
                lambda: seconds_to_ready(catalogue, six),
                "one target",
                lambda: seconds_to_ready(catalogue, ["ceesar/gamma"]),
                pairs=pairs,
            ),
            compare("smoke of all, -n 2", side_by_side(2), "-n 1", side_by_side(1), pairs=max(1, pairs // 2)),
        ]
    table = Table(box=None, pad_edge=False)
    for column in ("ratio", "aim", "", "over", "seconds"):
        table.add_column(column, justify="right" if column in {"ratio", "aim", "seconds"} else "left")
    for r in ratios:
        aim = "" if r.aim is None else f"<= {r.aim:g}{'  missed' if r.missed else ''}"
        table.add_row(f"{r.ratio:.2f}", aim, r.what, r.over, f"{r.seconds:.2f} / {r.base:.2f}")
    Console().print(table)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(r) for r in ratios], indent=2) + "\n")
    return int(any(r.missed for r in ratios))


if __name__ == "__main__":
    sys.exit(main())

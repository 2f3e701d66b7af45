"""The text of a decision: short enough for three in the morning, complete enough to act on."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from proveout.evidence.envelope import opened
from proveout.evidence.instant import moment
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import read_run
from proveout.evidence.store import Damaged, Entry, Store
from proveout.gates.decision import Decision
from proveout.gates.line import Line
from proveout.gates.release import Release
from proveout.model.mistake import shown
from proveout.model.quantity import brief
from proveout.model.verdict import Word
from proveout.model.wording import plain

WIDTH = 110
LONGEST = 600  # characters of one line of a reason
MOST = 12  # lines of a reason, and records of a line, that are shown
RUNNING = (
    "release",
    "tier",
    "claims",
    "monitored",
    "record",
    "deployed",
    "recovered",
)  # lines that ask for runs
COLOURS = {"PASS": "green", "FAIL": "red", "HOLD": "yellow"}
_WORD = re.compile(r"(?:  )?(PASS|FAIL|HOLD) ")


def explained(
    decision: Decision,
    record: Path | None = None,
    *,
    every: bool = False,
    runs: Mapping[int, str] | None = None,
    ran: bool = False,
) -> list[str]:
    """Return the lines of the text: what is open or failed and what to do, or `every` line with its evidence.

    `runs` are the ids of the runs behind records, by their number; see `runs_of`. `ran` says that the gate's
    own runs have just been done.
    """
    lines = [*_head(decision)]
    for line in decision.lines:
        if every or not (line.word is Word.PASS or line.left_out):
            lines += ["", *_paragraph(line, decision, every=every, runs=runs or {})]
    todo = commands(decision)
    if len(todo) > 1:
        lines += ["", "to do next:", *(f"  {number:>2}  {text}" for number, text in enumerate(todo, start=1))]
    if not ran and any(_is_open(line) and line.needs in RUNNING for line in decision.lines):
        rehearse = " --rehearse" if decision.rehearsal else ""
        lines += ["", f"all runs at once (never a soak): pytest --gate={decision.gate}{rehearse}"]
    asked = [line for line in decision.lines if not line.left_out]
    passed = sum(line.word is Word.PASS for line in asked)
    if passed and not every:
        lines += ["", f"{passed} of {len(asked)} lines pass; --explain shows all, with the evidence"]
    where = "not on record" if record is None else f"record: {shown(record)}"
    return [*lines, "", where]


def commands(decision: Decision) -> list[str]:
    """Return what to do next, each command once, in the order of the lines."""
    found = dict.fromkeys(
        command for line in decision.lines if _is_open(line) for command in line.next if command.strip()
    )
    return [plain(command, LONGEST) for command in found]


def colour(line: str) -> str | None:
    """Return the colour of a line of the text at a terminal."""
    match = _WORD.match(line)
    return COLOURS[match[1]] if match else None


def runs_of(store: Store, decision: Decision) -> dict[int, str]:
    """Return the ids of the runs that a decision used, by the number of their records."""
    found = {}
    for entry in decision.used:
        # A record that is gone or changed by now is no reason to leave the decision unexplained.
        with suppress(Damaged, Malformed):
            if entry.kind == "run":
                found[entry.number] = read_run(opened(store.body(entry), {}).payload).run
    return found


def _is_open(line: Line) -> bool:
    return line.word is not Word.PASS and not line.left_out


def _head(decision: Decision) -> Iterator[str]:
    verdict = decision.verdict
    rehearsal = "   rehearsal on copies" if decision.rehearsal else ""
    yield f"{decision.gate}   {plain(str(decision.release), LONGEST)}{rehearsal}"
    by = f" by {plain(decision.by)}" if decision.by else ""
    yield f"decided {decision.decided:%Y-%m-%d %H:%M} UTC{by}"
    note = f"   ({plain(verdict.note, LONGEST)})" if verdict.note else ""
    yield from _wrapped(f"{verdict.word.value} {verdict.proven}/{verdict.claims}{note}", "", "    ")


def _paragraph(line: Line, decision: Decision, *, every: bool, runs: Mapping[int, str]) -> Iterator[str]:
    count = f"   {line.proven}/{line.required}" if line.required > 1 and not line.left_out else ""
    word = "left out" if line.left_out else line.word.value
    yield from _wrapped(f"{word}  {plain(line.says, LONGEST)}{count}", "  ", " " * 8)
    reasons = (line.left_out,) if line.left_out else line.reasons
    for reason in reasons:
        for text in reason.splitlines()[:MOST]:
            yield from _wrapped(plain(text, LONGEST), " " * 8, " " * 10)
    if every:
        yield from _evidence(line.used, decision, runs)
        for waived in line.waived:
            yield from _wrapped(f"waived: {plain(waived, LONGEST)}", " " * 8, " " * 10)
        if line.decides:
            yield from _wrapped(f"decides: {', '.join(line.decides)}", " " * 8, " " * 10)
    # A command is copied, so it stays in one line, however long.
    for command in dict.fromkeys(line.next) if _is_open(line) else ():
        yield f"        next: {plain(command, LONGEST)}"


def _evidence(used: Iterable[Entry], decision: Decision, runs: Mapping[int, str]) -> Iterator[str]:
    entries = list(used)
    for entry in entries[:MOST]:
        yield from _wrapped(f"evidence: {record_text(entry, decision, runs)}", " " * 8, " " * 10)
    if len(entries) > MOST:
        yield f"        evidence: and {len(entries) - MOST} more"


def record_text(entry: Entry, decision: Decision, runs: Mapping[int, str]) -> str:
    """Return what a record is in one line: its id, its age, and what tells it from others."""
    facts = entry.facts
    what = f"run {runs[entry.number]}" if entry.number in runs else entry.kind
    names = ("environment", "provenance", "gate", "what", "claim", "word", "by")
    said = [str(facts[name]) for name in names if facts.get(name)]
    release = Release.of(facts)
    if release.version or release.artifact:
        said.append(str(release))
    return plain("  ".join([entry.id, what, _age(entry, decision), *said]), LONGEST)


def _age(entry: Entry, decision: Decision) -> str:
    """Return how old a record was when it was decided; a run is as old as its end."""
    ended = entry.facts.get("ended")
    try:
        since = moment(ended if isinstance(ended, str) else entry.stored)
    except ValueError:
        since = moment(entry.stored)
    return f"{brief(max(0.0, round(decision.decided.timestamp() - since.timestamp())))} old"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    ) or [first]

"""Conduct: what a target may not do at all while it is watched, and what must stay as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from proveout.load.ledger import Ledger
from proveout.load.line import Finding, Sample
from proveout.load.profile import Mix
from proveout.model.verdict import Word
from proveout.model.wording import counted, times, were
from proveout.soak.budget import Budget, unseen
from proveout.soak.strata import Strata, begun_anew
from proveout.soak.unit import size

POLLED = 0.7  # share of samples in which the health URL is asked; in pauses it is not


def happened(ledger: Ledger, *kinds: str) -> list[Finding]:
    """Return what happened to the target, of these kinds, as its samples tell and as was written down."""
    told = [f for f in ledger.findings if f.kind in kinds]
    strata = Strata(ledger.head, begun_anew(ledger.segments))
    seen = [f for sample in ledger.samples for f in strata.look(sample) if f.kind in kinds]
    return max(told, seen, key=len)  # the same things, told while it ran and read off again


def restarts(ledger: Ledger, mix: Mix) -> Budget:
    """Judge how often the target was another process than before."""
    limit, name = mix.limits.restarts, "restarts"
    found = happened(ledger, "restarted")
    figures = {"found": len(found), "budget": limit, "unit": ""}
    often = f"restarted {times(len(found))}" if found else "never restarted"
    text = f"the target was {often}; the budget is {limit}"
    if len(found) > limit:
        return Budget(name, Word.FAIL, f"{text}; at first {_moment(found[0])}: {found[0].text}", figures)
    missing = unseen(ledger.samples, "started", "process", "pid")
    if missing:
        return Budget(name, Word.HOLD, f"nobody can say whether it was restarted: {missing}", figures)
    copies = happened(ledger, "copy")
    if copies:
        return Budget(name, Word.HOLD, f"{copies[0].text}; next: run the soak in one go", figures)
    return Budget(name, Word.PASS, text, figures)


def identity(ledger: Ledger) -> Budget:
    """Judge whether it was the same environment and version all the time."""
    name = "identity"
    wrong = happened(ledger, "identity")
    if wrong:
        return Budget(name, Word.FAIL, wrong[0].text)
    changed = happened(ledger, "redeployed")
    if changed:
        text = f"{changed[0].text}, so this soak is of no single version; next: soak the new one"
        return Budget(name, Word.HOLD, text)
    # In a pause of the profile nobody asks, so that the target can be idle.
    asked = [sample for sample in ledger.samples if sample.get is not None]
    missing = next(
        filter(None, (unseen(asked, key, "identity", "get") for key in ("environment", "version"))), ""
    )
    if missing:
        return Budget(name, Word.HOLD, f"nobody can say which environment and version it was: {missing}")
    versions = {sample.version for sample in ledger.samples if sample.version is not None}
    if versions != {ledger.head.version}:
        said = ", ".join(sorted(versions))
        text = f"it said it was version {said}; the soak is of {ledger.head.version}"
        return Budget(name, Word.HOLD, text)
    return Budget(name, Word.PASS, f"{ledger.head.environment}, version {ledger.head.version}, all the time")


def critical_lines(ledger: Ledger, mix: Mix) -> Budget:
    """Judge how many critical lines were logged."""
    limit = mix.limits.critical
    return _lines(ledger, "critical lines", "critical", limit, noun="critical line", claim=False)


def levels(ledger: Ledger) -> Budget:
    """Judge whether anything was logged below the declared level."""
    return _lines(ledger, "levels", "below", 0, noun="line", where=" below the declared level", claim=True)


def _lines(
    ledger: Ledger, name: str, key: str, limit: int, *, noun: str, where: str = "", claim: bool
) -> Budget:
    counts = [value for sample in ledger.samples if (value := getattr(sample, key)) is not None]
    found = sum(counts)
    figures = {"found": found, "budget": limit, "unit": ""}
    text = f"{counted(found, noun)} {were(found)} logged{where}; the budget is {limit}"
    if found > limit:
        return Budget(name, Word.FAIL, text, figures, claim=claim)
    missing = unseen(ledger.samples, key, "log")
    if missing:
        return Budget(name, Word.HOLD, f"the log was not seen: {missing}", figures, claim=claim)
    return Budget(name, Word.PASS, text, figures, claim=claim)


def poll(ledger: Ledger) -> Budget:
    """Judge whether the health URL answered every time it was asked, by GET and by HEAD."""
    asked = [(how, s) for s in ledger.samples for how in (s.get, s.head) if how is not None]
    down = [(how, sample) for how, sample in asked if how != "200"]
    figures = {"found": len(down), "budget": 0, "unit": ""}
    good = len(asked) - len(down)
    text = f"{good:,} of {counted(len(asked), 'poll')} by GET and HEAD {were(good)} answered with 200"
    if down:
        return Budget("poll", Word.FAIL, f"{text}; the first other: {down[0][0]}", figures, claim=True)
    for how in ("get", "head"):
        seen = sum(getattr(sample, how) is not None for sample in ledger.samples)
        if seen < POLLED * len(ledger.samples) or not seen:
            reason = next((s.unknown[how] for s in ledger.samples if how in s.unknown), "nobody asked")
            polls = counted(seen, "poll")
            told = f"only {polls} by {how.upper()} in {counted(len(ledger.samples), 'sample')}: {reason}"
            return Budget("poll", Word.HOLD, told, figures, claim=True)
    return Budget("poll", Word.PASS, text, figures, claim=True)


def log_per_request(ledger: Ledger, mix: Mix) -> Iterator[Budget]:
    """Judge how much is logged for a request, if there is a bound for it."""
    limit, name = mix.limits.log_per_request, "log per request"
    if limit is None:
        return
    requests = sum(slot.requests for slot in ledger.slots)
    sizes = [sample.log for sample in ledger.samples if sample.log is not None]
    missing = unseen(ledger.samples, "log")
    figures = {"budget": limit, "unit": "B"}
    if missing or len(sizes) < 2 or not requests:
        reason = missing or "too few samples and requests"
        yield Budget(name, Word.HOLD, f"the log was not seen: {reason}", figures, claim=True)
        return
    # A log that was cut begins anew: what it holds then was written since.
    written = sum(after - before if after >= before else after for before, after in pairwise(sizes))
    each = written / requests
    text = (
        f"{size(written)} of log for {counted(requests, 'request')}, {size(each)} each; at most {size(limit)}"
    )
    word = Word.FAIL if each > limit else Word.PASS
    yield Budget(name, word, text, figures | {"found": each}, claim=True)


def rows(ledger: Ledger) -> Budget:
    """Judge whether a table ever lost all its rows, or vanished."""
    known: dict[str, int] = {}
    for sample in ledger.samples:
        if sample.rows is None:
            continue
        for table, before in known.items():
            count = sample.rows.get(table)
            if count is None or (count == 0 and before > 0):
                what = "vanished" if count is None else f"fell from {counted(before, 'row')} to none"
                return Budget("rows", Word.FAIL, f"the table {table} {what}", claim=True)
        known = {**known, **sample.rows}
    missing = unseen(ledger.samples, "rows", "database")
    if missing:
        return Budget("rows", Word.HOLD, f"the tables were not seen: {missing}", claim=True)
    kept = "the only table kept its" if len(known) == 1 else f"all {len(known):,} tables kept their"
    return Budget("rows", Word.PASS, f"{kept} rows", claim=True)


def database_file(ledger: Ledger) -> Budget:
    """Judge whether the database was one and the same file all the time."""
    seen = [sample.database_file for sample in ledger.samples if sample.database_file is not None]
    if len(set(seen)) > 1:
        text = f"the database file was replaced {times(_changes(seen))}: {seen[0]} became {_other(seen)}"
        return Budget("database file", Word.FAIL, text, claim=True)
    missing = unseen(ledger.samples, "database_file", "database")
    if missing:
        return Budget("database file", Word.HOLD, f"the database file was not seen: {missing}", claim=True)
    return Budget("database file", Word.PASS, "one and the same file all the time", claim=True)


def binary(ledger: Ledger) -> Budget:
    """Judge whether what runs stayed the same as long as it said it was the same version."""
    known: dict[str | None, Sample] = {}
    version: str | None = None
    for sample in ledger.samples:
        version = sample.version or version
        if sample.binary is None:
            continue
        before = known.setdefault(version, sample)
        if before.binary != sample.binary:
            text = f"{before.binary} became {sample.binary} while the version stayed {version}"
            return Budget("binary", Word.FAIL, text, claim=True)
    missing = unseen(ledger.samples, "binary")
    if missing:
        return Budget("binary", Word.HOLD, f"the binary was not seen: {missing}", claim=True)
    return Budget("binary", Word.PASS, f"unchanged in {counted(len(ledger.samples), 'sample')}", claim=True)


def _moment(finding: Finding) -> str:
    return f"{datetime.fromtimestamp(finding.at, UTC):%Y-%m-%d %H:%M} UTC"


def _changes(seen: list[str]) -> int:
    return sum(before != after for before, after in pairwise(seen))


def _other(seen: list[str]) -> str:
    return next(value for value in seen if value != seen[0])

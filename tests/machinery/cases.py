"""Every way to tamper with everything that the gate of a target reads, always in the same order."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from machinery.edits import (
    ANY,
    SORTS,
    byte_edits,
    cuts,
    field_edits,
    later,
    line_edits,
    payload_of,
    spread,
    times_of,
    wholes,
    with_payload,
)
from machinery.gatekeeping import CHECKOUT, NOW
from machinery.tampering import Case, Changes
from machinery.target import READ, Target, moved
from proveout.evidence.envelope import signed
from proveout.evidence.index import Entry, head_of
from proveout.evidence.key import Key
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.store import Store

LONG = timedelta(days=40)  # more than any limit of any gate, and than any waiver or approval holds
HOURS = (0, 2, 75, 167, 2000)


def cases(target: Target) -> Iterator[Case]:
    """Yield every case against a target."""
    for position in range(len(target.rows)):
        yield from _record(target, position)
        yield from _swaps(target, position)
    for name in ("index.jsonl", "head.json"):
        yield from _text(target, target.folder / name, each=3, lines=3)
    yield from _index(target)
    for path in target.definitions():
        yield from (_document if path.suffix == ".md" else _definition)(target, path)
    yield from _failures(target)
    yield from _other_times(target)
    yield from _forgeries(target)


def _one(label: str, path: Path, name: str, content: bytes | None, **options: Any) -> Case:
    return Case(f"{label}: {name}", partial(dict, [(path, content)]), **options)


def _lazy(label: str, path: Path, name: str, make: Any) -> Case:
    return Case(f"{label}: {name}", lambda: {path: make()})


def _record(target: Target, position: int) -> Iterator[Case]:
    """Remove, cut, edit, age, backdate, and copy one record, everything else as it was."""
    entry, body = target.rows[position]
    path, payload = target.folder / entry.name, payload_of(body)
    label = f"record {entry.number} ({entry.kind})"
    one = partial(_one, label, path)
    yield one("removed", None)
    for name, content in (*cuts(body, 4), *byte_edits(body, 1)):
        yield one(name, content)
    for name, content in byte_edits(body, 1):
        if name.endswith("another"):
            yield one(f"{name}, its time kept", content, times="kept")
    for which in spread(list(range(times_of(payload))), 2):
        for name, span in (("moved back by 3 h", -timedelta(hours=3)), ("of the future", 10 * LONG)):
            content = with_payload(body, later(payload, span, which))
            yield one(f"time {which + 1} {name}", content, times="kept")
    yield one("aged", with_payload(body, later(payload, -LONG)), times="old")
    for name, make in field_edits(payload, 3):
        yield _lazy(label, path, name, lambda make=make: with_payload(body, make()))
    for name, make in field_edits(body, 2) if target.key else ():
        yield _lazy(label, path, f"envelope {name}", make)
    for copy in (f"{entry.number + 1:06d}{entry.id[6:]}.json", f"{entry.id}-2.json", f"{entry.id}.bak"):
        yield _one(label, target.folder / copy, f"copied to {copy[:6]}{copy[19:]}", body)
    again = [*target.rows, (replace(entry, stored=target.rows[-1][0].stored), body)]
    yield Case(f"{label}: added again, resealed", partial(target.resealed, again))


def _swaps(target: Target, position: int) -> Iterator[Case]:
    """Put the bytes of others, of the same kind and of another, in the place of a record."""
    entry, body = target.rows[position]
    path = target.folder / entry.name
    others = [*target.rows[position + 1 :], *target.rows[:position]]
    alike = [row for row in others if row[0].kind == entry.kind][:1]
    unlike = [row for row in others if row[0].kind != entry.kind][:1]
    for other, content in (*alike, *unlike):
        both = {path: content, target.folder / other.name: body}
        yield Case(f"records {entry.number} and {other.number} changed places", partial(dict, both))
        yield _one(f"record {entry.number}", path, f"bytes of record {other.number}", content)
    for file in (target.folder / "index.jsonl", target.keeping.directory / "gates.toml"):
        yield _one(f"record {entry.number}", path, f"bytes of {file.name}", file.read_bytes())


def _text(target: Target, path: Path, *, each: int, lines: int, much: bool = True) -> Iterator[Case]:
    label = str(path.relative_to(target.place.folder))
    content = path.read_bytes()
    sorts = ANY if path.suffix == ".pub" else SORTS
    edits = byte_edits(content, each * 5 if sorts is ANY else each, sorts)
    yield _one(label, path, "removed", None)
    shapes = (*cuts(content, 5), *wholes(content)) if much else tuple(cuts(content, 1))
    for name, edited in (*shapes, *edits, *line_edits(content, lines)):
        yield _one(label, path, name, edited)


def _index(target: Target) -> Iterator[Case]:
    """Change lines of the index, the head as it was and the head written anew."""
    index, head = target.folder / "index.jsonl", target.folder / "head.json"
    lines = index.read_bytes().splitlines(keepends=True)
    yield Case("index and head removed", partial(dict, {index: None, head: None}))
    swapped = {index: head.read_bytes(), head: index.read_bytes()}
    yield Case("index and head changed places", partial(dict, swapped))
    yield Case("all records removed but the first", partial(target.resealed, target.rows[:1]))
    for number, line in enumerate(lines):
        before, after = b"".join(lines[:number]), b"".join(lines[number + 1 :])
        label = f"index, entry {number + 1}"
        for name, make in field_edits(line[:-1], 3):
            yield _lazy(label, index, name, lambda m=make, b=before, a=after: b + _compact(m()) + a)
        for name, content in (
            ("left out", before + after),
            ("twice", before + line + line + after),
            ("of another kind", before + line.replace(b'"kind":"', b'"kind":"x') + after),
        ):
            changes = {index: content, head: head_of(content).written()}
            yield Case(f"{label}: {name}, head anew", partial(dict, changes))


def _compact(line: bytes) -> bytes:
    return json.dumps(json.loads(line), separators=(",", ":")).encode() + b"\n"


def _definition(target: Target, path: Path) -> Iterator[Case]:
    """Tamper with a definition, a configuration, a gate file or a key; where records are signed, less."""
    much = target.key is None or path.suffix == ".pub"
    yield from _text(target, path, each=2 if much else 1, lines=1, much=much)
    label, content = str(path.relative_to(target.place.folder)), path.read_bytes()
    lines = content.splitlines(keepends=True)
    comments = [i for i, line in enumerate(lines) if line.strip().startswith(b"#")]
    for number in spread(comments, 3 if much else 1):
        edited = [*lines[:number], lines[number].rstrip(b"\n") + b".\n", *lines[number + 1 :]]
        yield _one(label, path, f"a longer comment on line {number + 1}", b"".join(edited))
    if not much:
        return
    others = [other for other in target.definitions() if other != path]
    for other in [others[0], others[-1]]:
        there, name = other.read_bytes(), other.relative_to(target.place.folder)
        yield Case(f"{label} and {name} changed places", partial(dict, {path: there, other: content}))
        yield _one(label, path, f"bytes of {name}", there)
    yield _one(label, path, "bytes of a record", target.rows[0][1])
    stranger = CHECKOUT / "environments" / ("gaia" if target.system == "ceesar" else "ceesar")
    for file in ("gates.toml", "prod/environment.toml"):
        yield _one(label, path, f"bytes of {stranger.name}/{file}", (stranger / file).read_bytes())
    for sibling in _siblings(target, path):
        name = sibling.relative_to(target.place.folder)
        yield Case(f"{label}: copied to {name}", partial(dict, [(sibling, content)]))


def _siblings(target: Target, path: Path) -> list[Path]:
    """Return names where a copy of a definition could be taken for one.

    A configuration can only be taken for another one: under a name that nothing tells of it is nothing.
    """
    if path.suffix == ".pub":
        return [path.with_name("another.pub")]
    if path.suffix != ".toml":
        strange = {".toml", ".pub", ".md"}
        others = [f for f in target.definitions() if f.suffix not in strange and f != path]
        return [f for f in others if f.read_bytes() != path.read_bytes()]
    copies = [path.with_name(name) for name in (f"{path.stem}2.toml", f"{path.name}~", f"a {path.name}")]
    if path.name == "environment.toml":
        return [*copies, path.parent.with_name(f"{path.parent.name}2") / path.name]
    return [*copies, path.parent / READ[target.edge][0] / path.name]


def _document(target: Target, path: Path) -> Iterator[Case]:
    """Take away what a document must say; other words under its headings are as good."""
    label, content = str(path.relative_to(target.place.folder)), path.read_bytes()
    headings = b"".join(line for line in content.splitlines(keepends=True) if line.startswith(b"#"))
    for name, edited in (
        ("removed", None),
        ("cut to nothing", b""),
        ("headings only", headings),
        ("a heading less", content.replace(b"Steps", b"Stages")),
        ("commented out", b"<!--\n" + content),
        ("binary", bytes(range(256))),
    ):
        yield _one(label, path, name, edited)


def _failures(target: Target) -> Iterator[Case]:
    """Store failing runs as they should be, with times before the passes that they revoke."""
    for claim in spread(target.asked(), 4):
        for hours in HOURS:
            for key in dict.fromkeys((target.key, None)):
                name = f"a failure of {claim} {hours} h ago, stored now, {'signed' if key else 'unsigned'}"
                yield Case(name, partial(_failure, target, claim, hours, key))


def _failure(target: Target, claim: str, hours: float, key: Key | None) -> Changes:
    begin = target.keeping.catalogue.gate(target.edge).begin
    content = target.keeping.statement(begin, failed=(claim,), ended=target.keeping.ago(hours=hours))
    payload = json.dumps(content).encode()
    body, facts = signed(payload, key) if key else payload, facts_of_run(read_run(payload))
    return target.place.changed_by(lambda: Store(target.folder).add("run", body, facts, now=NOW))


def _other_times(target: Target) -> Iterator[Case]:
    """Move records in time, the store whole: what is older or newer than it may be.

    With a key nobody else can write them. A recovery that is older asks for less, and may pass.
    """
    for position, (entry, _) in enumerate(target.rows):
        if entry.number in target.used and entry.kind != "event" and target.key is None:
            before, after = target.rows[: position + 1], target.rows[position:]
            older = [*(moved(row, -LONG) for row in before), *target.rows[position + 1 :]]
            newer = [*target.rows[:position], *(moved(row, LONG) for row in after)]
            label = f"record {entry.number} ({entry.kind})"
            yield Case(f"{label} and those before it: aged", partial(target.resealed, older))
            yield Case(f"{label} and those after it: of the future", partial(target.resealed, newer))


def _forgeries(target: Target) -> Iterator[Case]:
    """Change one record that the decision rests on, in a store that is whole again, without its key.

    A failure needs no signature: what is waived is as bad, whoever says it.
    """
    if target.key is None:
        return
    foreign = Key.new()
    for position, (entry, body) in enumerate(target.rows):
        if entry.number not in target.used or entry.facts.get("word") == "FAIL":
            continue
        label, payload = f"forged record {entry.number} ({entry.kind})", payload_of(body)
        strange = signed(payload, foreign)
        pretending = strange.replace(foreign.public.keyid.encode(), target.key.public.keyid.encode())
        for name, edited in (
            ("unsigned", payload),
            ("signed by a stranger", strange),
            ("signed by a stranger under the name of the key", pretending),
            ("a little older", with_payload(body, later(payload, -timedelta(hours=1)))),
            ("a little newer", with_payload(body, later(payload, timedelta(hours=1)))),
            ("unsigned and a little newer", later(payload, timedelta(hours=1))),
            *_signatures_of_others(target, entry, body),
        ):
            yield Case(f"{label}: {name}", partial(target.with_row, position, edited))
        for name, make in field_edits(payload, 6):
            yield Case(
                f"{label}: {name}",
                lambda m=make, p=position, b=body: target.with_row(p, with_payload(b, m())),
            )


def _signatures_of_others(target: Target, entry: Entry, body: bytes) -> Iterator[tuple[str, bytes]]:
    others = [row for row in target.rows if row[0] != entry and row[0].kind == entry.kind][:1]
    for other, there in others:
        content = json.loads(body) | {"signatures": json.loads(there)["signatures"]}
        yield f"signature of record {other.number}", json.dumps(content).encode()

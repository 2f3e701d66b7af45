"""Checks what lies on the disk without asking anybody: digests, signatures, form, and contradictions."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proveout.evidence import folder as files
from proveout.evidence.digest import sha256
from proveout.evidence.document import parsed
from proveout.evidence.envelope import Opened, opened
from proveout.evidence.key import PublicKey
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import facts_of_run, read_run, statement_of
from proveout.evidence.snapshot import HEAD, INDEX, Snapshot
from proveout.evidence.statement import SUMMARY, TEST_RESULT
from proveout.evidence.store import Damaged, Entry, Store

SUMS, PLAIN, ENVELOPE = "SHA256SUMS", "evidence.json", "evidence.dsse.json"
_SUM = re.compile(r"([0-9a-f]{64})  (.+)", re.ASCII)

Trust = Callable[[str], Mapping[str, PublicKey]]  # from the name of a system to the keys that count for it


@dataclass(frozen=True)
class Finding:
    """What was found of one thing: it is whole, or the text says what is wrong."""

    what: str
    text: str
    whole: bool = False


class Check:
    """Checks files, folders of runs, and stores; `store` is where the inputs of a single decision lie."""

    def __init__(self, trust: Trust, store: Path) -> None:
        self._trust = trust
        self._store = store

    def path(self, path: Path) -> Iterator[Finding]:
        """Yield what is found of a path, whatever of the three it is."""
        if not path.is_dir():
            yield self._file(path)
        elif (path / INDEX).exists() or (path / HEAD).exists():
            yield from self._whole_store(path)
        else:
            yield from self._run(path)

    def _file(self, path: Path) -> Finding:
        try:
            content = files.read(path.parent, path.name)
            if content is None:
                return Finding(str(path), "it is missing")
            return Finding(str(path), self._body(content, Store(self._store).snapshot), whole=True)
        except (Malformed, Damaged) as error:
            return Finding(str(path), str(error))

    def _run(self, folder: Path) -> Iterator[Finding]:
        evidence = sorted([*folder.glob(f"*/{PLAIN}"), *folder.glob(f"*/{ENVELOPE}")])
        try:
            listed = _sums(files.read(folder, SUMS))
        except Malformed as error:
            yield Finding(str(folder / SUMS), str(error))
            return
        for name, digest in listed.items():
            there = (folder / name).is_file()
            if not there or sha256(folder / name) != digest:
                text = (
                    f"it is not the file that {SUMS} tells of"
                    if there
                    else f"missing, though {SUMS} lists it"
                )
                yield Finding(str(folder / name), text)
        for path in evidence:
            if str(path.relative_to(folder)) not in listed:
                yield Finding(str(path), f"{SUMS} does not list it: it was put there later")
            elif path.name == PLAIN and (envelope := path.with_name(ENVELOPE)) in evidence:
                yield _beside(path, envelope)
            else:
                yield self._file(path)
        if not evidence:
            yield Finding(str(folder), "no evidence lies in it")

    def _whole_store(self, folder: Path) -> Iterator[Finding]:
        snapshot = Store(folder).snapshot()
        for trouble in snapshot.troubles:
            yield Finding(str(folder), trouble)
        try:
            for entry in snapshot.newest_first():
                yield self._entry(snapshot, entry)
        except Damaged as error:
            yield Finding(str(folder), str(error))
        if not snapshot.head and not snapshot.troubles:
            yield Finding(str(folder), "nothing is stored", whole=True)

    def _entry(self, snapshot: Snapshot, entry: Entry) -> Finding:
        try:
            text = self._body(snapshot.body(entry), lambda: snapshot, entry)
        except (Malformed, Damaged) as error:
            return Finding(entry.id, str(error))
        return Finding(entry.id, text, whole=True)

    def _body(
        self,
        content: bytes,
        snapshot: Callable[[], Snapshot],
        entry: Entry | None = None,
        system: str | None = None,
    ) -> str:
        """Return what a body says, in a line; `system` is whose keys count, if not that of its subject.

        Raises:
            Malformed: it is not what it should be.
            Damaged: what a decision rests on is not as it was.
        """
        statement = statement_of(opened(content, {}).payload)
        system = _system(statement) if system is None else system
        found, said = self._signature(content, system)
        kind = statement.get("predicateType")
        if entry is not None and (kind == TEST_RESULT, kind == SUMMARY) != (
            entry.kind == "run",
            entry.kind == "decision",
        ):
            raise Malformed(f"the index calls it {entry.kind}, which it is not")
        if kind == TEST_RESULT:
            return f"{_run_text(found.payload, entry)}, {said}"
        if kind == SUMMARY:
            return f"{self._decision(statement, snapshot(), system)}, {said}"
        return f"{entry.kind if entry else kind}, {said}"

    def _signature(self, content: bytes, system: str) -> tuple[Opened, str]:
        trusted = self._trust(system)
        found = opened(content, trusted)
        if found.signers:
            return found, f"signed by {', '.join(signer[:12] for signer in found.signers)}"
        if trusted:
            raise Malformed(
                "no trusted key signed these bytes: they were changed, or somebody else signed them"
                if found.signed
                else "it is not signed, and there are keys that should have"
            )
        if found.signed:
            raise Malformed(
                "it is signed, and no key is known to check that with; "
                "next: proveout verify --key FILE.pub, or put the key into environments/SYSTEM/keys"
            )
        return found, "not signed"

    def _decision(self, statement: Mapping[str, Any], snapshot: Snapshot, system: str) -> str:
        predicate = statement.get("predicate")
        result = predicate.get("verificationResult") if isinstance(predicate, dict) else None
        inputs = predicate.get("inputAttestations") if isinstance(predicate, dict) else None
        if result not in ("PASSED", "FAILED") or not isinstance(inputs, list):
            raise Malformed("a decision without a result, or without what it rests on")
        for attestation in inputs:
            digest = _digest(attestation)
            entry = snapshot.with_digest(digest)
            if entry is None:
                raise Malformed(f"it rests on {digest[:12]}, which {snapshot.folder} does not hold")
            try:
                self._body(snapshot.body(entry), lambda: snapshot, entry, system)
            except Malformed as error:
                raise Malformed(f"it rests on {entry.id}: {error}") from None
        return f"decision {result}, rests on {len(inputs)} records, each as it was"


def _run_text(payload: bytes, entry: Entry | None) -> str:
    run = read_run(payload)
    if entry is not None and facts_of_run(run) != entry.facts:
        raise Malformed("the index tells of it what it does not say")
    verdict = run.verdict
    version = run.identity.version or "of unknown version"
    return (
        f"{run.environment} {run.provenance} {version} {verdict.word} {verdict.proven}/{verdict.claims}, "
        f"ended {run.ended}"
    )


def _sums(content: bytes | None) -> dict[str, str]:
    """Return the digests of a SHA256SUMS file by the names of the files."""
    if content is None:
        raise Malformed("it is missing, so nothing tells what the files of the run were")
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise Malformed("it is not UTF-8 text") from None
    found = {}
    for number, line in enumerate(lines, start=1):
        match = _SUM.fullmatch(line)
        if match is None or Path(match[2]).is_absolute() or ".." in Path(match[2]).parts or match[2] in found:
            raise Malformed(f"line {number} is no digest and the name of a file of the folder")
        found[match[2]] = match[1]
    return found


def _beside(path: Path, envelope: Path) -> Finding:
    """Return what is found of the plain statement that lies beside its own envelope."""
    try:
        content, signed = (files.read(file.parent, file.name) or b"" for file in (path, envelope))
        text = _run_text(content, None)
        same = parsed(opened(signed, {}).payload) == parsed(content)
    except Malformed as error:
        return Finding(str(path), str(error))
    if not same:
        return Finding(str(path), f"it is not what {ENVELOPE} beside it says")
    return Finding(str(path), f"{text}, signed by the envelope beside it", whole=True)


def _system(statement: Mapping[str, Any]) -> str:
    """Return the system a statement is about: the first part of what its first subject is called."""
    subjects = statement.get("subject")
    first = subjects[0] if isinstance(subjects, list) and subjects else None
    name = first.get("name") if isinstance(first, dict) else None
    return name.partition("/")[0] if isinstance(name, str) else ""


def _digest(attestation: Any) -> str:
    digests = attestation.get("digest") if isinstance(attestation, dict) else None
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Malformed("a decision that rests on something without a SHA-256")
    return digest

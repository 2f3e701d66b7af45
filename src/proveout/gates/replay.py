"""A decision judged again: the same records and rules must come to the same word."""

from typing import Any

from proveout.catalogue.catalogue import Catalogue
from proveout.evidence.instant import moment
from proveout.evidence.malformed import Malformed
from proveout.evidence.statement import SUMMARY
from proveout.evidence.store import Snapshot
from proveout.gates.decide import decide_from
from proveout.gates.summary import EXTENSION, read
from proveout.model.mistake import UserError


def is_decision(content: dict[str, Any]) -> bool:
    """Return whether a statement is the summary of a decision."""
    return content.get("predicateType") == SUMMARY


def replayed(catalogue: Catalogue, snapshot: Snapshot, content: dict[str, Any]) -> str:
    """Return what judging again came to, in a sentence.

    Raises:
        Malformed: it comes to another word, or the records it names are not there.
    """
    past = read(content)
    own = content["predicate"][EXTENSION]
    head = own.get("head")
    if not isinstance(head, int) or not 0 <= head <= snapshot.head:
        raise Malformed(f"it knew {head!r} records, {snapshot.head} are there")
    try:
        gate = catalogue.gate(past.gate)
        again = decide_from(
            catalogue, gate, snapshot.until(head), now=moment(past.decided), rehearsal=past.rehearsal
        )
    except UserError as error:
        raise Malformed(f"it cannot be judged again: {str(error).splitlines()[0]}") from None
    if again.definitions != past.definitions:
        return "the definitions are others by now, so the rules were not judged again"
    # That a decision could not be recorded, or that another version was asked for, only makes it stricter.
    if again.word.value != past.word and past.word == "PASS":
        raise Malformed(
            f"it says {past.word}, judged again it is {again.word.value}: {_first(again.verdict)}"
        )
    return f"judged again: {again.verdict}"


def _first(verdict: Any) -> str:
    return next(iter(verdict.reasons), "no reason was given")

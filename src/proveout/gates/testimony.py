"""What a person puts on record: a statement in a person's words, which is read back strictly."""

import hashlib
import json
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from proveout.evidence.instant import moment
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import Time
from proveout.evidence.statement import STATEMENT
from proveout.evidence.store import Entry, Kind
from proveout.gates.naming import Named
from proveout.gates.records import SKEW, Records

LONGEST = 1000  # characters of a text that a person writes
SHORTEST = 10  # characters of a reason that says something

T = TypeVar("T", bound="Testimony")


def _text(value: str) -> str:
    if not value:
        raise ValueError("it is empty")
    if len(value) > LONGEST:
        raise ValueError(f"at most {LONGEST} characters")
    if not value.isprintable() or value != " ".join(value.split()):
        raise ValueError("one line of printable text is expected")
    return value


def _name(value: str) -> str:
    if not Named.of(_text(value)).words:
        raise ValueError("it names nobody; write a name, or a name and <address>")
    return value


def _reason(value: str) -> str:
    if len(_text(value)) < SHORTEST or not any(c.isalpha() for c in value):
        raise ValueError(f"too short; say in at least {SHORTEST} characters why")
    return value


Text = Annotated[str, AfterValidator(_text)]
Name = Annotated[str, AfterValidator(_name)]
Reason = Annotated[str, AfterValidator(_reason)]


class Testimony(BaseModel, ABC):
    """The predicate of such a statement; `head` is the newest record there was when it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: ClassVar[Kind]
    way_out: ClassVar[str] = "proveout evidence list"

    reason: Reason
    given: Time
    head: Annotated[int, Field(ge=0)]

    @property
    @abstractmethod
    def subject(self) -> dict[str, Any]:
        """Return what it is about; the name begins with that of the system."""

    @property
    @abstractmethod
    def found_by(self) -> dict[str, Any]:
        """Return the few facts by which it is found in the store."""

    @property
    def statement(self) -> dict[str, Any]:
        """Return the in-toto statement as JSON values."""
        return {
            "_type": STATEMENT,
            "subject": [self.subject],
            "predicateType": self.predicate_type(),
            "predicate": self.model_dump(),
        }

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the index says of it: what it is found by, and the digest of all it says."""
        return {**self.found_by, "says": digest(self.model_dump())}

    @classmethod
    def predicate_type(cls) -> str:
        """Return the name of the form."""
        return f"urn:x-proveout:{cls.kind}:v1"


def digest(value: Any) -> str:
    """Return the SHA-256 of JSON values in the one form that has no choices left."""
    form = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()


def read(model: type[T], entry: Entry, records: Records) -> T | None:
    """Return what a record says, or None after noting why it cannot be believed."""
    content = records.statement(entry)
    if content is None:
        return None
    try:
        return _read(model, entry, content)
    except Malformed as error:
        records.note(
            f"record {entry.id} ({entry.kind}) cannot be believed: {error}"
            f"\nnext: {model.way_out.format(id=entry.id)}"
        )
        return None


def _read(model: type[T], entry: Entry, content: dict[str, Any]) -> T:
    if set(content) != {"_type", "subject", "predicateType", "predicate"}:
        raise Malformed("a statement has _type, subject, predicateType and predicate, and nothing else")
    if content["predicateType"] != model.predicate_type():
        raise Malformed(f"its predicateType is not {model.predicate_type()}")
    try:
        found = model.model_validate(content["predicate"])
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(f"{'.'.join(map(str, first['loc'])) or 'predicate'}: {first['msg']}") from None
    apart = abs(moment(entry.stored).timestamp() - moment(found.given).timestamp())
    statements = {
        "its subject is not what it tells of": content["subject"] == [found.subject],
        "it is not what the index says of it": entry.facts == found.facts,
        f"it says that it saw {found.head} records, and is number {entry.number}: it was stored out of its "
        "place": found.head == entry.number - 1,
        f"it says it is of {found.given}, and was stored at {entry.stored}": apart <= SKEW,
    }
    if complaint := next((sentence for sentence, holds in statements.items() if not holds), None):
        raise Malformed(complaint)
    return found

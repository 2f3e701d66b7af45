"""The lines of a ledger: what the generator did in a window, how the target was, and what happened."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

NEAR = 1e-6  # seconds of profile time; positions are sums of floats

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Line(BaseModel):
    """A line of a ledger: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(Line):
    """What a ledger is about; whoever goes on with it must be about the same.

    `began` is RFC 3339; `profile` and `definition` are digests; `duration` is what was asked for, in seconds
    of profile time; `rehearsal` where that is not the profile's own.
    """

    ledger: str
    environment: str
    provenance: Literal["live", "twin", "reference"]
    url: str
    version: str
    profile_name: str
    profile: str
    definition: str
    duration: Amount
    rehearsal: bool
    window: Amount
    sample: Amount
    began: str


class Segment(Line):
    """One run of the generator: from which profile time on, when, and, once it has ended, why.

    `ended` and `why` are empty while it runs, and stay so if its supervisor was killed. `checkpoint` is true
    if it was asked to end and may be gone on with.
    """

    segment: Annotated[int, Field(ge=1)]
    start: Amount
    workers: Annotated[int, Field(ge=1)]
    began: Amount
    ended: Amount | None = None
    why: str = ""
    checkpoint: bool = False
    planned: bool = True


class Tally(Line):
    """What became of the requests of one name in a window.

    `service` and `waited` are histograms (V2 HDR, base64, microseconds) of the requests that were answered
    as they should be: from the sending, and from the moment the visit that asked was due. Those that
    `failed` are in none: they took for ever. `errors` counts kinds, at most `KINDS` of them.
    """

    count: Count
    failed: Count = 0
    service: str = ""
    waited: str = ""
    errors: dict[str, Count] = {}


class Window(Line):
    """What one worker did from `begin` to `end` of profile time; `at` is the begin as seconds of the epoch.

    Of the arrivals `due`, `offered` began within a second of their time, `dropped` found too many visits
    under way; the rest came late or never. `broken` visits were cut short by a mistake of the journey.
    `statuses` counts answers by HTTP status. `cpu` is the share of a core, `lag` the longest the loop was
    late in seconds, `idle` whether it was a pause.
    """

    segment: Annotated[int, Field(ge=1)]
    worker: Count
    number: Count
    profile: str
    begin: Amount
    end: Amount
    at: Amount
    due: Count
    offered: Count
    dropped: Count
    broken: Count = 0
    requests: Count
    refused: tuple[str, ...] = ()
    statuses: dict[str, Count] = {}
    cpu: Amount = 0.0
    lag: Amount = 0.0
    idle: bool = False
    names: dict[str, Tally] = {}


class End(Line):
    """The last line of a worker: that it came to its end by itself, and after how many windows."""

    segment: Annotated[int, Field(ge=1)]
    worker: Count
    windows: Count
    why: Literal["complete", "checkpoint", "disk full", "refused", "broken"]
    text: str = ""


class Sample(Line):
    """How the target was at one moment; what could not be seen is None, and `unknown` says why.

    `at` is seconds of the epoch; `rss`, `database`, `log` are bytes, `cpu` seconds used so far, `started`
    when the process did (seconds of the epoch), `critical` lines and `below` lines (less severe than the
    declared level) since the sample before, `rows` per table, `database_file` the identity of the file,
    `binary` the digest of the artifact, `get` and `head` whether the health URL answered by each method.
    """

    number: Count
    segment: Count
    at: Amount
    pid: int | None = None
    started: Amount | None = None
    rss: Count | None = None
    descriptors: Count | None = None
    threads: Count | None = None
    cpu: Amount | None = None
    database: Count | None = None
    database_file: str | None = None
    rows: dict[str, Count] | None = None
    log: Count | None = None
    critical: Count | None = None
    below: Count | None = None
    binary: str | None = None
    environment: str | None = None
    version: str | None = None
    get: str | None = None
    head: str | None = None
    health: Amount | None = None
    unknown: dict[str, str] = {}


class Finding(Line):
    """Something that happened while it ran, dated; `kind` is what the judgement goes by."""

    at: Amount
    kind: Literal[
        "restarted",
        "redeployed",
        "identity",
        "unreachable",
        "generator",
        "burning",
        "suspect",
        "growing",
        "copy",
    ]
    text: str
    facts: dict[str, Any] = {}


KINDS = 12  # different errors a window tells apart by name; the rest are counted as "other errors"

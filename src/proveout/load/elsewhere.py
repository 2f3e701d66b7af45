"""Elsewhere: the lines by which a person starts a worker on another machine, and brings its windows back."""

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from proveout.load.ledger import WINDOWS
from proveout.load.order import FOLDER, VARIABLE, WORKER
from proveout.load.supervisor import JOINING, Generator
from proveout.model.quantity import brief

CHANGED = "far=user@machine locust=locust"  # the line that a person changes

_LINES = """\
{changed}
there={there}
back() {{ rsync -a ${{far}}:$there/{windows}/ {ledger}/{windows}/; }}
rsync -a {suite}/ {order} ${{far}}:$there/
ssh -n -R {port}:127.0.0.1:{port} $far "cd $there && \
{FOLDER}=. {VARIABLE}={name} {WORKER}={number} $locust -f {locustfile} --worker --master-port {port}" &
while kill -0 $! 2>/dev/null; do sleep {window:g}; back; done; back
"""


def called(generator: Generator) -> str:
    """Return what a person should know of the workers elsewhere, whenever that changes."""
    order = generator.order
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {order.system}/{order.environment}"
    if generator.begun is not None:
        return f"{when}  all {order.workers} workers are there, the load begins"
    return "\n".join(
        f"\n{when}  worker {number} is started elsewhere, within {brief(JOINING)}: in a shell of this "
        "machine, with the first line changed\n"
        f"(who logs in where, without a password; what starts locust there)\n\n{_lines(generator, number)}"
        for number in generator.elsewhere
    )


def _lines(generator: Generator, number: int) -> str:
    # A second worker on the same machine finds the port of its tunnel taken, and the master through the
    # first one's: so a tunnel that cannot be had is no reason for ssh to end.
    order = generator.order
    ledger = Path(order.folder)
    return _LINES.format(
        changed=CHANGED,
        there=quote(f"proveout-{ledger.name}"),
        windows=WINDOWS,
        ledger=quote(str(ledger)),
        suite=quote(str(generator.locustfile.parent)),
        order=quote(str(order.file)),
        port=generator.port,
        FOLDER=FOLDER,
        VARIABLE=VARIABLE,
        name=order.file.name,
        WORKER=WORKER,
        number=number,
        locustfile=quote(generator.locustfile.name),
        window=order.profile.window,
    )

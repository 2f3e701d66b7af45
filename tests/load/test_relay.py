"""What a worker elsewhere is told: why it cannot be started, and that it has the order of another segment."""

import json
import os
import subprocess
import sys

import pytest

from machinery import generator
from proveout.load.ledger import windows
from proveout.load.order import FOLDER, VARIABLE, WORKER

# Locust patches the process that imports it, so this is another one; these runners have no connection.
WORKERS = """
import json, os, sys
from locust.runners import WorkerRunner
from proveout.load import relay

class Worker(WorkerRunner):
    greenlet = None
    def __init__(self):
        pass

for line in sys.stdin:
    os.environ.update(json.loads(line))
    try:
        relay.connect(Worker())
    except SystemExit as end:
        print(json.dumps(end.code))
"""
MASTER = """
import json, sys
from types import SimpleNamespace
from locust.runners import MasterRunner
from proveout.load import relay

class Master(MasterRunner):
    greenlet = None
    def __init__(self):
        self.said = []
    def register_message(self, kind, listener):
        self.heard = listener
    def send_message(self, kind, data, client_id):
        self.said.append(data)

master = Master()
relay.connect(master)
for line in sys.stdin:
    master.heard(SimpleNamespace(data=json.loads(line), node_id="far"))
print(json.dumps(master.said))
"""


@pytest.fixture
def order(tmp_path):
    """An order for three workers, written down."""
    found = generator.order(
        "http://127.0.0.1:1", tmp_path / "ledger", generator.profile(), workers=3, segment=2
    )
    found.save(found.file)
    return found


def ran(code, said="", **variables):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **variables},
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


CANNOT = [
    ("2", "order-0003.json", "no order that can be read"),
    ("3", "order-0002.json", 'PROVEOUT_LOAD_WORKER="3": the order has the workers 0 to 2'),
    ("", "order-0002.json", 'PROVEOUT_LOAD_WORKER="": the order has the workers 0 to 2'),
    ("1", "order-0002.json", "so worker 1 has driven segment 2 before"),
]


def test_a_worker_that_cannot_be_started_says_why(order, tmp_path):
    far = tmp_path / "far"
    windows(far, 2, 1).parent.mkdir(parents=True)
    windows(far, 2, 1).touch()
    given = [
        {VARIABLE: str(order.file.with_name(name)), WORKER: number, FOLDER: str(far)}
        for number, name, _ in CANNOT
    ]
    done = ran(WORKERS, "\n".join(map(json.dumps, given)))
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for (_, _, says), text in zip(CANNOT, told, strict=True):
        assert text.startswith("this worker cannot be started: ")
        assert says in text
        assert "\nnext: " in text


def test_a_worker_with_another_order_is_told_so_and_does_not_count(order):
    ready = order.file.parent / "ready"
    ready.mkdir()
    (ready / "0002.go").write_text("17.5")
    calls = [
        {"order": [order.digest, 1], "worker": 1, "ready": True},
        {"order": [order.digest, 2], "worker": 2, "ready": True},
    ]
    done = ran(MASTER, "\n".join(map(json.dumps, calls)), **{VARIABLE: str(order.file)})
    other, go = json.loads(done.stdout)
    assert other == {"other": "segment 2 is driven now: copy order-0002.json of its ledger"}
    assert go == {"go": "17.5"}
    assert {path.name for path in ready.iterdir()} == {"0002.go", "0002.open", "0002-02", "0002-02.joined"}

"""The writing of a ledger: whole lines or none, on a disk that may be full."""

import json
import subprocess
import sys

import pytest

from machinery.windows import Writing
from proveout.load.ledger import SAMPLES, DiskFull, LedgerError, append, create
from proveout.load.line import Sample
from proveout.load.reading import read

# In a process of its own: no file may grow beyond a limit, which the kernel refuses like a full disk.
LIMITED = """
import resource, sys
from pathlib import Path
from proveout.load.ledger import DiskFull, append
from proveout.load.line import Sample
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    for number in range(2, 100):
        append(path, Sample(number=number, segment=1, at=1.0, get="x" * 40))
except DiskFull as full:
    print(number, full)
"""


def test_a_line_stands_there_whole_and_without_what_goes_without_saying(tmp_path):
    path = tmp_path / "samples.jsonl"
    append(path, Sample(number=1, segment=1, at=1.0, rss=5))
    append(path, Sample(number=2, segment=1, at=2.0))
    assert (
        path.read_text() == '{"number":1,"segment":1,"at":1.0,"rss":5}\n{"number":2,"segment":1,"at":2.0}\n'
    )


def test_there_is_one_ledger_in_a_folder(tmp_path):
    writing = Writing(tmp_path)
    with pytest.raises(LedgerError, match="is a ledger already"):
        create(writing.folder, writing.head, tmp_path / "small.toml")
    assert json.loads((writing.folder / "head.json").read_text())["environment"] == "ceesar/gamma"


@pytest.mark.parametrize("limit", [1000, 1001, 1037, 1070])
def test_nothing_is_left_of_a_line_that_found_no_room(tmp_path, limit):
    writing = Writing(tmp_path)
    writing.segment()
    path = writing.folder / SAMPLES
    append(path, Sample(number=1, segment=1, at=1.0))
    words = [sys.executable, "-c", LIMITED, path, str(limit)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert "cannot be written" in done.stdout
    assert "next: make room, then go on" in done.stdout
    whole = path.read_bytes()
    assert limit - 80 < len(whole) <= limit
    assert whole.endswith(b"}\n")
    append(path, Sample(number=1000, segment=1, at=1.0))
    ledger = read(writing.folder)
    assert (ledger.samples[-1].number, ledger.troubles) == (1000, ())


def test_a_file_that_cannot_be_opened_is_said_to_be(tmp_path):
    (tmp_path / "samples.jsonl").mkdir()
    with pytest.raises(DiskFull, match=r"samples\.jsonl cannot be written: Is a directory"):
        append(tmp_path / "samples.jsonl", Sample(number=1, segment=1, at=1.0))

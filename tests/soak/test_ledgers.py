"""Made-up ledgers are ledgers: what is read of them is the day they were made of."""

from dataclasses import replace

import pytest

from machinery import ledgers
from proveout.load import ledger
from proveout.load.line import Sample, Window
from proveout.load.reading import read

TORN_UP = replace(
    ledgers.REHEARSAL,
    workers=2,
    stops=((100.0, 7.0, True), (200.0, 40.0, False)),
    restarts=(150.0,),
    failing=(220.0, 240.0),
)


def test_a_rehearsal_is_whole(tmp_path):
    found = read(ledgers.write(tmp_path / "day", ledgers.REHEARSAL))
    assert (found.valid, found.position, found.lost) == (300.0, 300.0, 0)
    assert found.head.rehearsal
    assert len(found.samples) == len(found.slots) == 60
    assert sum(slot.idle for slot in found.slots) == 5
    assert found.troubles == ()


def test_stops_restarts_and_failures_are_where_they_were_asked_for(tmp_path):
    found = read(ledgers.write(tmp_path / "day", TORN_UP))
    assert found.valid == 300.0
    assert [(round(gap.end - gap.begin), gap.planned) for gap in found.gaps] == [(7, True), (40, False)]
    assert [finding.kind for finding in found.findings] == ["restarted"]
    failing = {slot.begin for slot in found.slots if slot.failed}
    assert failing == {220.0, 225.0, 230.0, 235.0} - {slot.begin for slot in found.slots if slot.idle}


@pytest.mark.parametrize(("file", "line"), [("samples.jsonl", Sample), ("windows/0001-00.jsonl", Window)])
def test_what_is_written_at_once_is_what_a_ledger_writes_line_by_line(tmp_path, file, line):
    whole = ledgers.write(tmp_path / "day", replace(ledgers.REHEARSAL, until=60.0)) / file
    again = tmp_path / "again.jsonl"
    for text in whole.read_text().splitlines():
        ledger.append(again, line.model_validate_json(text))
    assert again.read_bytes() == whole.read_bytes()

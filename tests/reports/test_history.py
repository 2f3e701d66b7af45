"""The history of reports survives damage, stays bounded, and knows each run once."""

import json

from proveout.reports.history import LIMIT, History


def line(run, **more):
    return json.dumps({"name": f"ceesar dev: run {run}", "testResults": {}, **more})


def test_damaged_lines_are_left_out_and_counted(tmp_path):
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join([line("20260101-1"), '{"name": "half', "[]", '{"name": ""}', "\x00", ""]))
    history = History.read(file)
    assert (list(history.lines), history.damaged) == (["20260101-1"], 4)


def test_an_absent_file_is_an_empty_history(tmp_path):
    assert History.read(tmp_path / "none").lines == {}


def test_a_report_knows_only_what_was_before_its_run():
    history = History({run: line(run) for run in ("20260101-1", "20260102-1", "20260103-1")})
    assert list(history.before("20260102-1").lines) == ["20260101-1"]


def test_a_run_is_kept_once_and_only_the_newest_are_kept(tmp_path):
    history = History({f"2026{n:04}-1": line(f"2026{n:04}-1") for n in range(LIMIT)})
    both = history.merged(
        History({"20269999-1": line("20269999-1"), "20260010-1": line("20260010-1", again=1)})
    )
    both.write(tmp_path / "history.jsonl")
    kept = History.read(tmp_path / "history.jsonl")
    assert len(kept.lines) == LIMIT
    assert "20260000-1" not in kept.lines
    assert json.loads(kept.lines["20260010-1"])["again"] == 1
    assert list(kept.lines)[-1] == "20269999-1"

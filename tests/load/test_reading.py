"""What a ledger says: merged over workers and segments, the same however often and late it is read."""

import gc
import math
import shutil
import tracemalloc

import pytest

from machinery.windows import EPOCH, Writing
from proveout.load.ledger import (
    FINDINGS,
    HEAD,
    PROFILE,
    SAMPLES,
    SEGMENTS,
    LedgerError,
    append,
    mend,
    windows,
)
from proveout.load.line import Finding, Sample, Tally
from proveout.load.reading import Reader, read


@pytest.fixture
def writing(tmp_path):
    return Writing(tmp_path)


@pytest.fixture
def two(tmp_path):
    """A ledger of two workers, in its first segment."""
    writing = Writing(tmp_path, workers=2)
    writing.segment()
    return writing


def test_windows_become_slots_hours_and_totals(writing):
    writing.segment()
    writing.write(*range(6), seconds=(0.1,))
    writing.write(6, seconds=(0.4,), failed=1, idle=True)
    ledger = read(writing.folder)
    assert [(slot.begin, slot.seconds, slot.requests) for slot in ledger.slots] == [(0, 60, 6), (60, 10, 2)]
    assert ledger.slots[0].at == EPOCH
    assert ledger.slots[0].names["GET /"].p99 == pytest.approx(0.1, rel=0.01)
    assert (ledger.slots[1].failed, ledger.slots[1].idle, ledger.slots[0].idle) == (1, True, False)
    assert ledger.slots[1].names["GET /"].p99 == math.inf
    assert (ledger.totals["GET /"].count, ledger.service["GET /"].count) == (8, 8)
    assert ledger.hours[0]["GET /"] == ledger.totals["GET /"]
    assert (ledger.valid, ledger.position, ledger.begun, ledger.ended) == (70, 70, EPOCH, EPOCH + 70)
    assert (ledger.gaps, ledger.lost, ledger.troubles, ledger.warm) == ((), 0, (), 60)


def test_errors_are_counted_by_kind_and_only_so_many_kinds(writing):
    writing.segment()
    for number in range(30):
        tally = Tally(count=2, failed=2, errors={"answered 500": 1, f"odd {number}": 1})
        append(windows(writing.folder, 1, 0), writing.window(number, names={"GET /": tally}))
    errors = read(writing.folder).errors["GET /"]
    assert (errors["answered 500"], errors["odd 3"], errors["other errors"]) == (30, 1, 7)
    assert len(errors) == 25


def test_what_was_added_is_read_and_nothing_twice(writing):
    reader = Reader(writing.folder)
    assert reader.refresh().valid == 0
    writing.segment()
    for number in range(20):
        writing.write(number)
        assert reader.refresh().valid == 10 * (number + 1)
    again = reader.refresh()
    assert again.totals["GET /"].count == 40
    assert again == read(writing.folder)


def test_a_window_is_valid_when_all_workers_wrote_it(two):
    two.write(0)
    two.write(1, 2, workers=[0])
    reader = Reader(two.folder)
    assert (reader.refresh().valid, reader.refresh().lost) == (10, 0)
    two.write(1, workers=[1])
    ledger = reader.refresh()
    assert (ledger.valid, ledger.totals["GET /"].count) == (20, 8)
    two.segment(start=20.0)
    assert reader.refresh().lost == 1
    assert read(two.folder).lost == 1


def test_workers_that_are_copied_back_one_after_the_other_are_merged_all_the_same(two, tmp_path):
    two.write(*range(30))
    whole = read(two.folder)
    far = windows(two.folder, 1, 1).rename(tmp_path / "far")
    lines = far.read_bytes().splitlines(keepends=True)
    reader = Reader(two.folder)
    assert reader.refresh().valid == 0
    for count in (10, 10, 25, 30):
        copy = tmp_path / "copy"
        copy.write_bytes(b"".join(lines[:count]))
        shutil.move(copy, windows(two.folder, 1, 1))
        assert reader.refresh().valid == 10 * count
    assert reader.refresh() == whole


def test_a_worker_far_behind_does_not_fill_the_memory(two):
    lines = [two.window(number).model_dump_json(exclude_defaults=True) for number in range(2000)]
    windows(two.folder, 1, 0).write_text("\n".join(lines) + "\n")
    reader = Reader(two.folder)
    ledger = reader.refresh()
    assert ledger.valid == 0
    assert "1000 windows behind" in ledger.troubles[0]
    tracemalloc.start()
    windows(two.folder, 1, 1).write_text("\n".join(lines).replace('"worker":0', '"worker":1') + "\n")
    ledger = reader.refresh()
    gc.collect()
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (ledger.valid, ledger.troubles) == (20_000, ())
    assert held < 2_000_000, "eight bytes and their place for each window, and the slots"
    assert most < 20_000_000


def test_segments_follow_each_other_and_the_time_between_is_a_gap(writing):
    writing.segment()
    writing.write(0, 1)
    writing.segment(start=20.0, at=100.0, planned=False)
    writing.write(0, 1)
    writing.segment(start=40.0, at=200.0)
    writing.write(0)
    ledger = read(writing.folder)
    assert (ledger.valid, ledger.position, len(ledger.segments)) == (50, 50, 3)
    gaps = [(gap.begin - EPOCH, gap.end - EPOCH, gap.planned) for gap in ledger.gaps]
    assert gaps == [(20, 100, False), (120, 200, True)]
    assert [(slot.segment, slot.begin, slot.seconds) for slot in ledger.slots] == [
        (1, 0, 20),
        (2, 20, 20),
        (3, 40, 10),
    ]


def test_a_segment_that_covers_what_was_measured_is_refused(writing):
    writing.segment()
    writing.write(0, 1, 2)
    writing.segment(start=20.0)
    writing.write(0)
    with pytest.raises(LedgerError, match="segment 2 begins at 20 s, but segment 1 was valid until 30 s"):
        read(writing.folder)


def test_the_last_line_may_be_torn_anywhere(writing):
    writing.segment()
    writing.write(0, 1, 2)
    path = windows(writing.folder, 1, 0)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last + 1, len(whole), 7):
        path.write_bytes(whole[:cut])
        ledger = read(writing.folder)
        assert ledger.valid == 20
        assert ledger.troubles[0].endswith("0001-00.jsonl:3: the last line is torn; it is left out")
    path.write_bytes(whole[: last + 20] + b"\0" * 40 + b"\n")
    assert read(writing.folder).valid == 20, "a page that never reached the disk is zeroes"


def test_a_line_that_is_being_written_is_read_when_it_is_whole(writing):
    writing.segment()
    writing.write(0, 1)
    path, reader = windows(writing.folder, 1, 0), Reader(writing.folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert (reader.refresh().valid, len(reader.refresh().troubles)) == (10, 1)
    with path.open("ab") as stream:
        stream.write(whole[-30:])
    assert (reader.refresh().valid, reader.refresh().troubles) == (20, ())


def tear_windows(writing):
    path = windows(writing.folder, 1, 0)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50] + b"\n" + lines[2])
    return r"0001-00\.jsonl:2: no line of a ledger"


def join_windows(writing):
    path = windows(writing.folder, 1, 0)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50] + lines[2] + lines[2])
    return r"0001-00\.jsonl:2: no line of a ledger"


def tear_segments(writing):
    path = writing.folder / SEGMENTS
    path.write_bytes(path.read_bytes()[:-9] + b"\n" + path.read_bytes())
    return r"segments\.jsonl:1: no line of a ledger"


def other_line(writing):
    path = writing.folder / SAMPLES
    path.write_text('{"number":1,"segment":1,"at":1,"colour":"red"}\n')
    return r"samples\.jsonl:1: colour: Extra inputs"


def other_profile(writing):
    append(windows(writing.folder, 1, 0), writing.window(3, profile="0" * 64))
    return r"0001-00\.jsonl:4: a window of another profile \(000000000000\)"


def other_worker(writing):
    append(windows(writing.folder, 1, 0), writing.window(3, worker=1))
    return r"0001-00\.jsonl:4: a line of worker 1 of segment 1"


def other_contents(writing):
    append(windows(writing.folder, 1, 0), writing.window(1, seconds=(9.0,)))
    return r"0001-00\.jsonl:4: window 1 was written before, with other contents"


def after_the_end(writing):
    writing.end(count=3)
    writing.write(3)
    return r"0001-00\.jsonl:5: a window after the end"


def backwards(writing):
    writing.write(5, 4)
    return r"0001-00\.jsonl:5: window 4 comes after 5"


def no_histogram(writing):
    path = windows(writing.folder, 1, 0)
    path.write_text(path.read_text().replace('"waited":"H', '"waited":"X'))
    return r"0001-00\.jsonl:1: not an HDR histogram"


def unknown_segment(writing):
    shutil.copy(windows(writing.folder, 1, 0), windows(writing.folder, 2, 0))
    return r"0002-00\.jsonl: no line of segments\.jsonl tells of it"


def segment_moved(writing):
    path = writing.folder / SEGMENTS
    path.write_text(path.read_text() + path.read_text().replace('"start":0.0', '"start":30.0'))
    return r"segments\.jsonl:2: segment 1 began otherwise"


def other_sample(writing):
    for critical in (1, 2):
        append(writing.folder / SAMPLES, Sample(number=1, segment=1, at=1.0, critical=critical))
    return r"samples\.jsonl:2: sample 1 was written before"


def profile_edited(writing):
    path = writing.folder / PROFILE
    path.write_text(path.read_text().replace("rate = 5", "rate = 1"))
    return r"profile\.toml \([0-9a-f]{12}\) is not the profile the ledger is about"


def profile_gone(writing):
    (writing.folder / PROFILE).unlink()
    return r"own copy of its profile cannot be read"


def head_gone(writing):
    (writing.folder / HEAD).unlink()
    return r"head\.json: No such file"


def head_torn(writing):
    (writing.folder / HEAD).write_text('{"ledger": ')
    return r"head\.json: not the head of a ledger"


@pytest.mark.parametrize(
    "harm",
    [
        tear_windows,
        join_windows,
        tear_segments,
        other_line,
        other_profile,
        other_worker,
        other_contents,
        after_the_end,
        backwards,
        no_histogram,
        unknown_segment,
        segment_moved,
        other_sample,
        profile_edited,
        profile_gone,
        head_gone,
        head_torn,
    ],
)
def test_what_is_no_ledger_is_refused_with_the_place(writing, harm):
    writing.segment()
    writing.write(0, 1, 2)
    assert read(writing.folder).valid == 30
    said = harm(writing)
    with pytest.raises(LedgerError, match=said):
        read(writing.folder)


def test_a_line_that_comes_again_changes_nothing(writing):
    writing.segment()
    writing.write(0, 1, 2)
    writing.end(count=3)
    append(writing.folder / SAMPLES, Sample(number=1, segment=1, at=1.0, rss=5))
    append(writing.folder / FINDINGS, Finding(at=1.0, kind="restarted", text="the target restarted"))
    once = read(writing.folder)
    for path in (windows(writing.folder, 1, 0), writing.folder / SAMPLES, writing.folder / FINDINGS):
        path.write_bytes(path.read_bytes() * 2)
    assert read(writing.folder) == once
    assert (once.ends[1, 0].why, len(once.samples), len(once.findings)) == ("complete", 1, 1)


@pytest.mark.parametrize("name", [SEGMENTS, SAMPLES, FINDINGS])
@pytest.mark.parametrize("piece", [b'{"segm', b"\0\0\0", b"\0\0\0\n", b'{"at": 1'])
def test_half_a_line_is_moved_away_before_others_follow(writing, name, piece):
    writing.segment()
    append(writing.folder / SAMPLES, Sample(number=1, segment=1, at=1.0))
    append(writing.folder / FINDINGS, Finding(at=1.0, kind="restarted", text="the target restarted"))
    path = writing.folder / name
    whole = path.read_bytes()
    path.write_bytes(whole + piece)
    mend(writing.folder)
    assert path.read_bytes() == whole
    [trouble] = read(writing.folder).troubles
    assert f"torn/{name}" in trouble
    mend(writing.folder)
    assert path.read_bytes() == whole

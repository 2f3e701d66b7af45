import json

import pytest

from proveout.load.journal import End, Head, JournalError, Visit, Writer, read

HEAD = Head(7, "2026-11-22T14:00:00.000+00:00")
VISITS = [
    Visit(1, 0.1, 0.1, 0.2, "GET /x answered 500: b''", steps={"GET /x": 0.1}),
    Visit(0, 0.0, 0.01, 0.5),
    Visit(2, 0.2, None, 0.2, "not begun", overdue=True),
]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Writer(path, HEAD) as journal:
        for visit in VISITS:
            journal.note(visit)
        journal.end(End(3, 9, ("a refusal",), 0))
    return path


def test_a_journal_reads_as_it_was_written(written):
    journal = read(written)
    assert journal.head == HEAD
    assert list(journal.visits) == VISITS
    assert journal.end == End(3, 9, ("a refusal",), 0)


def test_latency_counts_from_the_time_a_visit_was_due():
    assert VISITS[1].latency == 0.5
    assert VISITS[1].lag == 0.01
    assert VISITS[0].latency == VISITS[2].latency == float("inf")


def test_a_second_generator_cannot_write_the_same_journal(written):
    with pytest.raises(FileExistsError):
        Writer(written, HEAD)


def test_every_line_is_there_before_the_next_is_written(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Writer(path, HEAD) as journal:
        journal.note(VISITS[0])
        assert len(path.read_text().splitlines()) == 2


def test_no_journal_broken_off_anywhere_is_complete(written):
    whole = written.read_bytes()
    for length in range(len(whole)):
        written.write_bytes(whole[:length])
        with pytest.raises(JournalError):
            read(written)


def without(number):
    return lambda lines: [line for line in lines if line is not lines[number]]


def with_end(**changes):
    end = {"visits": 3, "requests": 9, "refused": [], "broken": 0} | changes
    return lambda lines: [*lines[:-1], json.dumps({"end": end})]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (without(-1), "has no end after 3 visits"),
        (without(0), "none of its kinds"),
        (without(1), "holds 2 visits, its end says 3"),
        (lambda lines: [*lines[:2], lines[1], *lines[3:]], "names a visit twice"),
        (lambda lines: [*lines[:2], "garbage", *lines[2:]], "line 3 of the journal is not JSON"),
        (lambda lines: [*lines[:2], "[]", *lines[2:]], "line 3 of the journal is no JSON object"),
        (lambda lines: [*lines[:2], '{"visit": 3}', *lines[2:]], "none of its kinds"),
        (with_end(visits=4), "holds 3 visits, its end says 4"),
        (with_end(other=1), "none of its kinds"),
        (lambda lines: [*lines, lines[1]], "has no end"),
    ],
)
def test_what_is_wrong_with_a_journal_is_said(written, harm, reason):
    written.write_text("\n".join(harm(written.read_text().splitlines())) + "\n")
    with pytest.raises(JournalError, match=reason):
        read(written)


def test_a_missing_journal_and_one_that_is_no_text_are_said(tmp_path):
    with pytest.raises(JournalError, match="left no journal"):
        read(tmp_path / "journal.jsonl")
    (tmp_path / "journal.jsonl").write_bytes(b"\xff\n")
    with pytest.raises(JournalError, match="not UTF-8"):
        read(tmp_path / "journal.jsonl")

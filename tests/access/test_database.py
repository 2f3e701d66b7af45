import sqlite3
import subprocess
import sys
import threading

import pytest

from proveout.access.answer import Unknowable, Wrong
from proveout.access.database import Database
from proveout.access.machine import Machine
from proveout.access.sqlite import ROWS

# Commits pairs of rows without a pause, and says how often when it is told to stop; waits for nobody.
WRITER = """
import sqlite3, sys, threading
stopped = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
connection = sqlite3.connect(sys.argv[1], timeout=0)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("PRAGMA wal_autocheckpoint = 20")
connection.execute("CREATE TABLE pair (number INTEGER)")
connection.commit()
print("begun", flush=True)
count = 0
while not stopped.is_set():
    connection.execute("INSERT INTO pair VALUES (?)", [count])
    connection.execute("INSERT INTO pair VALUES (?)", [count])
    connection.commit()
    count += 1
print(count)
"""


@pytest.fixture
def machine(tmp_path, machine_at):
    return machine_at(tmp_path)


@pytest.fixture
def database(machine):
    """A database as a server in WAL mode leaves it when it ends."""
    (machine.root / "data").mkdir()
    return written(machine, "data/x.db")


def written(machine, file, mode="WAL"):
    with sqlite3.connect(machine.root / file) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE user (name TEXT, photo BLOB, height REAL, age INTEGER)")
        connection.execute("INSERT INTO user VALUES ('grüße', x'00ff', 1.5, NULL), ('x', NULL, 9e999, -1)")
    connection.close()
    return Database(machine, file)


def left(database):
    """The content of every file beside a database, by name."""
    return {file.name: file.read_bytes() for file in database.path.parent.iterdir() if file.is_file()}


def test_rows_are_read_with_all_kinds_of_values(database):
    assert database.rows("SELECT * FROM user ORDER BY age") == [
        ("grüße", b"\x00\xff", 1.5, None),
        ("x", None, float("inf"), -1),
    ]
    assert database.rows("SELECT age FROM user WHERE name = ?", ("x",)) == [(-1,)]
    assert database.rows("SELECT ?, ?", ("it's 100%", "grüße; $HOME")) == [("it's 100%", "grüße; $HOME")]


def test_tables_are_named(database):
    assert database.tables() == {"user"}


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_reading_leaves_nothing_behind(machine, mode):
    database = written(machine, "x.db", mode)
    before = left(database)
    assert database.rows("SELECT count(*) FROM user") == [(2,)]
    assert database.is_whole()
    assert left(database) == before
    assert list(before) == ["x.db"]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM user",
        "INSERT INTO user (name) VALUES ('y')",
        "CREATE TABLE other (x)",
        "DROP TABLE user",
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "VACUUM",
        "VACUUM INTO 'copy.db'",
        "ATTACH 'other.db' AS other",
        "BEGIN EXCLUSIVE",
        "SELECT 1; DELETE FROM user",
    ],
)
def test_nothing_can_be_changed(database, query, monkeypatch):
    monkeypatch.chdir(database.path.parent)
    with sqlite3.connect(database.path) as other:  # as a running server does
        other.execute("INSERT INTO user (name) VALUES ('committed')")
        other.commit()
        before = left(database)
        with pytest.raises(Wrong, match=r"^data/x.db in /.* does not answer: "):
            database.rows(query)
        assert {name: kept for name, kept in left(database).items() if not name.endswith("-shm")} == {
            name: kept for name, kept in before.items() if not name.endswith("-shm")
        }
        assert database.rows("SELECT count(*) FROM user") == [(3,)]
    other.close()


def test_a_server_that_writes_all_the_time_and_its_reader_do_not_disturb_each_other(machine):
    file = machine.root / "busy.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "begun\n"
    database = Database(machine, "busy.db")
    seen = []
    for _ in range(8):
        [(rows, numbers)] = database.rows("SELECT count(*), count(DISTINCT number) FROM pair")
        assert rows == 2 * numbers, "half of a transaction was seen"
        seen.append(numbers)
        assert database.is_whole()
    said, _ = writer.communicate("stop", timeout=20)
    assert writer.returncode == 0, "the writer was locked out"
    assert seen == sorted(seen)
    assert 0 < seen[-1] <= int(said)
    assert len(set(seen)) > 1, "nothing was written meanwhile"


def test_what_another_has_written_but_not_moved_to_the_file_is_read(database):
    with sqlite3.connect(database.path) as other:
        other.execute("DELETE FROM user")
        other.commit()
        assert database.rows("SELECT count(*) FROM user") == [(0,)]
    other.close()


def test_a_reader_waits_for_a_writer_that_is_about_to_finish(machine):
    """Without WAL a writer keeps readers out for a moment."""
    database = written(machine, "x.db", "DELETE")
    other = sqlite3.connect(database.path, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("DELETE FROM user")
    finish = threading.Timer(0.3, lambda: (other.execute("COMMIT"), other.close()))
    finish.start()
    assert database.rows("SELECT count(*) FROM user") == [(0,)]
    finish.join()


def test_a_file_that_is_missing_or_empty_is_said_so(machine):
    with pytest.raises(Wrong, match=r"^data/x.db is missing in /"):
        Database(machine, "data/x.db").tables()
    (machine.root / "x.db").touch()
    with pytest.raises(Wrong, match=r"^x.db in /.* is empty$"):
        Database(machine, "x.db").tables()
    (machine.root / "folder").mkdir()
    with pytest.raises(Wrong, match=r"^folder is missing in /"):
        Database(machine, "folder").tables()
    assert sorted(entry.name for entry in machine.root.iterdir()) == ["folder", "x.db"]


@pytest.mark.parametrize("content", [b"x", b"<html>" * 1000, b"SQLite format 3\0" + b"\2" * 2000])
def test_a_file_that_is_no_database_is_said_so(machine, content):
    (machine.root / "x.db").write_bytes(content)
    for question in (Database(machine, "x.db").tables, Database(machine, "x.db").is_whole):
        with pytest.raises(Wrong, match=r"^x.db in /.* does not answer: \w+"):
            question()


def test_a_question_that_the_database_cannot_answer_is_said_so(database):
    with pytest.raises(Wrong, match=r"^data/x.db in /.* does not answer: no such table: tasks$"):
        database.rows("SELECT * FROM tasks")
    with pytest.raises(Wrong, match="does not answer: "):
        database.rows("SELECT ?")


def test_text_that_is_no_text_is_said_so(database):
    with pytest.raises(Wrong, match=r"does not answer: .*UTF-8"):
        database.rows("SELECT CAST(photo AS TEXT) FROM user")


def test_no_more_rows_are_read_than_can_be_looked_at(database):
    many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?) SELECT x FROM n"
    assert len(database.rows(many, ("9999",))) == 9999
    rows = database.rows(many, ("20000",))
    assert len(rows) == ROWS
    assert rows[-1] == (ROWS,)


def test_damage_is_found(database):
    with sqlite3.connect(database.path) as other:
        other.executemany("INSERT INTO user (name) VALUES (?)", [("x" * 100,)] * 1000)
        other.execute("CREATE INDEX named ON user (name)")
    other.close()
    assert database.is_whole()
    with database.path.open("r+b") as stream:
        stream.seek(-4096, 2)
        stream.write(b"\xa5" * 4096)
    try:
        assert not database.is_whole()
    except Wrong as error:
        assert "malformed" in str(error)  # noqa: PT017 - either is an answer


@pytest.mark.parametrize("name", ["it's 100% #1? of 'x' & grüße.db", "%20.db", "-x.db"])
def test_any_name_is_a_name(machine, name):
    assert written(machine, name).tables() == {"user"}
    assert [entry.name for entry in machine.root.iterdir()] == [name]


def test_a_link_to_a_database_is_the_database(database):
    (database.path.parent / "link.db").symlink_to("x.db")
    with sqlite3.connect(database.path) as other:
        other.execute("DELETE FROM user")
        other.commit()
        assert Database(database.machine, "data/link.db").rows("SELECT count(*) FROM user") == [(0,)]
    other.close()


def test_without_python_on_another_machine_nobody_knows(tmp_path, far):
    machine = Machine.at(far.named(port=far.bare), tmp_path)
    database = written(machine, "x.db")
    with pytest.raises(
        Unknowable, match=r"^ssh://127.0.0.1: no python3 there that could read x.db \(.*not found"
    ):
        database.tables()
    machine.close()

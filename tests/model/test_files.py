import json
import os
import signal
import subprocess
import sys

import pytest

from proveout.model.files import write_json, write_text


def test_a_file_is_written_with_its_folders(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "grüße\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "grüße\n".encode()
    assert os.listdir(tmp_path / "a" / "b") == ["c.txt"]  # noqa: PTH208 - hidden files too


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "evidence.json"
    write_json(path, {"verdict": "HOLD"})
    with pytest.raises(TypeError):
        write_json(path, {"verdict": object()})
    with pytest.raises(TypeError):
        write_text(path, 5)
    assert json.loads(path.read_text()) == {"verdict": "HOLD"}
    assert [p.name for p in tmp_path.iterdir()] == ["evidence.json"]


@pytest.mark.parametrize("content", [None, [], {"größe": [1, "two", None]}, "\u2028"])
def test_json_reads_as_it_was_written(tmp_path, content):
    write_json(tmp_path / "x.json", content)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == content


def test_half_a_character_that_a_server_sent_can_be_written_down(tmp_path):
    sent = json.loads(r'{"environment": "\ud800"}')
    write_json(tmp_path / "evidence.json", sent)
    assert json.loads((tmp_path / "evidence.json").read_text(encoding="utf-8")) == sent


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, ["a"] * 10)
    program = (
        "import sys, pathlib; from proveout.model.files import write_json\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "while True:\n  write_json(path, ['a'] * 10); write_json(path, ['b'] * 20000)"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)])
    try:
        seen = set()
        while len(seen) < 2:
            content = json.loads(path.read_text())
            assert content in (["a"] * 10, ["b"] * 20000)
            seen.add(content[0])
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert json.loads(path.read_text())

"""The workspace: folders of killed servers go, those of living ones stay."""

import tempfile

from proveout_reference.ceesar.executor.workspace import Workspace


def test_only_abandoned_folders_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned = tmp_path / "ceesar-abandoned"
    (abandoned / "deep" / "er").mkdir(parents=True)
    (abandoned / "lock").touch()
    starting = tmp_path / "ceesar-starting"
    starting.mkdir()
    living = Workspace()
    second = Workspace()
    names = {path.name for path in tmp_path.iterdir()}
    assert abandoned.name not in names
    assert starting.name in names
    assert len(names) == 3
    folder = living.new(None, {"a.txt": "text"})
    assert (folder / "a.txt").read_text() == "text"
    living.close()
    second.close()
    assert [path.name for path in tmp_path.iterdir()] == [starting.name]

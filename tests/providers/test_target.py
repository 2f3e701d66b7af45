import json
from dataclasses import replace

import pytest

from proveout.providers.target import Target


@pytest.mark.parametrize("provenance", ["live", "twin", "reference"])
@pytest.mark.parametrize("has_root", [True, False])
def test_another_process_works_on_the_same_target(place, tmp_path, provenance, has_root):
    root = tmp_path if has_root else None
    target = Target(place.environment, provenance, "http://h:1", root, root and root / "x.log", {"PORT": "1"})
    handle = json.loads(json.dumps(target.handle()))
    assert Target.from_handle(target.environment, handle) == target


def test_all_but_the_live_one_end_with_the_run(place):
    target = Target(place.environment, "live", "http://h")
    assert not target.disposable
    assert replace(target, provenance="twin").disposable
    assert replace(target, provenance="reference").disposable

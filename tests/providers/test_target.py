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


def test_what_a_target_listens_on_beside_is_at_its_host(place):
    ports = {"port": 8082, "metrics_port": 9091}
    target = Target(place.environment, "live", "http://gaia.example:8082/base", ports=ports)
    assert target.url_of("metrics_port") == "http://gaia.example:9091"
    secured = replace(target, url="https://user@10.0.4.12")
    assert secured.url_of("metrics_port") == "http://10.0.4.12:9091"
    assert replace(target, url="http://[::1]:8082").url_of("metrics_port") == "http://[::1]:9091"
    with pytest.raises(KeyError, match="admin_port"):
        target.url_of("admin_port")


def test_another_process_reaches_the_target_in_the_same_way(place, tmp_path):
    target = Target(
        place.environment,
        "twin",
        "http://h:1",
        started_in=0.5,
        ports={"port": 1, "metrics_port": 2},
        connection="ssh://gaia@staging?timeout=3",
        source=tmp_path,
        pid=4862,
    )
    again = Target.from_handle(target.environment, json.loads(json.dumps(target.handle())))
    assert again == target
    assert (again.root, again.source, again.connection, again.pid) == (
        None,
        tmp_path,
        "ssh://gaia@staging?timeout=3",
        4862,
    )

"""Copies of one system side by side in one tree: each has its own directory, ports and data."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from machinery.verification import ROOT
from proveout.catalogue.catalogue import load
from proveout.providers.process import start

NAMES = ("dev", "staging", "prod")


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    system = load(ROOT / "environments").systems["gaia"]

    def begin(name):
        environment = system.environments[name]
        return start(environment, system, folder / name, records=folder, tree=folder / "tree")

    with ThreadPoolExecutor(len(NAMES)) as pool:
        running = dict(zip(NAMES, pool.map(begin, NAMES), strict=True))
    yield running
    for copy in running.values():
        copy.stop()


def rules(copy):
    answer = httpx.get(f"{copy.target.url}/api/admin/quotas/rules", trust_env=False).json()
    return {rule["CommandType"] for rule in answer["global_rules"]}


def test_they_stand_in_one_tree_with_the_manifest_beside_them(copies):
    tree = {copy.target.root.parent for copy in copies.values()}
    assert len(tree) == 1
    assert {path.name for path in tree.pop().iterdir()} == {*NAMES, "ENVIRONMENT_MANIFEST.md"}


def test_they_listen_on_six_ports(copies):
    ports = [port for copy in copies.values() for port in copy.target.ports.values()]
    assert len(set(ports)) == 6


def test_what_is_written_to_one_is_in_no_other(copies):
    for name, copy in copies.items():
        rule = {"CommandType": f"mark-of-{name}", "DailyLimit": 1, "WeeklyLimit": 2, "MonthlyLimit": 3}
        answer = httpx.post(
            f"{copy.target.url}/api/admin/quotas/rules", json={**rule, "Enabled": True}, trust_env=False
        )
        assert answer.status_code == 201, answer.text
    assert {name: rules(copy) for name, copy in copies.items()} == {
        name: {f"mark-of-{name}"} for name in NAMES
    }


def test_a_stop_of_one_leaves_the_others_as_they_are(copies):
    copies["dev"].stop()
    for name in ("staging", "prod"):
        health = httpx.get(f"{copies[name].target.url}/health", trust_env=False).json()
        assert (health["status"], health["environment"]) == ("healthy", name)

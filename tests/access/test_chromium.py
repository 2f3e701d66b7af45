"""The browser as a process: it starts, hangs, is killed, and never stays behind."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from proveout.access import chromium as module
from proveout.access.answer import Wrong
from proveout.access.browser import lacking
from proveout.providers.readiness import NotYet, probe


def test_a_browser_that_hangs_is_ended_and_replaced(site, browser, chromium, monkeypatch):
    monkeypatch.setattr(module, "GRACE", 0.3)
    site.pages["/"] = "<p>here</p>"
    page = browser.open("/")
    page.patience = 0.3
    family = [chromium._driver, *chromium._driver.children(recursive=True)]
    family[0].suspend()
    with pytest.raises(Wrong, match="did not answer"):
        page.shows("here")
    probe(lambda: require_gone(family), within=10)
    with pytest.raises(Wrong, match="was ended"):
        page.shows("here")
    monkeypatch.undo()
    assert browser.open("/").shows("here")


@pytest.mark.usefixtures("chromium")
def test_a_killed_run_leaves_no_process_behind(short_folder):
    program = "from proveout.access.chromium import shared; import time\n"
    program += "browser = shared()\nbrowser.do(lambda: browser.reaching('127.0.0.1:9').new_page(), 60)\n"
    program += "print(browser._driver.pid, flush=True)\ntime.sleep(60)\n"
    command = [sys.executable, "-c", program]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": short_folder}, start_new_session=True
    )
    try:
        assert run.stdout.readline().strip()
        family = psutil.Process(run.pid).children(recursive=True)
        assert len(family) > 2
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        run.stdout.close()
    probe(lambda: require_gone(family), within=10)


def require_gone(family):
    if left := [process for process in family if running(process)]:
        raise NotYet(f"still running: {left}")


def running(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_is_lacking_is_said_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setenv("PROVEOUT_CHROMIUM", "/nowhere/chromium")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "playwright", None)
        assert 'pip install "proveout[browser]"' in lacking()
    monkeypatch.setitem(sys.modules, "playwright", json)  # any module will do: it is only looked for
    assert "PROVEOUT_CHROMIUM=/nowhere/chromium is not a program" in lacking()
    monkeypatch.delenv("PROVEOUT_CHROMIUM")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install chromium" in lacking()
    own = tmp_path / "chromium-1200" / "chrome-linux" / "chrome"
    own.parent.mkdir(parents=True)
    own.touch(0o755)
    assert lacking() is None
    assert module.executable() == str(own)


def test_playwright_is_not_imported_before_a_page_is_wanted():
    program = "import sys, proveout.access.browser as b; b.lacking(); sys.exit('playwright' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

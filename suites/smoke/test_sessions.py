"""Sessions of GAIA_GO: the tmux sessions that drive prod."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-PROD-TMUX-51")
def test_the_declared_number_of_sessions_runs(gaia, sessions):
    assert len(sessions) == gaia.environment.sessions.count


@verifies("GAIA-PROD-AUTONOMOUS")
def test_the_declared_session_drives_it(gaia, sessions):
    assert gaia.environment.sessions.autonomous in sessions

"""Checks of pages where there is no browser."""

CLAIMS = {"CC-UI-LIST", "CC-UI-OPEN", "CC-UI-RUN", "CC-UI-SUBMIT"}


def test_a_machine_without_a_browser_leaves_the_claims_unverified(verify):
    run = verify(
        "--env=gamma", "-m", "smoke", "-k", "page or environment", PROVEOUT_CHROMIUM="/nowhere/chromium"
    )
    unverified = run.evidence("ceesar/gamma")["urn:x-proveout:run:v1"]["unverified"]
    assert {claim for claim, why in unverified.items() if "PROVEOUT_CHROMIUM" in why} == CLAIMS
    assert run.exit == 0, run.output

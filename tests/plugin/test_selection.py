"""What the words of the command line select, and what they must never let pass."""


def test_a_misspelled_environment_is_a_usage_error_with_near_names(verify):
    done = verify("--env=gama", "-m", "smoke")
    assert done.exit == 4
    assert "did you mean gamma" in done.output
    assert "Traceback" not in done.output


def test_a_misspelled_marker_is_a_usage_error_with_near_names(verify):
    done = verify("--env=gamma", "-m", "smok")
    assert done.exit == 4
    assert 'there is no marker "smok"; did you mean smoke' in done.output


def test_an_empty_filter_is_a_usage_error(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "")
    assert done.exit == 4
    assert "an empty selection selects everything" in done.output


def test_a_filter_that_selects_nothing_is_pytests_own_exit_code(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "no_check_has_this_name")
    assert done.exit == 5


def test_a_python_that_ignores_assertions_is_refused(verify):
    done = verify("--env=gamma", "-m", "smoke", PYTHONOPTIMIZE="1")
    assert done.exit == 4
    assert "assertions do nothing" in done.output


def test_checks_without_an_environment_are_a_usage_error(verify):
    done = verify("-m", "smoke")
    assert done.exit == 4
    assert "need an environment" in done.output


def test_a_plan_starts_nothing_and_leaves_nothing(verify):
    done = verify("--env=gamma", "--env-plan", "-m", "smoke")
    assert done.exit == 0, done.output
    assert "would run  reads     CC-HL-STATUS" in done.output
    assert "set aside  reads     CC-CFG-PORT" in done.output
    assert "PASS" not in done.output
    assert not done.reports.exists()


def test_two_copies_on_one_declared_port_are_a_usage_error(verify):
    done = verify("--env=ceesar", "--env-ports", "declared", "-m", "smoke")
    assert done.exit == 4
    assert "ceesar/dev and ceesar/gamma and ceesar/prod are all declared on port 8080" in done.output


def test_the_count_is_of_all_claims_of_the_tier_whatever_the_filter(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "semantic")
    assert done.exit == 0, done.output
    assert done.verdict() == "PASS 1/22"
    assert "not selected" in done.output


def test_together_claims_are_proven_when_all_environments_run(verify):
    done = verify("--env=ceesar", "-m", "smoke", "-k", "every_environment or semantic")
    assert done.exit == 0, done.output
    for name in ("dev", "gamma", "prod"):
        predicate = done.evidence(f"ceesar/{name}")
        assert "CC-ENV-COUNT" in predicate["passedTests"]


def test_workers_come_to_the_same_verdict(verify):
    alone = verify("--env=gamma", "-m", "smoke")
    shared = verify("--env=gamma", "-m", "smoke", "-n", "2")
    assert alone.exit == shared.exit == 0
    assert alone.verdict() == shared.verdict() == "PASS 16/22"
    assert set(alone.executed()) == set(shared.executed())


def test_a_requirement_that_is_missing_holds(verify):
    done = verify("--env=gamma", "-m", "smoke", "--env-require", "port")
    assert done.exit == 20, done.output
    assert "--env-require port: missing for CC-CFG-PORT" in done.output


def test_live_is_required_and_no_url_is_known(verify):
    done = verify("--env=gamma", "-m", "smoke", "--env-require", "live")
    assert done.exit == 20, done.output
    assert "CEESAR_GAMMA_URL" in done.output
    assert done.executed() == []


def test_an_unknown_requirement_is_a_usage_error(verify):
    done = verify("--env=gamma", "-m", "smoke", "--env-require", "lives")
    assert done.exit == 4
    assert "did you mean live" in done.output

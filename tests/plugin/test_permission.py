"""A live prod is put under load only where its definition and the command line both permit it."""

from machinery.servers import forwarded

LOAD = """
pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

@verifies("CC-LIM-ENFORCED-PROD")
def test_it_comes_in_crowds(ceesar):
    for _ in range(20):
        ceesar.health()
"""
SMOKE = """
pytestmark = [pytest.mark.smoke, pytest.mark.reads]

@verifies("CC-HL-STATUS")
def test_it_reads(ceesar):
    assert ceesar.health().status == "healthy"
"""


def allow(project):
    definition = project / "environments/ceesar/prod/environment.toml"
    text = definition.read_text()
    assert "\nload = false" in text
    definition.write_text(text.replace("\nload = false", "\nload = true"))
    return project


def run(verify, live, scripted, project, *arguments):
    server = scripted(forwarded(live("prod").target.url))
    done = verify("--env=ceesar/prod", f"--env-url={server.url}", *arguments, project=project)
    return done, server.asked


def test_without_any_permission_nothing_is_sent(verify, live, scripted, project):
    done, asked = run(verify, live, scripted, project(load=LOAD), "-m", "load")
    assert done.exit == 21, done.output
    assert asked == []
    assert "[effects] load = true in its environment.toml and --load-on-prod" in " ".join(done.output.split())


def test_that_only_the_definition_permits_it_is_not_enough(verify, live, scripted, project):
    done, asked = run(verify, live, scripted, allow(project(load=LOAD)), "-m", "smoke or load")
    assert (done.exit, asked) == (21, []), done.output
    assert "without --load-on-prod on the command line" in " ".join(done.output.split())


def test_that_only_the_command_line_permits_it_is_not_enough(verify, live, scripted, project):
    done, asked = run(verify, live, scripted, project(load=LOAD), "-m", "soak", "--load-on-prod")
    assert (done.exit, asked) == (21, []), done.output


def test_nobody_of_a_line_up_with_such_a_prod_is_asked_anything(verify, live, scripted, project):
    servers = {name: scripted(forwarded(live(name).target.url)) for name in ("gamma", "prod")}
    urls = [f"--env-url=ceesar/{name}={server.url}" for name, server in servers.items()]
    chosen = ["--env=ceesar/gamma", "--env=ceesar/prod", "-m", "load"]
    done = verify(*chosen, *urls, project=project(load=LOAD))
    assert done.exit == 21, done.output
    assert [server.asked for server in servers.values()] == [[], []]


def test_with_both_permissions_it_is_put_under_load(verify, live, scripted, project):
    project = allow(project(load=LOAD))
    done, asked = run(verify, live, scripted, project, "-m", "load", "--load-on-prod")
    assert done.exit == 0, done.output
    assert asked.count("GET /api/health") > 20


def test_where_load_was_not_asked_for_it_is_left_out_and_the_rest_runs(verify, live, scripted, project):
    done, asked = run(verify, live, scripted, project(load=LOAD, smoke=SMOKE))
    assert done.exit == 0, done.output
    assert done.evidence("ceesar/prod")["passedTests"] == ["CC-HL-STATUS"]
    assert asked.count("GET /api/health") < 20


def test_a_copy_of_prod_is_nobodys_prod(verify, project):
    done = verify("--env=ceesar/prod", "-m", "load", project=project(load=LOAD))
    assert done.exit == 0, done.output


def test_an_expression_that_cannot_be_read_starts_nothing(verify, project):
    done = verify("--env=ceesar/prod", "-m", "load and", project=project(load=LOAD))
    assert done.exit == 4, done.output
    assert '-m "load and" cannot be read' in done.output

import contextlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machinery.effort import effort
from proveout.access.answer import Wrong
from proveout.access.workflow import Workflow

HEAD = "on: push\njobs:\n"
JOB = "    runs-on: ubuntu-22.04\n    steps:\n      - run: make\n"
GROWING = "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 12))
VALID = f"{HEAD}  build:\n{JOB}"


def mistakes(text):
    return Workflow.parse(text).mistakes


def steps(*lines):
    return f"{HEAD}  build:\n    runs-on: x\n    steps:\n" + "".join(f"      {line}\n" for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        f"{HEAD}  build:\n    needs: test\n{JOB}  test:\n{JOB}",
        f"{HEAD}  build:\n    needs: [Test]\n{JOB}  test:\n{JOB}",
        f"{HEAD}  call:\n    uses: ./.github/workflows/x.yml\n    with:\n      a: 1\n    secrets: inherit\n",
        f"{HEAD}  build:\n    if: github.ref == 'x' && !cancelled()\n{JOB}",
        f"{HEAD}  build:\n    if: ${{{{ always() }}}}\n{JOB}",
        f"{HEAD}  build:\n    if: true\n{JOB}",
        f"{HEAD}  build:\n    env: &all\n      A: 2024-01-01\n{JOB}  other:\n    env: *all\n{JOB}",
        f"{HEAD}  build:\n    timeout-minutes: ${{{{ fromJSON(vars.T) }}}}\n{JOB}",
        f"{HEAD}  build:\n    strategy:\n      matrix: ${{{{ fromJSON(needs.x.outputs.m) }}}}\n{JOB}",
        "'on': [push, pull_request]\njobs:\n  b:\n" + JOB,
        "on:\n  push:\n    branches: [main]\n  schedule:\n    - cron: '0 0 * * *'\njobs:\n  b:\n" + JOB,
        "on: {workflow_dispatch: {inputs: {a: {description: 'write ${{ like this'}}}}\njobs:\n  b:\n" + JOB,
        "on: push\npermissions: {}\nconcurrency: deploy\ndefaults: {run: {shell: bash}}\njobs:\n  b:\n" + JOB,
        "on: [push, brand_new_event]\njobs:\n  b:\n    needs: []\n    strategy: {fail-fast: true}\n" + JOB,
        "on: {push: , brand_new_event: }\nenv:\njobs:\n  b:\n    env: {A: }\n    outputs: {}\n" + JOB,
        steps("- parallel:\n        - run: x\n        - uses: a/b@v1", "- wait-all: true", "- wait: a"),
        "on: push\nbrand-new-key: 1\njobs:\n  b:\n    another-new-thing: x\n" + JOB,
        steps(
            "- uses: actions/checkout@v4",
            "- id: a\n        run: echo ${{ github.sha }}",
            "- run: x\n        id: b",
        ),
        steps("- run: echo $HOME ${HOME} {{ x }}", "- uses: a/b@v1\n        with: {if: not an expression}"),
        steps(
            "- run: x\n        if: success() && steps.a.outcome == 'success'\n        continue-on-error: true"
        ),
    ],
)
def test_a_valid_workflow_has_no_mistakes(text):
    assert mistakes(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on: push\n", "jobs is missing"),
        ("on: push\njobs: {}\n", "jobs is missing"),
        (f"jobs:\n  b:\n{JOB}", "on is missing"),
        (f"{HEAD}  b: x\n", "jobs.b: 'x'"),
        (f"{HEAD}  b: {{}}\n", "jobs.b: runs-on is missing"),
        (f"{HEAD}  b:\n    runs-on: x\n", "jobs.b: steps is missing"),
        (f"{HEAD}  b c:\n{JOB}", "jobs.b c: not an id"),
        (f"{HEAD}  b:\n    uses: ./x.yml\n{JOB}", "jobs.b: uses and steps exclude each other"),
        (f"{HEAD}  b:\n    needs: c\n{JOB}", "jobs.b: needs c, which is no job of this file"),
        (f"{HEAD}  b:\n    needs: [d, c]\n{JOB}  d:\n{JOB}", "jobs.b: needs c, which"),
        (f"{HEAD}  b:\n    needs: b\n{JOB}", "jobs wait for each other: b -> b"),
        (f"{HEAD}  b:\n    needs: c\n{JOB}  c:\n    needs: b\n{JOB}", "jobs wait for each other: "),
        (f"{HEAD}  b:\n    need: c\n{JOB}", "jobs.b.need: unknown; did you mean needs?"),
        ("on: push\njob:\n  b:\n" + JOB, "job: unknown; did you mean jobs?"),
        (f"{HEAD}  b:\n    timeout-minutes: soon\n{JOB}", "jobs.b.timeout-minutes: 'soon' cannot stand here"),
        (f"{HEAD}  b:\n    if: github.ref = 'x'\n{JOB}", "jobs.b.if: = 'x' is no part of an expression"),
        (f"{HEAD}  b:\n    if: secrets.A != ''\n{JOB}", "jobs.b.if: an if cannot look at secrets"),
        (f"{HEAD}  b:\n    env: {{A: '${{{{ env.A'}}\n{JOB}", "jobs.b.env.A: }} is missing"),
        (f"env:\n  A: ${{{{ nothing }}}}\n{VALID}", "env.A: there is no context nothing"),
        ("on: psuh\njobs:\n  b:\n" + JOB, "on.psuh: unknown; did you mean push?"),
        (
            "on: [push, pull_requests]\njobs:\n  b:\n" + JOB,
            "on.pull_requests: unknown; did you mean pull_request?",
        ),
        ("on: 1\njobs:\n  b:\n" + JOB, "on: 1"),
        (f"permissions: {{contents: all}}\n{VALID}", "permissions.contents: 'all' is not one of"),
        (steps("- name: x"), "jobs.build.steps[0]: a step has either run or uses"),
        (steps("- run: x\n        uses: a/b@v1"), "jobs.build.steps[0]: a step has either run or uses"),
        (steps("- run: x", "- x"), "jobs.build.steps[1]: not a step"),
        (
            steps("- run: x\n        id: a", "- run: x\n        id: A"),
            "jobs.build.steps[1]: the id A stands twice",
        ),
        (steps("- run: echo ${{ github.sha"), "jobs.build.steps[0].run: }} is missing"),
        (steps("- run: x\n        if: secrets.A"), "jobs.build.steps[0].if: an if cannot look at secrets"),
        (steps("- run: x\n        if: ${{ true"), "jobs.build.steps[0].if: }} is missing"),
        (steps("- run: x\n        env: {A: {B: 1}}"), "jobs.build.steps[0].env"),
        (steps("- run: [x]"), "jobs.build.steps[0].run: ['x'] is not of type 'string'"),
        (
            steps("- run: x\n        wiht: {a: 1}"),
            "jobs.build.steps[0].wiht: unknown; did you mean with?",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(text, said):
    found = mistakes(text)
    assert any(mistake.startswith(said) for mistake in found), found


def test_every_mistake_is_said():
    text = f"{HEAD}  a:\n    needs: x\n    if: (\n{JOB}  b:\n    needs: y\n{JOB}"
    assert [mistake.partition(":")[0] for mistake in mistakes(text)] == ["jobs.a", "jobs.b", "jobs.a.if"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "workflow is empty"),
        ("# nothing\n", "workflow is empty"),
        ("- a\n", "workflow is not a mapping"),
        ("text", "workflow is not a mapping"),
        ("on: push\n\tjobs: x\n", "workflow, line 2 is not YAML: "),
        ("on: push\njobs:\n  a: 1\n  a: 2\n", 'workflow, line 4 is not YAML: found duplicate key "a"'),
        ("a: 1\n---\nb: 1\n", "workflow, line 2 is not YAML: "),
        ("a: [1\n", "is not YAML: "),
        ("a: *b\n", "workflow, line 1 is not YAML: found undefined alias 'b'"),
        ("a: !!python/object:os.system x\n", "workflow, line 1 is not YAML: "),
        ("a: \x00", "is not YAML: "),
        ("a: &a [*a]\n", "workflow is nested too deeply, or contains itself"),
        ("- " * 1000, "workflow is nested too deeply"),
        (f"a0: &a0 [x]\n{GROWING}", "more than 50000 values"),
    ],
)
def test_what_is_no_workflow_at_all_is_said_so(text, said):
    with pytest.raises(Wrong) as caught:
        Workflow.parse(text)
    assert said in str(caught.value)


def test_on_is_a_key_and_no_truth():
    workflow = Workflow.parse("on: push\nyes: no\n1: a\n")
    assert workflow.content == {"on": "push", "yes": "no", "1": "a"}


def test_jobs_are_at_hand_by_their_ids():
    assert list(Workflow.parse(VALID).jobs) == ["build"]
    assert Workflow.parse("jobs: x").jobs == {}


def test_a_text_that_a_pattern_could_take_for_ever_on_is_read_in_no_time():
    returns = "\\r" * 60
    hostile = f'{HEAD}  b:\n    timeout-minutes: "${{{{ 1 }}}}{returns}x"\n{JOB}'
    assert effort(lambda: mistakes(hostile)) < 100


def test_nothing_of_the_schema_is_loaded_before_it_is_asked_and_its_command_line_never():
    program = (
        "import sys; import proveout.access.source; from proveout.access.workflow import Workflow;"
        "loaded = lambda: {'jsonschema', 'ruamel.yaml', 'check_jsonschema', 'requests'} & set(sys.modules);"
        "before = loaded(); "
        f"assert Workflow.parse({VALID!r}).mistakes == [];"
        "print(sorted(before), sorted(loaded()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[] ['jsonschema', 'ruamel.yaml']"


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["push", "x", "${{ a", "always()", "needs", "test"]),
)
KEYS = st.sampled_from(
    ["on", "jobs", "needs", "if", "steps", "run", "uses", "runs-on", "env", "id", "a", "with"]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=3), TREES)
def test_any_tree_of_values_is_judged(tree, job):
    found = Workflow("x", {"on": "push", "jobs": {"a": job}, **tree}).mistakes
    assert all(isinstance(mistake, str) for mistake in found)


LINES = st.sampled_from(
    ["on: push", "jobs:", "  a:", "    steps:", "      - run: x", "\t", "  - &a", "*a", "<<: *a"]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES | st.text(max_size=12), max_size=8).map("\n".join))
def test_any_text_is_a_workflow_or_wrong(text):
    with contextlib.suppress(Wrong):
        assert isinstance(Workflow.parse(text).mistakes, list)

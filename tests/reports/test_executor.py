"""Who ran it, as CI says it."""

import pytest

from proveout.reports.executor import executor
from proveout.reports.properties import written


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_SERVER_URL": "https://code.example",
                "GITHUB_REPOSITORY": "team/ceesar",
                "GITHUB_RUN_ID": "77",
                "GITHUB_RUN_NUMBER": "12",
                "GITHUB_WORKFLOW": "verify",
            },
            {
                "type": "github",
                "name": "GitHub Actions",
                "buildName": "verify #12",
                "buildOrder": 12,
                "buildUrl": "https://code.example/team/ceesar/actions/runs/77",
            },
        ),
        (
            {
                "GITLAB_CI": "true",
                "CI_JOB_NAME": "smoke",
                "CI_PIPELINE_IID": "3",
                "CI_JOB_URL": "https://c.example/3",
            },
            {
                "type": "gitlab",
                "name": "GitLab CI",
                "buildName": "smoke #3",
                "buildOrder": 3,
                "buildUrl": "https://c.example/3",
            },
        ),
        (
            {
                "JENKINS_URL": "https://j.example",
                "JOB_NAME": "smoke",
                "BUILD_NUMBER": "9",
                "BUILD_URL": "https://j.example/9",
            },
            {
                "type": "jenkins",
                "name": "Jenkins",
                "buildName": "smoke #9",
                "buildOrder": 9,
                "buildUrl": "https://j.example/9",
            },
        ),
        ({"CI": "true"}, {"type": "ci", "name": "CI"}),
        ({"USER": "ada", "HOSTNAME": "ada-laptop"}, {"type": "local", "name": "a person's machine"}),
    ],
)
def test_the_job_is_named_as_its_variables_say(variables, expected):
    assert executor(variables) == expected


def test_keys_and_values_cannot_leave_their_line():
    assert written({"a b:c=d": "x\ny", "k": " z\\"}) == "a\\ b\\:c\\=d = x\\ny\nk = \\ z\\\\\n"

"""Who ran it: the CI job as its variables name it, or simply a person's machine."""

from collections.abc import Mapping
from typing import Any


def executor(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return Allure's `executor.json`; nothing in it names a person, a host or a path."""
    get = variables.get
    if get("GITHUB_ACTIONS"):
        where = "/".join(get(f"GITHUB_{part}", "") for part in ("SERVER_URL", "REPOSITORY"))
        url = f"{where}/actions/runs/{get('GITHUB_RUN_ID', '')}"
        return _job("github", "GitHub Actions", get("GITHUB_WORKFLOW", ""), get("GITHUB_RUN_NUMBER"), url)
    if get("GITLAB_CI"):
        return _job("gitlab", "GitLab CI", get("CI_JOB_NAME", ""), get("CI_PIPELINE_IID"), get("CI_JOB_URL"))
    if get("JENKINS_URL"):
        return _job("jenkins", "Jenkins", get("JOB_NAME", ""), get("BUILD_NUMBER"), get("BUILD_URL"))
    if get("CI"):
        return _job("ci", "CI", "", None, None)
    return _job("local", "a person's machine", "", None, None)


def _job(kind: str, name: str, job: str, number: str | None, url: str | None) -> dict[str, Any]:
    build = f"{job} #{number}".strip() if number else job
    content: dict[str, Any] = {"type": kind, "name": name}
    if build:
        content["buildName"] = build
    if number and number.isdigit():
        content["buildOrder"] = int(number)
    if url:
        content["buildUrl"] = url
    return content

"""The command line of a run: which environments, where they are, and what must not be missing."""

import pytest


def add_options(parser: pytest.Parser) -> None:
    """Add the group of options, and the settings of the configuration file."""
    group = parser.getgroup("proveout", "environments to verify")
    add = group.addoption
    add(
        "--env",
        action="append",
        default=[],
        metavar="NAME",
        help="environment: gamma, gaia/staging, a system, or all; repeatable",
    )
    add(
        "--env-url",
        action="append",
        default=[],
        metavar="[ID=]URL",
        help="URL of the live environment; with several environments ID=URL",
    )
    add(
        "--env-root",
        action="append",
        default=[],
        metavar="[ID=]DIR",
        help="directory of a live environment, on this machine or on the one of --env-machine",
    )
    add(
        "--env-machine",
        action="append",
        default=[],
        metavar="[ID=]CONNECTION",
        help="machine of a live environment: ssh://user@host[:port][/DIR] or docker://container[/DIR]",
    )
    add(
        "--env-source",
        action="append",
        default=[],
        metavar="[ID=]DIR",
        help="checkout of the delivery files of a live environment's system",
    )
    add(
        "--env-version",
        action="append",
        default=[],
        metavar="[ID=]VERSION",
        help="the version that must be running; any other is a failure",
    )
    add(
        "--env-artifact",
        action="append",
        default=[],
        metavar="[ID=]sha256:HEX",
        help="digest of the artifact that was deployed; where it can be read, too, another is a failure",
    )
    add(
        "--env-twin",
        action="store_true",
        help="work on a disposable copy of the live environment's artifact (in --env-root or --env-machine)",
    )
    add(
        "--env-provider",
        choices=("auto", "url", "process"),
        default="auto",
        help="how targets are obtained (default: a URL where one is known, else a copy)",
    )
    add(
        "--env-ports",
        choices=("free", "declared"),
        default="free",
        help="ports of disposable copies (default: free ones)",
    )
    add(
        "--env-require",
        action="append",
        default=[],
        metavar="WHAT",
        help="live, machine, browser, ...: where it is missing the verdict is HOLD; repeatable",
    )
    add(
        "--env-keep",
        action="store_true",
        help="leave disposable copies running; end them with: proveout env down --all",
    )
    add(
        "--load-on-prod",
        action="store_true",
        help="let load and soak work on a live prod, where its definition allows it, too: [effects] load",
    )
    add("--load-profile", metavar="NAME", help="the profile of load or soak (default: baseline, soak_24h)")
    add(
        "--load-duration",
        metavar="DURATION",
        help="drive profiles of the load tier in less time, such as 10s: the same rates, a smaller sample",
    )
    add("--env-plan", action="store_true", help="say what would run, and touch nothing")
    add(
        "--gate",
        action="append",
        default=[],
        metavar="EDGE",
        help="run what a gate such as gaia/staging-prod asks for (never the soak), then let it decide",
    )
    add("--rehearse", action="store_true", help="with --gate: on disposable copies only; it promotes nothing")
    add("--explain", action="store_true", help="with --gate: every line of the decision, with its evidence")
    add(
        "--soak-duration",
        metavar="DURATION",
        help="drive the day's profile in less time, such as 5m: a rehearsal, which opens no gate",
    )
    add("--soak-resume", action="store_true", help="go on with the newest soak that has not come to its end")
    add(
        "--load-workers",
        type=int,
        default=1,
        metavar="N",
        help="processes that generate the load (default: 1)",
    )
    add(
        "--load-elsewhere",
        type=int,
        default=0,
        metavar="N",
        help="so many of a soak's workers are started by hand on other machines; the run shows how",
    )
    add(
        "--load-port",
        type=int,
        metavar="P",
        help="port of loopback that the workers elsewhere reach through a tunnel (default: 5557)",
    )
    parser.addini(
        "proveout_load", "directory of the journeys/ and profiles/ of the load", default="suites/load"
    )
    parser.addini("proveout_environments", "directory of the definitions", default="environments")
    parser.addini(
        "proveout_leases", "directory of the leases on live environments; shared, it serves many machines"
    )
    parser.addini("proveout_reports", "directory for what runs leave", default="reports")
    parser.addini(
        "proveout_evidence", "directory of the stored evidence (default: evidence in that of the reports)"
    )
    parser.addini("proveout_key", "private key that signs evidence; the variable PROVEOUT_KEY goes first")

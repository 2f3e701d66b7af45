"""Starts a command harmed: `python -m proveout.drill.harmed HARM.json PORTS -- command`.

Stands between the provider and the server: edits files of the working copy, changes variables, alters
answers on the wire and lines of the log. The server itself is the real one and knows nothing of it.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

# A drill starts this hundreds of times, and most harms need no more than the imports above.


def main(words: list[str]) -> int:
    """Harm and run; returns the exit status of the command.

    HARM.json is a `Harm` as JSON; PORTS is a JSON object: the variable of each listener's port by its name.
    """
    text = Path(words[0]).read_text()
    harm: dict[str, Any] = json.loads(text)
    ports, command = words[1], words[3:]
    if harm["before"]:
        subprocess.run(["sh", "-ec", harm["before"]], check=True)  # noqa: S603, S607 - the fault's own words
    for name, edit in harm["files"].items():
        edit_file(Path(name), edit["find"], edit["put"])
    if harm["command"]:
        command = [part for word in harm["command"] for part in (command if word == "{command}" else [word])]
    variables = {**os.environ, **harm["ignored"]}
    if harm["answers"] or harm["log"] or harm["after"]:
        from proveout.drill.between import stand_between  # noqa: PLC0415 - see above

        return stand_between(text, json.loads(ports), command, variables)
    os.execvpe(command[0], command, variables)  # noqa: S606 - the definition's own command, no shell
    raise AssertionError("exec does not return")


def edit_file(path: Path, find: str, put: str | None) -> None:
    """Put something in the place of what an expression finds in a file; nothing to put removes the file."""
    if put is None:
        path.unlink()
    else:
        path.write_text(re.sub(find, put, path.read_text(), flags=re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

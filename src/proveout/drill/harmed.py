"""Starts a command as a definition would, but harmed: `python -m proveout.drill.harmed HARM.json -- command`.

Stands between the provider and the server: edits files of the working copy, changes variables, alters
answers on the wire and lines of the log. The server itself is the real one and knows nothing of it.
"""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

from proveout.drill.fault import Alteration, Edit, Harm
from proveout.providers.address import free_port


def main(words: list[str]) -> int:
    """Harm and run; returns the exit status of the command."""
    harm = Harm.model_validate_json(Path(words[0]).read_text())
    port_variable, command = words[1], words[3:]
    for name, edit in harm.files.items():
        _edit_file(Path(name), edit)
    if harm.command:
        command = [part for word in harm.command for part in (command if word == "{command}" else [word])]
    variables = {**os.environ, **harm.ignored}
    if not harm.answers and not harm.log:
        os.execvpe(command[0], command, variables)  # noqa: S606 - the definition's own command, no shell
    return asyncio.run(_between(harm, port_variable, command, variables))


def _edit_file(path: Path, edit: Edit) -> None:
    if edit.put is None:
        path.unlink()
    else:
        path.write_text(re.sub(edit.find, edit.put, path.read_text(), flags=re.MULTILINE))


async def _between(harm: Harm, port_variable: str, command: list[str], variables: dict[str, str]) -> int:
    outer = int(variables[port_variable])
    inner = free_port() if harm.answers else outer
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**variables, port_variable: str(inner)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.send_signal, number)
    server = await _proxy(inner, harm.answers, outer) if harm.answers else None
    # The port of the server behind the proxy is no part of the harm, so the log does not show it.
    edits = [Edit(find=rf"\b{inner}\b", put=str(outer)), *harm.log]
    if process.stdout is None:
        raise RuntimeError("the command has no output to read")
    async for line in process.stdout:
        text = line.decode("utf-8", "replace")
        for edit in edits:
            text = re.sub(edit.find, edit.put or "", text)
        sys.stdout.write(text)
        sys.stdout.flush()
    if server is not None:
        server.close()
    return await process.wait()


async def _proxy(inner: int, alterations: tuple[Alteration, ...], outer: int) -> asyncio.Server:
    from proveout.drill.proxy import Proxy  # noqa: PLC0415 - most harms need no proxy

    return await Proxy(f"http://127.0.0.1:{inner}", alterations).serve(outer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

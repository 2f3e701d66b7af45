"""Stands between a server and its visitors: alters answers on the wire, and lines of the log."""

import asyncio
import re
import signal
import sys

from proveout.drill.fault import Edit, Harm
from proveout.drill.proxy import Proxy
from proveout.providers.address import free_port


def stand_between(harm: str, port_variable: str, command: list[str], variables: dict[str, str]) -> int:
    """Run the command behind a proxy and return its exit status; `harm` is a `Harm` as JSON."""
    return asyncio.run(_between(Harm.model_validate_json(harm), port_variable, command, variables))


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
    server = await Proxy(f"http://127.0.0.1:{inner}", harm.answers).serve(outer) if harm.answers else None
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

"""Stands between a server and its visitors: alters answers on the wire, and lines of the log."""

import asyncio
import contextlib
import re
import signal
import sys
from asyncio.subprocess import Process

from proveout.drill.fault import Edit, Harm
from proveout.drill.proxy import Proxy
from proveout.providers.address import free_ports


def stand_between(harm: str, ports: dict[str, str], command: list[str], variables: dict[str, str]) -> int:
    """Run the command behind a proxy and return its exit status; `harm` is a `Harm` as JSON.

    `ports` are the variables that hold the port of each listener.
    """
    return asyncio.run(_between(Harm.model_validate_json(harm), ports, command, variables))


async def _between(harm: Harm, ports: dict[str, str], command: list[str], variables: dict[str, str]) -> int:
    stood = {"port"} if harm.after else set()
    stood |= {alteration.listener for alteration in harm.answers}
    outer = {name: int(variables[ports[name]]) for name in stood}
    inner = dict(zip(stood, free_ports(len(stood)), strict=True))
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**variables, **{ports[name]: str(port) for name, port in inner.items()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.send_signal, number)
    # The port of the server behind the proxy is no part of the harm, so the log does not show it.
    hidden = [Edit(find=rf"\b{inner[name]}\b", put=str(outer[name])) for name in stood]
    log = asyncio.create_task(_carry_log(process, [*hidden, *harm.log]))
    if harm.after:
        await _answers(process, inner["port"])
        script = await asyncio.create_subprocess_exec("sh", "-ec", harm.after)
        if await script.wait():
            process.terminate()
    servers = []
    for name in stood:
        alterations = tuple(a for a in harm.answers if a.listener == name)
        proxy = Proxy(f"http://127.0.0.1:{inner[name]}", alterations)
        servers.append(await proxy.serve(outer[name]))
    await log
    for server in servers:
        server.close()
    return await process.wait()


async def _carry_log(process: Process, edits: list[Edit]) -> None:
    if process.stdout is None:
        raise RuntimeError("the command has no output to read")
    async for line in process.stdout:
        text = line.decode("utf-8", "replace")
        for edit in edits:
            text = re.sub(edit.find, edit.put or "", text)
        sys.stdout.write(text)
        sys.stdout.flush()


async def _answers(process: Process, port: int) -> None:
    """Wait until something is said on the port, or the process has ended; the provider has the deadline."""
    while process.returncode is None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            said = await reader.read(1)
            writer.close()
            if said:
                return
        await asyncio.sleep(0.03)

"""A server that does nothing but answer, fast enough not to be what is measured: `python still.py PORT`."""

import asyncio
import sys

ANSWER = (
    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{"status":"healthy"}'
)
END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection; requests without a body are answered in turn."""

    def connection_made(self, transport):
        self.transport, self.heard = transport, b""

    def data_received(self, data):
        *asked, self.heard = (self.heard + data).split(END)
        self.transport.write(ANSWER * len(asked))


async def serve(port):
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))

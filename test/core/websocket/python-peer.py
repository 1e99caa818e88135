"""The other side of the tests beside Python's package websockets: a server that echoes and prints its port,
or, with an address, a client that checks an echo."""
import asyncio
import sys

import websockets

SIZES = [0, 1, 125, 126, 65_535, 65_536, 500_000]
MESSAGES = [m for size in SIZES for m in ("x" * size, b"\x80" * size)]


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def serve(compression):
    options = {"compression": compression, "max_size": None}
    async with websockets.serve(echo, "127.0.0.1", 0, **options) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def ask(url, compression):
    async with websockets.connect(url, compression=compression, max_size=None) as socket:
        for message in MESSAGES:
            await socket.send(message)
            assert await socket.recv() == message, len(message)
        # One message in fragments, a ping between.
        async def pieces():
            for piece in ("fra", "gm", "", "ents"):
                yield piece

        await socket.send(pieces())
        assert await socket.recv() == "fragments"
        await (await socket.ping(b"beat"))
        await socket.close(4000, "done")
    print("all", len(MESSAGES), flush=True)


compression = None if sys.argv[1] == "plain" else "deflate"
asyncio.run(ask(sys.argv[2], compression) if len(sys.argv) > 2 else serve(compression))

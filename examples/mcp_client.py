"""A program that speaks MCP asks a running Footnote, with the official library.

Run it with ``python examples/mcp_client.py URL "QUESTION"``, the key in FOOTNOTE_KEY. It needs
``pip install mcp``.
"""

from __future__ import annotations

import asyncio
import os
import sys

from mcp import Client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client


async def main(url: str, question: str, key: str = "none") -> None:
    """Print the tools, the answer, and the characters behind each citation, read by its link."""
    async with (
        create_mcp_http_client({"Authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
    ):
        print("tools:", ", ".join(tool.name for tool in (await client.list_tools()).tools))
        told = await client.call_tool("ask", {"question": question})
        print(told.structured_content["answer"])
        for block in told.content:
            if block.type == "resource_link":
                (read,) = (await client.read_resource(block.uri)).contents
                print(f"{block.uri}: {read.text}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:], key=os.environ.get("FOOTNOTE_KEY", "none")))

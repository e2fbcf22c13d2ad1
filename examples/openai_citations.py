"""The official client of OpenAI, and what each marker of an answer cites.

Run it with ``python examples/openai_citations.py URL "QUESTION"``, the key in FOOTNOTE_KEY
(any word where nobody logs in). It needs ``pip install openai``.
"""

from __future__ import annotations

import os
import sys

from openai import OpenAI


def main(url: str, question: str, key: str = "none") -> None:
    """Print the answer, the link behind each marker, the exact characters of each citation."""
    with OpenAI(base_url=f"{url}/v1", api_key=key) as client:
        asked = [{"role": "user", "content": question}]
        reply = client.chat.completions.create(model="footnote", messages=asked)
    message = reply.choices[0].message
    print(message.content)
    for annotation in message.annotations or ():  # as OpenAI's own models give them
        cited = annotation.url_citation
        marker = message.content[cited.start_index : cited.end_index]
        print(f"{marker} at character {cited.start_index}: {cited.title}, {cited.url}")
    for one in message.footnote["citations"]:  # what Footnote adds
        place = f"{one['document']} {one['start_char_index']}-{one['end_char_index']}"
        print(f"“{one['cited_text']}” ({place})")


if __name__ == "__main__":
    main(*sys.argv[1:], key=os.environ.get("FOOTNOTE_KEY", "none"))

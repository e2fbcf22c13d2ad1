"""Ask a running Footnote with its own client: an answer as it comes, a file added, an opinion.

Run it with ``python examples/client.py URL "QUESTION" [FILE]``, the key of a user in FOOTNOTE_KEY;
a file takes the right to edit.
"""

from __future__ import annotations

import os
import sys

from ui.client import Answer, Client, ServerError, Step


def main(url: str, question: str, file: str = "", key: str = "") -> None:
    """Print the answer while it is made, then what each of its citations points to."""
    with Client(url, key) as footnote:
        if file:
            done = footnote.upload(file, existing="replace")
            report = footnote.built().report
            print(f"added {', '.join(done.added)}: {report.chunks if report else 0} chunks")
        for event in footnote.stream(question):
            if isinstance(event, Step):
                print(f"... {event.text}")
            elif isinstance(event, Answer):
                print(event.answer)
                for cited in event.citations:
                    text = footnote.document(cited.document).text
                    assert text[cited.start : cited.end] == cited.quote
                    print(f"[{cited.number}] {cited.document} {cited.start}-{cited.end}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:], key=os.environ.get("FOOTNOTE_KEY", ""))
    except ServerError as error:
        sys.exit(f"{error.status}: {error}")

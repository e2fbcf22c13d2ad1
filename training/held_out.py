"""The questions of a suite that the reader did not learn from, as a suite of the same name.

python training/held_out.py OUT SUITE [SUITE ...]; footnote eval OUT/SUITE
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from suites import is_held_out

from eval.cases import load_suite


def main() -> None:
    """Write each suite's folder: a link to its documents, and the lines that are held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("suites", nargs="+", type=Path)
    options = parser.parse_args()
    for folder in options.suites:
        kept = {case.id for case in load_suite(folder).cases if is_held_out(case)}
        lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        made = options.out / folder.name
        made.mkdir(parents=True)
        (made / "documents").symlink_to((folder / "documents").resolve())
        held = [line for line in lines if json.loads(line)["id"] in kept]
        (made / "questions.jsonl").write_text("\n".join(held) + "\n", encoding="utf-8")
        print(f"{folder.name}: {len(held)} of {len(lines)} questions")


if __name__ == "__main__":
    main()

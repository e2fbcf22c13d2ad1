"""Write ``rag/models/relative_times.json``: what languages call last year, this month, yesterday.

The names are CLDR's (the npm package ``cldr-dates-full``, unpacked), of each language without a
region.

    python training/relative_times.py --cldr package
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

OUT = Path(__file__).parents[1] / "rag" / "models" / "relative_times.json"
_OFFSETS = {"year": (-1, 0, 1), "quarter": (-1, 0, 1), "month": (-1, 0, 1), "day": (-1, 0)}


def main() -> None:
    """Read the names and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cldr", type=Path, required=True, help="cldr-dates-full, unpacked")
    options = parser.parse_args()
    found: dict[str, dict[str, dict[str, str]]] = {}
    for path in sorted(options.cldr.glob("main/*/dateFields.json")):
        language = path.parent.name
        if "-" in language or language == "root":
            continue
        fields = json.loads(path.read_text("utf-8"))["main"][language]["dates"]["fields"]
        names = {
            unit: {
                str(offset): name
                for offset in offsets
                if any(map(str.isalpha, name := fields[unit].get(f"relative-type-{offset}", "")))
                and not any(map(str.isdigit, name))
            }
            for unit, offsets in _OFFSETS.items()
        }
        if names["year"] and names != found.get("en"):
            found[language] = names
    lines = (f'"{name}": {json.dumps(held, ensure_ascii=False)}' for name, held in found.items())
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{len(found)} languages, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()

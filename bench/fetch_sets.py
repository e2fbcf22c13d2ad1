"""Public development sets from their sources, each file checked by its sha256.

Makes those that tests marked `sets` read: squad2, xquad_es and xquad_zh (suites), azure_northwind
(documents only) and formats (ordinary and hostile files). Files, sources and licences:
bench/sets.tsv. A suite made here has every question of its set, and the whole paragraph as
evidence; the figures in docs/ were measured on a part of the questions, and on other sets too,
which are not made here. Neither are two files of formats whose licence is not clear, and the
words that are expected in the others.

    python bench/fetch_sets.py [--to ../shared/data] [SET ...]

A set whose folder is there is left as it is.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

SOURCES = Path(__file__).with_name("sets.tsv")
SUITES = ("squad2", "xquad_es", "xquad_zh")
Row = Mapping[str, str]


def load_sources() -> dict[str, list[Row]]:
    """The rows of bench/sets.tsv by set."""
    found: dict[str, list[Row]] = {}
    with SOURCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            found.setdefault(row["set"], []).append(row)
    return found


def fetch_set(name: str, rows: Iterable[Row], folder: Path, client: httpx.Client) -> None:
    """Fetch the files of a set into a new ``folder``, or nothing.

    Raises:
        ValueError: a file is another one than when the table was written.
        httpx.HTTPError: a file cannot be fetched.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as place:
        new = Path(place) / name
        for row in rows:
            data = client.get(row["url"]).raise_for_status().content
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 != row["sha256"]:
                raise ValueError(f"{row['url']} has sha256 {sha256}, not {row['sha256']}")
            path = new / row["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if name in SUITES:
                write_suite(json.loads(data)["data"], new)
        if name == "formats":
            manifest: list[dict[str, Any]] = [dict(row) | {"expect": []} for row in rows]
            (new / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        shutil.move(new, folder)


def write_suite(articles: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Write articles in the form of SQuAD as a suite: documents/ and questions.jsonl."""
    (folder / "documents").mkdir(parents=True)
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as questions:
        for article in articles:
            title = article["title"]
            name = re.sub(r"[^\w-]", "_", title).strip("_")
            source = f"documents/{name}.txt"
            paragraphs = [paragraph["context"] for paragraph in article["paragraphs"]]
            text = "\n\n".join([title.replace("_", " "), *paragraphs]) + "\n"
            (folder / source).write_text(text, encoding="utf-8")
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    answers = list(dict.fromkeys(answer["text"] for answer in asked["answers"]))
                    case = {
                        "id": asked["id"],
                        "question": asked["question"],
                        "answers": answers,
                        "answerable": bool(answers),
                        "sources": [source],
                        "evidence": [paragraph["context"]] if answers else [],
                    }
                    questions.write(json.dumps(case, ensure_ascii=False) + "\n")


def main() -> None:
    """Make the sets that are asked for, or all."""
    sources = load_sources()
    parser = argparse.ArgumentParser(description="Fetch public development sets.")
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(sources))
    parser.add_argument("--to", type=Path, default=Path("../shared/data"))
    chosen = parser.parse_args()
    if unknown := set(chosen.sets) - set(sources):
        parser.error(f"no set is named {', '.join(sorted(unknown))}: {', '.join(sources)}")
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        for name in chosen.sets or sources:
            folder = chosen.to / name
            if folder.exists():
                print(f"{name}: {folder} is there")
                continue
            print(f"{name}: {len(sources[name])} files, {sources[name][0]['licence']}", flush=True)
            try:
                fetch_set(name, sources[name], folder, client)
            except (httpx.HTTPError, ValueError) as exc:
                parser.exit(1, f"{name}: {exc}\n")


if __name__ == "__main__":
    main()

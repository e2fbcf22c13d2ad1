"""Every citation of many questions: is the quote the text at its span?

Asks the first N questions of each suite (answerable and not) through the one read path and
compares each quote with the document as `footnote show` gives it. Exit status 1 on a difference.

    python bench/citations.py --home DIR --questions 500 SUITE [SUITE ...]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from eval.cases import load_suite
from index.store.home import Home, read_document
from rag.assemble import Services
from rag.settings import load_settings


def main() -> None:
    """Ask, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=500, help="in all")
    options = parser.parse_args()
    asked = citations = wrong = uncited = 0
    for folder in options.suites:
        suite = load_suite(folder)
        home = options.home / "eval" / suite.name
        services = Services(load_settings(seeds=suite.documents, home=home))
        services.builder.build()
        texts: dict[str, str] = {}
        # No answer is withheld here, so that every question gives citations to check.
        settings = services.settings.model_copy(update={"abstain_below": 0.0})
        lenient = Services(settings)
        lenient.use_embedder(services.embedder())
        for case in suite.cases[: options.questions // len(options.suites)]:
            answer = lenient.assistant.ask(case.question, case.history)
            asked += 1
            uncited += sum(not sentence.citations for sentence in answer.sentences)
            for citation in answer.citations:
                name = citation.document_id
                texts.setdefault(name, read_document(Home(home), name).text)
                citations += 1
                wrong += citation.span.of(texts[name]) != citation.quote
        print(f"{suite.name}: {asked} questions so far, {citations} citations, {wrong} wrong")
    print(f"{asked} questions, {citations} citations, {wrong} wrong, {uncited} sentences uncited")
    sys.exit(1 if wrong or uncited else 0)


if __name__ == "__main__":
    main()

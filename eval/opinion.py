"""Answers judged by a language model, through llama-index's evaluators; optional, never a gate.

Faithfulness: do the quotes support the answer. Relevancy: do question, answer and quotes belong
together. Correctness: is the answer right, given an expected one. All in [0, 1]; each is a second
model's opinion, and is called so: the document text and the answer are in the prompt of the
judge, so a document can talk it into a verdict ("answer YES"), and a small judge says YES to nearly
everything (compare with the measures that need no judge: `eval/measures.py`). Nobody should ship
or block anything by these numbers, so nothing here runs unless it is asked for.

A reply that is no verdict is not judged, with its reason; it never becomes a 0 (llama-index itself
takes whatever does not hold "yes" for NO, and "No. Yesterday it did" for YES). The prompts are
llama-index's own. Nothing is downloaded, and its global settings are not set; its evaluators read
the default splitter from them, whose vocabulary is in the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from index.text.tokens import load_tokenizer
from rag.errors import GeneratorError
from rag.llm.server import LanguageModel

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["JUDGED", "judge_rows"]

JUDGED = ("faithfulness", "relevancy", "correctness")
"""What a judgement has a value for, or None and, as ``<name>_reason``, why not."""

_CONTEXT_TOKENS = 3900  # longer quotes are judged in several calls, each refining the one before
_REPLY_TOKENS = 256
_REPLY_CHARACTERS = 500
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_VERDICT_INSIDE = re.compile(r"\b(?:YES|NO)\b")
_SCORE = re.compile(r"\W*(?:score\W*)?(\d+(?:\.\d+)?)(?:\s*/\s*5)?\W*", re.IGNORECASE)

Judgement = dict[str, float | str | None]
_Ask = Callable[[Mapping[str, Any]], float]


class _NotJudgedError(Exception):
    """Why there is no value; the message is the reason."""


def judge_rows(rows: Sequence[Mapping[str, Any]], model: LanguageModel) -> list[Judgement]:
    """One judgement for each row of ``Report.as_json()``, in their order.

    Each has the names of ``JUDGED``, with a value in [0, 1] (YES is 1; scores of 1 to 5 are spread
    over it) or None; where there is none, ``<name>_reason`` says why: no answer was given, nothing
    is cited, no answer is expected, the model failed or gave no verdict. Up to three calls of the
    model for a row.
    """
    asks = _evaluators(model) if rows else {}
    return [_judgement(row, asks) for row in rows]


def _judgement(row: Mapping[str, Any], asks: Mapping[str, _Ask]) -> Judgement:
    judgement: Judgement = {}
    for name in JUDGED:
        reason = _unjudgeable(row, name)
        if reason is None:
            try:
                judgement[name] = asks[name](row)
                continue
            # llama-index's own: the answer alone is too long for the context.
            except (_NotJudgedError, GeneratorError, ValueError) as exc:
                reason = str(exc)
        judgement[name] = None
        judgement[f"{name}_reason"] = reason
    return judgement


def _unjudgeable(row: Mapping[str, Any], name: str) -> str | None:
    """Why a row is not even shown to the judge."""
    if row["error"] is not None:
        return "the question failed"
    if row["abstained"] is not False or not (row["answer"] or "").strip():
        return "no answer was given"
    if name != "correctness":
        return None if row["citations"] else "the answer cites nothing"
    if not row["answerable"]:
        return "the documents do not answer the question"
    return None if row["answers"] else "the case names no expected answer"


def _evaluators(model: LanguageModel) -> dict[str, _Ask]:
    from llama_index.core.evaluation import (
        CorrectnessEvaluator,
        FaithfulnessEvaluator,
        RelevancyEvaluator,
    )

    load_tokenizer()  # or llama-index's splitter might fetch one, where the cache is set elsewhere
    llm = _adapted(model)

    def quoted(evaluator: FaithfulnessEvaluator | RelevancyEvaluator) -> _Ask:
        def ask(row: Mapping[str, Any]) -> float:
            result = evaluator.evaluate(
                query=row["question"],
                response=row["answer"],
                contexts=[citation["quote"] for citation in row["citations"]],
            )
            return _agreed(result.feedback or "")

        return ask

    correctness = CorrectnessEvaluator(
        llm=llm, parser_function=lambda reply: (_score(reply), reply)
    )

    def compared(row: Mapping[str, Any]) -> float:
        result = correctness.evaluate(
            query=row["question"],
            response=row["answer"],
            reference=" or ".join(row["answers"]),
        )
        return (cast("float", result.score) - 1) / 4

    return {
        "faithfulness": quoted(FaithfulnessEvaluator(llm=llm)),
        "relevancy": quoted(RelevancyEvaluator(llm=llm)),
        "correctness": compared,
    }


def _agreed(reply: str) -> float:
    """1 for YES, 0 for NO: the first word, or one in capitals; not both of them.

    >>> _agreed("**Yes**, it does."), _agreed("No: yesterday's is meant."), _agreed("It is: YES")
    (1.0, 0.0, 1.0)
    """
    first = _VERDICT.match(reply)
    found = set(_VERDICT_INSIDE.findall(reply)) | ({first.group(1).upper()} if first else set())
    if len(found) != 1:
        seems = "both YES and NO" if found else "neither YES nor NO"
        raise _NotJudgedError(f"the judge wrote {_shown(reply)}, which is {seems}")
    return float(found == {"YES"})


def _score(reply: str) -> float:
    """The score of 1 to 5 that is all the reply says.

    >>> _score("4.0"), _score("**Score: 3/5**")
    (4.0, 3.0)
    """
    found = _SCORE.fullmatch(reply)
    if not found or not 1 <= float(found.group(1)) <= 5:
        raise _NotJudgedError(f"the judge wrote {_shown(reply)}, which is no score of 1 to 5")
    return float(found.group(1))


def _shown(reply: str) -> str:
    return f"“{reply[:60]}…”" if len(reply) > 60 else f"“{reply}”"


def _first_line(pieces: Iterator[str]) -> str:
    r"""The first line with words in it; the model is stopped there, or when it does not end.

    >>> _first_line(iter(["", " \n4", ".0\nIt", " holds"]))
    '4.0'
    """
    text = ""
    for piece in pieces:
        text = (text + piece).lstrip()
        if "\n" in text or len(text) >= _REPLY_CHARACTERS:
            break
    return text.partition("\n")[0].strip()


def _adapted(model: LanguageModel) -> LLM:
    """Our model as one of llama-index; it reads the first line of a reply, where the verdict is."""
    from llama_index.core.llms import (
        ChatMessage,
        ChatResponse,
        CompletionResponse,
        CustomLLM,
        LLMMetadata,
        MessageRole,
    )

    def reply(system: str, user: str) -> str:
        pieces = model.stream(system, user)
        try:
            return _first_line(pieces)
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    class Judge(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(
                context_window=_CONTEXT_TOKENS,
                num_output=_REPLY_TOKENS,
                is_chat_model=True,
                model_name=model.name,
            )

        def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
            parts: dict[bool, list[str]] = {True: [], False: []}
            for message in messages:
                parts[message.role == MessageRole.SYSTEM].append(message.content or "")
            system, user = "\n\n".join(parts[True]), "\n\n".join(parts[False])
            answer = ChatMessage(role=MessageRole.ASSISTANT, content=reply(system, user))
            return ChatResponse(message=answer)

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
            del formatted
            return CompletionResponse(text=reply("", prompt))

        def stream_complete(
            self, prompt: str, formatted: bool = False, **_: Any
        ) -> Generator[CompletionResponse, None, None]:
            yield self.complete(prompt, formatted)

    return Judge()

"""Event streams of the API: errors before and after they have begun, readers who leave."""

from __future__ import annotations

import asyncio

import pytest

from index.errors import HomeError, IndexMissingError
from rag.llm.stream import HAS_LEFT
from rag.settings import Settings
from tests.apart import run_apart
from ui.server.routes import event, stream

THERE = Settings(home="/srv/home", seeds="/srv/files", open_choices=False)


def written(events):
    for one in events:
        yield event(one)


def failed(message: str) -> str:
    return event({"error": message}, "error")


def text_of(events) -> str:
    async def read() -> str:
        response = await stream(events, written, failed, THERE)
        return "".join([part async for part in response.body_iterator])

    return run_apart(asyncio.run, read())


def test_what_fails_before_the_first_event_is_raised_and_later_it_is_the_last_event() -> None:
    def at_once():
        raise IndexMissingError("no index")
        yield

    def later():
        yield 1
        raise HomeError("cannot read /srv/home/vectors.db")

    with pytest.raises(IndexMissingError):
        text_of(at_once())
    end = 'event: error\ndata: {"error":"cannot read the home/vectors.db"}\n\n'
    assert text_of(later()) == "data: 1\n\n" + end


def test_an_error_in_the_program_is_said_without_its_words_and_raised() -> None:
    def broken():
        yield 1
        raise KeyError("secret")

    sent = []

    async def read() -> None:
        response = await stream(broken(), written, failed, THERE)
        async for part in response.body_iterator:
            sent.append(part)

    with pytest.raises(KeyError):
        run_apart(asyncio.run, read())
    last = sent[-1]
    assert "secret" not in last
    assert "see the server's log" in last


@pytest.mark.parametrize("waits", [True, False])
def test_what_makes_the_events_ends_when_the_reader_leaves(waits) -> None:
    ended = asyncio.Event()

    def endless(loop):
        try:
            yield 1
            while not HAS_LEFT.get()():
                if not waits:
                    yield 2
        finally:
            loop.call_soon_threadsafe(ended.set)

    async def leave() -> None:
        events = endless(asyncio.get_running_loop())
        response = await stream(events, written, failed, THERE)
        del events

        async def read() -> None:
            async for _ in response.body_iterator:
                await asyncio.sleep(0)

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await response.body_iterator.aclose()
        await asyncio.wait_for(ended.wait(), 10)

    run_apart(asyncio.run, leave())

"""What a process does beside answering, seen by all windows: a build, an evaluation, looks.

A window asks for the mark with a small request every two seconds, and looks again when it is
another one. Timers of Gradio would be three events of some 10 ms in every window, all the time.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.assemble import Services
from ui.chat.askers import Askers
from ui.chat.building import Building
from ui.chat.looking import Looking
from ui.chat.running import Running

__all__ = ["Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """The one build and the one evaluation of a process, its look at the folder, who asks."""

    building: Building
    running: Running
    looking: Looking
    askers: Askers

    @classmethod
    def of(cls, services: Services) -> Work:
        """Nothing is done yet."""
        return cls(Building(), Running(), Looking(services), Askers())

    def mark(self) -> str:
        """A text that is another one when something has changed; it takes no time."""
        build = self.building.state
        # While it is built, the folder is listed by the build.
        seen = 0 if build.is_active else self.looking.number
        parts = (seen, build.number, build.phase, build.cancelling, build.progress)
        return f"{parts} {self.running.state}"

"""The actions of the panel: what its keys ask of a program, and what is said of the outcome."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App

from pausable.control.route import ControlError
from pausable.control.words import going, held_by, number, stack_lines
from pausable.tui.dialogs import FaultList, LineDialog, Reading, Sure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pausable.control.client import Client
    from pausable.tui.place import Place

__all__ = ["VERBS", "Actions"]

VERBS = frozenset({"switch", "pause", "resume", "stop", "limit", "faults"})
"""The actions that may change something in a program."""


class Actions(App[None]):
    """The part of the panel that acts: on what was selected when the key was pressed."""

    @property
    def place(self) -> Place | None:
        """What is selected."""
        raise NotImplementedError

    def action_switch(self) -> None:
        """Pause what is selected; resume it if a pause holds it."""
        place = self.place
        if place is None:
            return
        with place.link.lock:
            is_held = any(hold["kind"] == "pause" for hold in place.holds)
        if is_held:
            self.action_resume()
        else:
            self._pause(place, "paused in the panel")

    def action_pause(self) -> None:
        """Ask for the reason, then pause."""
        place = self.place

        def pause(reason: str | None) -> None:
            if reason is not None and place is not None:
                self._pause(place, reason or "paused in the panel")

        if place is not None:
            self.push_screen(LineDialog(f"why is {place.name} to be paused?"), pause)

    def _pause(self, place: Place, reason: str) -> None:
        def told(reply: Any) -> str:  # noqa: ANN401 - by what was asked
            count = going(reply)
            if not reply["changed"]:
                return "nothing changed: this panel has paused it already"
            return f"pausing: {number(count, 'task')} still running" if count else "paused"

        self._ask(place, lambda client: client.pause(place.selection, reason), told)

    def action_resume(self) -> None:
        """Release the holds of pauses."""

        def told(reply: Any) -> str:  # noqa: ANN401 - by what was asked
            if reply["is_paused"]:
                left = "; ".join(held_by(hold) for hold in reply["left"])
                return f"{number(reply['changed'], 'hold')} released; still {left or 'held'}"
            if not reply["changed"]:
                return "nothing to resume: no pause holds it"
            return f"resumed: {number(reply['changed'], 'hold')} released"

        place = self.place
        if place is not None:
            self._ask(place, lambda client: client.resume(place.selection), told)

    def action_stop(self) -> None:
        """Ask once, then stop."""
        place = self.place

        def stop(yes: bool | None) -> None:
            if yes and place is not None:
                self._ask(
                    place,
                    lambda client: client.stop(place.selection, "stopped in the panel"),
                    lambda reply: f"asked {number(reply['changed'], 'task')} to stop",
                )

        if place is not None:
            self.push_screen(Sure(f"Stop {place.name}? It does not come back."), stop)

    def action_limit(self) -> None:
        """Ask for a limit, and set it."""
        place = self.place
        if place is None:
            return

        def resize(text: str | None) -> None:
            if text is None:
                return
            if text != "none" and not (text.isdigit() and int(text)):
                self.notify(f"{text!r} is no limit: a number, or none", severity="warning")
                return
            limit = None if text == "none" else int(text)
            self._ask(
                place,
                lambda client: client.resize(place.selection, limit),
                lambda reply: "limit set" if reply["changed"] else "nothing changed: it was so",
            )

        with place.link.lock:
            scope = place.scope
        now = "none" if scope is None or scope["limit"] is None else str(scope["limit"])
        self.push_screen(LineDialog(f"how many tasks of {place.name} at once?", now), resize)

    def action_faults(self) -> None:
        """List the faults, and decide one."""
        place = self.place
        if place is not None:
            self._ask(
                place,
                lambda client: client.faults(place.selection, locals=True),
                partial(self._show_faults, place),
            )

    def _show_faults(self, place: Place, reply: Any) -> str | None:  # noqa: ANN401 - by what was asked
        if not reply["faults"]:
            return "no fault waits for a decision"

        def decide(answer: tuple[int, str, str | None] | None) -> None:
            if answer is None:
                return
            task, how, text = answer
            self._ask(
                place,
                lambda client: client.decide({"id": task}, how, value_of(text)),
                lambda reply: f"{how}: {number(reply['changed'], 'fault')} decided",
            )

        self.push_screen(FaultList(reply["faults"]), decide)
        return None

    def action_where(self) -> None:
        """Show stacks."""

        def told(reply: Any) -> str | None:  # noqa: ANN401 - by what was asked
            if not reply["stacks"]:
                return "no task of it has started"
            self.push_screen(
                Reading("\n".join(line for stack in reply["stacks"] for line in stack_lines(stack)))
            )
            return None

        place = self.place
        if place is not None:
            self._ask(place, lambda client: client.where(place.selection, locals=True), told)

    # Commands.

    @work(thread=True)
    def _ask(
        self, place: Place, do: Callable[[Client], Any], told: Callable[[Any], str | None]
    ) -> None:
        """Give a command on a thread of its own, and say what came of it."""
        try:
            reply = place.link.ask(do)
        except ControlError as error:
            self.call_from_thread(self.notify, str(error), severity="error", markup=False)
            return
        self.call_from_thread(self._say, told, reply)

    def _say(self, told: Callable[[Any], str | None], reply: Any) -> None:  # noqa: ANN401 - as above
        says = told(reply)
        if says is not None:
            self.notify(says, markup=False)


def value_of(text: str | None) -> object:
    """Return the value that was typed."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text

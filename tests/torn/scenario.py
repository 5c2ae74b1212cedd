"""A scenario: what is struck.

Its script prepares, yields, acts, yields, and waits for what follows from that. What acts is struck
on the main thread; all of it, and what follows, on workers and timers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torn.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[[Stage], Iterator[None]]

__all__ = ["Scenario", "adding_to"]


@dataclass(frozen=True)
class Scenario:
    """Something to strike."""

    name: str
    script: Script
    on_main: bool
    observed: bool
    options: dict[str, Any] = field(default_factory=dict)

    def stage(self) -> Stage:
        """Make a pool for it."""
        return Stage(observed=self.observed, **self.options)

    def __str__(self) -> str:
        """Name it for the test."""
        thread = "main" if self.on_main else "others"
        return f"{self.name}-{thread}{'' if self.observed else '-plain'}"


def adding_to(scenarios: list[Scenario]) -> Callable[..., Callable[[Script], Script]]:
    """Return a decorator that makes scenarios of a script.

    Struck on "main" or on "others"; "main plain" and "others plain": of a pool without observers,
    which has shorter ways.
    """

    def scenario(*where: str, **options: Any) -> Callable[[Script], Script]:
        def add(script: Script) -> Script:
            for each in where:
                thread, _, plain = each.partition(" ")
                name = script.__name__.replace("_", " ")
                scenarios.append(Scenario(name, script, thread == "main", not plain, options))
            return script

        return add

    return scenario

"""The catalogue of commands: which there are, in the order of the help, and where each is."""

from __future__ import annotations

__all__ = ["COMMANDS", "Command"]


class Command:
    """One command.

    Its *module* has `add_arguments(parser)`, which also replaces the parser's texts, and
    `run(options)`, which returns the exit code or raises `CommandFailed`. It may have
    `split(arguments)`, which returns those of its own and those that are not to be parsed; these
    become `options.rest`.
    """

    __slots__ = ("line", "module")

    def __init__(self, module: str, line: str) -> None:
        """Keep the module's name, and what it does in one *line* of the overview."""
        self.module: str = module
        self.line: str = line


COMMANDS: dict[str, Command] = {
    "run": Command("pausable.cli.run", "run a program so that it can be paused"),
    "attach": Command("pausable.cli.attach", "let a program that runs already be paused"),
    "detach": Command("pausable.cli.detach", "leave such a program as it was"),
    "ls": Command("pausable.cli.ls", "list the programs that can be reached"),
    "status": Command("pausable.cli.status", "show pools, groups, tasks, and who holds them"),
    "pause": Command("pausable.cli.pause", "place a hold, also for a time or while a command runs"),
    "resume": Command("pausable.cli.resume", "release the holds that pauses have placed"),
    "stop": Command("pausable.cli.stop", "end tasks, also those that have started"),
    "resize": Command("pausable.cli.resize", "set how many tasks of a pool or group run at once"),
    "faults": Command("pausable.cli.faults", "list the tasks that have raised, and wait"),
    "decide": Command("pausable.cli.decide", "retry, fail, skip or resolve them"),
    "watch": Command("pausable.cli.watch", "print what changes, as it happens"),
    "where": Command("pausable.cli.where", "show the stacks of tasks"),
    "top": Command("pausable.cli.top", "show programs live in the terminal, with the keys to act"),
    "web": Command("pausable.cli.web", "show programs live in the browser, with buttons to act"),
    "completion": Command("pausable.cli.completion", "print what completes commands in a shell"),
}

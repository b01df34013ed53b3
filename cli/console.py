"""Output of the commands: text, JSON, failures and progress."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
import simplejson
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
)

# No highlighting, wrapping or emoji: users copy paths and figures, and a file's name may contain
# ':smile:'.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(highlight=False, soft_wrap=True, emoji=False, stderr=True)


DESCRIPTION = TextColumn("{task.description}", markup=False)
BAR = BarColumn(bar_width=20)


class Failure(Exception):
    """An error that the user can act on, in one line."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


def print_json(value: Any) -> None:
    """Print a value as JSON with all digits of its Decimals."""
    sys.stdout.write(simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def confirm(question: str, *, yes: bool) -> None:
    """Ask a question that the user must answer with yes.

    Raises:
        Failure: the answer is no, or nobody can be asked.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} Nobody can be asked here: add --yes if that is meant", 2)
    if not click.confirm(question, err=True):
        raise Failure("Nothing was changed.")


class Steps:
    """Show the progress of a known number of steps.

    On a terminal a bar; elsewhere one line per finished step.
    """

    def __init__(self, total: int) -> None:
        self._bar = _build_bar(out, SpinnerColumn(), BAR, MofNCompleteColumn(), DESCRIPTION)
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> "Steps":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show one step, and print how long it took."""
        started = time.monotonic()
        self._bar.update(self._task, description=title)
        yield
        self._bar.advance(self._task)
        out.print(f"{title}: done in {time.monotonic() - started:.1f} s", markup=False)


@contextmanager
def show_count(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar; call the yielded function once per finished item."""
    name = TextColumn("{task.fields[name]}", markup=False)
    bar = _build_bar(err, DESCRIPTION, BAR, MofNCompleteColumn(), name)
    task = bar.add_task(title, total=total, name="")
    with bar:
        yield lambda name: bar.update(task, advance=1, name=name)


@contextmanager
def show_reading() -> Iterator[Callable[[Path], AbstractContextManager[BinaryIO]]]:
    """Show a progress bar in bytes for each file that is opened with the yielded function."""
    bar = _build_bar(err, DESCRIPTION, BAR, DownloadColumn())

    @contextmanager
    def open_file(path: Path) -> Iterator[BinaryIO]:
        task = bar.add_task(path.name)
        with bar.open(path, "rb", task_id=task) as stream:
            yield stream
        bar.remove_task(task)

    with bar:
        yield open_file


def _build_bar(console: Console, *columns: ProgressColumn) -> Progress:
    """Return a progress bar that is shown on a terminal only, and removed at its end."""
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

"""What the tools say to the person in front of them."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

# Nothing is coloured, wrapped or replaced by guesswork: paths and figures are to be copied, and
# ':smile:' in the name of a file is its name.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(highlight=False, soft_wrap=True, emoji=False, stderr=True)


class Failure(Exception):
    """Something the person can do something about, in one line."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


def run_tool(main: Callable[[], int]) -> None:
    """Run a tool's main function and leave with its exit code; a Failure is one line."""
    try:
        code = main()
    except Failure as failure:
        err.print(str(failure), markup=False)
        code = failure.code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python's own flush at exit would complain.
        sys.stderr.close()
        code = 0
    sys.exit(code)


class Steps:
    """Progress through a known number of steps.

    A bar on a terminal; elsewhere one line when a step is done, for logs.
    """

    def __init__(self, total: int) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.description}", markup=False),
            console=out,
            transient=True,
            disable=not out.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> "Steps":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step; a line says how long it took."""
        started = time.monotonic()
        self._bar.update(self._task, description=title)
        yield
        self._bar.advance(self._task)
        out.print(f"{title}: done in {time.monotonic() - started:.1f} s", markup=False)


@contextmanager
def counting(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar over a number of things; what is yielded is called once per finished thing."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}", markup=False),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )
    task = bar.add_task(title, total=total, name="")
    with bar:
        yield lambda name: bar.update(task, advance=1, name=name)

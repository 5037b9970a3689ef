"""Keys that somebody presses while the demo is on the screen."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Generator, Mapping


@contextlib.contextmanager
def listened(acts: Mapping[str, Callable[[], None]]) -> Generator[None]:
    """Do what each key stands for inside the block, without Enter; Ctrl-C stays what it is.

    Nothing happens where the terminal is not ours to read from.
    """
    if not are_ours():
        yield
        return
    import termios
    import tty

    keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(keyboard)

    def press() -> None:
        for key in os.read(keyboard, 64).decode(errors="replace"):
            acts.get(key, _nothing)()

    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, press)
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def are_ours() -> bool:
    """Return whether there is a keyboard, and no shell has put us behind others."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError, AttributeError):
        return False


def _nothing() -> None:
    pass

"""The same attributes as callers write them: flat, nested, under old names, with odd types."""

import enum

from oracle import comparing

SHORT = "sde.visitorinfo."


class Text(str):
    """A text that is not exactly one."""

    __slots__ = ()


class Number(enum.IntEnum):
    """Numbers with a name."""

    FIVE = 5
    TWELVE = 12


def flat(_, given):
    return dict(given)


def nested(_, given):
    """One mapping in another, a part of the name each."""
    made = {}
    for name, value in given.items():
        *path, last = name.split(".")
        inner = made
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return made


def halfway(chance, given):
    """Some names whole, some in two, the whole ones first."""
    made = {}
    for name, value in given.items():
        head, _, tail = name.partition(".")
        if chance.random() < 0.5:
            made[name] = value
        else:
            made.setdefault(head, {})[tail] = value
    return made


def shortened(chance, given):
    """Old names, some beside a null under the new one."""
    made = {}
    for name, value in given.items():
        if name.startswith(SHORT) and chance.random() < 0.7:
            made[name.removeprefix(SHORT)] = value
            if chance.random() < 0.5:
                made[name] = None
        else:
            made[name] = value
    return made


def relatives(_, given):
    """Subclasses of what JSON is made of, and tuples for lists."""
    return {name: relative(value) for name, value in given.items()}


def relative(value):
    match value:
        case bool() | None | float():
            return value
        case int():
            return Number(value) if value in (5, 12) else value
        case str():
            return Text(value)
        case list():
            return tuple(relative(each) for each in value)
        case _:
            return {Text(key): relative(each) for key, each in value.items()}


def sparse(_, given):
    """What is missing is not mentioned; much is that nobody asks for."""
    made = {name: value for name, value in given.items() if value is not None}
    return made | {"shop.nobody": object(), "": 1, "shop": 5}


SHAPES = [flat, nested, halfway, shortened, relatives, sparse]


def is_json(value):
    """Whether every part of it can be sent as JSON in UTF-8."""
    match value:
        case str():
            return not comparing.half_a_pair(value)
        case float():
            return value == value and abs(value) != float("inf")  # noqa: PLR0124 — NaN
        case list():
            return all(is_json(each) for each in value)
        case dict():
            return all(is_json(key) and is_json(each) for key, each in value.items())
        case _:
            return not isinstance(value, set)

"""Words that stand in tables and are translated where they are shown: THE list of those tables."""

import ast
from collections.abc import Iterator
from pathlib import Path

from orchestrator.core.model import access
from orchestrator.core.policy import operators
from orchestrator.doors.console import (
    beside,
    faults,
    followed,
    function_form,
    hours,
    navigation,
    periods,
    rendering,
    static_form,
    stories,
)
from orchestrator.doors.console.pages import (
    attributes,
    bot_config,
    conversations,
    desk,
    editor,
    floor,
    home,
    keys,
    policies,
    policy_logs,
    settings,
    users,
    versions,
    web_client,
)
from orchestrator.services.admin import moves


def words() -> Iterator[str]:
    """Yield every sentence of a table; some twice, some empty."""
    for part in navigation.PARTS:
        yield part.words
        for place in part.places:
            yield from (place.words, place.about)
    for row in (*function_form.NUMBERS, *function_form.BREAKER):
        yield from row[2:]
    for pairs in (
        function_form.ON_FAILURE,
        policy_logs.ENDINGS,
        keys.OVERLAPS,
        web_client.LANGUAGES[:1],
        editor._GROUPS,
    ):
        yield from (told for _key, told in pairs)
    for rows in (users.KINDS, keys.KINDS, desk.STATES):
        for row in rows:
            yield from row[1:]
    for table in (
        users.RIGHTS,
        keys.SCOPES,
        policies.SHOWS,
        policies.DOINGS,
        versions.PICKS,
        versions.PICKS_OF_REMOVED,
        bot_config.CALLED,
        bot_config.STAGES,
        desk.HEADINGS,
        desk.LABELS,
        beside.GROUPS,
        beside.ACTIONS,
        stories.GROUPS,
        stories.ORIGINS,
        stories.NO_MATCH,
        periods.CALLED,
        followed.CALLS,
        followed.ANY,
    ):
        yield from table.values()
    yield from (told for _key, told in desk.SHORTCUTS)
    yield from access.ROLES
    yield from (told for _sort, _sign, told in stories.MARKS.values())
    yield from (told for _sort, told in stories.RESULTS.values())
    yield from (told for _sort, told in conversations.STANDINGS.values())
    yield from _floor()
    yield from (told for told, _read in static_form.KINDS.values())
    yield from (told for _key, told, _sources in attributes.TABS)
    yield from (row[1] for row in web_client.PROFILE)
    yield from (told for _error, _status, told in faults.KINDS)
    for told, _look, about in policies.STATES.values():
        yield from (told, about)
    for told, about, _kind in settings.NUMBERS.values():
        yield from (told, about)
    yield from (told for _day, told in hours.DAYS)
    yield from hours.BRIEF
    yield from (row.words for row in operators.ROWS)
    yield from ("text", "number", "boolean", "list", "object", "time")  # kinds of attributes
    yield from _steps()


def _floor() -> Iterator[str]:
    """Yield what is said of agents, and of conversations that are moved by hand."""
    yield from (told for _sort, told in floor.STATES.values())
    for told, about in floor.MOVES.values():
        yield from (told, about)
    yield from (*floor.DONE.values(), *moves.SENTENCES.values())


def counted() -> Iterator[tuple[str, str]]:
    """Yield what one and several of something are called."""
    yield "%(num)s second", "%(num)s seconds"
    yield from (named for _size, named in rendering.LASTING)


def _steps() -> Iterator[str]:
    """Yield what the steps of the guide say: they are made where they are counted."""
    for each in ast.walk(ast.parse(Path(home.__file__).read_text())):
        if isinstance(each, ast.Call) and getattr(each.func, "id", "") == "Step":
            for given in each.args[:2]:
                source = compile(ast.Expression(given), home.__file__, "eval")
                yield eval(source, vars(home))  # noqa: S307 - our own source

"""Log lines: one JSON object each, on stderr, and never the text of a foreign error."""

import json
import logging

import pytest
import structlog

from orchestrator.core.model import access, errors
from orchestrator.serve import telemetry


@pytest.fixture
def lines(capsys):
    """Configure logging, and return how to read what was logged."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in telemetry.QUIET}

    def configure(chosen="info"):
        telemetry.configure(chosen)

        def read():
            captured = capsys.readouterr()
            assert captured.out == ""
            return [json.loads(line) for line in captured.err.splitlines()]

        return read

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def test_a_line_is_an_object_with_its_fields(lines):
    """Event, level, logger, time in UTC, and whatever was said with it."""
    read = lines()
    structlog.get_logger("one").info("routing.decided", conversation="c1")
    (line,) = read()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "routing.decided",
        "level": "info",
        "logger": "one",
        "conversation": "c1",
    }


@pytest.mark.parametrize("library", ["structlog", "logging"])
def test_a_foreign_error_is_told_by_kind_and_place(lines, library):
    """Its text may quote an address with a bearer, or what a consumer said."""
    read = lines()
    log = structlog.get_logger("one") if library == "structlog" else logging.getLogger("two")
    try:
        int("bearer-of-somebody")
    except ValueError:
        log.exception("gateway.bug")
    (line,) = read()
    assert "bearer-of-somebody" not in json.dumps(line)
    assert line["error"] == "ValueError"
    assert "test_telemetry.py" in line["where"]
    assert line["level"] == "error"


def test_an_error_of_ours_says_why(lines):
    """Messages of the tree hold no secrets."""
    read = lines()
    try:
        access.demand(access.Actor("1", "ann", frozenset()), "policies.write")
    except errors.Forbidden:
        structlog.get_logger("one").exception("gateway.bug")
    (line,) = read()
    assert line["error"] == "forbidden"
    assert line["reason"].startswith("ann may not do this")


@pytest.mark.parametrize("library", telemetry.QUIET)
def test_libraries_are_quiet_at_every_level(lines, library):
    """Their chatter holds addresses, and addresses hold bearers; warnings are still heard."""
    read = lines("debug")
    child = logging.getLogger(f"{library}.part")
    child.info("GET /brand/bearer-of-somebody")
    child.debug("GET /brand/bearer-of-somebody")
    child.warning("odd")
    assert [line["event"] for line in read()] == ["odd"]


def test_a_level_is_a_threshold(lines):
    """At warning, information is not written."""
    read = lines("warning")
    structlog.get_logger("one").info("x")
    structlog.get_logger("one").warning("y")
    assert [line["event"] for line in read()] == ["y"]

"""Logs: one JSON object a line on stderr, with the conversation id, without secrets or texts."""

import logging
import sys
from typing import Any

import structlog

from orchestrator.serve.settings import LogLevel

QUIET = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "websockets",
    "httpx2",
    "httpcore2",
    "asyncio",
    "alembic",
)
"""Libraries whose lines at INFO hold addresses, and addresses here hold bearers."""


def configure(level: LogLevel) -> None:
    """Set up logging of this process, once, before anything else."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where_not_what,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(max(logging.WARNING, root.level))


def _where_not_what(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace an exception by its type and place: its text may quote what nobody may read."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        from orchestrator.doors.bot import faults

        event.update(faults.described(error))
    return event

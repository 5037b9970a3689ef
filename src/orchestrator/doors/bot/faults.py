"""What may be logged of an error that nobody expected."""

import traceback
from pathlib import Path

from orchestrator.core.model import errors


def described(error: BaseException) -> dict[str, str]:
    """Return fields for a log line: what kind of error, and where it was raised.

    Never the text of a foreign error, which may quote an address with a bearer in it, or what a
    consumer said. Errors of our own tree hold no secrets, and say why.
    """
    if isinstance(error, errors.OrchestratorError):
        return {"error": error.code, "reason": error.message}
    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-8:]
    )
    return {"error": type(error).__name__, "where": where}

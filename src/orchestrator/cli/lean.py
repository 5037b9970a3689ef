"""Commands whose texts and flags are taken as they come, which halves the time they need to start.

From 0.29 on typer converts every value by pydantic, texts too, and imports it for that: 0.2 s of
the half second in which `decide` has to be done. It offers no public way around; where a release
has none of what is used here, the commands work as well, and start later.
"""

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """Use as ``app.command(name, cls=lean.Command)``."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, ``--help`` included."""
        return spared(super().get_params(ctx))


def spared(parameters: Iterable[Any]) -> list[Any]:
    """Return ``parameters``, those of type str and bool without a conversion; others unchanged."""
    found = list(parameters)
    try:
        from typer._coercion import PassThroughRuntimeParam
    except ImportError:
        return found
    for parameter in found:
        described = getattr(parameter, "type_descriptor", None)
        if described is not None and described.annotation in (str, bool):
            taken = PassThroughRuntimeParam(described.parameter_info, described.annotation)
            setattr(parameter, "_runtime_param", taken)  # noqa: B010 — private, as said above
    return found

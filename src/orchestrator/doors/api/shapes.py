"""How bodies are declared: camelCase, nothing unknown, nothing converted."""

from typing import Annotated, Any

import pydantic
from fastapi import Path
from pydantic import alias_generators

Reference = Annotated[str, Path(description="An id or an exact name.", max_length=1000)]

Moment = Annotated[str, pydantic.Field(json_schema_extra={"format": "date-time"})]
"""A time as it is written: ISO 8601 in UTC."""


class Shape(pydantic.BaseModel):
    """What may be sent or is answered. Fields not named in a body stay as they are."""

    model_config = pydantic.ConfigDict(
        alias_generator=alias_generators.to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        frozen=True,
    )

    def given(self) -> dict[str, Any]:
        """Return the fields that were sent, by their names here."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Gone(Shape):
    """What is said of a thing that was removed: its last state, as lists show it."""

    model_config = pydantic.ConfigDict(extra="allow")

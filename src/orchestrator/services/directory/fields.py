"""What names, logins and numbers may look like; every refusal says where and what to write."""

import re
import unicodedata
from typing import Any, Final

from orchestrator.core.model import errors

LONGEST_NAME: Final = 200
_LOGIN: Final = re.compile(r"[^\s\x00-\x1f\x7f:]{1,128}")
_DIGITS: Final = re.compile(r"[0-9]{1,20}")


def name(text: Any, *, path: str) -> str:
    """Return a name for people: 1 to 200 characters, none of them a control character.

    Blanks around it are dropped. Raises `errors.BadInput`.
    """
    shown = text.strip() if isinstance(text, str) else ""
    if not shown:
        raise errors.BadInput(f"{path} must not be empty.", path=path)
    if len(shown) > LONGEST_NAME:
        raise errors.BadInput(f"{path} may have {LONGEST_NAME} characters at most.", path=path)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown):
        raise errors.BadInput(f"{path} must not hold line breaks or control characters.", path=path)
    return shown


def line(text: Any, *, path: str) -> str:
    """Return a name, or nothing: as `name`, but it may be empty."""
    return name(text, path=path) if text else ""


def login(text: Any, *, path: str) -> str:
    """Return a login: 1 to 128 characters without blanks and colons. Raises `errors.BadInput`."""
    if not isinstance(text, str) or _LOGIN.fullmatch(text) is None:
        raise errors.BadInput(
            f"{path} must be 1 to 128 characters without blanks and colons.", path=path
        )
    return text


def account(text: Any, *, path: str) -> str:
    """Return an account id: 1 to 20 digits. Raises `errors.BadInput`."""
    if not isinstance(text, str) or _DIGITS.fullmatch(text) is None:
        raise errors.BadInput(f"{path} must be 1 to 20 digits, such as 1.", path=path)
    return text


def number(value: Any, *, least: float, most: float, path: str) -> Any:
    """Return ``value`` if it is a number in the range. Raises `errors.BadInput`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise errors.BadInput(f"{path} must be a number from {least} to {most}.", path=path)
    return value


def capacity(text: str, *, path: str = "--max-chats") -> int | None:
    """Read ``unlimited`` (None) or a whole number ≥ 0. Raises `errors.BadInput`."""
    if text.strip().lower() == "unlimited":
        return None
    if _DIGITS.fullmatch(text.strip()) is None:
        raise errors.BadInput(f"{path} must be a whole number or “unlimited”.", path=path)
    return int(text)

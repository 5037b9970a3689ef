"""Whom a client trusts: the machine's authorities, or one file for an embedded cloud."""

import ssl

from orchestrator.core.model import errors


def context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a verifying TLS context. With ``ca_file`` (PEM) only that authority is trusted.

    Reads a file: build it once. Raises ``errors.BadInput`` when the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise errors.BadInput(f"The authority file {ca_file} cannot be read as PEM.") from error

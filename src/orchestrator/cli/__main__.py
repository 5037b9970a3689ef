"""``python -m orchestrator.cli``: the same as the command ``orchestrator``."""

from orchestrator.cli import main

main()

"""`make translations`: extract what is said anew, and say what is not translated yet."""

import sys

from orchestrator.doors.console import words
from translating import catalogues


def main() -> int:
    """Bring every catalogue up to date; 1 while something is missing."""
    wrong = 0
    for language in words.LANGUAGES:
        if language == words.SOURCE:
            continue
        catalogues.renew(language)
        for domain in catalogues.DOMAINS:
            for told in catalogues.missing(language, domain):
                sys.stderr.write(f"{language}/{domain}: {told}\n")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

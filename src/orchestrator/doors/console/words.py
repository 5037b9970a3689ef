"""THE translation function: what the console says, in the language of whoever reads it.

Every sentence for people stands in ``_("…")``, here as in the templates, and what varies in it has
a name: ``_("User “%(name)s” is there.", name=login)``. Words that stand in a table are translated
where they are shown. A percent sign is written twice, as in every template.
"""


def gettext(text: str) -> str:
    """Return ``text`` as the reader's language has it. There is English, as it is written."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """Return ``one`` or ``many``, as the reader's language counts."""
    return one if number == 1 else many


def _(text: str, /, **named: object) -> str:
    """Return a sentence for people, with what has a name put in its place."""
    return gettext(text) % named

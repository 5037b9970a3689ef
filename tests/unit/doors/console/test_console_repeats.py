"""What is drawn once looks as if it was drawn each time, for everybody who may see it."""

from markupsafe import Markup

from orchestrator.doors.console import repeats, words


def test_a_row_is_drawn_once_for_what_it_shows() -> None:
    """Whatever of it changes is another row, and so is another language."""
    drawn: list[str] = []

    def draw(name: str) -> str:
        drawn.append(name)
        return f"<li>{len(drawn)}</li>"

    first = repeats.row(("a row", "ann", 1), draw, "ann")
    assert repeats.row(("a row", "ann", 1), draw, "ann") == first
    assert repeats.row(("a row", "ann", 2), draw, "ann") != first
    with words.speaking("de"):
        assert repeats.row(("a row", "ann", 1), draw, "ann") != first
    assert drawn == ["ann"] * 3


def test_text_is_not_taken_for_html_that_looks_like_it() -> None:
    """The words of a chip, of an option and of a box are escaped unless they are HTML."""
    for given, wanted in (
        (Markup("<b>"), "<b>"),
        ("<b>", "&lt;b&gt;"),
        (Markup("<b>"), "<b>"),
    ):
        assert f">{wanted}</span>" in repeats.chip(given)
        assert f">{wanted}</option>" in repeats.options([("x", given)], "")
        assert f">{wanted}</span>" in repeats.boxes([("x", given, "")], (), "n", "checkbox")
    assert 'title="&#34;&gt;"' in repeats.chip("on", "good", '">')


def test_what_is_chosen_is_marked() -> None:
    """One option, and any number of boxes."""
    assert repeats.options([("1", "One"), ("2", "Two")], "2") == (
        '<option value="1">One</option><option value="2" selected>Two</option>'
    )
    boxes = repeats.boxes([("1", "One", ""), ("2", "Two", "why")], ["1"], "n", "checkbox")
    assert boxes.count(" checked") == 1
    assert 'value="1" checked' in boxes
    assert '<span class="hint soft small">why</span>' in boxes

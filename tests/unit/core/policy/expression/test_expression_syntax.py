"""Reading expressions: precedence, literals, names, and every slip with its place and remedy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.policy.expression import parse, render, suggest, tokens, tree
from orchestrator.core.policy.expression.findings import Refused


def explicit(node):
    """The tree as text with brackets around everything."""
    return tree.fold(node, bracketed)


def bracketed(node, under):
    match node:
        case tree.Sequence():
            return f"[{', '.join(under)}]"
        case tree.Call(name):
            return f"{name}({', '.join(under)})"
        case tree.Minus():
            return f"(-{under[0]})"
        case tree.Not():
            return f"(not {under[0]})"
        case tree.Power():
            return f"({under[0]}^{under[1]})"
        case tree.Compare(sign):
            return f"({under[0]} {sign} {under[1]})"
        case tree.Join(word):
            return f"({f' {word} '.join(under)})"
        case tree.Chain(signs):
            made = under[0]
            for sign, operand in zip(signs, under[1:], strict=True):
                made = f"({made} {sign} {operand})"
            return made
        case _:
            return render.render(node)


READ = [
    ("a.b or c.d and e.f", "(a.b or (c.d and e.f))"),
    ("a.b or c.d or e.f", "(a.b or c.d or e.f)"),
    ("not a.b == c.d", "(not (a.b == c.d))"),
    ("not a.b and not not c.d", "((not a.b) and (not (not c.d)))"),
    ("a.b + 1 < c.d || 'x'", "((a.b + 1) < (c.d || 'x'))"),
    ("a.b - 1 - 2 || 3", "(((a.b - 1) - 2) || 3)"),
    ("1 + 2 * 3 % 4 / 5 == a.b", "((1 + (((2 * 3) % 4) / 5)) == a.b)"),
    ("-a.b * 2 == 1", "(((-a.b) * 2) == 1)"),
    ("-2 ^ 2 == a.b", "((-(2^2)) == a.b)"),
    ("2 ^ 3 ^ 2 == a.b", "((2^(3^2)) == a.b)"),
    ("2 ^ -3 ^ 2 == a.b", "((2^(-(3^2))) == a.b)"),
    ("sqrt 9 + 1 == a.b", "((sqrt(9) + 1) == a.b)"),
    ("sqrt 4 ^ 2 == a.b", "(sqrt((4^2)) == a.b)"),
    ("sqrt(4) ^ 2 == a.b", "((sqrt(4)^2) == a.b)"),
    ("sqrt (4) ^ 2 == a.b", "((sqrt(4)^2) == a.b)"),
    ("sqrt -a.b == 1", "(sqrt((-a.b)) == 1)"),
    ("- -a.b == --1", "((-(-a.b)) == (-(-1)))"),
    ("a.b in [1, 'x', c.d, [true]]", "(a.b in [1, 'x', c.d, [true]])"),
    ("a.b in []", "(a.b in [])"),
    ("(a.b > 1) > 0", "((a.b > 1) > 0)"),
    ("skills.3002.waiting > 3002.5", "(skills.3002.waiting > 3002.5)"),
    ("a.b-1 == a.b -1", "((a.b - 1) == (a.b - 1))"),
    ("a.b==-1", "(a.b == (-1))"),
    ("android.x or nothing.y and inner.z", "(android.x or (nothing.y and inner.z))"),
    ("a.b=='x'and c.d", "((a.b == 'x') and c.d)"),
    ("not(a.b)or(c.d)", "((not a.b) or c.d)"),
    ("not isSet(a.b)", "(not isSet(a.b))"),
    ("isSet ( a.b )", "isSet(a.b)"),
    ("now()", "now()"),
    ("a.b\n  ==\r\n\t1\u00a0", "(a.b == 1)"),
    ("a.b == 1.50", "(a.b == 1.5)"),
    ("a.b == 2.0", "(a.b == 2)"),
    ("a.b == 9007199254740993", "(a.b == 9007199254740993)"),
    ("größe.straße == 1", "(größe.straße == 1)"),
]


@pytest.mark.parametrize(("text", "meant"), READ, ids=[text for text, _ in READ])
def test_precedence_is_that_of_the_paper(text, meant):
    """Every level against its neighbours, with the brackets that nobody has to write."""
    assert explicit(parse.read(text)) == meant


TEXTS = [
    ("'gold'", "gold"),
    ("''", ""),
    (r"'it\'s'", "it's"),
    (r"'a\\b'", r"a\b"),
    (r"'\d+\n'", r"\d+\n"),
    (r"'ends with \\'", "ends with \\"),
    ("‘gold’", "gold"),
    ("’gold’", "gold"),
    ("‚gold‘", "gold"),
    ("'gold’", "gold"),
    ("‘it’s gold’", "it’s gold"),
    ("'l’été'", "l’été"),
    ("'say “hi”'", "say “hi”"),
    ("'a and b'", "a and b"),
    ("'two\nlines'", "two\nlines"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS, ids=[text for text, _ in TEXTS])
def test_texts_in_quotes(text, said):
    """Escapes, typographic quotes, and an apostrophe between two letters."""
    read = parse.read(f"a.b == {text}")
    assert isinstance(read, tree.Compare)
    assert read.right == tree.Value(said)


MISTAKES = [
    ("a.b = 1", 1, 5, "`=`", "did you mean `==`?"),
    ("a.b === 1", 1, 5, "`===`", "did you mean `==`?"),
    ("a.b <> 1", 1, 5, "`<>`", "did you mean `!=`?"),
    ("a.b is 1", 1, 5, "`is`", "did you mean `==`?"),
    ("a.b is not 1", 1, 5, "`is`", "did you mean `!=`?"),
    ("a.b && c.d", 1, 5, "`&&`", "did you mean `and`?"),
    ("a.b AND c.d", 1, 5, "`AND`", "lower case: `and`"),
    ("True", 1, 1, "`True`", "lower case: `true`"),
    ("!a.b", 1, 1, "`!`", "did you mean `not`?"),
    ("a.b | c.d", 1, 5, "`|`", "did you mean `or`"),
    ("a.b == 1 || c.d == 2", 1, 17, "`==`", "did you mean `or`?"),
    ("1 < a.b < 3", 1, 9, "`<`", "not chained"),
    ("a.b == not c.d", 1, 8, "`not`", "`a.b == (not c.d)`"),
    ("a.b not in c.d", 1, 5, "`not`", "`not (a in b)`"),
    ("a.b == gold", 1, 8, "`gold`", "the text 'gold'"),
    ('a.b == "gold"', 1, 8, '`"`', "single quotes"),
    ("{{a.b}} == 1", 1, 1, "`{{`", "without braces"),
    ("a.b == null", 1, 8, "`null`", "isSet("),
    ("custom.my-list == 1", 1, 11, "`list`", "`-`"),
    ("a.b c.d", 1, 5, "`c.d`", "something is missing"),
    ("a.b(1)", 1, 1, "`a.b`", "not a function"),
    ("contains(a.b, 'x'", 1, 18, "the end", "`(` at line 1, column 9 is not closed"),
    ("a.b in [1, 2", 1, 13, "the end", "`[` at line 1, column 8 is not closed"),
    ("a.b ==\n  +1", 2, 3, "`+`", "not needed"),
    ("a.b = = 1", 1, 5, "`=`", "did you mean `==`?"),
    ("a.b > = 1", 1, 7, "`=`", "without blanks"),
    ("", 1, 1, "the end", "`true` always holds"),
    (" \n ", 2, 2, "the end", "`true` always holds"),
    ("a.b and", 1, 8, "the end", ""),
    ("[1, 2,] == a.b", 1, 7, "`]`", ""),
    ("a.b; c.d", 1, 4, "`;`", "`and`"),
    ("a.b contians 'x'", 1, 5, "`contians`", ""),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "suggestion"), MISTAKES, ids=[each[0] for each in MISTAKES]
)
def test_a_slip_is_told_with_its_place_and_a_remedy(text, line, column, found, suggestion):
    """The first mistake: line, column, what was found, what was expected, what was meant."""
    with pytest.raises(Refused) as caught:
        parse.read(text)
    finding = caught.value.finding
    assert (finding.place.line, finding.place.column) == (line, column)
    assert finding.found == found
    assert finding.expected
    assert suggestion in finding.suggestion
    assert finding.message.startswith(f"line {line}, column {column}: found {found}, expected ")


IMPOSSIBLE = [
    ("1andx.y", 1, "neither a number nor a name"),
    ("a.b == 1and c.d", 8, "blank is missing before `and`"),
    ("a.b == 007", 8, "did you mean the text '007'?"),
    ("a.b == 1e3", 8, "neither a number nor a name"),
    ("a.b == 1.", 8, "a dot too many"),
    ("a.b == 1.2.3", 8, "a dot too many"),
    ("a.b. == 1", 1, "ends with a dot"),
    ("a..b == 1", 1, "ends with a dot"),
    ("a.b == 'x", 8, "no closing quote"),
    (r"a.b == 'x\'", 8, "no closing quote"),
    (f"a.b == {'9' * 401}", 8, "more than 400 digits"),
]


@pytest.mark.parametrize(
    ("text", "column", "said"), IMPOSSIBLE, ids=[e[0][:20] for e in IMPOSSIBLE]
)
def test_what_is_no_word_at_all_is_told_too(text, column, said):
    """Numbers and names run together, open quotes, dots that lead nowhere."""
    with pytest.raises(Refused) as caught:
        parse.read(text)
    finding = caught.value.finding
    assert (finding.place.line, finding.place.column, finding.code) == (1, column, "syntax")
    assert said in finding.message


def nested(opening, inner, closing, depth):
    return opening * depth + inner + closing * depth


BOMBS = {
    "brackets": ("(", "a.b", ")"),
    "lists": ("[", "a.b", "]"),
    "calls": ("lower(", "a.b", ")"),
    "not": ("not ", "a.b", ""),
    "minus": ("-", "a.b", ""),
    "powers": ("2^", "a.b", ""),
    "roots": ("sqrt ", "a.b", ""),
}


@pytest.mark.parametrize("name", BOMBS)
def test_nesting_ends_at_64(name):
    """64 deep is read and printed, 65 refused, and a bomb no later than a parcel."""
    opening, inner, closing = BOMBS[name]
    read = parse.read(nested(opening, inner, closing, 64))
    assert parse.read(render.render(read)) == read
    for depth in (65, 2_000):
        with pytest.raises(Refused) as caught:
            parse.read(nested(opening, inner, closing, depth))
        assert caught.value.finding.code == "too-deep"


def test_depth_is_counted_across_kinds():
    """32 negated brackets are 64 deep, one more is too much."""
    assert parse.read(nested("not (", "a.b", ")", 32))
    with pytest.raises(Refused, match="nested more than 64 deep"):
        parse.read(nested("not (", "a.b", ")", 33))


def test_the_deepest_and_widest_expressions_are_walked_without_recursion():
    """Every level of precedence within every bracket, at the very limit."""
    text = "1"
    for _ in range(63):
        text = f"(1 == 2 + 3 * {text} and true or false)"
    read = parse.read(text)
    assert parse.read(render.render(read)) is not None
    for wide in (" or ".join(["a.b"] * 2_800), "+".join(["1"] * 9_900), "||".join(["'x'"] * 3_900)):
        assert render.render(parse.read(wide))


def test_longer_than_20_000_characters_is_refused():
    """By its length alone: nothing of it is read."""
    assert parse.read("a.b" + " " * 19_997)
    with pytest.raises(Refused) as caught:
        parse.read("a.b" + " " * 19_998)
    assert caught.value.finding.code == "too-large"
    assert "20,000" in caught.value.finding.message


WORDS = [*tokens.WORDS, *tokens.SIGNS, *tokens.STRANGERS, *suggest.SIGNS, *suggest.FOREIGN_WORDS,
         "sqrt", "a.b", "custom.x", "contains(", "isSet(", "'x'", "‘y’", "12", "0.5", " ", "\n",
         "\\", "'"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_whatever_is_written_is_read_or_refused(text):
    """No other exception; a refusal has a place within the text; what is read prints and reads."""
    try:
        read = parse.read(text)
    except Refused as refused:
        finding = refused.finding
    else:
        canonical = render.render(read)
        assert parse.read(canonical) == read
        assert render.render(parse.read(canonical)) == canonical
        return
    lines = text.split("\n")
    assert 1 <= finding.place.line <= len(lines)
    assert 1 <= finding.place.column <= len(lines[finding.place.line - 1]) + 1
    assert finding.message


PRIMARIES = st.one_of(
    st.booleans().map(tree.Value),
    st.integers(min_value=0, max_value=10**20).map(tree.Value),
    st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(tree.Value),
    st.text(max_size=8).filter(render.is_writable).map(tree.Value),
    st.sampled_from(["a.b", "custom.x.1", "_x.y_2"]).map(tree.Name),
)


def larger(inner):
    many = st.lists(inner, max_size=3).map(tuple)
    some = st.lists(inner, min_size=2, max_size=4).map(tuple)

    def chained(signs):
        return some.flatmap(
            lambda operands: st.tuples(*[st.sampled_from(signs)] * (len(operands) - 1)).map(
                lambda chosen: tree.Chain(chosen, operands)
            )
        )

    return st.one_of(
        many.map(tree.Sequence),
        st.builds(tree.Call, st.sampled_from(["sqrt", "contains", "other"]), many),
        st.builds(tree.Minus, inner),
        st.builds(tree.Not, inner),
        st.builds(tree.Power, inner, inner),
        chained(["+", "-", "||"]),
        chained(["*", "/", "%"]),
        st.builds(tree.Compare, st.sampled_from(["==", "in", "<"]), inner, inner),
        st.builds(tree.Join, st.sampled_from(["and", "or"]), some),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(PRIMARIES, larger, max_leaves=25))
def test_every_tree_prints_as_a_text_that_reads_the_same(root):
    """The canonical text of any tree gives the tree, and is its own canonical text."""
    text = render.render(root)
    again = parse.read(text)
    assert again == root
    assert render.render(again) == text

"""An expression as the tree of groups and tests that it nearly is, the rest of it as leaves.

The tree means what the expression does; it is made to ask which part of it would have to turn.
"""

from orchestrator.core.policy import compiled as compiling
from orchestrator.core.policy.compiled import Branch, Node, Test
from orchestrator.core.policy.expression import convert, formula, render, tree
from orchestrator.core.policy.expression.formula import Expression, Formula


def unfold(node: Node) -> Node:
    """Return the same condition with every expression in it taken apart as far as it goes."""
    match node:
        case Branch(quantifier, members):
            return Branch(quantifier, tuple(unfold(member) for member in members))
        case Formula(source):
            return tree.fold(source.root, _part)
        case Test():
            return node


def _part(node: tree.Node, under: tuple[Node, ...]) -> Node:
    match node:
        case tree.Join(word):
            return Branch("all" if word == "and" else "any", under)
        case tree.Not():
            return Branch("none", under)
        case tree.Value(bool() as always):
            return Branch("all" if always else "any", ())
    simple = convert.comparison(node)
    if simple is not None:
        return compiling.test(simple)
    return formula.flatten(Expression(render.render(node), node))

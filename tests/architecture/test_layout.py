"""The tree, ARCHITECTURE.md and the import contracts say the same."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "orchestrator"

LONGEST_FILE = 400
LONGER_FILES: dict[str, str] = {}
"""Files that may be longer, each with its reason. There is none."""

EMPTY_WORDS = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

LIBRARIES = {
    "core/model": {"msgspec"},
    "core/policy": {"ahocorasick_rs", "lark", "msgspec", "re2", "ruamel"},
    "core/queueing": {"msgspec"},
    "core/ums": {"msgspec"},
    "services": {"msgspec", "structlog"},
    "simulator": {"msgspec"},
}
"""What a folder may import besides us and the standard library, where that is a closed list."""

REAL_TIME = {
    ("date", "today"),
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("time", "time"),
    ("time", "time_ns"),
}
THE_CLOCK = "adapters/clock.py"

FOLDER_LINE = re.compile(r"^(?P<indent>[│ ]*)[├└]── (?P<name>[\w/.-]+)/(?=\s|$)")
INDENT = 4


def _modules() -> Iterator[Path]:
    return (path for path in sorted(SOURCE.rglob("*.py")) if "__pycache__" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def _folders_of_the_tree() -> set[str]:
    parents = (path.parent.relative_to(SOURCE).parts for path in _modules())
    return {"/".join(parts[:depth]) for parts in parents for depth in (1, 2) if len(parts) >= depth}


def _folders_of_the_page() -> set[str]:
    """Return the first two levels of the tree that the page draws below ``src/orchestrator/``."""
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    drawing = re.split(r"^[│├└─ ]*src/orchestrator/.*$", page, maxsplit=1, flags=re.MULTILINE)[-1]
    folders: list[str] = []
    top = ""
    first: int | None = None
    for line in filter(None, map(FOLDER_LINE.match, drawing.splitlines())):
        indent = len(line["indent"])
        first = indent if first is None else first
        if indent < first:
            break  # the drawing goes on with a neighbour of src
        if indent == first:
            folders.append(line["name"])
            top = line["name"]
        elif indent == first + INDENT:
            folders.append(f"{top}/{line['name']}")
    return set(folders)


def test_the_page_draws_the_tree():
    """ARCHITECTURE.md names exactly the folders of the source, two levels deep."""
    assert _folders_of_the_page() == _folders_of_the_tree()


def test_the_import_contracts_are_kept():
    """Nobody imports what the architecture forbids, not even through a third module."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", sorted(LIBRARIES))
def test_a_folder_uses_only_its_libraries(folder):
    """The inner rooms depend on a short, closed list of other people's code."""
    ours = {"orchestrator", *sys.stdlib_module_names}
    foreign = {
        (_name(path), library)
        for path in _modules()
        if _name(path).startswith(f"{folder}/")
        for library in {name.partition(".")[0] for name in _imports(path)} - ours
        if library not in LIBRARIES[folder]
    }
    assert foreign == set()


def test_the_package_root_offers_policies_and_nothing_that_needs_a_server():
    """``import orchestrator`` loads the core, the clock and the calendar only."""
    ours = [name for name in _imports(SOURCE / "__init__.py") if name.startswith("orchestrator.")]
    allowed = (
        "orchestrator.core.",
        "orchestrator.adapters.calendar",
        "orchestrator.adapters.clock",
    )
    assert [name for name in ours if not name.startswith(allowed)] == []


def test_only_the_clock_reads_the_real_time():
    """Whoever needs to know the hour is told it, so that tests and replays can tell another."""
    readings = {
        f"{_name(path)}:{node.lineno}"
        for path in _modules()
        if _name(path) != THE_CLOCK
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and (_last_name(node.value), node.attr) in REAL_TIME
    }
    assert readings == set()


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def test_no_module_has_an_empty_name():
    """A name says what is inside; utils and helpers say that nobody knew."""
    empty = {
        _name(path)
        for path in _modules()
        if EMPTY_WORDS & set(_name(path).removesuffix(".py").replace("/", "_").split("_"))
    }
    assert empty == set()


def test_no_file_is_too_long():
    """A file that needs scrolling past 400 lines wants a second noun."""
    lengths = {_name(path): len(path.read_text("utf-8").splitlines()) for path in _modules()}
    long = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert long == set(LONGER_FILES)

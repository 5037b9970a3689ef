"""What is downloaded is exactly what was chosen: every lock entry carries a hash."""

import json
import tomllib

from running import node


def test_every_npm_package_is_held_by_a_hash():
    """npm refuses a package whose content is not the one that was locked."""
    lock = json.loads((node.SDK_FOLDER / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages["node_modules/node-agent-sdk"]["version"] == "1.2.0"
    assert {name for name, entry in packages.items() if "integrity" not in entry} == set()


def test_every_python_package_is_held_by_a_hash(pytestconfig):
    """uv refuses a file whose content is not the one that was locked."""
    lock = tomllib.loads((pytestconfig.rootpath / "uv.lock").read_text("utf-8"))
    fetched = [entry for entry in lock["package"] if "registry" in entry["source"]]
    assert fetched
    without = {
        entry["name"]
        for entry in fetched
        for file in [*entry.get("wheels", []), *filter(None, [entry.get("sdist")])]
        if not file.get("hash", "").startswith("sha256:")
    }
    assert without == set()

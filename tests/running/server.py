"""The real server on a data folder, started, killed and restarted as an operator would."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from running import commands, program


class Server:
    """``orchestrator serve`` on ``data``; it is ready when the constructor returns.

    A restart keeps the ports, so that clients find it again. ``logs`` holds the lines of stderr
    of all its lives. ``options`` are further words of the command, ``env`` of the environment;
    ``command`` is what runs, where it is not the program itself.
    """

    def __init__(
        self,
        data: Path,
        *options: str,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = program.OURS,
    ) -> None:
        self.data = data
        self._command = command
        self._options = options
        self._env = dict(env or {})
        self._ports = ("0", "0")
        self._earlier_logs: list[str] = []
        self._start()

    @property
    def logs(self) -> list[str]:
        """Every line that it has written to stderr so far, earlier lives first."""
        return [*self._earlier_logs, *self._program.errors]

    @property
    def output(self) -> list[str]:
        """Every line that its present life has written to stdout."""
        return self._program.output

    @property
    def domain(self) -> str:
        """``host:port`` of the TLS port, which clients are given as their discovery domain."""
        return urlsplit(self.https).netloc

    def account(self, account: str) -> commands.Commands:
        """Return the command line on this data folder, for one account."""
        return commands.Commands(self.data, account)

    def stop(self) -> None:
        """End it as a service manager does, and hold it to a clean exit."""
        code = self._program.terminate()
        assert code == 0, f"SIGTERM must end the server cleanly, not with {code}: {self.logs[-20:]}"

    def kill(self) -> None:
        """End it as a power cut does."""
        self._program.kill()

    def restart(self) -> None:
        """Start it again on the same folder and ports, after ``stop`` or ``kill``."""
        assert self._program.returncode is not None, "it still runs"
        self._earlier_logs.extend(self._program.errors)
        self._start()

    def close(self) -> None:
        """Stop it if it still runs; a server that a test has killed is left as it is."""
        if self._program.returncode is None:
            self.stop()

    def _start(self) -> None:
        port, tls_port = self._ports
        self._program = program.Program(
            [
                *(*self._command, "serve"),
                *("--data", self.data, "--port", port, "--tls-port", tls_port, "--json"),
                *self._options,
            ],
            env=self._env,
        )
        try:
            ready = self._program.wait_for(lambda line: line.get("ready"), what="readiness")
        except AssertionError:
            self._program.kill()
            raise
        self.http: str = ready["http"]
        self.https: str = ready["https"]
        self.ca = Path(ready["ca"])
        self.pid: int = ready["pid"]
        self._ports = (str(urlsplit(self.http).port), str(urlsplit(self.https).port))

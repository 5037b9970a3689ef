"""docs/howto/sign-in-with-openid-connect.md says what is true: its provider, its variables."""

import json
import re
import shlex
import sys
from pathlib import Path

from running import openid, pages, program, server

PAGE = (Path(__file__).parents[2] / "docs/howto/sign-in-with-openid-connect.md").read_text("utf-8")
PORT = "9400"


def test_the_worked_example_signs_ada_in(tmp_path: Path) -> None:
    """The page's own commands, on a free port: its person comes in, and the doctor is content."""
    line = re.search(r"^oidc-provider-mock (.*) &$", PAGE, re.MULTILINE)
    assert line
    words = shlex.split(line[1])
    said = json.loads(words[words.index("--user-claims") + 1])
    exports = re.findall(r"^export (\w+)=(.*)$", PAGE, re.MULTILINE)
    env = {name: shlex.split(text)[0] for name, text in exports}
    provider = openid.Provider(*words[words.index(PORT) + 1 :])
    env["ORCHESTRATOR_OPENID__ISSUER"] = env["ORCHESTRATOR_OPENID__ISSUER"].replace(
        f"http://127.0.0.1:{PORT}", provider.issuer
    )
    running = server.Server(tmp_path, env=env)
    visitor = pages.Visitor(running.http, "1")
    try:
        assert "Sign in with Acme" in visitor.get("/sign-in").text
        assert provider.sign_in(visitor, said["sub"]).status_code == 303
        assert "Ada Lovelace" in visitor.get("/users").text
        command = [sys.executable, "-m", "orchestrator.cli", "doctor", "--data", str(tmp_path)]
        doctor = program.Program([*command, "--json"], env=env)
        doctor.finish()
        found = {each["check"]: each["ok"] for each in json.loads("".join(doctor.output))}
        assert found["openid-provider"]
        assert found["openid-redirect"]
    finally:
        visitor.http.close()
        running.close()
        provider.close()

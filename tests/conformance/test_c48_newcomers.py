"""Section 9: whoever asks too often is told when to come back."""

import httpx2
import pytest

from running import server


@pytest.fixture
def narrow(tmp_path):
    """A server that lets a hundred consumers sign up at once."""
    running = server.Server(tmp_path, env={"ORCHESTRATOR_BOUNDS__NEWCOMERS": "1"})
    yield running
    running.close()


async def test_c48_nobody_signs_up_without_end(narrow):
    """429 with ``Retry-After``; those who came before, discovery and login do not suffer."""
    base = f"{narrow.http}/api/account/1"
    async with httpx2.AsyncClient(trust_env=False) as http:
        first = last = await http.post(f"{base}/signup")
        for _ in range(200):  # one more a second is let in, however slow this machine is
            if last.status_code != 200:
                break
            last = await http.post(f"{base}/signup")
        assert (last.status_code, "error" in last.json()) == (429, True)
        assert int(last.headers["retry-after"]) >= 1
        elsewhere = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
        pretended = [await http.post(f"{base}/signup", headers=elsewhere) for _ in range(5)]
        assert [each.status_code for each in pretended].count(429) >= 3, "anybody can write that"
        token = first.json()["jwt"]
        renewed = await http.post(f"{base}/anonymous/authorize", json={"id_token": token})
        assert renewed.status_code == 200
        login = await http.post(f"{base}/login?v=1.3", json={"username": "x", "password": "y"})
        assert login.status_code == 401
        assert (await http.get(f"{base}/service/baseURI.json?version=1.0")).status_code == 200

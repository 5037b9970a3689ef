"""The API for programs in Python: what to ask is a value, and two clients send it.

>>> from orchestrator.client.api import asks, clients
>>> with clients.Client("https://127.0.0.1:8443", "1", api_key=KEY, ca="data/ca.pem") as client:
...     client.send(asks.save_context("crm", {"tier": "gold"}, session="c-1"))
...     decision = client.send(asks.decide(conversation="c-1"))

`clients.AsyncClient` is the same with ``await``. Errors are those of `orchestrator.core.model`.
"""

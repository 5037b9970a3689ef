"""A plain JSON webhook: the parameters as an object in, the value out, signed if there is a secret.

The signature is that of Standard Webhooks (standardwebhooks.com): headers ``webhook-id``, which is
the same for every attempt of one call, ``webhook-timestamp`` and ``webhook-signature``.
"""

import binascii
from collections.abc import Sequence
from typing import Final

import msgspec
import standardwebhooks

from orchestrator.adapters.functions import answers
from orchestrator.adapters.functions.outbound import Outbound, Request
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import Function, FunctionFailed, Host, Secrets
from orchestrator.services.clock import Clock

AGENT: Final = "conversation-orchestrator"


class Webhooks:
    """Calls functions that have a ``url``."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock

    async def call(
        self,
        function: Function,
        payload: Json,
        *,
        secrets: Secrets,
        hosts: Sequence[Host],
        call_id: str,
    ) -> Json:
        """Return what the webhook answers. Raises `FunctionFailed`."""
        body = msgspec.json.encode(payload)
        headers = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "content-type": "application/json",
            "user-agent": AGENT,
            **self._signed(body, secrets, call_id),
        }
        request = Request(function.definition.url or "", headers, body)
        answer = await self._outbound.send(request, account=function.account, hosts=hosts)
        return answers.value(answer, "The webhook")

    def _signed(self, body: bytes, secrets: Secrets, call_id: str) -> dict[str, str]:
        now = self._clock.now()
        headers = {
            "webhook-id": f"msg_{call_id}",
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if secrets.secret is None:
            return headers
        try:
            signing = standardwebhooks.Webhook(secrets.secret)
        except (binascii.Error, ValueError, RuntimeError) as error:
            raise FunctionFailed("Its secret is no webhook secret.", fault="forbidden") from error
        signed = signing.sign(headers["webhook-id"], now, body.decode())
        return {**headers, "webhook-signature": signed}

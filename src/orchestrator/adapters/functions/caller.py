"""Calls functions of both kinds: implements `services.routing.function_ports.FunctionCaller`."""

from collections.abc import Sequence

from orchestrator.adapters.functions.lambdas import Lambdas
from orchestrator.adapters.functions.outbound import Outbound
from orchestrator.adapters.functions.webhook import Webhooks
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import Function, Host, Secrets
from orchestrator.services.clock import Clock


class Caller:
    """Calls webhooks and LivePerson Functions over one set of guarded connections."""

    def __init__(self, clock: Clock, outbound: Outbound | None = None) -> None:
        self._outbound = outbound or Outbound()
        self._webhooks = Webhooks(self._outbound, clock)
        self._lambdas = Lambdas(self._outbound, clock)

    async def prepare(self) -> None:
        """Read the machine's authorities, once."""
        await self._outbound.prepare()

    async def call(
        self,
        function: Function,
        payload: Json,
        *,
        secrets: Secrets,
        hosts: Sequence[Host],
        call_id: str,
    ) -> Json:
        """Return the function's value for ``payload``. Raises `FunctionFailed`; may never end."""
        kind = self._webhooks if function.definition.lambda_id is None else self._lambdas
        return await kind.call(function, payload, secrets=secrets, hosts=hosts, call_id=call_id)

    async def close(self) -> None:
        """Close every connection."""
        await self._outbound.close()

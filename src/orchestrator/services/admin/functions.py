"""Functions behind attributes: what people define, which hosts are allowed, and what it costs."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.function import Cost, Definition, Function, Host, Secrets
from orchestrator.core.policy import cycles, parameters
from orchestrator.services.admin import function_forms
from orchestrator.services.admin.function_ports import (
    FunctionReading,
    FunctionStore,
    FunctionWriting,
)
from orchestrator.services.admin.policies import Policies
from orchestrator.services.clock import Clock
from orchestrator.services.directory import lookup
from orchestrator.services.directory.ports import Seal

MOST: Final = 500
"""Functions of an account."""

_EXCLUDES: Final[Mapping[str, tuple[str, ...]]] = {
    "url": ("lambdaId", "domain", "accountId"),
    "lambdaId": ("url",),
    "parameters": ("payload",),
    "payload": ("parameters",),
}
"""Field → what goes when it comes."""

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_LEAST: Final = timedelta(milliseconds=1)
"""Between two states of a function, so that what was seen names one of them."""

_PORT: Final = re.compile(r"[0-9]{1,5}")
_LAST_PORT: Final = 65_535


class CostShown(msgspec.Struct, frozen=True, rename="camel"):
    """What a function cost so far. Percentiles are upper ends of buckets; None beyond the last."""

    calls: int
    failures: int
    cached: int
    refused: int
    average_ms: int | None
    p50_ms: int | None
    p95_ms: int | None
    last_called_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


class FunctionShown(msgspec.Struct, frozen=True, rename="camel"):
    """A function as it may be shown: without its secrets. ``definition`` can be sent back."""

    name: str
    definition: dict[str, Any]
    has_secrets: bool
    changed_at: datetime
    cost: CostShown

    def document(self) -> dict[str, Any]:
        """Return it as one flat JSON object."""
        return {
            "name": self.name,
            **self.definition,
            "hasSecrets": self.has_secrets,
            "changedAt": self.changed_at,
            "cost": msgspec.to_builtins(self.cost, builtin_types=(datetime,)),
        }


class HostShown(msgspec.Struct, frozen=True, rename="camel"):
    """A host that functions may reach although it is inside."""

    host: str
    port: int | None
    scheme: str
    has_authority: bool


class Functions:
    """Use cases on functions. A definition needs ``policies.write``, a host ``directory.write``."""

    def __init__(
        self, store: FunctionStore, clock: Clock, *, policies: Policies, seal: Seal
    ) -> None:
        self._store = store
        self._clock = clock
        self._policies = policies
        self._seal = seal

    async def all(self, actor: Actor) -> list[FunctionShown]:
        """Return the functions by name, with what they cost."""
        access.demand(actor, "policies.read")

        def work(rows: FunctionReading) -> list[FunctionShown]:
            costs = rows.costs(actor.account)
            found = lookup.by_name(rows.functions(actor.account), lambda each: each.name)
            return [_shown(each, costs.get(each.name, Cost())) for each in found]

        return await self._store.read(work)

    async def show(self, actor: Actor, name: str) -> FunctionShown:
        """Return one function. Raises `errors.NotFound`."""
        access.demand(actor, "policies.read")
        return await self._store.read(lambda rows: _found_shown(rows, actor.account, name))

    async def add(self, actor: Actor, name: str, *, document: Any) -> FunctionShown:
        """Add ``custom.NAME``, defined by a JSON object.

        Raises `errors.Conflict` for a name that is taken, by a static attribute too, and
        `errors.Problems` with everything that is wrong, circles of parameters among it.
        """
        access.demand(actor, "policies.write")
        plain = function_forms.name(name)
        read = function_forms.read(document)
        await self._demand_not_static(actor, plain)

        def work(unit: FunctionWriting) -> FunctionShown:
            known = unit.functions(actor.account)
            if any(each.name == plain for each in known):
                raise errors.Conflict(f"There is a function “custom.{plain}” already.", path="name")
            if len(known) >= MOST:
                raise errors.Conflict(f"An account has {MOST} functions at most.", path="name")
            return self._put(unit, actor, plain, read.definition, read.secrets, at=unit.now)

        return await self._store.write(actor, self._clock.now(), work)

    async def edit(
        self, actor: Actor, name: str, *, document: Any, seen: datetime | None = None
    ) -> FunctionShown:
        """Change what ``document`` says of a function; null takes back to the default.

        A secret that is not mentioned stays. ``seen`` is when it was changed last, as the caller
        knows it. Raises as `add`, `errors.NotFound`, and `errors.Stale`.
        """
        access.demand(actor, "policies.write")
        if not isinstance(document, Mapping):
            raise errors.BadInput("Expected a JSON object with what is to change.")

        def work(unit: FunctionWriting) -> FunctionShown:
            before = _unchanged(_found(unit, actor.account, name), seen)
            read = function_forms.read(_changed(before.definition, document))
            secrets = self._merged(before, read.definition, document, read.secrets)
            after = max(unit.now, before.changed_at + _LEAST)
            return self._put(unit, actor, before.name, read.definition, secrets, at=after)

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(
        self, actor: Actor, name: str, *, seen: datetime | None = None
    ) -> FunctionShown:
        """Remove a function: policies that read it find it missing.

        ``seen`` as for `edit`. Raises `errors.NotFound` and `errors.Stale`.
        """
        access.demand(actor, "policies.write")

        def work(unit: FunctionWriting) -> FunctionShown:
            shown = _found_shown(unit, actor.account, name)
            unit.remove(_unchanged(_found(unit, actor.account, name), seen))
            return shown

        return await self._store.write(actor, self._clock.now(), work)

    async def hosts(self, actor: Actor) -> list[HostShown]:
        """Return the allowed hosts, by name."""
        access.demand(actor, "policies.read")
        found = await self._store.read(lambda rows: rows.hosts(actor.account))
        return [_host_shown(each) for each in sorted(found, key=_place)]

    async def allow_host(
        self, actor: Actor, host: str, *, scheme: str = "https", authority: str | None = None
    ) -> HostShown:
        """Let functions reach HOST[:PORT] although it may be inside.

        ``scheme`` "http" lets them do so in clear as well; ``authority`` is PEM to trust there.
        Raises `errors.BadInput`.
        """
        access.demand(actor, "directory.write")
        if scheme not in {"https", "http"}:
            raise errors.BadInput("scheme is https or http.", path="scheme")
        if authority is not None and "-----BEGIN CERTIFICATE-----" not in authority:
            raise errors.BadInput("The authority is no certificate in PEM.", path="authority")
        name, port = _host(host)
        allowed = Host(name, port, "http" if scheme == "http" else "https", authority)
        await self._store.write(
            actor, self._clock.now(), lambda unit: unit.allow(actor.account, allowed)
        )
        return _host_shown(allowed)

    async def disallow_host(self, actor: Actor, host: str) -> HostShown:
        """Take a permission back. Raises `errors.NotFound`."""
        access.demand(actor, "directory.write")
        wanted = _host(host)

        def work(unit: FunctionWriting) -> HostShown:
            for each in unit.hosts(actor.account):
                if (each.host, each.port) == wanted:
                    unit.disallow(actor.account, each)
                    return _host_shown(each)
            raise errors.NotFound(f"{host} is not an allowed host.", path="host")

        return await self._store.write(actor, self._clock.now(), work)

    def _put(
        self,
        unit: FunctionWriting,
        actor: Actor,
        name: str,
        definition: Definition,
        secrets: Secrets,
        *,
        at: datetime,
    ) -> FunctionShown:
        function = Function(actor.account, name, definition, at)
        if (secrets.client_id is None) != (secrets.client_secret is None):
            raise errors.BadInput("clientId and clientSecret go together.", path="clientSecret")
        if definition.lambda_id is not None and secrets.client_id is None:
            raise errors.BadInput("A lambdaId needs clientId and clientSecret.", path="clientId")
        if secrets != Secrets():
            sealed = self._seal.seal(msgspec.json.encode(secrets), row=function.row)
            function = msgspec.structs.replace(function, secrets=sealed)
        _demand_no_circle(unit.functions(actor.account), function)
        unit.put(function)
        return _shown(function, unit.costs(actor.account).get(name, Cost()))

    def _merged(
        self, before: Function, after: Definition, document: Mapping[str, Any], said: Secrets
    ) -> Secrets:
        """Return the secrets after a change: those not mentioned stay, with the kind they are of.

        A secret never follows its function to another address: who may change the address could
        have it sent to themselves.
        """
        if before.secrets is None or _goes_elsewhere(before.definition, after):
            return said
        opened = self._seal.open(before.secrets, row=before.row)
        kept = msgspec.json.decode(opened, type=Secrets)
        return Secrets(
            said.secret if "secret" in document else kept.secret,
            said.client_id if "clientId" in document else kept.client_id,
            said.client_secret if "clientSecret" in document else kept.client_secret,
        )

    async def _demand_not_static(self, actor: Actor, name: str) -> None:
        _, document = await self._policies.current(actor)
        if name in (document.custom or {}):
            raise errors.Conflict(
                f"custom.{name} is a static attribute, which would always win. Remove it first: "
                f"orchestrator attributes remove custom.{name}",
                path="name",
            )


def _goes_elsewhere(before: Definition, after: Definition) -> bool:
    """Whether a lambda's client would be told to others, or the function is of another kind.

    A webhook's secret is never sent, it only signs.
    """
    if (before.url is None) != (after.url is None):
        return True
    return before.domain != after.domain


def _changed(before: Definition, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole definition after a change, without what that change contradicts."""
    dropped = {
        other
        for field, others in _EXCLUDES.items()
        if document.get(field) is not None
        for other in others
    }
    if document.get("onFailure") not in (None, "default"):
        dropped.add("defaultValue")
    kept = {
        field: value
        for field, value in function_forms.shown(before).items()
        if field not in dropped
    }
    return {**kept, **document}


def _demand_no_circle(known: list[Function], added: Function) -> None:
    graph = {
        f"custom.{each.name}": parameters.needed(each.definition.sent)
        for each in [*(other for other in known if other.name != added.name), added]
    }
    if f"custom.{added.name}" in cycles.members(graph):
        raise errors.BadInput(
            f"The parameters of custom.{added.name} need custom.{added.name} itself, directly or "
            "through other functions.",
            path="parameters",
        )


def _found(rows: FunctionReading, account: str, name: str) -> Function:
    plain = name.removeprefix("custom.")
    known = rows.functions(account)
    for each in known:
        if each.name == plain:
            return each
    raise lookup.missing("function", plain, known=[each.name for each in known], path="name")


def _unchanged(function: Function, seen: datetime | None) -> Function:
    if seen is not None and function.changed_at != seen:
        raise errors.Stale(f"custom.{function.name} has been changed since: read it again.")
    return function


def _found_shown(rows: FunctionReading, account: str, name: str) -> FunctionShown:
    found = _found(rows, account, name)
    return _shown(found, rows.costs(account).get(found.name, Cost()))


def _shown(function: Function, cost: Cost) -> FunctionShown:
    return FunctionShown(
        function.name,
        function_forms.shown(function.definition),
        function.secrets is not None,
        function.changed_at,
        CostShown(
            cost.calls,
            cost.failures,
            cost.cached,
            cost.refused,
            function_forms.average(cost.milliseconds, cost.calls),
            cost.percentile(0.5),
            cost.percentile(0.95),
            cost.last_called_at,
            cost.last_error,
            cost.last_error_at,
        ),
    )


def _host(text: str) -> tuple[str, int | None]:
    """Return host and port of ``HOST[:PORT]``, as calls compare them. Raises `errors.BadInput`."""
    wrong = errors.BadInput(
        "Write HOST or HOST:PORT, such as crm.internal:8443 or [::1]:8443.", path="host"
    )
    written = text.strip().lower()
    name, _, digits = written.rpartition(":")
    if not name or written.endswith("]") or (":" in name and not name.endswith("]")):
        name, digits = written, ""
    elif _PORT.fullmatch(digits) is None or not 1 <= int(digits) <= _LAST_PORT:
        raise wrong
    try:
        name = str(ip_address(name.removeprefix("[").removesuffix("]")))
    except ValueError:
        name = name.rstrip(".")
        if _HOST.fullmatch(name) is None:
            raise wrong from None
    return name, int(digits) if digits else None


def _place(host: Host) -> tuple[str, int]:
    return host.host, host.port or 0


def _host_shown(host: Host) -> HostShown:
    return HostShown(host.host, host.port, host.scheme, host.authority is not None)

"""The running server: everything built, wired, started, watched and stopped, in this order."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from orchestrator.adapters import certificates, clock, passwords, seal, shelf
from orchestrator.adapters.platforms.liveperson.platform import LivePerson
from orchestrator.adapters.platforms.liveperson.settings import Config, Timing
from orchestrator.adapters.storage import cloud as cloud_rows
from orchestrator.adapters.storage import contexts as context_rows
from orchestrator.adapters.storage import directory as directory_rows
from orchestrator.adapters.storage import engine, processes, settled, signing
from orchestrator.adapters.storage import routing as routing_rows
from orchestrator.adapters.tokens import consumer_tokens
from orchestrator.core.model.allowances import Allowance
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.bot.dispatcher import Dispatcher
from orchestrator.doors.bot.leftovers import Leftovers
from orchestrator.doors.bot.sessions import Sessions, every_account
from orchestrator.doors.bot.worker import Worker
from orchestrator.doors.console.rooms import SingleSignOn
from orchestrator.doors.gateway import app as gateway
from orchestrator.doors.gateway.rooms import Address, Rooms
from orchestrator.serve import (
    deciding,
    folder,
    front,
    listening,
    one_key,
    openid,
    proofs,
    sharing,
    signing_in,
    watching,
)
from orchestrator.serve.membership import Membership
from orchestrator.serve.running import Running
from orchestrator.serve.settings import Durations, Settings
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.consumers import Consumers
from orchestrator.services.cloud.conversations import Conversations
from orchestrator.services.cloud.distributor import Distributor
from orchestrator.services.cloud.files import Files
from orchestrator.services.cloud.history import History
from orchestrator.services.cloud.presence import Presences
from orchestrator.services.cloud.rings import Rings
from orchestrator.services.cloud.supervising import Supervising
from orchestrator.services.cloud.surveys import Surveys
from orchestrator.services.directory import Directory
from orchestrator.services.routing.ports import Platform, Records
from orchestrator.services.routing.routing import Routing

SWITCH_SECONDS: Final = 0.0005
"""How long a thread may keep the interpreter while another wants it: a tenth of Python's default.

For so long does a thread that computes, such as policies being compiled, keep the loop waiting. And
the storage's writer lets go of it for every commit, and for every statement of a longer unit of
work, and a busy event loop would make it wait the whole interval to have it back.
"""

SESSIONS_KEPT: Final = timedelta(days=7)
"""How long an expired session is remembered: its sockets learn that it expired (4401)."""

_log = structlog.get_logger(__name__)


class Seams(msgspec.Struct, frozen=True):
    """Where tests put something between two parts: by default nothing."""

    records: Callable[[Records], Records] = lambda records: records
    platform: Callable[[Platform], Platform] = lambda platform: platform
    clock: Callable[[Clock], Clock] = lambda clock: clock


DIRECT = Seams()


class Parts(msgspec.Struct, frozen=True):
    """What has been built over one open database."""

    clock: Clock
    seal: seal.Seal
    database: engine.Database
    store: cloud_rows.CloudStore
    directory: Directory
    records: Records
    deciding: deciding.Deciding
    announcements: Announcements
    distributor: Distributor
    presences: Presences
    membership: Membership | None
    """None where a server is the only one on its database."""


@asynccontextmanager
async def running(settings: Settings, *, seams: Seams = DIRECT) -> AsyncIterator[Running]:
    """Run a server on ``settings.data`` until the block ends; then drain and stop.

    Yields once both ports are open and the first sign-in attempt of every bot is over. Raises
    Conflict when another server runs on the folder, BadInput for ports that cannot be opened.
    """
    async with AsyncExitStack() as stack:
        folder.lock(settings, stack)
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_SECONDS)
        plain, tls = _bind(settings, stack)
        parts = await _parts(settings, stack, seams)
        pems = await asyncio.to_thread(
            certificates.ensure, settings.data, now=parts.clock.now(), hosts=settings.hosts
        )
        address = Address(_names(settings), tls[0].getsockname()[1])
        own = (address.authority(None), str(pems.ca))
        drain = settings.durations.drain.total_seconds()
        unready: list[str] = ["The bots have not finished their first sign-in."]
        app = front.application(
            gateway.application(_rooms(settings, parts, address=address, unready=unready)),
            parts,
            data=settings.data,
            account=settings.account,
            own=own,
            single_sign_on=_single_sign_on(settings, parts, stack),
        )
        bots = _bots(
            parts,
            seams=seams,
            own=own,
            durations=settings.durations,
        )
        watch = watching.Watch(
            parts.database,
            announcements=parts.announcements,
            bots=bots,
            wake=parts.distributor.wake,
            forget=parts.deciding.forget,
            moved=Supervising(parts.store, parts.clock),
        )
        if parts.membership is not None:
            signs = sharing.signs(
                parts.membership,
                parts.presences,
                bots=bots,
                recheck=watch.recheck,
                look=parts.distributor.wake,
                accounts=parts.store.accounts,
                every=settings.durations.beat,
            )
            _keep_running(stack, signs)
        servers = listening.Listening(
            app,
            certificate=pems.chain,
            key=pems.key,
            farewell=settings.durations.farewell.total_seconds(),
            bounds=settings.bounds,
        )
        await servers.start(plain, tls)
        stack.push_async_callback(servers.stop)
        accounts = await parts.store.accounts()
        for account in accounts:
            parts.distributor.wake(account)

        stack.push_async_callback(lambda: sharing.stop_bots(parts.membership, bots, seconds=drain))
        await watch.begin()
        if parts.membership is not None:
            await parts.membership.take()
        await bots.start(accounts)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.durations.ready.total_seconds()):
                await bots.attempted()
        _keep_running(stack, watch.run(parts.clock, every=settings.durations.changes))
        sweep = watching.prune(
            _brooms(settings, parts), parts.clock, every=settings.durations.prune
        )
        _keep_running(stack, sweep)
        noting = watching.prune(
            [parts.deciding.seen.flush], parts.clock, every=deciding.SEEN_WRITTEN
        )
        _keep_running(stack, noting)
        _keep_running(stack, parts.deciding.functions.costs.run())
        unready.clear()

        found = Running(
            http=f"http://{_host(address)}:{plain[0].getsockname()[1]}",
            https=f"https://{_host(address)}:{address.tls_port}",
            ca=str(pems.ca.absolute()),
            pid=os.getpid(),
        )
        _write(settings.server_file, found)
        invited = await parts.directory.first_run.invite(settings.account)
        if invited is not None:
            invitation = f"{found.http}/console/welcome/{settings.account}/{invited}"
            found = msgspec.structs.replace(found, invitation=invitation)
        stack.callback(lambda: settings.server_file.unlink(missing_ok=True))
        _log.info("server.ready", http=found.http, https=found.https)
        yield found
        unready.append("The server is stopping.")
        _log.info("server.stopping")


def _bind(
    settings: Settings, stack: AsyncExitStack
) -> tuple[list[socket.socket], list[socket.socket]]:
    ports: list[list[socket.socket]] = []
    for port in (settings.port, settings.tls_port):
        opened = listening.bind(settings.hosts, port, bounds=settings.bounds)
        for each in opened:
            stack.callback(each.close)
        ports.append(opened)
    return ports[0], ports[1]


async def _parts(settings: Settings, stack: AsyncExitStack, seams: Seams) -> Parts:
    """Open the database and build what works on it; ``stack`` closes it again."""
    time = seams.clock(clock.SystemClock())
    given = settings.key.get_secret_value() if settings.key else None
    sealing = seal.Seal(seal.master_key(settings.data, given=given))
    hashing = passwords.Argon2Passwords(passwords.hasher(**settings.passwords.model_dump()))
    stack.callback(hashing.close)
    database = await engine.Database.open(settings.stored_at)
    database.settled = settled.Settled(time.now)
    stack.push_async_callback(database.close)
    people = Directory(
        directory_rows.DirectoryStore(database), time, passwords=hashing, seal=sealing
    )
    await people.accounts.opened(settings.account)
    announcements = Announcements()
    store = cloud_rows.CloudStore(
        database, announce=announcements.publish, pause=settings.durations.pause
    )
    membership = None
    if settings.database is not None:  # other servers may be there, or come
        await one_key.demand(database, sealing)
        await database.hear(lambda told: announcements.relay(cloud_rows.happenings(told)))
        membership = Membership(processes.Processes(database), folder=settings.data, clock=time)
        await membership.join()
        stack.push_async_callback(membership.leave)
    made = deciding.of(database, time, seal=sealing, seam=seams.records)
    stack.push_async_callback(made.close)
    presences = Presences(store, time, process=membership.process if membership else "")
    for account in await store.accounts():
        await presences.reset(account)  # no socket is open here yet, whatever the rows say
    distributor = Distributor(Rings(store, time), time)
    announcements.observe(distributor.notice)
    announcements.watch(distributor.notice_elsewhere)
    stack.push_async_callback(distributor.close)
    return Parts(
        clock=time,
        seal=sealing,
        database=database,
        store=store,
        directory=people,
        records=seams.records(routing_rows.Records(sharing.fenced(database, membership))),
        deciding=made,
        announcements=announcements,
        distributor=distributor,
        presences=presences,
        membership=membership,
    )


def _single_sign_on(settings: Settings, parts: Parts, stack: AsyncExitStack) -> SingleSignOn | None:
    provider = openid.provider(settings, parts.clock)
    if provider is None:
        return None
    stack.push_async_callback(provider.close)
    _keep_running(stack, provider.run())
    return openid.single_sign_on(settings, provider, parts)


def _files(settings: Settings, parts: Parts) -> Files:
    folder = shelf.Folder(settings.data / "files")
    return Files(parts.store, parts.clock, shelf=folder, key=parts.seal.derived("files"))


def _brooms(settings: Settings, parts: Parts) -> list[watching.Broom]:
    """Return what ends surveys, and deletes what is past its time.

    That is receipts, ended conversations, consumers and files without a conversation, old sessions,
    old news and contexts whose time is over.
    """
    sessions = directory_rows.DirectoryStore(parts.database)
    return [
        lambda now, limit: parts.records.prune(now=now, limit=limit),
        lambda now, limit: parts.store.prune(now=now, limit=limit),
        lambda now, limit: parts.store.prune_strangers(now=now, limit=limit),
        Surveys(parts.store).end_old,
        _files(settings, parts).prune,
        lambda now, limit: sessions.prune_sessions(now - SESSIONS_KEPT, limit=limit),
        lambda _, limit: parts.database.prune_news(limit=limit),
        context_rows.ContextStore(parts.database).prune,
    ]


def _rooms(settings: Settings, parts: Parts, *, address: Address, unready: list[str]) -> Rooms:
    keys = signing.SigningKeys(parts.database, parts.clock)
    return Rooms(
        directory=parts.directory,
        callers=proofs.callers(
            parts.database, parts.clock, people=parts.directory, sealing=parts.seal
        ),
        conversations=Conversations(parts.store, parts.clock),
        rings=Rings(parts.store, parts.clock),
        presences=parts.presences,
        consumers=Consumers(
            parts.store,
            parts.clock,
            consumer_tokens.ConsumerTokens(keys, parts.seal, parts.clock),
            lifetime=settings.durations.consumer_token,
            connectors=parts.directory.connectors.trusted,
            newcomers=Allowance(100 * settings.bounds.newcomers, 1 / settings.bounds.newcomers),
        ),
        history=History(parts.store),
        files=_files(settings, parts),
        announcements=parts.announcements,
        clock=parts.clock,
        address=lambda: address,
        ready=lambda: unready[0] if unready else None,
    )


def _bots(
    parts: Parts, *, seams: Seams, own: signing_in.Own, durations: Durations
) -> Sessions[Config]:
    directory, records, time = parts.directory, parts.records, parts.clock
    audit = durations.audit.total_seconds()
    timing = Timing(answer=durations.answer.total_seconds(), audit=audit)
    platforms = parts.deciding.platforms
    routing = Routing(
        records,
        lambda account: seams.platform(platforms.of(account)),
        time,
        beyond=parts.deciding.beyond,
        seen=parts.deciding.seen,
        rulebook=parts.deciding.rulebook,
    )
    dispatcher = Dispatcher(routing, pending=records.pending, clock=time)
    worker = Worker(routing, clock=time, on_steps=dispatcher.dispatch)

    async def configured(account: AccountId) -> Config | None:
        found = await directory.bots.sign_in(account)
        if found is None:
            return None
        return signing_in.config(account, found, own=own)

    return Sessions(
        configured,
        lambda config, on_arrival, on_state: LivePerson(
            config, clock=time, on_arrival=on_arrival, on_state=on_state, timing=timing
        ),
        platforms=platforms,
        worker=worker,
        dispatcher=dispatcher,
        leftovers=Leftovers(records.unfinished, worker=worker, clock=time, every=audit),
        report=directory.bots.report,
        clock=time,
        holds=parts.membership.holds if parts.membership else every_account,
    )


def _names(settings: Settings) -> tuple[str, ...]:
    wildcards = {"0.0.0.0", "::"}  # noqa: S104 - recognised here, bound only when asked for
    named = [host for host in settings.hosts if host not in wildcards]
    return tuple(dict.fromkeys([*named, *certificates.ALWAYS]))


def _host(address: Address) -> str:
    host = address.hosts[0]
    return f"[{host}]" if ":" in host else host


def _write(path: Path, found: Running) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(msgspec.json.encode(found))
    temporary.replace(path)


def _keep_running(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)

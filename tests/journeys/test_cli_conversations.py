"""Lists of conversations for programs and for people; no server runs."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy

from orchestrator.adapters.storage import dialect
from orchestrator.core.model import conversation, times
from running import commands, inside

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDS = ("aaaa1111-0001", "aaaa1111-0002", "bbbb2222-0003")
INSERT = sqlalchemy.text(
    "INSERT INTO conversations (account, id, consumer_id, skill_id, entry_skill_id, state, stage,"
    " people, queued_at, started_at, changed_at, body)"
    " VALUES ('1', :id, 'jo', '3001', '3001', 'OPEN', 'OPEN', '', :at, :at, :at, :body)"
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def orchestrator(request, tmp_path_factory):
    """The command line on a database with three conversations, a minute between them."""
    made = inside.Inside(tmp_path_factory.mktemp("talks") / "data")
    with pytest.MonkeyPatch.context() as environment:
        place = made.data / "orchestrator.db"
        if request.param == "postgresql":
            place = request.getfixturevalue("postgres_server").create()
            environment.setenv("ORCHESTRATOR_DATABASE", place)
        made("skills", "add", "Billing enquiries of customers abroad")
        _open_three(place)
        yield made


def _open_three(place):
    engine = dialect.of(place).engine("write")
    with engine.begin() as database:
        for number, identity in enumerate(IDS):
            at = NOON + timedelta(minutes=number)
            dialog = conversation.Dialog(identity, (), at, at)
            body = conversation.Conversation("1", identity, "jo", "3001", "3001", at, at, (dialog,))
            row = {"id": identity, "at": times.milliseconds(at), "body": msgspec.json.encode(body)}
            database.execute(INSERT, row)
    engine.dispose()


def printed(orchestrator: commands.Commands, *arguments: str) -> str:
    """What a command prints for people."""
    code, out, err = inside.run([*arguments, "--data", str(orchestrator.data)])
    assert (code, err) == (0, "")
    return out


def test_programs_get_whole_ids_newest_first(orchestrator):
    """The array holds the newest ones, and every key that the interfaces page names."""
    rows = orchestrator("conversations", "list", "--limit", "2")

    assert [row["conversationId"] for row in rows] == [IDS[2], IDS[1]]
    assert rows[0] == {
        "conversationId": IDS[2],
        "state": "QUEUED",
        "entrySkill": "Billing enquiries of customers abroad",
        "skill": "Billing enquiries of customers abroad",
        "agent": None,
        "policy": None,
        "startedAt": "2026-11-22T12:02:00.000Z",
    }


@pytest.mark.parametrize("columns", [80, 140])
def test_a_row_is_one_line_and_ids_tell_conversations_apart(orchestrator, monkeypatch, columns):
    """Long names end in …; ids are as long as it takes to tell them apart, and not folded."""
    monkeypatch.setenv("COLUMNS", str(columns))

    lines = printed(orchestrator, "conversations", "list").splitlines()

    assert len(lines) == 2 + len(IDS)
    assert max(map(len, lines)) <= columns
    assert [line.split()[0] for line in lines[2:]] == [IDS[2], IDS[1], IDS[0]]
    assert all("queued" in line for line in lines[2:])


def test_the_beginning_of_an_id_is_enough_where_one_begins_so(orchestrator):
    """What the list shows can be given to `show`, for programs and for people."""
    shown = orchestrator("conversations", "show", "bbbb")

    assert shown["conversation"]["conversationId"] == IDS[2]
    assert (shown["messages"], shown["decisions"]) == ([], [])
    assert f"Conversation {IDS[2]}" in printed(orchestrator, "conversations", "show", "bbbb2222")


@pytest.mark.parametrize(
    ("beginning", "code"),
    [
        ("aaaa1111", "bad-input"),  # two begin so
        ("bbb", "not-found"),  # too short to be meant
        ("BBBB", "not-found"),
        ("b%", "not-found"),
        ("____", "not-found"),
        ("cccc", "not-found"),
    ],
)
def test_an_unclear_beginning_is_refused(orchestrator, beginning, code):
    """Nothing is guessed."""
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("conversations", "show", beginning)

    assert failed.value.code == 2
    assert (failed.value.errors[0]["code"], failed.value.errors[0]["path"]) == (
        code,
        "conversation",
    )


def test_without_a_terminal_nothing_is_cut(orchestrator, monkeypatch):
    """What goes into a file or another program is whole."""
    monkeypatch.delenv("COLUMNS", raising=False)

    assert "Billing enquiries of customers abroad" in printed(orchestrator, "conversations", "list")


def test_the_doctor_speaks_in_words_without_a_terminal(orchestrator, monkeypatch):
    """Findings begin with ok or no, and what is wrong is followed by the command that mends it."""
    monkeypatch.delenv("COLUMNS", raising=False)
    code, out, _ = inside.run(["doctor", "--data", str(orchestrator.data)])

    assert code == 1
    lines = out.splitlines()
    assert {line[:2] for line in lines} == {"ok", "no", "  "}
    wrong = [number for number, line in enumerate(lines) if line.startswith("no")]
    assert all(lines[number + 1].strip().startswith("→ orchestrator ") for number in wrong)

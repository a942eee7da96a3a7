"""Lives: whole chats in the model, with faults, and what must hold at the end of each.

A life is a value, so that Hypothesis can shrink it; `life_of` makes one from a number, for long runs.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from lensconnect import PARTICIPANT_ROLE_AGENT, PARTICIPANT_ROLE_CUSTOMER, ChatEnded, LiveOptions
from lensconnect.live.position import Position, position_json
from lensconnect.live.transcript import items_of, place_of

from .model_service import NO_FAULTS, Faults, ModelService, Run, shown

EVENTS = tuple(
    "post post post burst attach stream typing receipt hostile strange cut silence kill nap read read delivered".split()
)
"""The events of a life; "kill" ends the process, and the next one goes on from the position."""
ENDS = ("", "", "", "end", "transfer", "leave as agent", "leave as customer")


class Life(NamedTuple):
    """A chat: what happens, how long after the event before; and how patient the caller of `receive` is."""

    seed: int
    faults: Faults = NO_FAULTS
    events: tuple[tuple[float, str], ...] = ()
    waits: tuple[float, ...] = (10.0,)
    end: str = ""
    past: int = 0
    denied: bool = False
    page: int = 100
    options: LiveOptions = LiveOptions()


def life_of(seed: int) -> Life:
    """Return a life, decided by its number."""
    random = Random(seed)
    harsh = random.choice((0.0, 0.05, 0.2))
    faults = Faults(
        *(harsh * random.random() for _ in range(3)),
        *(random.choice((0.0, 0.01, 0.05)) * random.random() for _ in range(2)),
        *(random.choice((0.0, 0.1, 0.4)) * random.random() for _ in range(7)),
    )
    return Life(
        seed,
        faults,
        tuple((random.choice((0.0, 0.3, 5.0, 60.0)) * random.random(), random.choice(EVENTS)) for _ in range(25)),
        tuple(random.choice((0.0, 0.05, 3.0, 40.0, 1e9)) for _ in range(5)),
        random.choice(ENDS),
        random.choice((0, 0, 5, 30)),
        random.random() < 0.05,
        random.choice((1, 3, 100)),
        LiveOptions(
            socket_seconds=random.choice((60.0, 300.0, 3540.0)),
            settle=random.choice((0.0, 0.2, 2.0)),
            reconcile=random.choice((30.0, 300.0)),
            history=random.choice((0, 3, 100, None)),
            keep=random.choice((5, 10_000, None)),
        ),
    )


def live(life: Life) -> int:
    """Live through a chat, check what must hold, and return the number of steps."""
    service = ModelService(life.seed, life.faults, life.page)
    service.denies_transcript = life.denied
    for number in range(life.past):
        service.pass_time(service.now + (number % 3) / 2)
        service.post(f"past {number}")
    run, seen = _open(life, service, None), set[str]()
    script = [(delay, event) for delay, event in life.events] + [(5.0, life.end)]
    count = 0
    for delay, event in script:
        time = service.now + delay
        while service.now < time and run.failed is None:
            wait = life.waits[count % len(life.waits)]
            count += 1
            if wait == 0.0:
                service.pass_time(min(time, service.now + 0.5))  # a handler takes its time
            if isinstance(run.receive(min(time, service.now + wait)), ChatEnded):
                break
        if event == "kill" and not life.denied:
            position = position_json.unpack(position_json.construct(run.state.delivery.position))
            seen |= _handed_out(run, seen)
            run.kill()
            first, run = run.history_until, _open(life, service, position)
            run.history_until, run.seen = first, seen
        else:
            _happen(life, service, run, event)
    return _check_end(life, service, run, seen)


def _open(life: Life, service: ModelService, position: Position | None) -> Run:
    participant_id = {"leave as agent": "me", "leave as customer": "me"}.get(life.end)
    return Run(service, life.options, position, participant_id)


def _happen(life: Life, service: ModelService, run: Run, event: str) -> None:
    match event:
        case "burst":
            for number in range(7):
                service.post(f"burst {number}")
        case "post":
            service.post("Hello")
        case "cut":
            for socket in service.open_sockets():
                socket.cut_at = min(socket.cut_at, service.now)
        case "nap":  # a handler takes its time
            service.pass_time(service.now + 45)
        case "silence":
            for socket in service.open_sockets():
                socket.silence(service.now)
        case "read" | "delivered":
            run.mark("read" if event == "read" else "delivered")
        case "leave as agent" | "leave as customer":
            role = PARTICIPANT_ROLE_AGENT if event == "leave as agent" else PARTICIPANT_ROLE_CUSTOMER
            service.leave("me", role)
            run.state.left_at = service.now
        case "" | "kill":
            pass
        case "strange" if None in (run.state.contact_id, run.state.initial_contact_id):
            pass  # the client does not know yet which contact is its own
        case _:
            getattr(service, event)()


def _handed_out(run: Run, seen: set[str]) -> set[str]:
    ids = set(run.ids)
    assert not ids & seen, "nothing is handed out by two processes"
    return ids


def _check_end(life: Life, service: ModelService, run: Run, seen: set[str]) -> int:
    """Heal the network, and check that the reader has everything in the end."""
    service.faults = NO_FAULTS
    ended = [note for note in run.notes if isinstance(note, ChatEnded)]
    if not ended:
        slack = life.options.socket_seconds if life.denied else 2.5 * (life.options.reconcile or 300.0)
        run.receive_until(service.now + slack + 120)
    if run.failed is not None:
        assert service.ended, "a chat fails only where trying again cannot help"
        assert run.state.token is None, "a 403 is the end once a token has worked"
        return service.steps
    ended = [note for note in run.notes if isinstance(note, ChatEnded)]
    if not life.denied or life.end != "leave as agent":  # nothing but the transcript would tell
        assert bool(ended) == bool(life.end), "the end is noticed, and nothing else is"
    if ended:
        assert ended[0].reason == {"end": "ended", "transfer": "transferred"}.get(life.end, "left") or (
            ended[0].reason == "denied"
        )
        assert run.receive(service.now) == ended[0], "the end is told again"
    seen |= _handed_out(run, seen)
    if not life.end and not life.denied:
        _check_complete(life, service, run, seen)
    if run.state.link is not None:
        assert not any(socket.silent for socket in service.open_sockets()), "a dead connection is noticed"
        oldest = service.opened_at[min(socket.number for socket in service.open_sockets())]
        assert service.now - oldest < life.options.socket_seconds + 60, "sockets are renewed"
    run.close()
    assert not service.open_sockets(), "every socket that was opened is closed"
    return service.steps


def _check_complete(life: Life, service: ModelService, run: Run, seen: set[str]) -> None:
    assert run.history_until is not None, "the history is read"
    history = life.options.history
    start = 0 if history is None else max(0, run.history_until - history)
    # Of items of one millisecond, the history may hold any.
    oldest = place_of(service.items[start - 1])[0] if start > 0 else ""
    missing = {item.id for item in service.items[start:] if place_of(item)[0] > oldest} - seen
    assert not missing, f"{len(missing)} items were lost: {sorted(missing)}"
    assert seen <= {item.id for item in service.items}, "and no other"
    if life.options.keep != 5:
        known = items_of(run.state.delivery.transcript)
        ids = {item.id for item in known}
        assert shown(known) == shown([item for item in service.items if item.id in ids]), (
            "the transcript is the service's"
        )

"""Ways out that misbehave: each is a delivery that failed, told about in the log, and holds up nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from consumers_make import alert, at, audiences
from notify_make import Desk

from config.audiences import Channel
from consumers import sending
from consumers.notices import Notice, of_alert
from consumers.notify import Notifier
from consumers.senders import SendFailed, TerminalSender, WebhookSender
from store.deliveries import LEASE

NOTICE = of_alert(alert(), [], [], at(1))


@contextmanager
def talker(head: bytes, *, drip: bytes, every_s: float) -> Iterator[str]:
    """A server on the loopback that answers `head` and then never ends its answer."""
    stop = threading.Event()

    def answer() -> None:
        with server.accept()[0] as conn:
            try:
                conn.recv(65536)
                conn.sendall(head)
                while not stop.wait(every_s):
                    conn.sendall(drip)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        stop.set()
        thread.join(5)


def test_a_hook_that_says_yes_and_goes_on_talking_for_ever_has_taken_it() -> None:
    with talker(b"HTTP/1.1 200 OK\r\n\r\n", drip=b"x", every_s=0.1) as url:
        began = time.monotonic()
        done = threading.Event()

        def send() -> None:
            WebhookSender(url, timeout_seconds=0.5).send(NOTICE)
            done.set()

        threading.Thread(target=send, daemon=True).start()
        assert done.wait(3), f"still reading the answer after {time.monotonic() - began:.1f} s"


def test_a_terminal_that_cannot_show_a_character_is_a_failed_delivery() -> None:
    def say(text: str, colour: str) -> None:
        text.encode("ascii")

    with pytest.raises(SendFailed, match="terminal"):
        TerminalSender(say).send(NOTICE)


class Hanging:
    """A way out that hangs until it does not."""

    def __init__(self) -> None:
        self.tries, self.told, self.hangs = 0, list[str](), True

    def send(self, notice: Notice) -> None:
        self.tries += 1
        if self.hangs:
            raise SendFailed("ReadTimeout")
        self.told.append(notice.subject)


def test_a_hook_that_hangs_costs_one_time_out_and_not_one_a_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SLOW_S", 0.0)
    news = [alert(n, event=f"e{n}", place="") for n in range(5)]
    desk.archive(news)
    hook = Hanging()
    ways = {("值班室", "webhook"): hook, ("值班室", "terminal"): TerminalSender(lambda text, _: desk.said.append(text))}
    notifier = Notifier(desk.store, audiences(reminders=False), ways, desk.rules, now=desk.clock, posts_wait_s=0)
    notifier.handle(news)
    assert (hook.tries, len(desk.said)) == (1, 5)
    assert desk.log(channel="webhook") == [("webhook", "waiting", tries) for tries in (0, 0, 0, 0, 1)]
    desk.archive([alert(9, event="e9", place="")])
    notifier.handle([alert(9, event="e9", place="")])
    assert hook.tries == 1
    hook.hangs = False
    desk.now += timedelta(seconds=5)
    notifier.tick(desk.now)
    assert sorted(hook.told) == [f"alert-{n}" for n in (0, 1, 2, 3, 4, 9)]


@pytest.mark.parametrize("again", ["tick", "redelivery"])
def test_what_fell_due_while_nothing_ran_for_days_is_logged_and_told_to_nobody(desk: Desk, again: str) -> None:
    desk.hook.status = 500
    desk.archive([alert(1)])
    desk.notifier().handle([alert(1)])
    desk.hook.status = 200
    desk.now = at(3 * 24 * 60)
    if again == "tick":
        desk.notifier().tick(desk.now)
    else:
        desk.notifier().handle([alert(2, event="e2", place="砚池派出所", raised_at=desk.now)])
    assert "alert-1" not in [told["id"] for told in desk.hook.told]
    assert desk.log(channel="webhook", subject="alert-1") == [("webhook", "failed", 1)]


def test_what_waits_behind_slow_messages_is_not_told_by_another_process_too(desk: Desk) -> None:
    """Each message takes less than a lease; the third is begun when the lease of the three has run out."""
    places = ("望汐派出所", "砚池派出所", "青岬派出所")
    news = [alert(n, event=f"e{n}", place=place, headline=place) for n, place in enumerate(places)]
    desk.archive(news)
    who = audiences(channels=[Channel(kind="terminal")], reminders=False)
    other = desk.notifier(who)

    def slow(text: str, colour: str) -> None:
        desk.said.append(text)
        if len(desk.said) <= len(news):
            desk.now += LEASE / 2 + timedelta(seconds=1)
            other.tick(desk.now)

    ways = {("值班室", "terminal"): TerminalSender(slow)}
    Notifier(desk.store, who, ways, desk.rules, now=desk.clock, posts_wait_s=0).handle(news)
    assert sorted(text.splitlines()[0] for text in desk.said) == sorted(f"【橙色预警】{place}" for place in places)

"""Many lines to the relay, one session with the database (architecture §6).

The lines of a worker are threads that speak with the relay and with nobody else; the thread that opened them
does all the writing. What they ask for while one commit is on its way goes into the next: a dozen messages
cost one commit. For each line it is as if the commit were its own: its text flows only when its beginning is
committed, and before it asks the relay anything more, what the relay last said to it is committed too.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from django.db import DatabaseError, InterfaceError, OperationalError

from mail import claiming, valve
from mail.claiming import Claimed
from mail.line import Answer, Line, Result
from mail.marking import Outcome, mark, mark_and_begin
from mail.writing import Writer
from parties.access import acting_in, see_districts

log = logging.getLogger(__name__)

LOOK_AGAIN = 0.5  # seconds until a bucket that was empty is asked again


@dataclass(slots=True, eq=False)
class Asked:
    """What one line wants written before it goes on; the answer says whether it may."""

    said: Outcome | None  # what the relay said about its last message
    begins: Claimed | None = None  # the message whose text is to flow
    has_none: bool = False  # it wants another message; no: there is none, leave
    leaves: bool = False
    may: SimpleQueue[bool] = field(default_factory=SimpleQueue)


class Sender:
    """One line at work: it keeps what the relay last said until that is written with its next beginning."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.line = desk, Line()
        self.said: Outcome | None = None

    def run(self) -> None:
        try:
            with self.line:
                while (delivery := self.desk.hand_out()) or self.ask(has_none=True):
                    if delivery:
                        self.send(delivery)
        except Exception:
            log.exception("A line of the outbox broke; the lease of its message runs out")
        finally:
            self.desk.asked.put(Asked(self.said, leaves=True))

    def send(self, delivery: Claimed) -> None:
        """Send one claimed message. One that cannot even be written is parked by itself."""
        writer = self.desk.writer
        try:
            written = writer.content(delivery) if self.line.speaks_smtp else writer.email(delivery)
        except Exception as error:  # a poison row must not stop the others
            log.exception("Delivery %s cannot be written", delivery.pk)
            why = f"This message cannot be written ({type(error).__name__}). A person must look."
            self.tell(delivery, Answer(Result.REFUSED, "parked", why))
            return
        if not self.line.is_open:
            self.ask()  # connecting may take its time
        answer = self.line.deliver(
            written, sender=writer.sender_of(delivery), to=delivery.address,
            begin=lambda: self.ask(begins=delivery),
        )  # fmt: skip
        if answer is not None:
            self.tell(delivery, answer)

    def tell(self, delivery: Claimed, answer: Answer) -> None:
        """That it was taken is written with the next beginning; anything else at once."""
        self.ask()
        self.said = (delivery, answer)
        if answer.result is not Result.SENT:
            self.ask()

    def ask(self, *, begins: Claimed | None = None, has_none: bool = False) -> bool:
        """Have the desk write what is owed, and wait for its word."""
        if self.said is None and begins is None and not has_none:
            return True
        asked, self.said = Asked(self.said, begins, has_none), None
        self.desk.asked.put(asked)
        return asked.may.get()


class Desk:
    """One worker's turn: it claims messages, hands them to the lines and writes what becomes of them."""

    def __init__(self, *, lines: int, seconds: float, patient: bool) -> None:
        self.lines, self.ends, self.patient = lines, time.monotonic() + seconds, patient
        self.writer = Writer()
        self.ready: deque[Claimed] = deque()  # claimed, and not begun
        self.held: dict[int, Claimed] = {}  # claimed, and not settled
        self.asked: SimpleQueue[Asked] = SimpleQueue()  # by the lines
        self.open: list[Asked] = []  # taken from there, and not answered
        self.turns: list[int | None] = []  # districts that wait for theirs
        self.away: set[int | None] = set()  # districts whose mail the relay does not take now
        self.working = self.sent = 0
        self.stale_at = 0.0
        self.is_limited = self.is_over = False

    def run(self) -> int:
        """Send until no mail may leave or the time is up. Returns how many messages were handed over."""
        with acting_in():
            try:
                self.claim_more()
                while self.working or not self.is_over:
                    self.collect()
                    self.write()
                    self.claim_more()
            except BaseException:
                self.send_home()
                raise
        return self.sent

    def hand_out(self) -> Claimed | None:
        """The next message, for the line that asks: all of the desk that lines touch by themselves."""
        with suppress(IndexError):
            return self.ready.popleft()
        return None

    # --- claiming

    def claim_more(self) -> None:
        """Keep a message ready for each line, and as many lines at work as there are messages."""
        if self.ready and time.monotonic() > self.stale_at:  # every line stands still: let others have them
            self.give_back(self.take_back(lambda _: True), after=0)
        while not self.is_over and len(self.ready) < self.lines:
            if not (batch := self.next_batch()):
                self.is_over = not (self.patient and self.is_limited and time.monotonic() < self.ends)
                break
            self.stale_at = time.monotonic() + claiming.LEASE_SECONDS / 2
            self.ready.extend(batch)
        self.set_to_work()

    def next_batch(self) -> list[Claimed]:
        """That of the next district in turn; empty when nobody's mail may leave now."""
        self.is_limited = False
        for is_new_round in (False, True):
            if is_new_round:
                waiting = {district for _, district in claiming.READY.ids(limit=10_000)} - self.away
                self.turns = random.sample(list(waiting), len(waiting))
            while self.turns and time.monotonic() < self.ends and valve.is_open():
                if batch := self.batch_of(self.turns.pop()):
                    return batch
        return []

    def batch_of(self, district: int | None) -> list[Claimed]:
        seen = {each.district_id for each in self.held.values()} | {district}
        try:
            see_districts(pk for pk in seen if pk is not None)
            batch = claiming.claim_within_rate(district)
            self.writer.read(batch or ())
        except (OperationalError, InterfaceError):
            raise  # the database is away: no use to go on
        except Exception:  # one district's fault must not hold up the others' mail
            log.exception("The batch of district %s failed; its leases run out", district)
            return []
        if batch is None:
            self.is_limited = True
            return []
        self.held.update({delivery.pk: delivery for delivery in batch})
        return batch

    def take_back(self, wanted: Callable[[Claimed], bool]) -> list[Claimed]:
        """What was claimed and no line has taken yet."""
        kept: list[Claimed] = []
        back: list[Claimed] = []
        while delivery := self.hand_out():
            (back if wanted(delivery) else kept).append(delivery)
        self.ready.extend(kept)
        return back

    def give_back(self, back: Sequence[Claimed], *, after: float, answer: Answer | None = None) -> None:
        claiming.release(back, after=after, answer=answer)
        for delivery in back:
            self.held.pop(delivery.pk, None)

    # --- the lines

    def set_to_work(self) -> None:
        """Messages for idle lines, new lines for the rest; with none left or to come, the idle go home."""
        idle = [asked for asked in self.open if asked.has_none]
        for asked in idle[: len(self.ready)]:
            self.answer(asked, may=True)
        while self.working < min(self.lines, len(self.ready)):
            threading.Thread(target=Sender(self).run, daemon=True).start()
            self.working += 1
        if self.is_over and not self.ready:
            for asked in idle:
                self.answer(asked, may=False)

    def collect(self) -> None:
        """Wait until a line asks, and take up all that have asked by then."""
        with suppress(Empty):
            self.open.append(self.asked.get(timeout=LOOK_AGAIN))
        while not self.asked.empty():
            self.open.append(self.asked.get())

    def answer(self, asked: Asked, *, may: bool) -> None:
        if asked in self.open:
            self.open.remove(asked)
            self.working -= asked.leaves
            asked.may.put(may)

    def write(self) -> None:
        """Commit what the lines asked for, and let go on who may; those without a message wait for one."""
        said = [asked.said for asked in self.open if asked.said is not None]
        taken = [each for each in said if each[1].result is Result.SENT]
        begins = {asked: asked.begins for asked in self.open if asked.begins is not None}
        begun = mark_and_begin(taken, list(begins.values()))
        self.sent += len(taken)
        for asked, delivery in begins.items():
            if delivery.pk not in begun:
                self.held.pop(delivery.pk, None)
            self.answer(asked, may=delivery.pk in begun)
        for delivery, answer in said:
            self.settle(delivery, answer)
        for asked in list(self.open):
            asked.said = None
            if not asked.has_none:
                self.answer(asked, may=True)

    def settle(self, delivery: Claimed, answer: Answer) -> None:
        """Write what the relay said, unless that is done. When it serves nobody, the whole district waits."""
        if answer.result is Result.DOWN:
            self.away.add(delivery.district_id)
            back = [delivery, *self.take_back(lambda each: each.district_id == delivery.district_id)]
            self.give_back(back, after=claiming.backoff(delivery.attempts), answer=answer)
        elif answer.result is not Result.SENT:
            mark(delivery, answer)
        self.held.pop(delivery.pk, None)

    def send_home(self) -> None:
        """After a fault each line ends its message and leaves; what can still be written is written."""
        with suppress(DatabaseError, InterfaceError):
            claiming.release(self.take_back(lambda _: True), after=0)
        self.ready.clear()
        while True:
            for asked in list(self.open):
                if asked.said is not None:
                    with suppress(DatabaseError, InterfaceError):
                        mark(*asked.said)
                self.answer(asked, may=False)
            if not self.working:
                return
            self.open.append(self.asked.get())

"""The world outside: takes the queue's attempts and judges them. It outlives every kill. What an address does stands in its name:
nhan-... is taken, sau-... put off once, khong-... refused for good (its sender gets one report), rot-... has its connection cut before
the answer once, mat-... once after the message was taken: that one may come again."""
import dataclasses
import re
import threading
import time

import fake_server
from model import Wrong
from province import SLOW

BUFFERED = 0.1 * SLOW  # seconds in which we read what a dead server had still sent
LATE = 2 * SLOW  # seconds between our "250" and the commit that records it, or between a kill and our reading what came before it


@dataclasses.dataclass
class Taken:
    time: float
    cut_off: bool           # we hung up instead of answering
    answered: bool = False


class Mails(list):
    """FakeServer appends (sender, recipients, data) just before it answers."""

    def __init__(self, note):
        super().__init__()
        self.note = note

    def append(self, mail):
        self.note(mail)


class Sink:
    def __init__(self):
        self.lock = threading.Lock()
        self.waiting, self.acknowledged = {}, set()  # token -> (address, local recipients)
        self.taken, self.tried, self.kills = {}, set(), []  # token -> [Taken]
        self.wrong = None  # found on a connection's thread
        self.server = fake_server.FakeServer(self.script)
        self.server.mails = Mails(self.note)
        self.current = threading.local()

    def script(self, verb, argument, number):
        last, self.current.taken = getattr(self.current, "taken", None), None
        if last is not None:
            last.answered = True  # it goes on: our "250" was read
        if verb == "RCPT":
            address = argument[3:].split()[0].strip("<>")
            self.current.address = address
            if address.startswith("khong-"):
                return "550 5.1.1 no such user here"
            if address.startswith("sau-") and self.first_time(address):
                return "451 4.3.0 later"
        if verb == "." and self.current.address.startswith("rot-") and self.first_time(self.current.address):
            return "drop"
        if verb == "." and self.current.address.startswith("mat-") and self.first_time(self.current.address):
            self.take(self.current.address, True)
            return "drop"
        return None

    def first_time(self, address):
        with self.lock:
            new = address not in self.tried
            self.tried.add(address)
            return new

    def note(self, mail):
        sender, recipients, data = mail
        for address in recipients:
            self.current.taken = self.take(address, False)
            token = address.partition("-")[2].partition("@")[0]
            if f"X-Token: {token}\r\n".encode() not in data or f"thu {token}\r\n".encode() not in data:
                self.wrong = f"{address} was sent the content of another message"

    def take(self, address, cut_off):
        taken = Taken(time.monotonic(), cut_off)
        with self.lock:
            self.taken.setdefault(address.partition("-")[2].partition("@")[0], []).append(taken)
        return taken

    def intend(self, token, address, here):
        with self.lock:
            self.waiting[token] = (address, here)

    def acknowledge(self, token):
        with self.lock:
            self.acknowledged.add(token)

    def killed(self):
        with self.lock:
            self.kills.append(time.monotonic())

    def check_twice(self):
        """A second delivery has to be excused: we hung up without an answer, or a kill came at about the time of the first; soon
        after it when the answer had been read, so that only the commit can have been missing."""
        with self.lock:
            if self.wrong:
                raise Wrong(self.wrong)
            for token, all_of_it in self.taken.items():
                for a, b in zip(all_of_it, all_of_it[1:]):
                    earliest = a.time - (BUFFERED if a.answered else LATE)
                    if not a.cut_off and not any(earliest <= k < min(b.time, a.time + LATE) for k in self.kills):
                        raise Wrong(f"{token} was sent again {b.time - a.time:.2f} s after it had been taken, answered: {a.answered}; no kill came between")

    def check_all(self, known, reports):
        """When the queue is empty. `known`: address of an account -> tokens that came; `reports`: all bytes of the sender's INBOX."""
        self.check_twice()
        with self.lock:
            for token, (address, here) in self.waiting.items():
                accepted = token in self.acknowledged or any(token in known[h] for h in here)
                told = len(re.findall(rb"Final-Recipient: *rfc822; *" + re.escape(address.encode()), reports))
                refused = address.startswith("khong-")
                if accepted and not refused and token not in self.taken:
                    raise Wrong(f"{token} was accepted for {address} and never sent")
                if accepted and refused and told == 0:
                    raise Wrong(f"{token}: {address} was refused and nobody was told")
                if told > (1 if refused else 0):
                    raise Wrong(f"{told} reports about {address}")
                if token in self.taken and any(token not in known[h] for h in here):
                    raise Wrong(f"{token} went out to {address} and never came to {here}")

    def close(self):
        self.server.close()

"""The load: sessions that write down what they ask, ask it, and write down what they were told, until the server is killed."""
import copy
import random
import smtplib
import time

import tokens
import wire
from clients import submission
from model import INBOX, SHARED, Append, Create, Delete, Expunge, Rename, Row, Store, Transfer, Wrong

FLAGS = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "Khan", "Da-xu-ly")
MOST_ROWS = 60  # of one hand: above, more is thrown away than added
FETCH = b"UID FETCH %s (FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (" + tokens.FIELD.encode() + b")])"


def quoted(name):
    return b'"' + name.encode() + b'"'


def token_of(header):
    return header.decode(errors="replace").partition(":")[2].strip() if header else ""


class Session:
    """One client; run() is a thread's work. What goes wrong before the server was killed is an error of the server."""

    def __init__(self, site, seed):
        self.site, self.random, self.trace, self.steps = site, random.Random(seed), [], 0

    def run(self):
        try:
            while not self.site.dead.is_set():
                self.step()
                self.steps += 1
        except Exception as error:  # noqa: BLE001 - judged here
            if isinstance(error, (Wrong, wire.Refused)) or not self.site.dead.is_set() or not isinstance(error, (OSError, smtplib.SMTPException)):
                self.site.errors.append((self, error))

    def log(self, *words):
        self.trace.append((time.monotonic(), *words))
        del self.trace[:-60]

    def new_token(self, prefix, hand):
        return tokens.make(f"{prefix}{self.site.number}", next(self.site.counter), hand)


class Hand(Session):
    """One IMAP session; sole owner of its share of an account (see model.py)."""

    def __init__(self, site, account, number, imap, seed):
        super().__init__(site, seed)
        self.account, self.number, self.imap, self.selected = account, number, imap, None
        self.looked = {}  # mailbox -> UIDs below were looked at

    def rows(self, name):
        with self.account.lock:
            return {u: r for u, r in self.account.boxes[name].rows.items() if tokens.owner(r.token, self.account.hands) == self.number}

    def own(self):
        with self.account.lock:
            return sorted(n for n in self.account.boxes if n.startswith(f"h{self.number}-"))

    def select(self, name):
        with self.account.lock:
            before = copy.copy(self.account.boxes[name])
        answer = self.imap.do(b"SELECT %s (CONDSTORE)" % quoted(name))
        told = (int(wire.code(answer, c)) for c in (b"UIDVALIDITY", b"UIDNEXT", b"HIGHESTMODSEQ"))
        self.account.selected(name, before, *told)
        self.selected = name

    def look(self, name):
        """Learns of deliveries, and of the UIDs of what an INBOX renamed took along."""
        if self.selected != name:
            self.select(name)
        answer = self.imap.do(FETCH % b"%d:*" % self.looked.get(name, 1))
        for uid, (flags, modseq, header) in sorted(wire.fetched(answer).items()):
            if header is None:
                continue  # a flag of an older message, changed by the other hand
            token = token_of(header)
            self.looked[name] = max(self.looked.get(name, 1), uid + 1)
            if tokens.owner(token, self.account.hands) == self.number:
                self.account.discovered(name, uid, Row(token, flags, modseq, True))

    # One operation as (model's, command).

    def append(self):
        name = self.random.choice(self.own() + [INBOX, SHARED])
        token = self.new_token("a", self.number)
        flags = frozenset(self.random.sample(FLAGS[:4] + FLAGS[5:], self.random.randint(0, 2)))
        data = tokens.message(token)
        return Append(name, token, flags), b"APPEND %s (%s) {%d+}\r\n" % (quoted(name), " ".join(sorted(flags)).encode(), len(data)) + data

    def some(self, name, least=1, most=8):
        uids = sorted(self.rows(name))
        return sorted(self.random.sample(uids, min(len(uids), self.random.randint(least, most))))

    def store(self, name):
        uids, mode = self.some(name), self.random.choice(("+", "+", "-", ""))
        flags = frozenset(self.random.sample(FLAGS, self.random.randint(1, 3)))
        text = b"UID STORE %s %sFLAGS (%s)" % (wire.uid_set(uids), mode.encode(), " ".join(sorted(flags)).encode())
        return Store(name, uids, mode, flags), text

    def transfer(self, name):
        uids, move = self.some(name), self.random.random() < 0.6 or self.full()
        target = self.random.choice([n for n in self.own() + [INBOX, SHARED] if n != name])
        return Transfer(name, target, uids, move), b"UID %s %s %s" % (b"MOVE" if move else b"COPY", wire.uid_set(uids), quoted(target))

    def expunge(self, name):
        """After a STORE of \\Deleted; in an own mailbox sometimes without UIDs, as old clients do."""
        uids = sorted(self.rows(name))
        if name not in (INBOX, SHARED) and self.random.random() < 0.5:
            return Expunge(name, uids), b"EXPUNGE"
        return Expunge(name, uids), b"UID EXPUNGE " + wire.uid_set(uids)

    def full(self):
        with self.account.lock:  # of the whole sum: another hand renames and deletes mailboxes of its own
            return sum(len(self.rows(n)) for n in self.account.boxes) > MOST_ROWS

    def new_name(self):
        parents = [n for n in self.own() if "/" not in n]
        name = f"h{self.number}-{next(self.site.counter)}"
        return self.random.choice(parents) + "/" + name if parents and self.random.random() < 0.4 else name

    def mailboxes(self):
        own, what = self.own(), self.random.random()
        if len(own) < 2 or what < 0.3 and len(own) < 5:
            name = self.new_name()
            return Create(name), b"CREATE " + quoted(name)
        name = self.random.choice(own)
        if what > 0.8 and not any(n.startswith(name + "/") for n in own) and name != self.selected:
            return Delete(name), b"DELETE " + quoted(name)
        new = f"h{self.number}-{next(self.site.counter)}"
        return Rename(name, new), b"RENAME %s %s" % (quoted(name), quoted(new))

    # The session's life.

    def plan(self):
        """One or two operations for one write."""
        what = self.random.random()
        if what < 0.12:
            return [self.mailboxes()]
        if what < (0.2 if self.full() else 0.4):
            out = [self.append()]
            if self.random.random() < 0.2:
                out.append(self.append())
            return out
        name = self.random.choice([n for n in self.own() + [INBOX, SHARED] if self.rows(n)] or [INBOX])
        if name != self.selected or self.random.random() < 0.1:
            self.select(name)
        if not self.rows(name):
            return []
        what = self.random.random()
        if self.full() or what < 0.15:
            uids = self.some(name, 1, 12)
            doomed = Store(name, uids, "+", frozenset(["\\Deleted"])), b"UID STORE %s +FLAGS (\\Deleted)" % wire.uid_set(uids)
            return [doomed, self.expunge(name)]
        if what < 0.5:
            return [self.store(name)]
        if what < 0.7:
            return [self.store(name), self.transfer(name)]
        return [self.transfer(name)]

    def step(self):
        if self.random.random() < 0.15:
            if self.account.hands == 1 and self.random.random() < 0.15:
                self.rename_inbox()
            return self.look(INBOX)
        self.perform(self.plan())

    def rename_inbox(self):
        if self.selected == INBOX:
            self.select(SHARED)
        new = f"h{self.number}-inbox{next(self.site.counter)}"
        self.perform([(Rename(INBOX, new), b"RENAME INBOX " + quoted(new))])
        self.look(new)

    def perform(self, operations):
        for operation, _ in operations:
            self.log("intent", operation)
            self.account.intend(self.number, operation)
        self.imap.post(*[text for _, text in operations])
        for operation, _ in operations:
            answer = self.imap.answer()
            self.account.acknowledge(self.number, self.told(operation, answer))
            self.log("acknowledged", type(operation).__name__)
            if isinstance(operation, Rename) and operation.old != INBOX:
                self.follow(operation)

    def told(self, operation, answer):
        if isinstance(operation, Append):
            return self.validity(operation.box, wire.code(answer, b"APPENDUID").split())[0]
        if isinstance(operation, Transfer):
            sources, targets = self.validity(operation.target, wire.code(answer, b"COPYUID").split(), wire.uid_list)
            return dict(zip(sources, targets))
        if isinstance(operation, Store):
            return {uid: modseq for uid, (_, modseq, _) in wire.fetched(answer).items() if modseq}
        return None

    def validity(self, name, words, convert=int):
        known = self.account.boxes[name].validity
        if known is not None and known != int(words[0]):
            raise Wrong(f"{self.account.address}: UIDVALIDITY of {name} was {known}, an answer says {words[0]}")
        return [convert(w) for w in words[1:]]

    def follow(self, rename):
        def moved(name):
            return rename.new + name[len(rename.old):] if name == rename.old or name.startswith(rename.old + "/") else name
        self.looked = {moved(n): u for n, u in self.looked.items()}
        self.selected = moved(self.selected) if self.selected else None


class Sender(Session):
    """Mail from other servers, to one or several accounts at once."""
    smtp = None

    def step(self):
        if self.smtp is None or self.random.random() < 0.1:
            if self.smtp is not None:
                self.smtp.close()
            self.smtp = wire.Smtp(self.site.province.smtp)
        addresses = [a.address for a in self.site.accounts]
        recipients = self.random.sample(addresses, self.random.choice((1, 1, 2, len(addresses))))
        token = self.new_token("m", self.random.randint(0, 1))
        self.log("intent", token, recipients)
        self.site.mail.intend(token, recipients)
        self.smtp.deliver(tokens.OUTSIDER, recipients, tokens.message(token))
        self.site.mail.acknowledge(token)
        self.log("acknowledged", token)
        time.sleep(self.random.random() * 0.06)  # else mail from outside would be all that happens


class Submitter(Session):
    """An official who writes to other sites (see sink.py for what their names mean), sometimes to a colleague too."""

    def step(self):
        with submission(self.site.province, tokens.OFFICIAL) as smtp:
            while not self.site.dead.is_set():
                token = self.new_token("q", self.random.randint(0, 1))
                there = self.random.choice(("nhan", "nhan", "sau", "khong", "rot", "mat")) + f"-{token}@vidu.vn"
                here = [self.random.choice(self.site.accounts).address] if self.random.random() < 0.4 else []
                self.log("intent", token, here, there)
                self.site.mail.intend(token, here)
                self.site.sink.intend(token, there, here)
                smtp.sendmail(tokens.OFFICIAL, here + [there], tokens.message(token))
                self.site.mail.acknowledge(token)
                self.site.sink.acknowledge(token)
                self.log("acknowledged", token)
                time.sleep(self.random.random() * 0.1)

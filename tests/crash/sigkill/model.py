"""What must hold after a crash, without any I/O: the state of one account as its clients know it, and its comparison with what
the server shows after the restart.

An account is worked on by `hands`: sessions of one thread each. Every message belongs to one hand (tokens.owner), every mailbox
"h<hand>-..." too; all others hold messages of all. A hand writes down an operation before it sends it (`intend`) and again when
it is acknowledged (`acknowledge`). Thus after a crash each hand has an ordered list of operations that nobody answered, and its share
of the account must be what the first n of them leave, n = 0, 1, ...: wholly there or not at all. Deliveries by SMTP are apart: the
message stands in INBOX in all accounts or in none, in all if it was acknowledged.

Rows carry a modseq that is exact when the server told it, else a lower bound. Bounds are those of the moment of the intent: what
other hands were told since may be younger than this operation.
"""
import copy
import dataclasses
import re
import threading
from typing import Optional

import tokens

INBOX, SHARED = "INBOX", "Chung"
OWNED = re.compile(r"h\d+-")


class Wrong(AssertionError):
    """A promise that the server did not keep."""


@dataclasses.dataclass
class Row:
    token: str
    flags: frozenset
    modseq: int = 0
    exact: bool = False
    least_uid: int = 1  # of a fresh row


@dataclasses.dataclass
class Box:
    validity: Optional[int] = None               # None: not told yet; then it is above `least_validity`
    least_validity: int = 0
    next_uid: int = 1                            # at least
    modseq: int = 0                              # HIGHESTMODSEQ, at least
    rows: dict = dataclasses.field(default_factory=dict)    # uid -> Row
    fresh: list = dataclasses.field(default_factory=list)   # rows whose UID nobody has told

    def take(self, uid, row):
        self.rows[uid] = row
        self.next_uid = max(self.next_uid, uid + 1)
        self.modseq = max(self.modseq, row.modseq)


class Operation:
    """A value. apply(boxes, ack): `ack` is what the server told; None = nothing was told, the outcome is a guess."""
    floors = {}    # mailbox -> (UIDNEXT, HIGHESTMODSEQ) as known before this was sent
    validity = 0   # the highest UIDVALIDITY then

    def floor(self, name):
        return self.floors.get(name, (1, 0))


@dataclasses.dataclass
class Append(Operation):
    box: str
    token: str
    flags: frozenset

    def apply(self, boxes, ack=None):
        next_uid, modseq = self.floor(self.box)
        row, box = Row(self.token, self.flags, modseq + 1, False, next_uid), boxes[self.box]
        if ack is None:
            box.fresh.append(row)
        else:
            box.take(ack, row)


@dataclasses.dataclass
class Store(Operation):
    box: str
    uids: list
    mode: str  # "+", "-" or ""
    flags: frozenset

    def apply(self, boxes, ack=None):
        """ack: uid -> modseq."""
        box = boxes[self.box]
        for uid in self.uids:
            row = box.rows[uid]
            after = row.flags | self.flags if self.mode == "+" else row.flags - self.flags if self.mode == "-" else self.flags
            if after != row.flags:
                row.flags, row.modseq, row.exact = after, row.modseq + 1, False
            if ack is not None:
                row.modseq, row.exact = ack[uid], True
            box.modseq = max(box.modseq, row.modseq)


@dataclasses.dataclass
class Transfer(Operation):
    source: str
    target: str
    uids: list
    move: bool

    def apply(self, boxes, ack=None):
        """ack: uid -> uid in the target."""
        source, target = boxes[self.source], boxes[self.target]
        next_uid, modseq = self.floor(self.target)
        for uid in self.uids:
            row = source.rows[uid]
            new = Row(row.token, row.flags, modseq + 1, False, next_uid)
            if self.move:
                del source.rows[uid]
            if ack is None:
                target.fresh.append(new)
            else:
                target.take(ack[uid], new)
        if self.move:
            source.modseq = max(source.modseq, self.floor(self.source)[1] + 1)


@dataclasses.dataclass
class Expunge(Operation):
    """Of those with \\Deleted."""
    box: str
    uids: list

    def apply(self, boxes, ack=None):
        box = boxes[self.box]
        for uid in self.uids:
            if "\\Deleted" in box.rows[uid].flags:
                del box.rows[uid]


@dataclasses.dataclass
class Create(Operation):
    name: str

    def apply(self, boxes, ack=None):
        boxes[self.name] = Box(least_validity=self.validity)


@dataclasses.dataclass
class Delete(Operation):
    name: str

    def apply(self, boxes, ack=None):
        del boxes[self.name]


@dataclasses.dataclass
class Rename(Operation):
    old: str
    new: str

    def apply(self, boxes, ack=None):
        if self.old == INBOX:  # RFC 9051 6.3.6: its messages move
            boxes[self.new] = Box(least_validity=self.validity, fresh=[Row(r.token, r.flags) for r in boxes[INBOX].rows.values()])
            boxes[INBOX].rows = {}
            return
        for name in [n for n in boxes if n == self.old or n.startswith(self.old + "/")]:
            boxes[self.new + name[len(self.old):]] = boxes.pop(name)


# What the server shows.

@dataclasses.dataclass
class Seen:
    validity: int
    next_uid: int
    modseq: int
    rows: dict  # uid -> Row


class Account:
    def __init__(self, address, hands):
        self.address, self.hands = address, hands
        self.boxes = {INBOX: Box(), SHARED: Box()}
        self.pending = {h: [] for h in range(hands)}
        self.ever = {}       # (validity, uid) -> token: a UID names one message for ever
        self.validities = set()  # all that were ever told: none comes twice
        self.known = set()   # tokens of deliveries that a hand or a check has seen
        self.lock = threading.RLock()

    def intend(self, hand, operation):
        with self.lock:
            operation.validity = max(self.validities, default=0)
            operation.floors = {n: (b.next_uid, b.modseq) for n, b in self.boxes.items()}
            self.pending[hand].append(operation)

    def acknowledge(self, hand, ack=None):
        """`ack` as the operation needs it, or True."""
        with self.lock:
            operation = self.pending[hand].pop(0)
            self.check_new_uids(operation, ack)
            operation.apply(self.boxes, True if ack is None else ack)
            return operation

    def check_new_uids(self, operation, ack):
        if isinstance(operation, Append):
            target, told = operation.box, {ack: operation.token}
        elif isinstance(operation, Transfer):
            if sorted(ack) != sorted(operation.uids):
                raise Wrong(f"{self.address}: {operation} was answered for {sorted(ack)}")
            target, source = operation.target, self.boxes[operation.source]
            told = {new: source.rows[old].token for old, new in ack.items()}
        elif isinstance(operation, Store):
            missing = [u for u in operation.uids if u not in ack]
            if missing:
                raise Wrong(f"{self.address}: {operation} told nothing about {missing}")
            return
        else:
            return
        for uid, token in told.items():
            if uid < operation.floor(target)[0]:
                raise Wrong(f"{self.address}: {operation} gave UID {uid}, below UIDNEXT {operation.floor(target)[0]}")
            self.remember(target, self.boxes[target].validity, uid, token)

    def remember(self, name, validity, uid, token):
        if validity is None:
            return
        before = self.ever.setdefault((validity, uid), token)
        if before != token:
            raise Wrong(f"{self.address}: UID {uid} of {name} (UIDVALIDITY {validity}) was {before} and is {token} now: a UID used twice")

    def discovered(self, name, uid, row):
        """A live session saw a message: what was seen once stays."""
        with self.lock:
            box = self.boxes[name]
            if uid in box.rows:
                return
            self.remember(name, box.validity, uid, row.token)
            box.fresh = [r for r in box.fresh if r.token != row.token]
            box.take(uid, row)
            self.known.add(row.token)

    def selected(self, name, before, validity, next_uid, modseq):
        """What SELECT told; `before`: a copy of the Box as it was known when it was asked. Nothing may go back."""
        with self.lock:
            box = self.boxes[name]
            self.not_back(name, before, Seen(validity, next_uid, modseq, {}))
            box.validity, box.next_uid, box.modseq = validity, max(box.next_uid, next_uid), max(box.modseq, modseq)
            self.validities.add(validity)

    def not_back(self, name, box, seen):
        if box.validity is not None and box.validity != seen.validity:
            raise Wrong(f"{self.address}: UIDVALIDITY of {name} was {box.validity}, is {seen.validity}")
        if box.validity is None and seen.validity <= box.least_validity:
            raise Wrong(f"{self.address}: {name} is new and has UIDVALIDITY {seen.validity}, not above {box.least_validity}")
        if seen.next_uid < box.next_uid:
            raise Wrong(f"{self.address}: UIDNEXT of {name} went back from {box.next_uid} to {seen.next_uid}")
        if seen.modseq < box.modseq:
            raise Wrong(f"{self.address}: HIGHESTMODSEQ of {name} went back from {box.modseq} to {seen.modseq}")

    # After a crash.

    def after_crash(self, seen, sent):
        """`seen`: name -> Seen. `sent`: tokens that somebody tried to deliver here. Raises Wrong, or takes over what is
        there and gives the deliveries that arrived meanwhile: token -> Row."""
        with self.lock:
            self.check_ever(seen)
            arrived = {}
            for hand in range(self.hands):
                self.choose(hand, seen, sent, arrived)
            self.check_validities(seen)
            self.adopt(seen)
            self.known |= set(arrived)
            self.pending = {h: [] for h in range(self.hands)}
            return arrived

    def check_ever(self, seen):
        for name, box in seen.items():
            for uid, row in box.rows.items():
                self.remember(name, box.validity, uid, row.token)
                if uid >= box.next_uid:
                    raise Wrong(f"{self.address}: {name} shows UID {uid} with UIDNEXT {box.next_uid}")
                if row.modseq > box.modseq:
                    raise Wrong(f"{self.address}: {name} shows MODSEQ {row.modseq} with HIGHESTMODSEQ {box.modseq}")

    def choose(self, hand, seen, sent, arrived):
        """Raises when this hand's share is in none of the states that it may be in."""
        failed = []
        for count in range(len(self.pending[hand]) + 1):
            boxes = copy.deepcopy(self.boxes)
            for operation in self.pending[hand][:count]:
                operation.apply(boxes)
            new = {}
            differences = self.compare(hand, boxes, seen, sent, new)
            if not differences:
                arrived.update(new)
                return
            failed += [f"after {count} of them:"] + ["  " + d for d in differences[:20]]
        pending = "; ".join(map(str, self.pending[hand])) or "nothing"
        raise Wrong(f"{self.address}, hand {hand}: unanswered: {pending}\n  " + "\n  ".join(failed))

    def mine(self, hand, name):
        return name.startswith(f"h{hand}-") or not OWNED.match(name)

    def compare(self, hand, boxes, seen, sent, arrived):
        want, have = {n for n in boxes if self.mine(hand, n)}, {n for n in seen if self.mine(hand, n)}
        out = [f"mailbox {n} is gone" for n in sorted(want - have)] + [f"mailbox {n} should not be there" for n in sorted(have - want)]
        for name in sorted(want & have):
            out += self.compare_box(hand, name, boxes[name], seen[name], sent, arrived)
        return out

    def compare_box(self, hand, name, box, seen, sent, arrived):
        try:
            self.not_back(name, box, seen)
        except Wrong as e:
            return [str(e)]
        mine = lambda row: tokens.owner(row.token, self.hands) == hand  # noqa: E731
        out, extra = [], {u: r for u, r in seen.rows.items() if mine(r)}
        for uid, row in box.rows.items():
            if mine(row):
                out += self.compare_row(f"{name}/{uid}", row, extra.pop(uid, None))
        for row in (r for r in box.fresh if mine(r)):
            uid = next((u for u, r in extra.items() if r.token == row.token and r.flags == row.flags and u >= row.least_uid), None)
            if uid is None:
                out.append(f"{name}: {row.token} {sorted(row.flags)} is lost")
            else:
                out += self.compare_row(f"{name}/{uid}", row, extra.pop(uid))
        for uid, row in extra.items():
            # A delivery that nobody has seen before; an INBOX renamed takes it along.
            if row.token in sent and row.token not in self.known and row.token not in arrived and (name == INBOX or "-inbox" in name):
                arrived[row.token] = row
                if row.flags:
                    out.append(f"{name}/{uid}: {row.token} was delivered with {sorted(row.flags)}")
            else:
                out.append(f"{name}/{uid}: {row.token} should not be there")
        return out

    @staticmethod
    def compare_row(where, row, there):
        if there is None:
            return [f"{where}: {row.token} is lost"]
        if there.token != row.token:
            return [f"{where}: is {there.token}, not {row.token}"]
        if there.flags != row.flags:
            return [f"{where}: {row.token} has {sorted(there.flags)}, not {sorted(row.flags)}"]
        if there.modseq < row.modseq or row.exact and there.modseq != row.modseq:
            return [f"{where}: {row.token} has MODSEQ {there.modseq}, not {'' if row.exact else 'at least '}{row.modseq}"]
        return []

    def check_validities(self, seen):
        validities = [b.validity for b in seen.values()]
        if len(set(validities)) != len(validities):
            raise Wrong(f"{self.address}: two mailboxes with one UIDVALIDITY: {sorted(validities)}")

    def adopt(self, seen):
        self.validities |= {b.validity for b in seen.values()}
        self.boxes = {n: Box(b.validity, 0, b.next_uid, b.modseq, {u: dataclasses.replace(r, exact=True) for u, r in b.rows.items()})
                      for n, b in seen.items()}


class Deliveries:
    """What SMTP clients sent: all recipients or none."""

    def __init__(self):
        self.intents, self.acknowledged, self.lock = {}, set(), threading.Lock()  # token -> addresses

    def intend(self, token, addresses):
        with self.lock:
            self.intents[token] = frozenset(addresses)

    def acknowledge(self, token):
        with self.lock:
            self.acknowledged.add(token)

    def sent_to(self, address):
        with self.lock:
            return {t for t, a in self.intents.items() if address in a}

    def check(self, accounts):
        """After every account was taken over."""
        by_address = {a.address: a.known for a in accounts}
        for token, addresses in list(self.intents.items()):
            there = {a for a in addresses if token in by_address[a]}
            if token in self.acknowledged and there != addresses:
                raise Wrong(f"{token} was accepted and never came to {sorted(addresses - there)}")
            if there and there != addresses:
                raise Wrong(f"{token} came to {sorted(there)} and not to {sorted(addresses - there)}")
        self.intents, self.acknowledged = {}, set()  # settled: what is there is known now, the rest must never come

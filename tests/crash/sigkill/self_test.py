#!/usr/bin/env python3
"""The model must be able to fail: histories with each kind of damage, and sound ones that it has to accept."""
import copy
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent.parent / "e2e"))

import sabotage
import tokens
from model import INBOX, SHARED, Account, Append, Box, Create, Delete, Deliveries, Expunge, Rename, Row, Seen, Store, Transfer, Wrong

NONE, DELETED, SEEN = frozenset(), frozenset(["\\Deleted"]), frozenset(["\\Seen"])
A, B, C, D = (tokens.make(1, n, n % 2) for n in (2, 4, 1, 3))  # A, B: of hand 0; C, D: of hand 1


def row(token, flags=NONE, modseq=5):
    return Row(token, flags, modseq)


class Case(unittest.TestCase):
    def setUp(self):
        """INBOX: A(1) B(2) C(3); h0-x: empty; Chung: D(1)."""
        self.seen = {INBOX: Seen(10, 4, 7, {1: row(A), 2: row(B), 3: row(C)}), "h0-x": Seen(12, 1, 1, {}),
                     SHARED: Seen(11, 2, 5, {1: row(D)})}
        self.account = Account("an", 2)
        self.account.adopt(copy.deepcopy(self.seen))
        self.account.check_ever(self.seen)

    def holds(self, sent=()):
        return self.account.after_crash(self.seen, set(sent))

    def breaks(self, *words, sent=()):
        with self.assertRaises(Wrong) as caught:
            self.holds(sent)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def do(self, hand, operation, ack=None, answered=True):
        self.account.intend(hand, operation)
        if answered:
            self.account.acknowledge(hand, ack)

    def put(self, box, uid, r):
        seen = self.seen[box]
        seen.rows[uid] = r
        seen.next_uid, seen.modseq = max(seen.next_uid, uid + 1), max(seen.modseq, r.modseq)


class Unchanged(Case):
    def test_nothing_happened(self):
        self.holds()

    def test_lost_message(self):
        del self.seen[INBOX].rows[2]
        self.breaks(B, "is lost")

    def test_changed_flag(self):
        self.seen[INBOX].rows[2].flags = SEEN
        self.breaks("INBOX/2")

    def test_changed_modseq(self):
        self.seen[INBOX].rows[2].modseq = 6
        self.breaks("MODSEQ 6, not 5")

    def test_modseq_above_the_mailboxs(self):
        self.seen[INBOX].rows[2].modseq = 8
        self.breaks("HIGHESTMODSEQ 7")

    def test_another_message_under_a_uid(self):
        self.seen[INBOX].rows[2] = row(D)
        self.breaks("a UID used twice")

    def test_message_from_nowhere(self):
        self.put(INBOX, 4, row(tokens.make(1, 9, 0)))
        self.breaks("should not be there")

    def test_uid_next_goes_back(self):
        self.seen[SHARED].next_uid = 1
        self.seen[SHARED].rows = {}
        self.breaks("UIDNEXT")

    def test_highest_modseq_goes_back(self):
        self.seen[SHARED].modseq = 4
        self.seen[SHARED].rows[1].modseq = 4
        self.breaks("HIGHESTMODSEQ")

    def test_uid_validity_changes(self):
        self.seen[SHARED].validity = 99
        self.breaks("UIDVALIDITY")

    def test_mailbox_from_nowhere(self):
        self.seen["khac"] = Seen(50, 1, 1, {})
        self.breaks("mailbox khac should not be there")

    def test_lost_mailbox(self):
        del self.seen["h0-x"]
        self.breaks("mailbox h0-x is gone")


class Appends(Case):
    E = tokens.make(1, 6, 0)

    def test_acknowledged(self):
        self.do(0, Append("h0-x", self.E, SEEN), 1)
        self.put("h0-x", 1, row(self.E, SEEN))
        self.holds()

    def test_acknowledged_and_lost(self):
        self.do(0, Append("h0-x", self.E, SEEN), 1)
        self.seen["h0-x"].next_uid = 2
        self.seen["h0-x"].modseq = 9
        self.breaks("is lost")

    def test_acknowledged_under_another_uid(self):
        self.do(0, Append("h0-x", self.E, SEEN), 1)
        self.put("h0-x", 2, row(self.E, SEEN))
        self.breaks("is lost")

    def test_acknowledged_without_its_flag(self):
        self.do(0, Append("h0-x", self.E, SEEN), 1)
        self.put("h0-x", 1, row(self.E))
        self.breaks("has []")

    def test_unanswered_either_way(self):
        for applied in (False, True):
            self.setUp()
            self.do(0, Append("h0-x", self.E, SEEN), answered=False)
            if applied:
                self.put("h0-x", 1, row(self.E, SEEN))
            self.holds()

    def test_unanswered_and_half_there(self):
        self.do(0, Append("h0-x", self.E, SEEN), answered=False)
        self.put("h0-x", 1, row(self.E))
        self.breaks(self.E)

    def test_unanswered_with_an_old_modseq(self):
        self.do(0, Append(INBOX, self.E, NONE), answered=False)
        self.put(INBOX, 4, row(self.E, NONE, 7))
        self.breaks("at least 8")

    def test_uid_given_out_again(self):
        self.account.intend(0, Append(INBOX, self.E, NONE))
        with self.assertRaisesRegex(Wrong, "below UIDNEXT"):
            self.account.acknowledge(0, 3)


class Flags(Case):
    def test_acknowledged_and_lost(self):
        self.do(0, Store(INBOX, [1, 2], "+", SEEN), {1: 8, 2: 8})
        self.seen[INBOX].modseq = 8
        self.breaks("not ['\\\\Seen']")

    def test_acknowledged(self):
        self.do(0, Store(INBOX, [1, 2], "+", SEEN), {1: 8, 2: 8})
        self.put(INBOX, 1, row(A, SEEN, 8))
        self.put(INBOX, 2, row(B, SEEN, 8))
        self.holds()

    def test_unanswered_and_half_done(self):
        self.do(0, Store(INBOX, [1, 2], "+", SEEN), answered=False)
        self.put(INBOX, 1, row(A, SEEN, 8))
        self.breaks(B)

    def test_changed_under_its_old_modseq(self):
        self.do(0, Store(INBOX, [1], "+", SEEN), answered=False)
        self.put(INBOX, 1, row(A, SEEN, 5))
        self.breaks("MODSEQ 5")

    def test_second_without_the_first(self):
        self.do(0, Store(INBOX, [1], "+", SEEN), answered=False)
        self.do(0, Store(INBOX, [2], "+", SEEN), answered=False)
        self.put(INBOX, 2, row(B, SEEN, 8))
        self.breaks(A)

    def test_first_without_the_second(self):
        self.do(0, Store(INBOX, [1], "+", SEEN), answered=False)
        self.do(0, Store(INBOX, [2], "+", SEEN), answered=False)
        self.put(INBOX, 1, row(A, SEEN, 8))
        self.holds()

    def test_no_answer_about_a_message(self):
        self.account.intend(0, Store(INBOX, [1, 2], "+", SEEN))
        with self.assertRaisesRegex(Wrong, "told nothing about"):
            self.account.acknowledge(0, {1: 8})


class Transfers(Case):
    def move(self, answered):
        self.do(0, Transfer(INBOX, "h0-x", [1, 2], True), {1: 1, 2: 2}, answered)

    def moved(self, *uids):
        for new, old in enumerate(uids, 1):
            self.put("h0-x", new, row(self.seen[INBOX].rows.pop(old).token, NONE, 9))
            self.seen[INBOX].modseq = 9

    def test_moved(self):
        for answered in (True, False):
            with self.subTest(answered=answered):
                self.setUp()
                self.move(answered)
                self.moved(1, 2)
                self.holds()

    def test_half_move(self):
        self.move(False)
        self.moved(1)
        self.breaks("hand 0")

    def test_message_on_both_sides(self):
        self.move(False)
        self.put("h0-x", 1, row(A, NONE, 9))
        self.put("h0-x", 2, row(B, NONE, 9))
        self.breaks("hand 0")

    def test_message_on_neither_side(self):
        self.move(False)
        self.moved(1, 2)
        del self.seen["h0-x"].rows[2]
        self.breaks(B, "lost")

    def test_acknowledged_move_undone(self):
        self.move(True)
        self.breaks("h0-x")

    def test_half_copy(self):
        self.do(0, Transfer(INBOX, "h0-x", [1, 2], False), answered=False)
        self.put("h0-x", 1, row(A, NONE, 9))
        self.breaks("hand 0")

    def test_whole_copy_or_none(self):
        for applied in (False, True):
            self.setUp()
            self.do(0, Transfer(INBOX, "h0-x", [1, 2], False), answered=False)
            if applied:
                self.put("h0-x", 1, row(A, NONE, 9))
                self.put("h0-x", 2, row(B, NONE, 9))
            self.holds()

    def test_both_hands_at_once(self):
        self.do(0, Transfer(INBOX, SHARED, [1], True), answered=False)
        self.do(1, Transfer(INBOX, SHARED, [3], True), {3: 3})
        self.seen[INBOX].modseq = 9
        self.put(SHARED, 2, Row(self.seen[INBOX].rows.pop(1).token, NONE, 9))
        self.put(SHARED, 3, Row(self.seen[INBOX].rows.pop(3).token, NONE, 10))
        self.holds()

    def test_expunge(self):
        self.do(0, Store(INBOX, [1, 2], "+", DELETED), {1: 8, 2: 8})
        self.do(0, Expunge(INBOX, [1, 2]), answered=False)
        self.put(INBOX, 1, row(A, DELETED, 8))
        self.seen[INBOX].modseq = 9
        del self.seen[INBOX].rows[2]
        self.breaks(B)

    def test_expunged_comes_back(self):
        self.do(0, Store(INBOX, [1], "+", DELETED), {1: 8})
        self.do(0, Expunge(INBOX, [1]))
        self.put(INBOX, 1, row(A, DELETED, 8))
        self.breaks("should not be there")


class Mailboxes(Case):
    def test_one_name(self):
        for applied in (False, True):
            self.setUp()
            self.do(0, Rename("h0-x", "h0-y"), answered=False)
            if applied:
                self.seen["h0-y"] = self.seen.pop("h0-x")
            self.holds()

    def test_two_names(self):
        self.do(0, Rename("h0-x", "h0-y"), answered=False)
        self.seen["h0-y"] = Seen(13, 1, 1, {})
        self.breaks("h0-y should not be there")

    def test_no_name(self):
        self.do(0, Rename("h0-x", "h0-y"), answered=False)
        del self.seen["h0-x"]
        self.breaks("is gone")

    def test_half_of_a_tree(self):
        self.account.boxes["h0-x/z"] = Box(14)
        self.do(0, Rename("h0-x", "h0-y"), answered=False)
        self.seen["h0-y"] = self.seen.pop("h0-x")
        self.seen["h0-x/z"] = Seen(14, 1, 1, {})
        self.breaks("h0-x/z should not be there")

    def test_deleted_comes_back(self):
        self.do(0, Delete("h0-x"))
        self.breaks("h0-x should not be there")

    def test_made_again_with_its_old_validity(self):
        self.do(0, Delete("h0-x"))
        self.do(0, Create("h0-x"))
        self.breaks("is new and has UIDVALIDITY 12")
        self.seen["h0-x"].validity = 13
        self.holds()

    def test_inbox_renamed(self):
        self.account = Account("chi", 1)
        self.account.adopt(copy.deepcopy(self.seen))
        self.do(0, Rename(INBOX, "h0-inbox1"), answered=False)
        rows = self.seen[INBOX].rows
        self.seen["h0-inbox1"] = Seen(15, 4, 9, {u: row(r.token, NONE, 9) for u, r in rows.items()})
        self.breaks("hand 0")  # they are in both
        rows.clear()
        self.holds()


class Mail(Case):
    def setUp(self):
        super().setUp()
        self.other = Account("binh", 2)
        self.other.adopt({INBOX: Seen(10, 1, 1, {})})
        self.mail, self.token = Deliveries(), tokens.make(1, 8, 0)
        self.mail.intend(self.token, ["an", "binh"])

    def check(self, *there):
        for account in (self.account, self.other):
            seen = self.seen if account is self.account else {INBOX: Seen(10, 1, 1, {})}
            if account.address in there:
                box = seen[INBOX]
                box.rows[box.next_uid] = row(self.token, NONE, box.modseq)
                box.next_uid += 1
            account.after_crash(seen, self.mail.sent_to(account.address))
        self.mail.check([self.account, self.other])

    def test_accepted_and_there(self):
        self.mail.acknowledge(self.token)
        self.check("an", "binh")

    def test_accepted_and_lost(self):
        self.mail.acknowledge(self.token)
        with self.assertRaisesRegex(Wrong, "never came"):
            self.check("binh")

    def test_unanswered_and_for_some(self):
        with self.assertRaisesRegex(Wrong, "not to"):
            self.check("an")

    def test_unanswered_and_nowhere_or_everywhere(self):
        self.check()
        self.setUp()
        self.check("an", "binh")

    def test_twice(self):
        self.put(INBOX, 4, row(self.token))
        self.put(INBOX, 5, row(self.token))
        self.breaks("should not be there", sent=[self.token])


class Sabotage(unittest.TestCase):
    """A live server whose store is damaged behind the model's back: the run must end with 1 and name it."""

    def test_every_kind_is_seen(self):
        run = pathlib.Path(__file__).with_name("run.py")
        runs = {kind: subprocess.Popen([sys.executable, run, "--sites", "1", "--rounds", "5", "--seed", "1", "--sabotage", kind],
                                       stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, encoding="utf-8") for kind in sabotage.KINDS}
        ended = {kind: (r.communicate()[1], r.returncode) for kind, r in runs.items()}
        for kind, words in sabotage.REPORTED.items():
            with self.subTest(kind=kind):
                text, code = ended[kind]
                self.assertEqual(code, 1, text)
                self.assertIn(": Wrong", text)
                self.assertIn(words, text)


class Messages(unittest.TestCase):
    def test_a_token_makes_the_same_bytes_again(self):
        seen = {tokens.message(t) for t in (A, B, C, D, A, B)}
        self.assertEqual(len(seen), 4)
        self.assertEqual(tokens.owner(A, 2), 0)
        self.assertEqual(tokens.owner(C, 2), 1)
        self.assertEqual(tokens.owner(C, 1), 0)


if __name__ == "__main__":
    unittest.main()

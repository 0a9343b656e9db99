#!/usr/bin/env python3
"""Python's imaplib against the server: the commands that mail clients live on, two sessions at once, Vietnamese names."""
import imaplib
import re
import time
import unittest

from clients import Imap, SlowTls, letter, quoted, receive
from province import AN, BINH, CHI, PASSWORD, Province, eventually


def setUpModule():
    global site
    site = Province()
    site.start()


def tearDownModule():
    site.end()


class Fresh(unittest.TestCase):
    """Each case works in a mailbox of its own."""

    def setUp(self):
        self.name = re.sub(r"\W", "-", self.id().split(".")[-1])
        self.imap = Imap(site, mailbox=None)
        self.addCleanup(self.imap.__exit__)
        Imap.ok(self.imap.create(self.name))
        Imap.ok(self.imap.select(self.name))

    def append(self, *subjects, flags=None, imap=None):
        for s in subjects:
            Imap.ok((imap or self.imap).append(self.name, flags, None, letter(subject=s)))

    def again(self):
        other = Imap(site, mailbox=self.name)
        self.addCleanup(other.__exit__)
        return other


class Messages(Fresh):
    def test_append_gives_uid_and_bytes_come_back(self):
        mail = letter(subject="nguyen-ven", body="Dòng một.\r\n.\r\n..hai\r\n\r\n")
        answer = Imap.ok(self.imap.append(self.name, "(\\Seen \\Draft Viec-gap)", '"22-Nov-2026 09:00:00 +0700"', mail))
        self.assertRegex(answer[0], rb"\[APPENDUID \d+ 1\]")
        self.imap.refresh()
        self.assertEqual(self.imap.body(1), mail)
        self.assertLessEqual({"\\Seen", "\\Draft", "Viec-gap"}, self.imap.flags(1))
        data = Imap.ok(self.imap.fetch("1", "(INTERNALDATE RFC822.SIZE UID)"))[0]
        self.assertIn(b'"22-Nov-2026 09:00:00 +0700"', data)
        self.assertIn(b"RFC822.SIZE %d" % len(mail), data)

    def test_partial_and_sections(self):
        mail = letter(subject="tung-phan", body="0123456789\r\n")
        Imap.ok(self.imap.append(self.name, None, None, mail))
        self.imap.refresh()
        self.assertEqual(self.imap.body(1, "TEXT"), b"0123456789\r\n")
        self.assertEqual(Imap.ok(self.imap.fetch("1", "(BODY.PEEK[TEXT]<2.3>)"))[0][1], b"234")
        self.assertTrue(self.imap.body(1, "HEADER").endswith(b"\r\n\r\n"))
        self.assertEqual(self.imap.body(1, "HEADER") + self.imap.body(1, "TEXT"), mail)
        self.assertNotIn("\\Seen", self.imap.flags(1))
        Imap.ok(self.imap.fetch("1", "(BODY[])"))
        self.assertIn("\\Seen", self.imap.flags(1))

    def test_envelope_and_bodystructure(self):
        mail = letter(sender='"Nguyễn" <an@songla.gov.vn>', subject="cau-truc", Content_Type="multipart/mixed; boundary=b",
                      body="--b\r\n\r\nmột\r\n--b\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n")
        Imap.ok(self.imap.append(self.name, None, None, mail))
        self.imap.refresh()
        data = b"".join(p if isinstance(p, bytes) else p[0] + p[1] for p in Imap.ok(self.imap.fetch("1", "(ENVELOPE BODYSTRUCTURE)")))
        self.assertIn(b"cau-truc", data)
        self.assertRegex(data.lower(), rb'"application" "pdf" \("name" "x\.pdf"\)')
        self.assertRegex(data.lower(), rb'"mixed"')
        self.assertEqual(self.imap.body(1, "2"), b"JVBERg==")

    def test_flags_by_number_and_uid(self):
        self.append("a", "b", "c")
        self.imap.refresh()
        Imap.ok(self.imap.store("1:2", "+FLAGS", "(\\Flagged)"))
        Imap.ok(self.imap.uid("STORE", "3", "+FLAGS.SILENT", "(\\Answered Da-xu-ly)"))
        Imap.ok(self.imap.store("1", "-FLAGS", "(\\Flagged)"))
        self.assertEqual([self.imap.flags(n) - {"\\Recent"} for n in (1, 2, 3)], [set(), {"\\Flagged"}, {"\\Answered", "Da-xu-ly"}])
        self.assertEqual(self.imap.found("FLAGGED"), [2])
        self.assertEqual(self.imap.found("KEYWORD", "Da-xu-ly"), [3])

    def test_copy_move_and_expunge(self):
        self.append("mot", "hai", "ba")
        self.imap.refresh()
        Imap.ok(self.imap.create(self.name + "-dich"))
        kind, data = self.imap.uid("COPY", "1:2", self.name + "-dich")
        self.assertEqual(kind, "OK")
        Imap.ok(self.imap._simple_command("MOVE", "3", self.name + "-dich"))
        self.assertEqual(self.imap.found("ALL"), [1, 2])
        Imap.ok(self.imap.store("1", "+FLAGS", "(\\Deleted)"))
        self.imap.response("EXPUNGE")  # forget what MOVE told
        self.assertEqual(Imap.ok(self.imap.expunge()), [b"1"])
        self.assertEqual(self.imap.found("ALL"), [1])
        Imap.ok(self.imap.select(self.name + "-dich"))
        self.assertEqual(self.imap.found("ALL"), [1, 2, 3])
        self.assertEqual([self.imap.by_subject(s) for s in ("mot", "hai", "ba")], [1, 2, 3])

    def test_copy_to_a_mailbox_that_is_not_there(self):
        self.append("mot")
        kind, data = self.imap.refresh().copy("1", "Khong-co")
        self.assertEqual(kind, "NO")
        self.assertIn(b"[TRYCREATE]", data[0])

    def test_uid_expunge_takes_only_what_it_names(self):
        self.append("a", "b", flags="(\\Deleted)")
        Imap.ok(self.imap.refresh().uid("EXPUNGE", "2"))
        self.assertEqual(self.imap.found("ALL"), [1])


class Sessions(Fresh):
    def test_a_second_session_sees_what_the_first_does(self):
        other = self.again()
        self.append("moi-den")
        eventually(lambda: other.refresh().found("ALL") == [1], "the new mail in the other session")
        Imap.ok(self.imap.refresh().store("1", "+FLAGS", "(\\Flagged)"))
        eventually(lambda: "\\Flagged" in other.refresh().flags(1), "the flag in the other session")
        Imap.ok(self.imap.store("1", "+FLAGS", "(\\Deleted)"))
        Imap.ok(self.imap.expunge())
        eventually(lambda: other.refresh().found("ALL") == [], "the removal in the other session")

    def test_idle_tells_of_a_delivery(self):
        with Imap(site) as idle:
            tag = idle._new_tag()
            idle.send(tag + b" IDLE\r\n")
            self.assertTrue(idle.readline().startswith(b"+"))
            receive(site, letter(subject="danh-thuc"))
            idle.sock.settimeout(60)
            line = idle.readline()
            while not re.match(rb"\* \d+ EXISTS", line):
                self.assertTrue(line.startswith(b"*"), line)
                line = idle.readline()
            idle.send(b"DONE\r\n")
            while not (line := idle.readline()).startswith(tag):
                self.assertTrue(line.startswith(b"*"), line)
            self.assertIn(b"OK", line)

    def test_idle_tells_of_a_delivery_while_a_record_is_under_way(self):
        """A part of a TLS record wakes the server without giving it a line: it must not fall deaf to changes."""
        idle = SlowTls(site.imaps, site.tls())
        self.addCleanup(idle.raw.close)
        idle.line()
        self.assertIn(b"x OK", idle.command(f'LOGIN "{BINH}" "{PASSWORD}"'.encode())[-1])
        self.assertIn(b"x OK", idle.command(b"SELECT INBOX")[-1])
        idle.send(idle.record(b"x IDLE\r\n"))
        self.assertTrue(idle.line().startswith(b"+"))
        done = idle.record(b"DONE\r\n")
        idle.send(done[:7])
        time.sleep(0.3)  # the server has read them
        receive(site, letter(subject="nua-ban-ghi"))
        line = idle.line()
        while not re.match(rb"\* \d+ EXISTS", line):
            self.assertTrue(line.startswith(b"*"), line)
            line = idle.line()
        idle.send(done[7:])
        while not (line := idle.line()).startswith(b"x "):
            self.assertTrue(line.startswith(b"*"), line)
        self.assertIn(b"OK", line)

    def test_other_peoples_mail_is_out_of_reach(self):
        self.append("rieng-tu")
        with Imap(site, CHI) as stranger:
            self.assertEqual(stranger.select(self.name)[0], "NO")
            self.assertEqual(stranger.status(self.name, "(MESSAGES)")[0], "NO")
            self.assertEqual(stranger.select(f'"user/{BINH}/{self.name}"')[0], "NO")


class Mailboxes(Fresh):
    def names(self, pattern="*"):
        return {re.search(rb' "?/"? "?([^"]*?)"?$', line)[1].decode() for line in Imap.ok(self.imap.list('""', f'"{pattern}"')) if line}

    def test_vietnamese_name_by_utf7_and_utf8(self):
        name = "Công văn đến/Sở Ví dụ & xã"
        Imap.ok(self.imap.create(quoted(name)))
        self.assertIn(quoted(name).strip('"'), self.names())
        with Imap(site, mailbox=None) as utf8:
            Imap.ok(utf8.enable("UTF8=ACCEPT"))
            listed = Imap.ok(utf8.list('""', '"*"'))
            self.assertTrue(any(name.encode() in line for line in listed), listed)
            Imap.ok(utf8._simple_command("SELECT", f'"{name}"'))
        Imap.ok(self.imap.delete(quoted(name)))
        self.assertNotIn(quoted(name).strip('"'), self.names())

    def test_rename_takes_what_is_below(self):
        Imap.ok(self.imap.create("Cu/Con/Chau"))
        Imap.ok(self.imap.append("Cu/Con", None, None, letter(subject="di-theo")))
        Imap.ok(self.imap.rename("Cu", "Moi"))
        self.assertTrue({"Moi", "Moi/Con", "Moi/Con/Chau"} <= self.names())
        self.assertNotIn("Cu/Con", self.names())
        Imap.ok(self.imap.select("Moi/Con"))
        self.assertEqual(self.imap.found("SUBJECT", "di-theo"), [1])

    def test_subscriptions(self):
        Imap.ok(self.imap.subscribe(self.name))
        self.assertTrue(any(self.name.encode() in line for line in Imap.ok(self.imap.lsub('""', '"*"'))))
        Imap.ok(self.imap.unsubscribe(self.name))
        self.assertFalse(any(line and self.name.encode() in line for line in Imap.ok(self.imap.lsub('""', '"*"'))))

    def test_inbox_cannot_be_deleted_and_names_cannot_climb(self):
        self.assertEqual(self.imap.delete("INBOX")[0], "NO")
        for name in ('"../../etc"', '"/etc/passwd"', '"a//b"', '"&AC8-"'):
            kind = None
            try:
                kind = self.imap.create(name)[0]
            except imaplib.IMAP4.error:
                kind = "BAD"
            if kind == "OK":  # a name is only a name: it must then be listed as such
                self.assertIn(name.strip('"').rstrip("/"), {n for n in self.names()})

    def test_status_and_quota(self):
        self.append("mot", "hai")
        answer = Imap.ok(self.imap.status(self.name, "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY SIZE)"))[0]
        self.assertRegex(answer, rb"MESSAGES 2\b")
        self.assertRegex(answer, rb"UNSEEN 2\b")
        self.assertRegex(answer, rb"UIDNEXT 3\b")
        root = Imap.ok(self.imap.getquotaroot("INBOX"))
        self.assertTrue(any(b"STORAGE" in line for group in root for line in group if line), root)


class Many(Fresh):
    def test_two_thousand_messages(self):
        mail = letter(subject="hang-loat")
        for _ in range(20):  # one write for a hundred APPENDs: pipelined, non-synchronising literals
            out = b"".join(b"P%d APPEND %s {%d+}\r\n" % (n, self.name.encode(), len(mail)) + mail + b"\r\n" for n in range(100))
            self.imap.send(out)
            done = 0
            while done < 100:
                line = self.imap.readline()
                self.assertTrue(line.startswith(b"*") or re.match(rb"P\d+ OK", line), line)
                done += line.startswith(b"P")
        self.imap.refresh()
        data = Imap.ok(self.imap.fetch("1:*", "(FLAGS UID ENVELOPE BODYSTRUCTURE)"))
        self.assertEqual(len([d for d in data if b"hang-loat" in (d if isinstance(d, bytes) else b"".join(d))]), 2000)
        Imap.ok(self.imap.store("1:1000", "+FLAGS.SILENT", "(\\Deleted)"))
        self.assertEqual(len(Imap.ok(self.imap.expunge())), 1000)
        self.assertEqual(len(self.imap.found("ALL")), 1000)
        self.assertEqual(len(self.imap.found("UNDELETED", "SUBJECT", "hang-loat")), 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)

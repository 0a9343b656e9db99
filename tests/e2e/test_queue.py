#!/usr/bin/env python3
"""Mail for elsewhere: queued on disk, sent through the relay, tried again, bounced, handled by `congthu queue`."""
import unittest

from clients import Imap, letter, refusal, submit
from fake_server import FakeServer
from province import AN, CHI, Province, eventually


def setUpModule():
    global site, fake
    fake = FakeServer()
    site = Province(smtp_relay=f'"127.0.0.1:{fake.port}"', smtp_relay_tls='"off"', smtp_retry='["1s"]')
    site.start()


def tearDownModule():
    fake.close()
    site.end()


class Queue(unittest.TestCase):
    def setUp(self):
        self.answers, self.site, self.fake = {}, site, fake
        fake.script, fake.mails, fake.connections = self.answer, [], 0
        for entry in self.queue():  # of a case that failed
            self.drop(entry["id"])
        with Imap(site, AN) as imap:
            imap.store("1:*", "+FLAGS", "(\\Deleted)")
            imap.expunge()

    @staticmethod
    def drop(queue_id):
        """An entry that is being sent at that moment is not dropped: it is asked again, and may be gone by then."""
        def dropped():
            done = site.run("queue", "drop", queue_id, code=None)
            return done.returncode == 0 or "no such queue entry" in done.stderr
        eventually(dropped, "a dropped entry")

    def answer(self, verb, argument, n):
        for key, reply in self.answers.items():
            if verb == key[0] and key[1] in argument:
                return reply(n) if callable(reply) else reply
        return None

    def queue(self):
        return self.site.json("queue", "list")["queue"]

    def arrives(self, count=1):
        eventually(lambda: len(self.fake.mails) >= count, "the mail at the other server")
        eventually(lambda: self.queue() == [], "an empty queue")
        return self.fake.mails

    def send(self, subject, *to):
        mail = letter(to=", ".join(to), subject=subject)
        submit(self.site, mail, to=to)
        return mail

    def bounce(self, user=AN):
        """The one bounce in the sender's mailbox, as bytes."""
        with Imap(self.site, user) as imap:
            numbers = eventually(lambda: imap.refresh().found("FROM", "mailer-daemon"), "the bounce")
            self.assertEqual(len(numbers), 1)
            return imap.body(numbers[0])

    def test_mail_goes_out_through_the_relay(self):
        mail = self.send("di-ra-ngoai", "a@vidu.vn", "b@vidu.vn")
        (sender, recipients, data), = self.arrives()
        self.assertEqual((sender, sorted(recipients)), (AN, ["a@vidu.vn", "b@vidu.vn"]))
        self.assertTrue(data.endswith(mail), "changed on its way")
        self.assertIn(b"Received:", data[:-len(mail)])
        self.assertNotIn(b"Return-Path:", data)

    def test_local_and_remote_recipients_of_one_mail(self):
        self.send("trong-va-ngoai", CHI, "a@vidu.vn")
        self.assertEqual(self.arrives()[0][1], ["a@vidu.vn"])
        with Imap(self.site, CHI) as imap:
            imap.by_subject("trong-va-ngoai")

    def test_temporary_refusal_is_tried_again(self):
        self.answers["RCPT", "a@vidu.vn"] = lambda n: "451 4.3.0 later" if n < 2 else None
        self.send("thu-lai", "a@vidu.vn")
        self.arrives()
        self.assertEqual(len(self.fake.mails), 1)
        self.assertGreaterEqual(self.fake.connections, 3)

    def test_connection_lost_in_data_is_tried_again(self):
        self.answers[".", ""] = lambda n: "drop" if n == 0 else None
        self.send("mat-ket-noi", "a@vidu.vn")
        self.assertEqual(len(self.arrives()), 1)

    def test_permanent_refusal_of_one_of_two_bounces(self):
        self.answers["RCPT", "khong.co@vidu.vn"] = "550 5.1.1 no such user here"
        mail = self.send("tra-lai", "khong.co@vidu.vn", "a@vidu.vn")
        self.assertEqual(self.arrives()[0][1], ["a@vidu.vn"])
        bounce = self.bounce()
        for part in (b"multipart/report", b"message/delivery-status", b"Final-Recipient: rfc822; khong.co@vidu.vn", b"Action: failed",
                     b"Status: 5.1.1", b"550 5.1.1 no such user here", b"Subject: tra-lai"):
            self.assertIn(part.replace(b"rfc822; ", b"rfc822;"), bounce.replace(b"rfc822; ", b"rfc822;"))
        self.assertIn(b"Return-Path: <>", bounce)
        self.assertNotIn(b"a@vidu.vn", bounce.split(b"Final-Recipient")[1].replace(b"khong.co@vidu.vn", b"").split(b"--")[0])
        self.assertNotIn("Kính gửi đồng chí".encode(), bounce, "a bounce returns the header only")
        self.assertNotIn(mail, bounce)

    def test_nothing_is_lost_when_the_server_is_killed(self):
        self.answers["RCPT", "a@vidu.vn"] = "451 4.3.0 later"
        self.send("song-sot", "a@vidu.vn")
        self.assertEqual(len(self.queue()), 1)
        self.site.kill()
        self.answers.clear()
        self.site.start()
        self.assertEqual(len(self.arrives()), 1)

    def test_hold_release_retry_and_drop(self):
        self.answers["RCPT", "@vidu.vn"] = "451 4.3.0 later"
        self.send("giu-lai", "a@vidu.vn")
        self.send("bo-di", "b@vidu.vn")
        entries = eventually(lambda: (q := self.queue()) and len(q) == 2 and all(e["attempts"] > 0 for e in q) and q, "two tried entries")
        first, second = (next(e for e in entries if e["recipients"][0].startswith(p)) for p in "ab")
        self.assertIn("451", first["last_error"])
        self.site.run("queue", "hold", first["id"])
        self.drop(second["id"])
        held, = self.queue()
        self.assertTrue(held["held"])
        self.answers.clear()
        import time
        time.sleep(2.5)  # longer than the wait between attempts
        self.assertEqual(self.fake.mails, [])
        self.site.run("queue", "release", first["id"])
        self.site.run("queue", "retry", first["id"], code=None)  # it may be gone already
        self.assertEqual([m[1] for m in self.arrives()], [["a@vidu.vn"]])

    def test_unknown_entry(self):
        self.assertEqual(self.site.run("queue", "drop", "999999", code=4).stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Debian's own clients against the server, over TLS: swaks, curl, mbsync, fetchmail."""
import email
import re
import unittest

import clients
from clients import Imap, letter, quoted, submit
from province import AN, BINH, CHI, DOMAIN, PASSWORD, Province

INCOMING = "Công văn đến/Năm 2026"


def setUpModule():
    global site
    site = Province()
    site.start()


def tearDownModule():
    site.end()


class Swaks(unittest.TestCase):
    def sent(self, port, *more, code=0, user=AN, **how):
        done = clients.swaks(site, port, "--from", user, *more, **how)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def login(self, kind, password=PASSWORD):
        return ["--auth", kind, "--auth-user", AN, "--auth-password", password]

    def arrived(self, subject):
        with Imap(site) as imap:
            return imap.body(imap.by_subject(subject))

    def test_submission_with_starttls_and_plain(self):
        self.sent(site.submission, "--tls", *self.login("PLAIN"), "--header", "Subject: swaks-587-plain", "--header", f"From: {AN}")
        self.arrived("swaks-587-plain")

    def test_submission_with_starttls_and_login(self):
        self.sent(site.submission, "--tls", *self.login("LOGIN"), "--header", "Subject: swaks-587-login")
        self.arrived("swaks-587-login")

    def test_submissions_with_tls_from_the_first_byte(self):
        self.sent(site.submissions, "--tls-on-connect", *self.login("PLAIN"), "--header", "Subject: swaks-465")
        self.arrived("swaks-465")

    def test_mail_from_another_server_with_and_without_tls(self):
        for n, tls in enumerate(([], ["--tls"])):
            self.sent(site.smtp, *tls, "--header", f"Subject: swaks-25-{n}", user="cong.dan@vidu.vn")
            self.arrived(f"swaks-25-{n}")

    def test_pipelining_and_attachment(self):
        path = site.dir / "tep.bin"
        path.write_bytes(bytes(range(256)) * 1000)
        self.sent(site.submissions, "--tls-on-connect", "--pipeline", *self.login("PLAIN"), "--attach", f"@{path}",
                  "--header", "Subject: swaks-dinh-kem")
        parts = email.message_from_bytes(self.arrived("swaks-dinh-kem")).get_payload()
        self.assertTrue(parts[1].get_payload(decode=True) == path.read_bytes(), "the attachment was changed")

    def test_wrong_password(self):
        done = clients.swaks(site, site.submissions, "--tls-on-connect", "--from", AN, *self.login("PLAIN", "sai"))
        self.assertEqual(done.returncode, 28, done.stdout)  # swaks: "AUTH error"
        self.assertIn("535 5.7.8", done.stdout)

    def test_no_password_in_clear(self):
        done = clients.swaks(site, site.submission, "--from", AN, *self.login("PLAIN"))
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("AUTH", re.sub(r"(?m)^\*.*$", "", done.stdout))  # neither offered nor tried

    def test_unknown_recipient(self):
        out = self.sent(site.smtp, user="cong.dan@vidu.vn", to=f"khong.co@{DOMAIN}", code=24)
        self.assertIn("550 5.1.1", out)


class Curl(unittest.TestCase):
    def run_curl(self, url, *more, **how):
        done = clients.curl(site, url, *more, **how)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_send_by_smtps_and_read_by_imaps(self):
        mail = site.dir / "curl.eml"
        mail.write_bytes(letter(subject="curl-di-va-ve"))
        self.run_curl(f"smtps://localhost:{site.submissions}/client.songla.gov.vn", "--mail-from", AN, "--mail-rcpt", BINH,
                      "--upload-file", mail, user=AN)
        numbers = self.run_curl(f"imaps://localhost:{site.imaps}/INBOX", "--request", "SEARCH SUBJECT curl-di-va-ve").split()[2:]
        self.assertEqual(len(numbers), 1)
        text = self.run_curl(f"imaps://localhost:{site.imaps}/INBOX;MAILINDEX={numbers[0]}")
        self.assertIn("Kính gửi đồng chí.", text)
        head = self.run_curl(f"imaps://localhost:{site.imaps}/INBOX;MAILINDEX={numbers[0]};SECTION=HEADER.FIELDS%20(SUBJECT)")
        self.assertEqual(head.strip(), "Subject: curl-di-va-ve")

    def test_starttls_on_the_plain_ports(self):
        mail = site.dir / "curl2.eml"
        mail.write_bytes(letter(subject="curl-starttls"))
        self.run_curl(f"smtp://localhost:{site.submission}/client", "--ssl-reqd", "--mail-from", AN, "--mail-rcpt", BINH,
                      "--upload-file", mail, user=AN)
        out = self.run_curl(f"imap://localhost:{site.imap}/INBOX", "--ssl-reqd", "--request", "SEARCH SUBJECT curl-starttls")
        self.assertEqual(len(out.split()), 3, out)

    def test_every_login_mechanism(self):
        for mechanism in ("PLAIN", "LOGIN"):  # Debian's curl knows no SCRAM; test_auth does
            for url in (f"imaps://localhost:{site.imaps}/", f"imap://localhost:{site.imap}/"):
                with self.subTest(mechanism=mechanism, url=url):
                    out = self.run_curl(url, "--ssl-reqd", "--login-options", f"AUTH={mechanism}")
                    self.assertIn("INBOX", out)

    def test_append_list_and_create(self):
        mail = site.dir / "curl3.eml"
        mail.write_bytes(letter(subject="curl-append"))
        self.run_curl(f"imaps://localhost:{site.imaps}/", "--request", "CREATE Du-an")
        self.run_curl(f"imaps://localhost:{site.imaps}/Du-an", "--upload-file", mail)
        self.assertIn("Du-an", self.run_curl(f"imaps://localhost:{site.imaps}/"))
        self.assertEqual(self.run_curl(f"imaps://localhost:{site.imaps}/Du-an", "--request", "SEARCH ALL").strip(), "* SEARCH 1")

    def test_special_use_mailboxes_are_there(self):
        out = self.run_curl(f"imaps://localhost:{site.imaps}/", "--request", 'LIST "" "*"')
        for name in ("Drafts", "Sent", "Junk", "Trash", "Archive"):
            self.assertRegex(out, rf"\\{name}\b.*{name}")

    def test_certificate_is_checked(self):
        done = clients.command("curl", "-sS", "--url", f"imaps://localhost:{site.imaps}/", "--user", f"{BINH}:{PASSWORD}")
        self.assertEqual(done.returncode, 60, done.stderr)  # the site's authority is not the system's


class Mbsync(unittest.TestCase):
    user = CHI

    def sync(self, store):
        done = clients.mbsync(site, store, self.user)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def maildir(self, store, mailbox):
        return [f for part in ("cur", "new") for f in (store / mailbox / part).iterdir()]

    def find(self, store, mailbox, subject):
        found = [f for f in self.maildir(store, mailbox) if subject.encode() in f.read_bytes()]
        self.assertEqual(len(found), 1, f"{subject} in {mailbox}")
        return found[0]

    def test_both_ways_with_flags_and_a_vietnamese_mailbox(self):
        name = quoted(INCOMING)
        with Imap(site, CHI) as imap:
            Imap.ok(imap.create(name))
            Imap.ok(imap.append(name, "(\\Flagged)", None, letter(subject="mbsync-tieng-viet")))
        submit(site, letter(to=CHI, subject="mbsync-xuong"), to=[CHI])
        store = site.dir / "maildir"
        self.sync(store)

        # Down: the mail, its flags, the special-use mailboxes, the Vietnamese one.
        local = name.strip('"')
        self.assertTrue((store / local).is_dir(), sorted(p.name for p in store.iterdir()))
        self.assertTrue(self.find(store, local, "mbsync-tieng-viet").name.endswith(":2,F"))
        self.assertTrue((store / "Sent").is_dir())
        down = self.find(store, "INBOX", "mbsync-xuong")

        # Up: a flag, a new mail, a removal.
        down.rename(down.parent.parent / "cur" / (re.sub(r":2,.*", "", down.name) + ":2,RS"))
        (store / "INBOX" / "new" / "1.mbsync-e2e.host").write_bytes(letter(subject="mbsync-len").replace(b"\r\n", b"\n"))
        gone = self.find(store, local, "mbsync-tieng-viet")
        gone.rename(gone.parent / (gone.name + "T"))
        self.sync(store)
        with Imap(site, CHI) as imap:
            self.assertLessEqual({"\\Answered", "\\Seen"}, imap.flags(imap.by_subject("mbsync-xuong")))
            self.assertIn("Kính gửi".encode(), imap.body(imap.by_subject("mbsync-len")))
            Imap.ok(imap.select(name))
            self.assertEqual(imap.found("ALL"), [])

        # Nothing changes when nothing has changed.
        before = sorted(str(p) for p in store.rglob("*") if p.is_file())
        self.sync(store)
        self.assertEqual(before, sorted(str(p) for p in store.rglob("*") if p.is_file()))


class Fetchmail(unittest.TestCase):
    def test_poll_keeps_and_marks_seen(self):
        for n in (1, 2):
            submit(site, letter(to=AN, subject=f"fetchmail-{n}"), to=[AN])
        into = site.dir / "fetched"
        done = clients.fetchmail(site, into, AN)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        text = into.read_text(errors="replace")
        for n in (1, 2):
            self.assertIn(f"Subject: fetchmail-{n}", text)
        self.assertIn("Kính gửi đồng chí.", text)
        with Imap(site, AN) as imap:
            self.assertIn("\\Seen", imap.flags(imap.by_subject("fetchmail-1")))


if __name__ == "__main__":
    unittest.main(verbosity=2)

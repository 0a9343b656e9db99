#!/usr/bin/env python3
"""Logging in: which mechanisms, never in clear, wrong passwords slowed down and limited, nothing told about who exists."""
import base64
import contextlib
import hashlib
import hmac
import imaplib
import os
import smtplib
import time
import unittest

from clients import Imap, letter, receive, refusal, submission
from province import AN, BINH, CHI, DOMAIN, PASSWORD, Province, eventually


GUESSED = f"bi.do@{DOMAIN}"  # whose password is guessed: nobody else's cases may suffer from it


def setUpModule():
    global site
    site = Province(imap_plaintext_loopback="false")
    site.add_account(GUESSED, "Bị Dò")
    site.start()


def tearDownModule():
    site.end()


class Scram:
    """RFC 7677 client for imaplib.authenticate and smtplib.auth; checks the server's signature too."""

    def __init__(self, user, password):
        self.password, self.step = password.encode(), 0
        self.bare = f"n={user},r={base64.b64encode(os.urandom(18)).decode()}"
        self.expected = None

    def __call__(self, challenge=None):
        self.step += 1
        if self.step == 1:
            return "n,," + self.bare
        text = challenge.decode()
        fields = dict(part.split("=", 1) for part in text.split(","))
        if self.step == 3:
            assert fields["v"] == self.expected, "the server does not know the password"
            return ""
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(fields["s"]), int(fields["i"]))
        mac = lambda key, data: hmac.new(key, data, hashlib.sha256).digest()
        client_key = mac(salted, b"Client Key")
        final = f"c=biws,r={fields['r']}"
        everything = f"{self.bare},{text},{final}".encode()
        proof = bytes(a ^ b for a, b in zip(client_key, mac(hashlib.sha256(client_key).digest(), everything)))
        self.expected = base64.b64encode(mac(mac(salted, b"Server Key"), everything)).decode()
        return f"{final},p={base64.b64encode(proof).decode()}"


@contextlib.contextmanager
def imaps():
    imap = imaplib.IMAP4_SSL("localhost", site.imaps, ssl_context=site.tls(), timeout=120)
    try:
        yield imap
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            imap.shutdown()


class Imap4(unittest.TestCase):
    def test_mechanisms(self):
        plain = lambda c: f"\0{BINH}\0{PASSWORD}"
        for name, answer in (("PLAIN", plain), ("SCRAM-SHA-256", Scram(BINH, PASSWORD))):
            with self.subTest(name), imaps() as imap:
                self.assertIn("AUTH=" + name, imap.capabilities)
                self.assertEqual(imap.authenticate(name, answer)[0], "OK")
                self.assertEqual(imap.select()[0], "OK")

    def test_no_login_without_tls(self):
        imap = imaplib.IMAP4("localhost", site.imap, timeout=60)
        self.addCleanup(imap.shutdown)
        self.assertIn("LOGINDISABLED", imap.capabilities)
        self.assertFalse([c for c in imap.capabilities if c.startswith("AUTH=")])
        with self.assertRaises(imaplib.IMAP4.error):
            imap.login(BINH, PASSWORD)
        imap.starttls(site.tls())
        self.assertNotIn("LOGINDISABLED", imap.capabilities)
        self.assertEqual(imap.login(BINH, PASSWORD)[0], "OK")

    def test_nothing_before_login(self):
        with imaps() as imap:
            imap.state = "SELECTED"
            for command in ("SELECT INBOX", 'LIST "" "*"', "FETCH 1 FLAGS", "SEARCH ALL"):
                verb, _, rest = command.partition(" ")
                with self.subTest(command):
                    try:
                        self.assertIn(imap._simple_command(verb, rest)[0], ("NO", "BAD"))
                    except imaplib.IMAP4.error:
                        pass

    def test_authorisation_as_somebody_else_is_refused(self):
        with imaps() as imap, self.assertRaises(imaplib.IMAP4.error):
            imap.authenticate("PLAIN", lambda c: f"{CHI}\0{BINH}\0{PASSWORD}")


class Smtp(unittest.TestCase):
    def test_mechanisms(self):
        with smtplib.SMTP("localhost", site.submission, "c", timeout=60) as smtp:
            smtp.ehlo()
            self.assertFalse(smtp.has_extn("auth"), "no AUTH before TLS")
            smtp.starttls(context=site.tls())
            smtp.ehlo()
            self.assertLessEqual({"PLAIN", "LOGIN", "SCRAM-SHA-256"}, set(smtp.esmtp_features["auth"].split()))
        for mechanism in ("PLAIN", "LOGIN"):
            with smtplib.SMTP_SSL("localhost", site.submissions, "c", context=site.tls(), timeout=60) as smtp:
                smtp.user, smtp.password = AN, PASSWORD
                smtp.ehlo()
                self.assertEqual(smtp.auth(mechanism, getattr(smtp, "auth_" + mechanism.lower()))[0], 235)

    def test_scram(self):
        client = Scram(AN, PASSWORD)
        with smtplib.SMTP_SSL("localhost", site.submissions, "c", context=site.tls(), timeout=60) as smtp:
            smtp.ehlo()
            encode = lambda text: base64.b64encode(text.encode()).decode()
            code, challenge = smtp.docmd("AUTH", "SCRAM-SHA-256 " + encode(client()))
            self.assertEqual(code, 334)
            code, challenge = smtp.docmd(encode(client(base64.b64decode(challenge))))
            if code == 334:  # the server's signature comes as a challenge of its own
                code, _ = smtp.docmd(encode(client(base64.b64decode(challenge))))
            self.assertEqual(code, 235)

    def test_login_without_tls_is_refused(self):
        with smtplib.SMTP("localhost", site.submission, "c", timeout=60) as smtp:
            smtp.ehlo()
            code, _ = smtp.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{AN}\0{PASSWORD}".encode()).decode())
            self.assertIn(code, (503, 504, 530, 538))


class Disabled(unittest.TestCase):
    def test_a_disabled_account_neither_logs_in_nor_gets_mail(self):
        address = f"nghi.huu@{DOMAIN}"
        site.add_account(address, "Nghỉ Hưu")
        with Imap(site, address):
            pass
        site.run("account", "set", address, "--disable")
        with self.assertRaises(imaplib.IMAP4.error):
            Imap(site, address)
        self.assertEqual(refusal(receive, site, letter(to=address), to=[address])[0], 550)
        site.run("account", "set", address, "--enable")
        with Imap(site, address):
            pass

    def test_a_changed_password_holds_at_once(self):
        address = f"doi.khau@{DOMAIN}"
        site.add_account(address, "Đổi Khẩu")
        site.run("account", "set", address, "--password-stdin", stdin="Mat khau khac 2\n")
        with self.assertRaises(imaplib.IMAP4.error):
            Imap(site, address)
        with imaps() as imap:
            self.assertEqual(imap.login(address, "Mat khau khac 2")[0], "OK")


class Guessing(unittest.TestCase):
    def attempt(self, user, password):
        """(seconds, answer) of one IMAP LOGIN on a fresh connection."""
        with imaps() as imap:
            begin = time.monotonic()
            try:
                answer = imap.login(user, password)[1][0].decode()
            except imaplib.IMAP4.error as e:
                answer = str(e)
            return time.monotonic() - begin, answer

    def test_wrong_password_waits_and_unknown_user_is_answered_alike(self):
        slow, known = self.attempt(CHI, "sai")
        slow2, unknown = self.attempt(f"khong.co@{DOMAIN}", "sai")
        self.assertGreater(slow, 0.9)
        self.assertGreater(slow2, 0.9)
        self.assertEqual(known, unknown)
        self.assertIn("AUTHENTICATIONFAILED", known)
        self.assertNotIn("sai", site.log_text().split("event=ready")[-1].replace("sai lệch", ""))

    def test_guessing_is_limited_and_others_still_get_in(self):
        # A dozen guesses at once: the delays run side by side.
        import concurrent.futures
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: self.attempt(GUESSED, f"doan-{n}")[1], range(12)))
        self.assertTrue(all("Error" in a or "FAILED" in a or "UNAVAILABLE" in a or "[" in a for a in answers), answers)
        _, answer = self.attempt(GUESSED, PASSWORD)
        self.assertNotIn("LOGIN completed", answer, "the right password after twelve wrong ones from here has to wait")
        with Imap(site, BINH) as imap:
            imap.refresh()  # somebody else at the same address is not locked out
        with self.assertRaises(smtplib.SMTPException):
            with submission(site, GUESSED):  # SMTP shares the guard
                pass
        self.assertNotIn("doan-", site.log_text(), "a password in the log")


if __name__ == "__main__":
    unittest.main(verbosity=2)

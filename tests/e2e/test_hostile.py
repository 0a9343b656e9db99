#!/usr/bin/env python3
"""Bad input: each gets a clear answer or a closed connection, and the server goes on serving everybody else."""
import contextlib
import os
import re
import socket
import ssl
import time
import unittest

from clients import Imap, letter, receive, submission, submit
from province import AN, BINH, PASSWORD, Province


def setUpModule():
    global site
    site = Province(smtp_command_timeout='"8s"', smtp_data_timeout='"8s"')
    site.start()


def tearDownModule():
    site.end()


class Wire:
    """A raw connection."""

    def __init__(self, port, tls=False, greeting=True):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        if tls:
            self.socket = site.tls().wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        self.greeting = self.line() if greeting else b""

    def __enter__(self):
        return self

    def __exit__(self, *args):
        with contextlib.suppress(OSError):
            self.file.close()
            self.socket.close()

    def send(self, data):
        """Sends all, or what the server takes before it hangs up."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self.socket.sendall(data)

    def line(self):
        """The next line, b"" when the server has closed."""
        try:
            return self.file.readline()
        except (ConnectionError, ssl.SSLError):
            return b""

    def ask(self, data):
        """Sends, and gives the last line of the reply."""
        self.send(data)
        while re.match(rb"\d{3}-", line := self.line()):
            pass
        return line

    def closed(self):
        """Reads until the server closes; gives what it said before."""
        out = b""
        while line := self.line():
            out += line
        return out


class Hostile(unittest.TestCase):
    def tearDown(self):
        """Whatever was done: the server lives, and others are served."""
        self.assertTrue(site.alive(), site.tail())
        subject = re.sub(r"\W|_", "-", self.id()) + "-con-song"
        receive(site, letter(subject=subject))
        with Imap(site) as imap:
            imap.by_subject(subject)


class Smtp(Hostile):
    def test_endless_line(self):
        with Wire(site.smtp) as wire:
            wire.send(b"EHLO " + b"a" * 3_000_000)
            answer = wire.ask(b"\r\n")
            self.assertRegex(answer + wire.ask(b"QUIT\r\n"), rb"^(500|421|221)|^$")

    def test_noise_and_nul(self):
        for noise in (os.urandom(4000), b"\0" * 1000 + b"\r\n", b"EHLO \0\r\n", b"MAIL FROM:<a\r@b>\r\n", b"\r\n" * 500):
            with self.subTest(noise[:10]), Wire(site.smtp) as wire:
                wire.send(noise + b"\r\nQUIT\r\n")
                text = wire.closed()
                self.assertNotRegex(text, rb"(?m)^250")

    def test_too_many_errors_close(self):
        with Wire(site.smtp) as wire:
            wire.send(b"KHONGCO\r\n" * 200)
            text = wire.closed()
            self.assertIn(b"421", text)
            self.assertLess(text.count(b"\r\n"), 100)

    def test_smuggled_end_of_data(self):
        for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\r\n.\r\r\n", b"\r\n\0.\r\n"):
            with self.subTest(end), Wire(site.smtp) as wire:
                wire.ask(b"EHLO mx.vidu.vn\r\n")
                for command in (b"MAIL FROM:<a@vidu.vn>", b"RCPT TO:<%s>" % BINH.encode(), b"DATA"):
                    wire.ask(command + b"\r\n")
                wire.send(b"From: a@vidu.vn\r\nSubject: buon-lau\r\n\r\nx" + end +
                          b"MAIL FROM:<lanhdao@songla.gov.vn>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: lot-luoi\r\n\r\ny\r\n.\r\nQUIT\r\n" % BINH.encode())
                self.assertNotRegex(wire.closed(), rb"(?m)^250")
        with Imap(site) as imap:
            for subject in ("buon-lau", "lot-luoi"):
                self.assertEqual(imap.found("SUBJECT", subject), [])

    def test_command_injected_behind_starttls(self):
        with Wire(site.smtp) as wire:
            wire.ask(b"EHLO mx.vidu.vn\r\n")
            wire.send(b"STARTTLS\r\nRSET\r\nNOOP\r\n")
            self.assertNotRegex(wire.closed(), rb"(?m)^(220|250)")

    def test_chunk_of_an_impossible_size(self):
        with Wire(site.smtp) as wire:
            wire.ask(b"EHLO mx.vidu.vn\r\n")
            wire.ask(b"MAIL FROM:<a@vidu.vn>\r\n")
            wire.ask(b"RCPT TO:<%s>\r\n" % BINH.encode())
            self.assertRegex(wire.ask(b"BDAT 18446744073709551616 LAST\r\n"), rb"^5\d\d")

    def test_slow_client_is_dropped(self):
        with Wire(site.smtp) as wire:
            begin = time.monotonic()
            wire.send(b"EHL")
            self.assertIn(b"421", wire.closed())
            self.assertLess(time.monotonic() - begin, 30)

    def test_message_nested_ten_thousand_deep(self):
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(10_000))
        mail = b"From: a@vidu.vn\r\nSubject: sau-muoi-nghin\r\nMIME-Version: 1.0\r\n" + deep + b"\r\nx\r\n"
        self.accepted_and_readable(mail, "sau-muoi-nghin")

    def test_ten_thousand_parts(self):
        parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\n%d\r\n" % n for n in range(10_000))
        mail = b"From: a@vidu.vn\r\nSubject: muoi-nghin-phan\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
        self.accepted_and_readable(mail, "muoi-nghin-phan")

    def test_header_of_a_megabyte(self):
        mail = b"From: a@vidu.vn\r\nSubject: dau-thu-lon\r\n" + b"X-A: " + (b"a" * 900 + b"\r\n ") * 1200 + b"b\r\n\r\nx\r\n"
        self.accepted_and_readable(mail, "dau-thu-lon")

    def test_nul_and_eight_bit_header(self):
        mail = "From: Nguyễn <a@vidu.vn>\r\nSubject: tam-bit \xff\r\n\r\nx\r\n".encode("latin-1", "replace")
        self.accepted_and_readable(mail, "tam-bit")

    def accepted_and_readable(self, mail, subject):
        """Taken and readable, or refused with 5xx; nothing between."""
        import smtplib
        try:
            receive(site, mail)
        except smtplib.SMTPResponseException as e:
            self.assertEqual(e.smtp_code // 100, 5, e)
            return
        with Imap(site) as imap:
            number = imap.by_subject(subject)
            Imap.ok(imap.fetch(str(number), "(ENVELOPE BODYSTRUCTURE FLAGS)"))
            self.assertTrue(imap.body(number).endswith(mail))


class ImapWire(Hostile):
    def test_literal_bombs_before_login(self):
        for literal in (b"{4294967295}", b"{4294967295+}", b"{99999999999999999999}", b"{999999999999+}", b"{9000+}"):
            with self.subTest(literal), Wire(site.imaps, tls=True) as wire:
                wire.send(b"a LOGIN " + literal + b"\r\n")
                answer = wire.line()
                self.assertFalse(answer.startswith(b"+"), answer)
                if answer.startswith(b"* BYE"):
                    continue
                self.assertRegex(answer, rb"^(a|\*) (BAD|NO|BYE)|^$")

    def test_too_big_append_is_refused_before_its_bytes(self):
        with Wire(site.imaps, tls=True) as wire:
            wire.ask(b'a LOGIN %s "%s"\r\n' % (BINH.encode(), PASSWORD.encode()))
            wire.send(b"b APPEND INBOX {999999999}\r\n")
            while (line := wire.line()).startswith(b"*"):
                pass
            self.assertRegex(line, rb"^b NO .*TOOBIG")

    def test_endless_line_and_noise(self):
        for noise in (b"a " + b"x" * 3_000_000, os.urandom(5000), b"a LOGIN \0 b\r\n", b"\r\n" * 200, b"a b c\rd\r\n", b"(" * 100_000 + b"\r\n"):
            with self.subTest(noise[:8]), Wire(site.imaps, tls=True) as wire:
                wire.send(noise + b"\r\nz LOGOUT\r\n")
                text = wire.closed()
                self.assertNotRegex(text, rb"(?m)^a OK")

    def test_deep_search_and_long_sets(self):
        with Wire(site.imaps, tls=True) as wire:
            wire.send(b'a LOGIN %s "%s"\r\n' % (BINH.encode(), PASSWORD.encode()))
            wire.send(b"b SELECT INBOX\r\n")
            wire.send(b"c SEARCH " + b"(" * 5000 + b"ALL" + b")" * 5000 + b"\r\n")
            wire.send(b"d SEARCH " + b"NOT " * 5000 + b"ALL\r\n")
            wire.send(b"e FETCH " + b",".join([b"1:*"] * 1500) + b" UID\r\n")
            wire.send(b'f LIST "" "' + b"*%" * 500 + b'"\r\n')
            wire.send(b"g LOGOUT\r\n")
            text = wire.closed()
            self.assertRegex(text, rb"(?m)^c (BAD|NO)|BYE")

    def test_command_injected_behind_starttls(self):
        with Wire(site.imap) as wire:
            wire.send(b"a STARTTLS\r\nb CAPABILITY\r\n")
            text = wire.closed()
            self.assertNotRegex(text, rb"(?m)^b OK")

    def test_header_cannot_break_a_reply(self):
        mail = b'From: "a\\" b" <a@vidu.vn>\r\nSubject: =?UTF-8?Q?x=0D=0A*_99_EXISTS=0D=0A?= chen-dong\r\n\r\nx\r\n'
        receive(site, mail)
        with Imap(site) as imap:
            number = imap.by_subject("chen-dong")
            Imap.ok(imap.fetch(str(number), "(ENVELOPE)"))
            self.assertNotEqual(imap.response("EXISTS")[1][-1], b"99")


class Tls(Hostile):
    def test_truncated_handshakes_and_noise(self):
        hello = bytes.fromhex("16030100") + b"\xc8\x01\x00\x00\xc4\x03\x03" + os.urandom(60)
        for port in (site.imaps, site.submissions):
            for data in (b"", hello[:3], hello, os.urandom(3000), b"GET / HTTP/1.1\r\n\r\n"):
                with Wire(port, greeting=False) as wire:
                    wire.send(data)

    def test_connection_cut_without_close_notify(self):
        for _ in range(5):
            wire = Wire(site.imaps, tls=True)
            wire.send(b"a CAPABILITY\r\n")
            os.close(wire.socket.detach())
        with submission(site) as smtp:
            smtp.docmd(f"MAIL FROM:<{AN}>")
            smtp.docmd(f"RCPT TO:<{BINH}>")
            smtp.docmd("DATA")
            smtp.send(b"Subject: nua-chung\r\n\r\nnua")
            os.close(smtp.sock.detach())
            smtp.file, smtp.sock = None, None
        with Imap(site) as imap:
            self.assertEqual(imap.found("SUBJECT", "nua-chung"), [])

    def test_old_versions_are_refused(self):
        context = site.tls()
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises((ssl.SSLError, OSError)):
            with socket.create_connection(("127.0.0.1", site.imaps), 20) as raw:
                context.wrap_socket(raw, server_hostname="localhost")

    def test_a_crowd_of_idle_connections(self):
        crowd = [socket.create_connection(("127.0.0.1", site.imaps), 20) for _ in range(40)]
        try:
            with Imap(site) as imap:
                imap.refresh()
        finally:
            for s in crowd:
                s.close()


class Http(Hostile):
    def test_metrics_and_noise(self):
        with Wire(site.http, greeting=False) as wire:
            wire.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertTrue(wire.line().startswith(b"HTTP/1.1 200"))
        for noise in (b"GET /" + b"a" * 100_000, os.urandom(2000), b"POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"):
            with Wire(site.http, greeting=False) as wire:
                wire.send(noise + b"\r\n\r\n")

    def test_nothing_can_be_changed_over_the_port(self):
        for method, path, answer in ((b"GET", b"/accounts", b"404"), (b"GET", b"/queue", b"404"), (b"GET", b"/domains", b"404"), (b"DELETE", b"/trust", b"405"),
                                     (b"GET", b"/audit", b"303"), (b"POST", b"/registers/row", b"403"), (b"POST", b"/sign-in", b"403")):
            with self.subTest(path), Wire(site.http, greeting=False) as wire:
                wire.send(method + b" " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                self.assertTrue(wire.line().startswith(b"HTTP/1.1 " + answer))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""What was acknowledged is there afterwards: after a restart, after SIGKILL under load, after a full disk; and failed starts."""
import base64
import concurrent.futures
import os
import smtplib
import socket
import subprocess
import threading
import time
import unittest

from clients import Imap, letter, quoted, receive, submission, submit
from province import AN, BIN, BINH, CHI, DOMAIN, PASSWORD, Province, ServerError, eventually

NAME = quoted("Công văn đến")


class Restart(unittest.TestCase):
    def test_everything_is_kept(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        mail = letter(subject="con-nguyen")
        submit(site, mail)
        with Imap(site) as imap:
            Imap.ok(imap.create(NAME))
            Imap.ok(imap.store(str(imap.by_subject("con-nguyen")), "+FLAGS", "(\\Flagged Can-tra-loi)"))
            Imap.ok(imap.copy("1", NAME))
            before = Imap.ok(imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)"))
        site.stop()
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", site.imaps), 2)
        site.start()
        with Imap(site) as imap:
            self.assertEqual(Imap.ok(imap.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY)")), before)
            number = imap.by_subject("con-nguyen")
            self.assertTrue(imap.body(number).endswith(mail))
            self.assertLessEqual({"\\Flagged", "Can-tra-loi"}, imap.flags(number))
            Imap.ok(imap.select(NAME))
            self.assertEqual(imap.found("ALL"), [1])

    def test_clients_are_told_when_the_server_stops(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        imap = Imap(site)
        smtp = smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60)
        smtp.ehlo()
        site.stop()
        imap.sock.settimeout(20)
        self.assertTrue(imap.readline().startswith(b"* BYE"))
        self.assertEqual(smtp.getreply()[0], 421)

    def test_reload_keeps_connections_and_a_bad_file_keeps_the_old_settings(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        with Imap(site) as imap:
            text = site.config.read_text()
            site.set("policy", "khong_co", "1")
            site.reload()
            eventually(lambda: "khong_co" in site.log_text(), "the error in the log", 20)
            imap.refresh()
            submit(site, letter(subject="van-chay"))
            imap.by_subject("van-chay")
            site.config.write_text(text + '\n[policy.rules]\nfree-provider = "off"\nsender-identity = "off"\n')
            site.reload()

            def accepted():
                try:
                    submit(site, letter(sender="x@gmail.com", subject="da-nap-lai"), sender="x@gmail.com")
                    return True
                except smtplib.SMTPResponseException:
                    return False
            eventually(accepted, "the new rules", 20)
            imap.by_subject("da-nap-lai")


class Kill(unittest.TestCase):
    def test_every_250_is_there_after_sigkill(self):
        site = Province()
        self.addCleanup(site.end)
        for round_ in range(3):
            site.start()
            promised, stop = [], threading.Event()

            def sender(n):
                count = 0
                try:
                    with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=30) as smtp:
                        while not stop.is_set():
                            subject = f"hua-{round_}-{n}-{count}."
                            smtp.sendmail("cong.dan@vidu.vn", [BINH, CHI], letter(subject=subject, body="x" * 70 + "\r\n"))
                            promised.append(subject)
                            count += 1
                except (smtplib.SMTPException, OSError):
                    pass

            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                for n in range(6):
                    pool.submit(sender, n)
                eventually(lambda: len(promised) >= 30, "thirty accepted mails", 60)
                site.kill()
                stop.set()
            self.assertTrue(site.json("store", "check")["ok"])
            site.start()
            for user in (BINH, CHI):
                with Imap(site, user) as imap:
                    data = Imap.ok(imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
                    text = b"".join(d[1] for d in data if isinstance(d, tuple)).decode()
                    lost = [s for s in promised if s not in text]
                    self.assertEqual(lost, [], f"{len(lost)} of {len(promised)} acknowledged mails are lost for {user}")
            site.stop()

    def test_an_ok_of_append_and_store_survives(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        imap = Imap(site)
        for n in range(20):
            Imap.ok(imap.append("INBOX", None, None, letter(subject=f"luu-{n}.")))
            Imap.ok(imap.refresh().store(str(n + 1), "+FLAGS.SILENT", "(\\Flagged)"))
        site.kill()
        imap.shutdown()
        site.start()
        with Imap(site) as imap:
            self.assertEqual(len(imap.found("FLAGGED")), 20)


def incompressible(size):
    """Text lines of this many bytes that the compression of the store shortens by a quarter at most."""
    return base64.encodebytes(os.urandom(size * 3 // 4)).decode().replace("\n", "\r\n")


class FullStore(unittest.TestCase):
    def test_mail_is_put_off_and_nothing_is_lost(self):
        site = Province(store_map_size='"64MiB"')
        self.addCleanup(site.end)
        site.start()
        taken, code = [], None
        with submission(site) as smtp:
            for n in range(60):
                try:
                    smtp.sendmail(AN, [BINH], letter(subject=f"day-{n}.", body=incompressible(2 << 20)))
                    taken.append(f"day-{n}.")
                except smtplib.SMTPResponseException as e:
                    code = e.smtp_code
                    break
                except smtplib.SMTPRecipientsRefused as e:
                    code = e.recipients[BINH][0]
                    break
        self.assertIn(code, (431, 450, 451, 452), f"{len(taken)} mails of 2 MiB fit into 64 MiB")
        self.assertTrue(taken)
        with Imap(site) as imap:
            for subject in taken:
                imap.by_subject(subject)
            status, text = imap.append("INBOX", None, None, letter(subject="khong-vua.", body=incompressible(2 << 20)))
            self.assertEqual(status, "NO", text)
            self.assertRegex(text[0], rb"\[(LIMIT|OVERQUOTA)\]")
            Imap.ok(imap.store("1", "+FLAGS", "(\\Deleted)"))  # who wants to make room can
            Imap.ok(imap.expunge())
        self.assertTrue(site.alive())


class Starts(unittest.TestCase):
    """A start that fails says what, where and what to do, with the exit codes of the command line."""

    @classmethod
    def setUpClass(cls):
        cls.site = Province(people=False)
        cls.text = cls.site.config.read_text()

    @classmethod
    def tearDownClass(cls):
        cls.site.config.write_text(cls.text)
        cls.site.end()

    def fails(self, *mentioned):
        done = subprocess.run([str(BIN / "congthud"), "--config", str(self.site.config)], capture_output=True, encoding="utf-8", timeout=120)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("Sanitizer", done.stderr)
        for word in mentioned:
            self.assertIn(word, done.stdout + done.stderr)
        self.assertGreater(done.returncode, 0, "died by a signal")
        return done

    def tearDown(self):
        self.site.config.write_text(self.text)

    def test_damaged_configuration_names_every_line(self):
        self.site.config.write_text(self.text.replace('data_dir = "data"', 'data_dir = 7\nkhong_co = true'))
        self.fails("data_dir", "khong_co", "congthu.toml:")
        checked = self.site.run("config", "check", code=None)
        self.assertIn(checked.returncode, (1, 4))
        self.assertIn("khong_co", checked.stdout + checked.stderr)

    def test_configuration_that_is_no_toml(self):
        self.site.config.write_text("[server\n")
        self.fails("congthu.toml:1")

    def test_configuration_that_is_missing(self):
        done = subprocess.run([str(BIN / "congthud"), "--config", "/khong/co.toml"], capture_output=True, encoding="utf-8", timeout=60)
        self.assertGreater(done.returncode, 0)
        self.assertIn("/khong/co.toml", done.stderr)

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", self.site.imap)):
            self.fails(str(self.site.imap))

    def test_certificate_missing(self):
        self.site.set("tls", "cert", '"tls/khong-co.pem"')
        self.fails("khong-co.pem")

    def test_second_server_on_one_store(self):
        self.site.start()
        try:
            for port in ("smtp", "imap", "http"):
                self.site.set(port, "port", "0")
            self.site.set("admin", "socket", '"khac.sock"')
            for key in ("submission_port", "submissions_port"):
                self.site.set("smtp", key, "0")
            self.site.set("imap", "imaps_port", "0")
            self.fails("data")
        finally:
            self.site.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)

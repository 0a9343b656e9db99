#!/usr/bin/env python3
"""A live congthud on a disk that fails: what clients are told, that it resumes by itself, and that nothing accepted is missing.

The library libcongthu_fault.so stands before its file calls; its rules lie in a file, so that a fault comes and goes while the server runs."""
import os
import pathlib
import smtplib
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from clients import Imap, letter, receive  # noqa: E402
from province import BIN, BINH, Province, eventually  # noqa: E402

LIBRARY = BIN / "libcongthu_fault.so"


class Faulty(Province):
    """A site whose server finds its store on the failing disk; the command line runs without."""

    def start(self):
        rules = {"LD_PRELOAD": str(LIBRARY), "CONGTHU_FAULT_DIR": str(self.home / "data"), "CONGTHU_FAULT_CONTROL": str(self.dir / "rules")}
        asan = os.environ.get("ASAN_OPTIONS", "")
        rules["ASAN_OPTIONS"] = (asan + ":" if asan else "") + "verify_asan_link_order=0"
        before = {name: os.environ.get(name) for name in rules}
        os.environ.update(rules)  # start() takes it over to the server alone
        try:
            return super().start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def fault(self, text):
        fresh = self.dir / "rules.new"
        fresh.write_text(text)
        fresh.rename(self.dir / "rules")


def answer(site, subject):
    """The last SMTP code for one mail; 250 = accepted."""
    try:
        receive(site, letter(sender="cong.dan@vidu.vn", subject=subject))
        return 250
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))[0]
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code


class LiveFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = Faulty()
        cls.site.start()
        cls.count = 0

    @classmethod
    def tearDownClass(cls):
        cls.site.fault("")
        cls.site.end()  # store check too

    def tearDown(self):
        self.site.fault("")
        eventually(lambda: answer_or_none(self.site, "lai-chay") == 250, "service after the case", 30)

    def accepted(self, subject):
        return answer(self.site, subject) == 250

    def through(self, rules, codes, imap_says):
        """Before, during and after a fault."""
        type(self).count += 1
        name = f"loi-{self.count}"
        with Imap(self.site) as imap:
            self.assertEqual(answer(self.site, name + "-truoc"), 250)
            number = str(imap.by_subject(name + "-truoc"))
            before = imap.count()
            self.site.fault(rules)
            for i in range(2):
                self.assertIn(answer(self.site, f"{name}-trong-{i}"), codes)
            refused = [imap.append("INBOX", None, None, letter(subject=name + "-append")), imap.store(number, "+FLAGS", "\\Flagged")]
            for status, text in refused:
                self.assertEqual(status, "NO", text)
                self.assertTrue(any(code in text[0] for code in imap_says), text)
            self.assertTrue(self.site.alive())
            self.site.fault("")
            eventually(lambda: self.accepted(name + "-sau"), "service after the fault", 30)
            imap.by_subject(name + "-sau")
            Imap.ok(imap.store(number, "+FLAGS", "\\Answered"))
            self.assertEqual(imap.flags(number) & {"\\Flagged", "\\Answered"}, {"\\Answered"})
            self.assertEqual(imap.found("SUBJECT", name + "-trong"), [])
            self.assertEqual(imap.found("SUBJECT", name + "-append"), [])
            self.assertGreater(imap.count(), before)
        log = self.site.log_text()
        self.assertIn("event=store_fault", log)
        self.assertIn("event=store_recovered", log)

    def test_disk_full_at_a_write(self):
        self.through("data ENOSPC", {452}, (b"[LIMIT]", b"[OVERQUOTA]"))

    def test_disk_full_at_the_sync(self):
        self.through("sync ENOSPC", {452}, (b"[LIMIT]", b"[OVERQUOTA]"))

    def test_error_of_a_write(self):
        self.through("data EIO", {451}, (b"[UNAVAILABLE]",))

    def test_error_of_a_sync(self):
        self.through("sync EIO late", {451}, (b"[UNAVAILABLE]",))

    def test_error_of_the_meta_write(self):
        self.through("meta EIO late", {451}, (b"[UNAVAILABLE]",))

    def test_error_of_the_meta_write_and_no_descriptors_to_open_again(self):
        """Nothing can be read either: no client is told that it was done, connections stay, and all comes back."""
        with Imap(self.site) as imap:
            self.site.fault("meta EIO late\nopen EMFILE")
            self.assertIn(answer(self.site, "khong-mo-duoc"), {451, 421})
            for status, text in (imap.append("INBOX", None, None, letter(subject="khong-mo-duoc")), imap.status("INBOX", "(MESSAGES)"),
                                 imap.fetch("1", "(FLAGS)")):
                self.assertEqual(status, "NO", text)
                self.assertIn(b"[UNAVAILABLE]", text[0])
            self.assertTrue(self.site.alive())
            self.site.fault("")
            eventually(lambda: answer_or_none(self.site, "mo-lai") == 250, "service after the fault", 30)
            imap.by_subject("mo-lai")
            self.assertEqual(imap.found("SUBJECT", "khong-mo-duoc"), [])

    def test_read_only_file_system(self):
        self.through("data EROFS\nrollback EROFS\nmeta EROFS", {451}, (b"[UNAVAILABLE]",))

    def test_mail_is_readable_while_the_disk_cannot_be_written(self):
        with Imap(self.site) as imap:
            self.assertEqual(answer(self.site, "doc-duoc"), 250)
            number = imap.by_subject("doc-duoc")
            self.site.fault("sync EIO\nmeta EIO")
            self.assertEqual(answer(self.site, "khong-nhan"), 451)
            self.assertIn(b"doc-duoc", imap.body(number))
            self.site.fault("")
            eventually(lambda: self.accepted("lai-chay"), "service after the fault", 30)

    def test_a_second_server_is_refused(self):
        done = subprocess.run([str(BIN / "congthud"), "--config", str(self.site.config)], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "another server uses the data directory|congthud .pid [0-9]+. listens there")
        self.assertEqual(answer(self.site, "van-mot-may-chu"), 250)


class Descriptors(unittest.TestCase):
    def test_connections_beyond_the_limit_wait_or_fail_and_service_resumes(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        # Indexed before: a sanitizer looks at the first object of a class through a pipe, and takes one that it cannot open for a broken object.
        for subject in ("truoc", "truoc-nua"):
            self.assertEqual(answer(site, subject), 250)
            eventually(lambda: site.json("store", "check")["index"] == "sound", "the index", 30)
        import resource
        used = len(os.listdir(f"/proc/{site.process.pid}/fd"))
        soft, hard = resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE, (used + 4, hard))
        held = [socket.create_connection(("127.0.0.1", site.smtp), 10) for _ in range(12)]
        time.sleep(1)
        self.assertTrue(site.alive())
        for connection in held:
            connection.close()
        resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        eventually(lambda: answer_or_none(site, "sau") == 250, "service with descriptors again", 30)


def answer_or_none(site, subject):
    try:
        return answer(site, subject)
    except OSError:
        return None


if __name__ == "__main__":
    unittest.main(verbosity=2)

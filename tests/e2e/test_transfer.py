#!/usr/bin/env python3
"""Import and export through the command line, with a running server and on the store of a stopped one."""
import json
import mailbox
import os
import re
import subprocess
import time
import unittest

from clients import Imap, letter, quoted
from province import AN, DOMAIN, PASSWORD, Province, make_signed

def setUpModule():
    global site
    site = Province()
    site.start()


def tearDownModule():
    site.end()


def counted(report):
    return report["imported"], report["present"], report["removed"], report["left_out"]


def everything(user):
    """mailbox -> sorted list of (bytes, flags, internal date); empty mailboxes too."""
    out = {}
    with Imap(site, user, None) as imap:
        for line in imap.ok(imap.list()):
            name = re.match(rb'\(.*?\) "/" (.*)', line)[1].decode()
            count = int(imap.ok(imap.select(name, readonly=True))[0])
            rows = []
            for item in imap.ok(imap.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")) if count else []:
                if isinstance(item, tuple):
                    flags = sorted(re.search(rb"FLAGS \((.*?)\)", item[0])[1].split())
                    rows.append((item[1], flags, re.search(rb'INTERNALDATE "(.*?)"', item[0])[1]))
            out[name.strip('"')] = sorted(rows)
    return out


def fill(user):
    """Mail in several mailboxes, with flags, keywords and dates, some of it hard to carry."""
    with Imap(site, user, None) as imap:
        for n, name in enumerate(("INBOX", "Sent", "Công văn", "Công văn/Đến/Năm 2026", "a:b")):
            imap.create(quoted(name))
            for k in range(4):
                body = ("From đầu dòng\r\n>From nữa\r\n", "Kính gửi\r\n", "không xuống dòng", "\r\n\r\n")[k]
                flags = ("", "\\Seen", "\\Flagged \\Answered $Forwarded", "\\Draft quan-trong")[k]
                imap.ok(imap.append(quoted(name), f"({flags})", f'"0{k + 1}-Nov-2025 09:15:0{n} +0700"', letter(subject=f"{n}-{k}", body=body)))


class Import(unittest.TestCase):
    def setUp(self):
        self.dir = site.dir / self.id().split(".")[-1]
        self.dir.mkdir()
        self.account = f"{self.id().split('.')[-1].replace('_', '.')}@{DOMAIN}"
        site.add_account(self.account, "Người Nhận")

    def mbox(self, name="Thư cũ", count=3):
        box = mailbox.mbox(str(self.dir / name))
        for n in range(count):
            m = mailbox.mboxMessage(letter(subject=f"{name} {n}", body=f"Dòng một\r\nFrom đây là nội dung {n}\r\n").replace(b"\r\n", b"\n"))
            m.set_flags("RF" if n % 2 else "")
            m.set_from("an@vidu.vn", time.gmtime(1_700_000_000 + n))
            box.add(m)
        box.close()
        return self.dir / name

    def test_mbox_running_and_stopped(self):
        path = self.mbox()
        report = site.json("mailbox", "import", "mbox", self.account, path)
        self.assertEqual(report["schema"], "congthu.import/1")
        self.assertEqual(counted(report), (3, 0, 0, 0))
        with Imap(site, self.account, quoted("Thư cũ")) as imap:
            self.assertEqual(len(imap.found("ALL")), 3)
            self.assertEqual(len(imap.found("FLAGGED SEEN")), 1)
            body = imap.ok(imap.fetch("1", "(INTERNALDATE BODY.PEEK[TEXT])"))[0]
            self.assertIn(b'14-Nov-2023 22:13:20 +0000', body[0])
            self.assertEqual(body[1].decode(), "Dòng một\r\nFrom đây là nội dung 0\r\n")
        site.stop()
        try:
            self.assertEqual(counted(site.json("mailbox", "import", "mbox", self.account, path)), (0, 3, 0, 0))
            self.mbox("Khác")
            self.assertEqual(counted(site.json("mailbox", "import", "mbox", self.account, self.dir)), (3, 3, 0, 0))
        finally:
            site.start()
        self.assertEqual(counted(site.json("mailbox", "import", "mbox", self.account, self.dir)), (0, 6, 0, 0))

    def test_maildir(self):
        root = mailbox.Maildir(str(self.dir / "m"))
        for n, folder in enumerate((None, "C&APQ-ng v&AQM-n", "C&APQ-ng v&AQM-n.&ARAA6g-n")):
            box = root if folder is None else root.add_folder(folder)
            m = mailbox.MaildirMessage(letter(subject=f"maildir {n}").replace(b"\r\n", b"\n"))
            m.set_flags("RS")
            m.set_subdir("cur")
            m.set_date(1_600_000_000 + n)
            box.add(m)
        report = site.json("mailbox", "import", "maildir", self.account, self.dir / "m", "--into", "Máy cũ")
        self.assertEqual(counted(report), (3, 0, 0, 0))
        self.assertEqual([m["mailbox"] for m in report["mailboxes"]], ["Máy cũ/Công văn", "Máy cũ/Công văn/Đên", "Máy cũ"])

    def test_what_is_left_out_is_listed_and_exit_is_4(self):
        (self.dir / "e" / "con").mkdir(parents=True)
        (self.dir / "e" / "con" / "tot.eml").write_bytes(letter(subject="tốt"))
        (self.dir / "mat.pdf").write_bytes(make_signed("pdf", "01/BC-SVD", "MẬT"))
        (self.dir / "e" / "mat.eml").write_bytes(make_signed("plain-mail", AN, "tai-lieu-mat", self.dir / "mat.pdf"))
        (self.dir / "e" / "trong.eml").write_bytes(b"\n")
        os.symlink("/etc/passwd", self.dir / "e" / "link.eml")
        (self.dir / "e" / "a*b").mkdir()
        (self.dir / "e" / "a*b" / "x.eml").write_bytes(letter())
        done = site.run("mailbox", "import", "eml", self.account, self.dir / "e", code=4)
        self.assertEqual(done.stdout, "")
        for name in ("mat.eml", "trong.eml", "link.eml", "a*b"):
            self.assertIn(name, done.stderr)
        self.assertNotIn("root:", done.stderr)
        with Imap(site, self.account, "con") as imap:
            self.assertEqual(len(imap.found("ALL")), 1)

    def test_quota_stops_with_advice(self):
        path = self.mbox("q", 20)
        site.run("account", "set", self.account, "--quota", "2K")
        done = site.run("mailbox", "import", "mbox", self.account, path, code=4)
        self.assertIn("--ignore-quota", done.stderr)
        report = site.json("mailbox", "import", "mbox", self.account, path, "--ignore-quota")
        self.assertEqual(report["left_out"], 0)
        self.assertEqual(report["imported"] + report["present"], 20)

    def test_usage(self):
        site.run("mailbox", "import", "mbox", f"khong.co@{DOMAIN}", self.mbox(), code=4)
        site.run("mailbox", "import", "mbox", self.account, self.dir / "không có", code=4)
        site.run("mailbox", "import", "mbox", self.account, self.dir, "--zone", "x", code=2)
        site.run("mailbox", "import", "eml", self.account, self.dir, "--into", "../x", code=2)
        site.run("mailbox", "import", "eml", self.account, self.dir, "--into", "x" * 10_000, code=2)
        site.run("mailbox", "import", "pst", self.account, self.dir, code=2)


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source = f"nguon@{DOMAIN}"
        site.add_account(cls.source, "Nguồn")
        fill(cls.source)
        cls.there = everything(cls.source)

    def account(self, name):
        address = f"{name}@{DOMAIN}"
        site.add_account(address, "Đích")
        return address

    def exports(self):
        acts = [r["what"] for r in self.audit(self.source)]
        return acts.count("mailbox.export"), acts.count("mailbox.export_end")

    def test_round_trip(self):
        begun, ended = self.exports()
        for form in ("eml", "mbox"):
            with self.subTest(form):
                folder = site.dir / f"xuat-{form}"
                done = site.json("mailbox", "export", self.source, "--to", folder, "--as", form)
                self.assertEqual((done["schema"], done["messages"]), ("congthu.export_done/1", 20))
                check = site.json("mailbox", "verify-export", folder)
                self.assertEqual((check["ok"], check["messages"], check["signed_by"]), (True, 20, done["fingerprint"]))
                target = self.account(f"dich.{form}")
                self.assertEqual(counted(site.json("mailbox", "import", form, target, folder)), (20, 0, 0, 0))
                self.assertEqual(everything(target), self.there)
                self.assertEqual(counted(site.json("mailbox", "import", form, target, folder)), (0, 20, 0, 0))
        self.assertEqual(self.exports(), (begun + 2, ended + 2))

    def audit(self, target):
        done = subprocess.run(["curl", "-s", "--unix-socket", site.home / "admin.sock", "http://localhost/audit?limit=100000"], capture_output=True, timeout=60, check=True)
        return [r for r in json.loads(done.stdout)["audit"] if r.get("target") == target]

    def test_others_can_check_it_and_a_change_is_found(self):
        folder = site.dir / "xuat-sua"
        site.run("mailbox", "export", self.source, "--mailbox", "Công văn", "--to", folder)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", site.home / "tls" / "export-pub.pem", "-rawin", "-in", folder / "manifest.json",
                        "-sigfile", folder / "manifest.sig"], check=True, capture_output=True)
        self.assertEqual(sorted(p.name for p in (folder / "mail").iterdir()), ["Công văn"])
        file = next((folder / "mail").rglob("*.eml"))
        self.assertEqual(file.stat().st_mode & 0o077, 0)
        whole = file.read_bytes()
        file.write_bytes(whole + b"x")
        self.assertEqual([f["code"] for f in site.json("mailbox", "verify-export", folder, code=1)["findings"]], ["message_changed"])
        done = site.run("mailbox", "import", "eml", self.account("dich.sua"), folder, code=4)
        self.assertIn(file.name, done.stderr)
        file.write_bytes(whole)
        site.json("mailbox", "verify-export", folder, "--public-key", site.home / "tls" / "export-pub.pem")
        site.run("mailbox", "export", self.source, "--to", folder, code=4)  # it is there
        site.run("mailbox", "verify-export", site.dir, code=4)
        site.run("mailbox", "export", self.source, "--to", site.dir / "x", "--as", "pst", code=2)
        site.run("mailbox", "export", self.source, "--to", site.dir / "x", "--mailbox", "../x", code=2)
        site.run("mailbox", "export", self.source, "--to", site.dir / "x", "--mailbox", "không có", code=4)

    def imap(self, target, *more, code=0, port="imaps"):
        arguments = ["mailbox", "import", "imap", target, "--host", "localhost", "--port", site.ports[port], "--user", self.source, "--password-stdin", *more]
        if "--ca" not in more:
            arguments += ["--ca", site.ca]
        return site.run(*arguments, *(["--format", "json"] if code == 0 else []), stdin=PASSWORD + "\n", code=code)

    def test_from_another_imap_server(self):
        target = self.account("dich.imap")
        self.assertEqual(counted(json.loads(self.imap(target).stdout)), (20, 0, 0, 0))
        self.assertEqual(everything(target), self.there)
        self.assertEqual(counted(json.loads(self.imap(target).stdout)), (0, 20, 0, 0))
        with Imap(site, target) as imap:
            imap.ok(imap.store("1", "+FLAGS", "(\\Deleted)"))
            imap.ok(imap.expunge())
        self.assertEqual(counted(json.loads(self.imap(target, "--tls", "starttls", port="imap").stdout)), (0, 19, 1, 0))
        self.assertEqual(counted(json.loads(self.imap(target, "--restore-removed").stdout)), (1, 19, 0, 0))
        self.assertEqual(counted(json.loads(self.imap(target, "--into", "Bản sao", "--only", "Công văn").stdout)), (8, 0, 0, 0))

    def test_imap_refusals(self):
        target = self.account("dich.sai")
        done = self.imap(target, "--ca", "/etc/ssl/certs/ca-certificates.crt", code=4)
        self.assertIn("certificate", done.stderr.lower())
        self.assertIn("cannot be read", self.imap(target, "--tls", "starttls", code=4).stderr)  # that port speaks TLS at once
        self.imap(target, "--tls", "none", code=2)
        wrong = site.run("mailbox", "import", "imap", target, "--host", "localhost", "--port", site.imaps, "--user", self.source, "--ca", site.ca, "--password-stdin",
                         stdin="sai\n", code=4)
        self.assertIn("login failed", wrong.stderr)
        self.assertNotIn(PASSWORD, wrong.stderr)


class Names(unittest.TestCase):
    """A mailbox name that the store does not take is refused by every way in, and nothing changes."""

    def test_bad_names(self):
        with Imap(site, AN, None) as imap:
            before = imap.ok(imap.list())
        for name in ("../x", "a//b", "x" * 10_000, "a*b", "a%b", "/".join("d" * 40), "a\x7fb", ".", "&AC8-", "&bad", "&2D0-"):
            with Imap(site, AN, None) as imap:  # each its own: ten bad commands end a connection
                with self.subTest(name[:20]):
                    raw = name if name.startswith("&") else quoted(name).strip('"')
                    with self.assertRaises((Imap.error, Imap.abort)) as refused:
                        imap.ok(imap.create('"' + raw + '"'))
                    self.assertNotIn("abort", type(refused.exception).__name__)
                    self.assertEqual(imap.ok(imap.list()), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)

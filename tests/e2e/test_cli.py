#!/usr/bin/env python3
"""`congthu` beside a running server and without one: exit codes, JSON schemas, CSV, both languages, as CONTRACT 1 fixes them."""
import csv
import io
import json
import subprocess
import time
import unittest

from clients import Imap, letter, receive, refusal, submit
from province import AN, BIN, BINH, CHI, CLERK, DOMAIN, PASSWORD, Province, make_signed


def setUpModule():
    global site, pki
    site = Province()
    pki = site.make_pki()
    site.start()


def tearDownModule():
    site.end()


def today():
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))


def alone(*arguments, code=0, stdin=None):
    """congthu without a configuration."""
    done = subprocess.run([str(BIN / "congthu")] + [str(a) for a in arguments], input=stdin, capture_output=True, timeout=120, cwd=site.dir)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Changes(unittest.TestCase):
    """Twice: through the server's socket, and on the store while no server runs."""

    def both(self, action):
        action("song")
        site.stop()
        try:
            action("nghi")
        finally:
            site.start()

    def test_account(self):
        def action(mode):
            address = f"can.bo.{mode}@{DOMAIN}"
            add = ["account", "add", address, "--name", "Cán bộ", "--agency", "svd", "--quota", "1G", "--password-stdin"]
            site.run(*add, stdin=PASSWORD + "\n")
            site.run(*add, stdin=PASSWORD + "\n")  # repeated: done already
            other = site.run(*[("Người khác" if a == "Cán bộ" else a) for a in add], stdin=PASSWORD + "\n", code=4)
            self.assertEqual(other.stdout, "")
            self.assertIn(address, other.stderr)
            shown = site.json("account", "show", address)
            self.assertEqual((shown["address"], shown["name"], shown["agency"], shown["quota"]), (address, "Cán bộ", "svd", 1 << 30))
            self.assertNotIn(PASSWORD, json.dumps(shown))
            self.assertIn(address, [a["address"] for a in site.json("account", "list")["accounts"]])
            site.run("account", "remove", address)
            site.run("account", "show", address, code=4)
        self.both(action)

    def test_domain_agency_and_alias(self):
        def action(mode):
            site.run("domain", "add", f"{mode}.gov.vn")
            site.run("domain", "add", f"{mode}.gov.vn")
            self.assertIn(f"{mode}.gov.vn", [d["name"] for d in site.json("domain", "list")["domains"]])
            site.run("agency", "add", f"xa-{mode}", "--name", "Ủy ban nhân dân xã", "--parent", "svd")
            self.assertIn(f"xa-{mode}", [a["code"] for a in site.json("agency", "list")["agencies"]])
            site.run("alias", "add", f"nhom@{mode}.gov.vn", BINH, CHI)
            self.assertEqual(sorted(site.json("alias", "show", f"nhom@{mode}.gov.vn")["targets"]), sorted([BINH, CHI]))
            site.run("alias", "remove", f"nhom@{mode}.gov.vn")
            site.run("agency", "remove", f"xa-{mode}")
            site.run("domain", "remove", f"{mode}.gov.vn")
            self.assertNotIn(f"{mode}.gov.vn", [d["name"] for d in site.json("domain", "list")["domains"]])
        self.both(action)

    def test_reads(self):
        def action(mode):
            self.assertEqual(len(site.json("trust", "list")["trust"]), 2)
            self.assertEqual(site.json("queue", "list"), {"schema": "congthu.queue/1", "queue": []})
            self.assertTrue(site.json("store", "check")["ok"])
            self.assertIn("map_size", site.json("store", "stats"))
            self.assertTrue(site.json("config", "check")["ok"])
            for name in ("signatures", "exchange", "mailboxes", "policy"):
                report = site.json("report", name, "--from", today(), "--to", today())
                self.assertEqual(report["schema"], f"congthu.report.{name}/1")
        self.both(action)

    def test_password_of_a_new_account_works_at_once(self):
        address = f"moi.toanh@{DOMAIN}"
        site.add_account(address, "Mới Toanh")
        with Imap(site, address) as imap:
            self.assertEqual(imap.found("ALL"), [])
        receive(site, letter(to=address, subject="chao-mung"), to=[address])
        with Imap(site, address) as imap:
            imap.by_subject("chao-mung")


class Shapes(unittest.TestCase):
    def test_usage_errors_are_2_and_say_what_was_meant(self):
        for arguments in (["acount", "list"], ["account"], ["report", "signatures", "--from", "hom-qua", "--to", today()], ["--khong-co"]):
            with self.subTest(arguments):
                done = site.run(*arguments, code=2)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.strip())
        self.assertIn("account", site.run("acount", "list", code=2).stderr)

    def test_server_that_cannot_be_reached_is_3(self):
        socket_file = site.home / "admin.sock"
        socket_file.rename(site.dir / "aside.sock")
        try:
            done = site.run("account", "list", code=3)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr.strip())
        finally:
            (site.dir / "aside.sock").rename(socket_file)
        site.run("account", "list")

    def test_missing_configuration_is_4(self):
        alone("-c", "/khong/co.toml", "account", "list", code=4)

    def test_csv_opens_in_a_spreadsheet(self):
        text = site.run("account", "list", "--format", "csv").stdout
        self.assertTrue(text.startswith("\ufeff"))
        rows = list(csv.reader(io.StringIO(text[1:])))
        self.assertTrue(any(AN in row and "Nguyễn Văn An" in row for row in rows), rows)
        site.add_account(f"cong.thuc@{DOMAIN}", "=HYPERLINK(1)")
        cells = [c for row in csv.reader(io.StringIO(site.run("account", "list", "--format", "csv").stdout[1:])) for c in row]
        self.assertFalse([c for c in cells if c[:1] in ("=", "+", "-", "@")], "a formula in a cell")

    def test_languages(self):
        for arguments in (["account", "--help"], ["report", "signatures", "--from", today(), "--to", today()]):
            english, vietnamese = (site.run(*arguments, lang=lang).stdout for lang in ("en", "vi"))
            self.assertNotEqual(english, vietnamese)
        wrong = [site.run("account", "show", f"x@{DOMAIN}", code=4, lang=lang).stderr for lang in ("en", "vi")]
        self.assertNotEqual(*wrong)

    def test_init_never_overwrites(self):
        before = site.config.read_bytes()
        done = site.run("init", site.home, "--domain", "khac.gov.vn", config=False, code=4)
        self.assertEqual(done.stdout, "")
        self.assertEqual(site.config.read_bytes(), before)

    def test_secrets_are_readable_by_their_owner_only(self):
        for path in site.home.rglob("*"):
            if path.name.endswith("key.pem") or path.name == "admin.sock":
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertEqual((site.home / "data").stat().st_mode & 0o077, 0)


class Verify(unittest.TestCase):
    """verify and classify need neither server nor configuration."""

    @classmethod
    def setUpClass(cls):
        cls.trust = ["--trust", pki / "root.pem"]
        files = {"van-ban.pdf": make_signed("pdf", "204/KH-UBND")}
        (site.dir / "van-ban.pdf").write_bytes(files["van-ban.pdf"])
        files["ky.pdf"] = make_signed("sign-pdf", pki, site.dir / "van-ban.pdf")
        files["sua.pdf"] = files["ky.pdf"].replace(b"[0 0 595 842]", b"[0 0 595 841]")
        files["ky.eml"] = make_signed("sign-mail", pki, AN, "verify")
        files["sua.eml"] = files["ky.eml"].replace(b"xin gui", b"xin huy")
        files["gia.eml"] = make_signed("sign-mail", pki, CHI, "verify")
        files["thuong.eml"] = letter()
        files["hong.pdf"] = b"%PDF-1.7\n" + b"\xff" * 100
        for name, data in files.items():
            (site.dir / name).write_bytes(data)

    def verdict(self, name, code, *more):
        out = alone("verify", name, *self.trust, "--format", "json", *more, code=code)
        answer = json.loads(out)
        self.assertEqual(answer["schema"], "congthu.verify/1")
        return answer

    def test_verdicts_and_exit_codes(self):
        for name, verdict in (("ky.eml", "valid"), ("ky.pdf", "valid"), ("sua.eml", "invalid"), ("sua.pdf", "invalid"), ("gia.eml", "spoof"),
                              ("thuong.eml", "unsigned"), ("van-ban.pdf", "unsigned"), ("hong.pdf", "indeterminate")):
            with self.subTest(name):
                answer = self.verdict(name, 0 if verdict == "valid" else 1)
                self.assertEqual(answer["verdict"], verdict, answer["reasons"])
        signature, = self.verdict("ky.eml", 0)["signatures"]
        self.assertEqual((signature["layer"], signature["verdict"]), ("smime", "valid"))

    def test_without_trust_nothing_is_valid(self):
        answer = json.loads(alone("verify", "ky.eml", "--format", "json", code=1))
        self.assertNotEqual(answer["verdict"], "valid")

    def test_judging_time(self):
        answer = self.verdict("ky.eml", 1, "--at", "2040-01-01T00:00:00+07:00")
        self.assertEqual(answer["verdict"], "indeterminate", answer["reasons"])

    def test_standard_input(self):
        data = (site.dir / "ky.eml").read_bytes()
        answer = json.loads(alone("verify", "-", "--type", "eml", *self.trust, "--format", "json", stdin=data))
        self.assertEqual(answer["verdict"], "valid")

    def test_missing_file_is_4_with_empty_output(self):
        self.assertEqual(alone("verify", "khong-co.eml", *self.trust, "--format", "json", code=4), b"")

    def test_classify(self):
        answer = json.loads(alone("classify", "van-ban.pdf", "--format", "json"))
        self.assertEqual(answer["schema"], "congthu.classify/1")
        document, = answer["documents"]
        self.assertEqual((document["number"], document["symbol"], document["doc_class"]), ("204/KH-UBND", "KH-UBND", "hanh_chinh"))
        self.assertEqual(document["date"], "2026-11-22")
        self.assertEqual(document["signer"], "Nguyễn Văn An")
        empty = json.loads(alone("classify", "thuong.eml", "--format", "json"))
        self.assertEqual(empty["documents"], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Reports as an office makes them: mailboxes by their use, figures that a clerk enters and somebody else confirms, files by their ending,
publishing, and rules tried on the mail that is here."""
import csv
import io
import json
import pathlib
import subprocess
import time
import unittest
import zipfile

from clients import PLAN, Imap, document_mail, letter, receive, submit
from province import AN, BINH, CHI, PASSWORD, Province, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]


def setUpModule():
    global site
    site = Province(reports_working_days=json.dumps([today()]))  # whatever day it is
    site.start()


def tearDownModule():
    site.end()


def today():
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))


def year():
    return today()[:4]


class Use(unittest.TestCase):
    def active(self):
        rows = site.json("report", "mailboxes", "--from", today(), "--to", today())["rows"]
        return {r["group"]: (r["active"], r["silent"]) for r in rows}

    def test_reading_and_sending_make_a_mailbox_active(self):
        before = self.active()
        receive(site, letter(subject="de-doc"), to=(BINH,))
        with Imap(site, BINH) as imap:
            imap.noop()  # polling is no use
        self.assertEqual(self.active(), before)
        with Imap(site, BINH) as imap:
            number = imap.by_subject("de-doc")
            Imap.ok(imap.fetch(str(number), "(BODY[])"))
        eventually(lambda: self.active()["svd"][0] == before["svd"][0] + 1, "the reader's mailbox is active", 10)
        submit(site, letter(sender=CHI, subject="chi-gui"), user=CHI)
        self.assertEqual(self.active()["thidiem"][0], before["thidiem"][0] + 1)


class Inputs(unittest.TestCase):
    def kpi(self):
        rows = site.json("report", "kpi", "--period", year(), "--table", "bt-11-2005")["rows"]
        return {r["indicator"]: r for r in rows}

    def test_a_clerk_enters_and_another_confirms(self):
        self.assertEqual(self.kpi()["2.a"]["basis"], "missing")
        form = site.run("report", "inputs", "template", "--period", year(), "--table", "bt-11-2005").stdout
        self.assertTrue(form.startswith("\ufeff"))
        rows = list(csv.DictReader(io.StringIO(form.lstrip("\ufeff"))))
        self.assertEqual([r["agency"] for r in rows], ["svd", "thidiem"])
        for row in rows:
            row["denominator"] = "1.000" if row["agency"] == "svd" else ""
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0].keys(), delimiter=";")  # as a spreadsheet with Vietnamese settings saves it
        writer.writeheader()
        writer.writerows(rows)
        site.run("report", "inputs", "import", "-", stdin=out.getvalue(), code=2)  # nobody said where it is from
        said = site.run("report", "inputs", "import", "-", "--source", "Sở Nội vụ", stdin=out.getvalue()).stdout
        self.assertIn("1", said)
        self.assertEqual(self.kpi()["2.a"]["basis"], "unconfirmed")
        self.assertEqual(self.kpi()["2.a"]["denominator"], 1000)
        site.run("role", "grant", AN, "compliance")
        site.set("admin", "sign_in", "true")
        site.stop()
        site.start()
        secret = site.dir / "mat-khau"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        site.run("--as", AN, "--as-password", secret, "report", "inputs", "confirm", "--period", year())
        self.assertEqual(self.kpi()["2.a"]["basis"], "mail_entered")
        self.assertEqual(site.json("report", "inputs", "show", "--period", year())["inputs"][0]["confirmed"]["who"], AN)
        bad = out.getvalue().replace("svd", "khong-co", 1)
        self.assertIn("line 2: no such agency", site.run("report", "inputs", "import", "-", "--source", "x", stdin=bad, code=2).stderr)


class Files(unittest.TestCase):
    def write(self, name, *arguments, code=0):
        file = site.dir / name
        site.run(*arguments, "--output", file, code=code, lang="vi")
        return file

    def test_the_ending_chooses_the_format(self):
        report = ["report", "kpi", "--period", year()]
        self.assertTrue(self.write("kpi.html", *report).read_text().startswith("<!DOCTYPE html>"))
        self.assertIn("xl/workbook.xml", zipfile.ZipFile(self.write("kpi.xlsx", *report)).namelist())
        self.assertEqual(json.loads(self.write("kpi.json", *report).read_text())["report"], "kpi")
        self.assertIn("indicator", self.write("kpi.csv", *report).read_text())
        pdf = self.write("kpi.pdf", *report)
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True, encoding="utf-8").stdout
        self.assertIn("Chỉ tiêu sử dụng văn bản điện tử theo Kế hoạch 204/KH-UBND", text)
        self.assertIn("Văn bản điện tử có", text)
        self.assertIn("Trang 1/", text)
        info = subprocess.run(["pdfinfo", pdf], capture_output=True, check=True, encoding="utf-8").stdout
        self.assertRegex(info, r"Tagged:\s+yes")
        self.write("kpi.doc", *report, code=2)
        site.run("report", "kpi", "--period", "2026-13", code=2)
        site.run("report", "kpi", "--from", today(), code=2)


class Books(unittest.TestCase):
    def test_a_register_is_a_file_in_every_form(self):
        submit(site, document_mail(PLAN.replace("71/KH", "74/KH"), to=CHI, subject="Ke hoach 74"), to=(CHI,))
        submit(site, document_mail(PLAN.replace("71/KH", "75/KH").replace("2027", "2029"), to=CHI, subject="Ke hoach 75"), to=(CHI,))
        out = site.dir / "so"
        out.mkdir()
        export = ["register", "export", "--agency", "svd", "--direction", "out"]
        for name in ("so.csv", "so.json", "so.xlsx", "so.html", "so.pdf"):
            site.run(*export, "--output", out / name)
        rows = list(csv.DictReader(io.StringIO((out / "so.csv").read_text(encoding="utf-8-sig"))))
        self.assertEqual({r["note"] for r in rows}, {""})  # an empty cell of a book is empty, not a figure that is missing
        numbers = [r["number"] for r in rows]
        self.assertLess(numbers.index("74/KH-SVD"), numbers.index("75/KH-SVD"))  # as the book is written
        book = json.loads((out / "so.json").read_text())
        self.assertEqual([r["number"] for r in book["rows"]], numbers)
        self.assertEqual(book["totals"]["documents"], len(rows))
        sheet = zipfile.ZipFile(out / "so.xlsx").read("xl/worksheets/sheet1.xml").decode()
        self.assertIn("75/KH-SVD", sheet)
        self.assertTrue((out / "so.pdf").read_bytes().startswith(b"%PDF-"))
        self.assertEqual(site.run(*export, "--format", "csv").stdout.lstrip("\ufeff").splitlines(), (out / "so.csv").read_text(encoding="utf-8-sig").splitlines())
        self.assertEqual([f.name for f in out.iterdir() if f.name.endswith(".part")], [])
        site.run("register", "export", "--output", out / "hai-so.xlsx", code=2)  # one register a file
        site.run(*export, "--output", out / "khong-co" / "so.csv", code=4)

    def test_headers_for_the_national_exchange(self):
        submit(site, document_mail(PLAN.replace("71/KH", "76/KH"), to=CHI, subject="Ke hoach 76"), to=(CHI,))
        folder = site.dir / "edxml"
        site.run("register", "export", "--agency", "svd", "--edxml", folder)
        files = sorted(folder.iterdir())
        self.assertTrue(any("76" in f.read_text() for f in files))
        self.assertRegex(files[0].name, r"^svd-out-\d{4}-\d+\.xml$")
        kept = {f: f.stat().st_mtime_ns for f in files}
        again = site.run("register", "export", "--agency", "svd", "--edxml", folder).stdout
        self.assertIn(f"{len(files)} were there", again)
        self.assertEqual({f: f.stat().st_mtime_ns for f in files}, kept)


class Schedules(unittest.TestCase):
    def test_one_is_listed_and_mailed_at_once(self):
        with site.config.open("a") as config:
            config.write(f'\n[[reports.schedule]]\nname = "thang"\nreport = "monthly"\nperiod = "last-month"\nday = 28\nformats = ["csv"]\nreaders = ["{BINH}"]\n')
        site.reload()
        listed = eventually(lambda: site.json("report", "schedule", "list")["schedules"], "the schedule is there", 10)[0]
        self.assertEqual((listed["name"], listed["problem"]), ("thang", None))
        self.assertEqual(listed["next"]["at"][8:19], "28T07:00:00")
        site.run("report", "schedule", "run", "thang", "--period", f"{int(year()) - 1}-01")
        with Imap(site, BINH) as imap:
            number = eventually(lambda: (imap.noop(), imap.by_subject(f"{int(year()) - 1}-01-01"))[1], "the report is mailed")
            self.assertIn(b"thang-", b"".join(p for part in Imap.ok(imap.fetch(str(number), "(BODY.PEEK[])")) if isinstance(part, tuple) for p in part))
        self.assertIsNone(site.json("report", "schedule", "list")["schedules"][0]["sent"])  # an old one: it does not stand for the last
        site.run("report", "schedule", "run", "khong-co", code=4)


class Publishing(unittest.TestCase):
    def test_what_is_published_stays(self):
        last = str(int(year()) - 1)
        site.run("report", "publish", "mailboxes", "--period", year(), code=2)  # the year has not ended
        site.run("report", "publish", "monthly", "--period", last, "--public", "--note", "đăng cổng thông tin")
        number = str(site.json("report", "published", "list")["published"][0]["number"])
        site.run("report", "published", "verify", number)
        pdf = site.dir / "cong-bo.pdf"
        site.run("report", "published", "export", number, "--output", pdf)
        again = site.dir / "cong-bo-2.pdf"
        site.run("report", "published", "export", number, "--output", again)
        self.assertEqual(pdf.read_bytes(), again.read_bytes())
        self.assertEqual(site.json("report", "published", "diff", number)["differences"], [])
        site.run("report", "published", "show", "99", code=4)


class Simulation(unittest.TestCase):
    def test_changed_rules_are_tried_on_the_mail_that_is_here(self):
        plan = document_mail(PLAN, to=CHI, subject="Ke hoach 71", filename="ke-hoach.txt")
        submit(site, plan, to=(CHI,))
        policy = ROOT / "etc" / "policies" / "binh-duong-2014.toml"
        reply = site.json("policy", "simulate", "--since", today(), "--policy", policy)
        self.assertGreaterEqual(reply["differing"], 1, reply)
        changed = [m for m in reply["messages"] if m["account"] == CHI and m["sender"] == AN]
        self.assertTrue(changed, reply)
        self.assertEqual(changed[0]["changes"][0]["before"], "none")
        same = site.json("policy", "simulate", "--since", today(), "--mode", "free-provider=enforce")
        self.assertEqual((same["differing"], same["decided_otherwise"]), (0, 0), same)
        site.run("policy", "simulate", "--since", today(), code=2)
        site.run("policy", "simulate", "--since", today(), "--mode", "khong-co=off", code=2)
        broken = site.dir / "hong.toml"
        broken.write_text('id = "x"\n')
        self.assertIn("hong.toml", site.run("policy", "simulate", "--since", today(), "--policy", broken, code=2).stderr)
        self.running_rules(plan, policy, broken)
        self.assertTrue(any(r["what"] == "policy.simulate" for r in site.json("audit", "list", "--what", "policy.simulate")["audit"]))

    def running_rules(self, plan, policy, broken):
        """SIGHUP takes a policy file over; one that is broken is named by `config check` and changes nothing."""
        def duty():
            rules = json.loads(site.run("policy", "test", "-", "--from", AN, "--to", CHI, "--format", "json", stdin=plan.decode()).stdout)["rules"]
            return next(r for r in rules if r["rule"] == "pdf-duty")["policy"]

        self.assertIsNone(duty())
        site.set("policy", "files", json.dumps([str(policy)]))
        site.reload()
        eventually(lambda: duty() == "binh-duong-2014", "the policy file is taken over", 10)
        site.set("policy", "files", json.dumps([str(broken)]))
        checked = site.run("config", "check", code=None)
        self.assertNotEqual(checked.returncode, 0)
        self.assertIn("hong.toml", checked.stdout + checked.stderr)
        site.reload()
        eventually(lambda: "hong.toml" in site.log_text(), "the log names the broken file", 10)
        self.assertEqual(duty(), "binh-duong-2014")
        submit(site, document_mail(PLAN.replace("71/KH", "73/KH").replace("- Như trên;", "- UBND tỉnh (để báo cáo);"), to=CHI, subject="Ke hoach 73"), to=(CHI,))
        sent = [d for d in site.json("document", "find", "73/KH-SVD")["documents"] if d["direction"] == "out"]
        self.assertEqual([(d["way"], d["scanned"]) for d in sent], [("e+paper", None)])  # 1b: a plan; where two classes fit, paper is the safer one
        site.set("policy", "files", json.dumps([str(policy)]))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Backups of a running server, restores, and mail that comes back: as an administrator does it, every message compared."""
import hashlib
import re
import shutil
import smtplib
import threading
import unittest

from clients import Imap, letter, quoted
from province import BINH, CHI, Province, eventually


def digests(site, user, mailbox="INBOX"):
    """Digest of every message of the mailbox, with its flags."""
    with Imap(site, user, mailbox) as imap:
        if imap.count() == 0:
            return []
        data = Imap.ok(imap.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])"))
        heads = [d for d in data if isinstance(d, tuple)]
        return sorted((hashlib.sha256(body).hexdigest(), re.search(rb'INTERNALDATE "([^"]*)"', head)[1]) for head, body in heads)


def bytes_below(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


class Load:
    """Delivers to two people until told to stop; `promised` holds the subjects that were accepted."""

    def __init__(self, site):
        self.site, self.promised, self.stop = site, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        with smtplib.SMTP("localhost", self.site.smtp, "mx.vidu.vn", timeout=60) as smtp:
            count = 0
            while not self.stop.is_set():
                subject = f"tai-{count}."
                body = (f"{count} " + "Kính gửi. " * 20 + "\r\n") * (1 + count % 40)
                smtp.sendmail("cong.dan@vidu.vn", [BINH, CHI], letter(sender="cong.dan@vidu.vn", subject=subject, body=body))
                self.promised.append(subject)
                count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class Whole(unittest.TestCase):
    def test_backups_under_load_restore_whole(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        backup = site.dir / "backup"
        with Load(site) as load:
            eventually(lambda: len(load.promised) >= 40, "forty mails", 60)
            before = list(load.promised)
            first = site.json("store", "backup", backup)
            self.assertEqual((first["generation"], first["findings"]), (1, []))
            eventually(lambda: len(load.promised) >= len(before) + 20, "twenty more", 60)
        with Imap(site) as imap:
            Imap.ok(imap.create(quoted("Dự án")))
            Imap.ok(imap.copy("1:3", quoted("Dự án")))
            Imap.ok(imap.store("2", "+FLAGS", "(\\Flagged Can-xem)"))
        second = site.json("store", "backup", backup)
        self.assertLess(second["copied_bytes"], first["copied_bytes"] * 2)
        third = site.json("store", "backup", backup)
        self.assertLess(third["copied_bytes"], 200_000)
        self.assertTrue(site.json("store", "verify-backup", backup)["ok"])
        self.assertEqual([g["generation"] for g in site.json("store", "backups", backup)["backups"]], [1, 2, 3])
        wanted = {(user, box): digests(site, user, box) for user, box in ((BINH, "INBOX"), (CHI, "INBOX"), (BINH, quoted("Dự án")))}
        self.assertEqual(len(wanted[(BINH, "INBOX")]), len(load.promised))

        # A running server is not restored over; a store that is there is not replaced unasked.
        self.assertIn("stop congthud", site.run("store", "restore", backup, "--replace", code=4).stderr)
        site.stop()
        self.assertIn("--replace", site.run("store", "restore", backup, code=4).stderr)

        # Into a fresh directory.
        site.set("server", "data_dir", '"data-moi"')
        done = site.json("store", "restore", backup)
        self.assertEqual((done["generation"], done["replaced"]), (3, None))
        self.assertTrue(site.json("store", "check")["ok"])
        site.start()
        for (user, box), before_ in wanted.items():
            self.assertEqual(digests(site, user, box), before_, (user, box))
        with Imap(site) as imap:
            self.assertLessEqual({"\\Flagged", "Can-xem"}, imap.flags(2))
            eventually(lambda: imap.found("SUBJECT", "tai-7."), "the rebuilt index", 30)
        site.stop()

        # The first generation: everything that was accepted before it began, over the store, which stays aside.
        done = site.json("store", "restore", backup, "--generation", 1, "--replace")
        self.assertTrue((site.home / "data-moi").joinpath(done["replaced"].split("/")[-1], "data.mdb").exists())
        site.start()
        with Imap(site, CHI) as imap:
            data = Imap.ok(imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
            text = b"".join(d[1] for d in data if isinstance(d, tuple)).decode()
            self.assertEqual([s for s in before if s not in text], [])

    def test_broken_backups_are_refused_and_nothing_changes(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        with Load(site) as load:
            eventually(lambda: len(load.promised) >= 5, "five mails", 60)
        backup = site.dir / "backup"
        site.run("store", "backup", backup)
        wanted = digests(site, BINH)
        other = site.dir / "khac"
        other.mkdir()
        (other / "thu.txt").write_text("x")
        self.assertIn("not empty", site.run("store", "backup", other, code=4).stderr)
        self.assertIn("no backup", site.run("store", "backups", other, code=4).stderr)
        site.stop()
        data = (site.home / "data" / "data.mdb").read_bytes()
        for file in sorted(f for f in backup.rglob("*") if f.is_file() and f.name != "lock"):
            whole = file.read_bytes()
            flipped = bytearray(whole)
            flipped[len(whole) * 2 // 3] ^= 1
            for broken in (whole[:len(whole) // 2], bytes(flipped)):
                file.write_bytes(broken)
                refused = site.run("store", "restore", backup, "--replace", code=4)
                self.assertEqual(refused.stdout, "")
                self.assertIn(str(backup), refused.stderr)
            file.write_bytes(whole)
        self.assertEqual((site.home / "data" / "data.mdb").read_bytes(), data)
        self.assertEqual([p.name for p in (site.home / "data").iterdir() if p.name.startswith(("restoring", "replaced"))], [])
        site.run("store", "restore", site.dir / "khong-co", code=4)
        site.run("store", "restore", backup, "--generation", 9, "--replace", code=4)
        site.run("store", "restore", backup, "--queue", "xyz", code=2)
        site.start()
        self.assertEqual(digests(site, BINH), wanted)


class Schedule(unittest.TestCase):
    def test_backups_by_schedule_and_their_failures_are_seen(self):
        site = Province(backup_every='"1m"', backup_keep="2")
        self.addCleanup(site.end)
        backup = site.dir / "theo-lich"
        backup.mkdir()
        (backup / "vat-la").write_text("x")  # not a backup's directory: every attempt fails
        site.set("backup", "directory", f'"{backup}"')
        site.start()
        eventually(lambda: "event=backup_failed" in site.log_text(), "the failure in the log", 30)
        failed = eventually(lambda: site.json("store", "backups")["schedule"]["last_failure"], "the failure told", 20)
        self.assertIn("not empty", failed["error"])
        self.assertIn("THE LAST ONE FAILED", site.run("store", "backups").stdout)
        site.stop()
        shutil.rmtree(backup)
        site.start()
        eventually(lambda: "event=backup_done" in site.log_text(), "a backup", 60)
        listed = eventually(lambda: (lambda r: r if r["backups"] and r["schedule"]["next"] else None)(site.json("store", "backups")), "it is listed", 20)
        self.assertEqual(listed["backups"][0]["problem"], None)
        self.assertEqual(listed["schedule"]["last_failure"], None)
        for _ in range(2):
            site.run("store", "backup")  # by hand, into the configured directory
        site.run("store", "backup", "--keep", 2)
        self.assertEqual(len(site.json("store", "backups")["backups"]), 2)


class Undelete(unittest.TestCase):
    def test_expunged_mail_comes_back(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        for n in range(4):
            with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60) as smtp:
                smtp.sendmail("cong.dan@vidu.vn", [BINH], letter(sender="cong.dan@vidu.vn", subject=f"xoa-{n}.", body=f"{n}\r\n" * 3000))
        wanted = digests(site, BINH)
        with Imap(site) as imap:
            imap.by_subject("xoa-3.")
            Imap.ok(imap.store("2", "+FLAGS", "(\\Flagged Can-xem)"))
            Imap.ok(imap.create(quoted("Dự án")))
            Imap.ok(imap.copy("1", quoted("Dự án")))
            Imap.ok(imap.store("1:4", "+FLAGS", "\\Deleted"))
            Imap.ok(imap.expunge())
            Imap.ok(imap.delete(quoted("Dự án")))
        listed = site.json("mailbox", "deleted", BINH)
        self.assertEqual(listed["total"], 5)
        self.assertEqual({(d["mailbox"], d["mailbox_deleted"]) for d in listed["deleted"]}, {("INBOX", False), ("Dự án", True)})
        self.assertEqual({d["subject"] for d in listed["deleted"]}, {f"xoa-{n}." for n in range(4)})
        self.assertIn("--since", site.run("mailbox", "undelete", BINH, code=2).stderr)
        site.run("mailbox", "undelete", BINH, "--mailbox", "INBOX", "--uid", "x", code=2)
        site.run("mailbox", "undelete", "ai.do@songla.gov.vn", "--all", code=4)
        self.assertEqual(site.json("mailbox", "undelete", BINH, "--mailbox", "INBOX", "--uid", "2:3")["messages"], 2)
        self.assertEqual(site.json("mailbox", "undelete", BINH, "--all")["messages"], 3)
        self.assertEqual(site.json("mailbox", "undelete", BINH, "--all")["messages"], 0)
        self.assertEqual(digests(site, BINH), wanted)
        self.assertEqual(len(digests(site, BINH, quoted("Dự án"))), 1)
        with Imap(site) as imap:
            number = imap.by_subject("xoa-1.")
            self.assertLessEqual({"\\Flagged", "Can-xem"}, imap.flags(number))
            self.assertNotIn("\\Deleted", imap.flags(number))
        self.assertEqual(site.json("mailbox", "deleted", BINH)["total"], 0)

class Mailbox(unittest.TestCase):
    def test_one_mailbox_comes_back_into_the_running_server(self):
        site = Province()
        self.addCleanup(site.end)
        site.start()
        backup = site.dir / "backup"
        name = quoted("Dự án")
        for n in range(3):
            with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60) as smtp:
                smtp.sendmail("cong.dan@vidu.vn", [BINH], letter(sender="cong.dan@vidu.vn", subject=f"giu-{n}.", body=f"{n}\r\n" * 9000))
        with Imap(site) as imap:
            imap.by_subject("giu-2.")
            Imap.ok(imap.store("2", "+FLAGS", "(\\Flagged Can-xem)"))
            Imap.ok(imap.create(name))
            Imap.ok(imap.copy("1:3", name))
        wanted = digests(site, BINH, name)
        site.run("store", "backup", backup)
        with Imap(site, BINH, name) as imap:
            validity = int(re.search(r"UIDVALIDITY (\d+)", Imap.ok(imap.status(name, "(UIDVALIDITY)"))[0].decode())[1])
            Imap.ok(imap.store("1:2", "+FLAGS", "\\Deleted"))
            Imap.ok(imap.expunge())
        beside = site.json("mailbox", "restore", BINH, "--mailbox", "Dự án", "--from", backup)
        self.assertEqual(beside["messages"], 3)
        self.assertEqual(digests(site, BINH, quoted(beside["mailboxes"][0]["to"])), wanted)
        self.assertEqual(site.json("mailbox", "restore", BINH, "--mailbox", "Dự án", "--from", backup)["messages"], 0)
        site.run("mailbox", "restore", BINH, "--mailbox", "Dự án", "--from", backup, "--replace")
        self.assertEqual(digests(site, BINH, name), wanted)
        with Imap(site, BINH, name) as imap:
            now = int(re.search(r"UIDVALIDITY (\d+)", Imap.ok(imap.status(name, "(UIDVALIDITY)"))[0].decode())[1])
            self.assertGreater(now, validity)
            self.assertLessEqual({"\\Flagged", "Can-xem"}, imap.flags(2))
            eventually(lambda: imap.found("SUBJECT", "giu-1."), "the index of the restored mailbox", 30)
        site.run("mailbox", "restore", BINH, "--mailbox", "INBOX", "--from", backup, "--replace", code=4)
        site.run("mailbox", "restore", BINH, "--mailbox", "Không có", "--from", backup, code=4)
        site.run("mailbox", "restore", BINH, "--from", site.dir / "khong-co", code=4)
        site.run("mailbox", "restore", BINH, "--from", backup, "--at", "hôm qua", code=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

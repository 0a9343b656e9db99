#!/usr/bin/env python3
"""Retention classes on a live server: what is old is expunged and audited, what is kept or held is not, and a reload changes the classes."""
import datetime
import http.client
import json
import socket
import unittest

from clients import Imap, letter, quoted
from province import AN, BINH, Province, eventually


CLASSES = """
[[retention]]
name = "thu-rac"
mailboxes = ["\\\\Junk", "\\\\Trash"]
expire_days = 30

[[retention]]
name = "ho-so"
mailboxes = ["Hồ sơ/*"]
keep_days = 3650
"""


def setUpModule():
    global site
    site = Province(store_undelete_days="0", store_collect_every='"1s"')
    site.start()


def tearDownModule():
    site.end()


def append(imap, mailbox, subject, days):
    date = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    imap.ok(imap.append(quoted(mailbox), None, date, letter(subject=subject)))


def messages(mailbox, user=BINH):
    with Imap(site, user, None) as imap:
        return int(imap.ok(imap.status(quoted(mailbox), "(MESSAGES)"))[0].split()[-1].rstrip(b")"))


def configure(text):
    base = site.config.read_text().split("\n# -- retention\n")[0]
    site.config.write_text(base + "\n# -- retention\n" + text)
    before = site.log_text().count("event=reloaded")
    site.reload()
    eventually(lambda: site.log_text().count("event=reloaded") > before, "a reload")


def shown(*more):
    return site.json("retention", "show", *more)



def audit():
    """Rows of the audit about expiring, as (class, account, mailbox, count)."""
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(site.home / "admin.sock"))
    connection.request("GET", "/audit")
    rows = json.loads(connection.getresponse().read())["audit"]
    connection.close()
    details = [row["detail"] for row in rows if row["what"] == "retention.expire"]
    return sorted((d["class"], d["account"], d["mailbox"], d["count"]) for d in details)


class Retention(unittest.TestCase):
    def test_classes_keep_expire_and_are_reloaded(self):
        self.assertEqual(shown()["state"], "none")
        with Imap(site, BINH, None) as imap:
            imap.ok(imap.create(quoted("Hồ sơ")))
            imap.ok(imap.create(quoted("Hồ sơ/2026")))
            for n in range(3):
                append(imap, "Junk", f"cu-{n}", 40)
            append(imap, "Junk", "sap-den-han", 26)
            append(imap, "Junk", "moi", 1)
            append(imap, "Hồ sơ/2026", "ho-so", 40)
            append(imap, "INBOX", "thuong", 40)
        with Imap(site, AN, None) as imap:
            append(imap, "Trash", "bi-giu", 40)
        site.run("hold", "place", "vu-1", "--account", AN, "--reason", "thanh tra")

        with Imap(site, BINH, "Junk") as watching:  # a client sees the server's expunges as any others
            self.assertEqual(len(watching.found("ALL")), 5)
            configure(CLASSES)
            eventually(lambda: len(watching.refresh().found("ALL")) == 2, "the expunge of old mail")
        eventually(lambda: shown()["state"] == "in force", "the classes in force")
        self.assertEqual(eventually(audit, "the audit"), [("thu-rac", BINH, "Junk", 3)])
        self.assertEqual(messages("Trash", AN), 1)  # a hold beats everything
        self.assertEqual(messages("INBOX"), 1)
        rubbish, files = shown()["classes"]
        self.assertEqual((rubbish["class"], rubbish["expiring"], rubbish["kept"]), ("thu-rac", 1, 0))
        self.assertEqual((files["class"], files["kept"], files["kept_expunged"]), ("ho-so", 1, 0))
        self.assertEqual(shown()["mailboxes"], [{"class": "thu-rac", "account": BINH, "mailbox": "Junk", "messages": 1}])
        self.assertEqual(shown("--account", AN)["mailboxes"], [])
        self.assertIn("thu-rac", site.run("retention", "show", lang="vi").stdout)
        self.assertTrue(site.run("retention", "show", "--format", "csv").stdout.lstrip("\ufeff").startswith("class,"))
        site.run("retention", "show", "--account", "khong@songla.gov.vn", code=4)

        # Moved into Trash and expunged there: the content stays beyond the time of undelete, which here is none.
        with Imap(site, BINH, "INBOX") as imap:
            imap.ok(imap.store("1", "+FLAGS", "\\Deleted"))
            imap.ok(imap.expunge())
            imap.ok(imap.select(quoted("Hồ sơ/2026")))
            imap.ok(imap.uid("MOVE", "1", quoted("Trash")))
            imap.ok(imap.select("Trash"))
            imap.ok(imap.store("1", "+FLAGS", "\\Deleted"))
            imap.ok(imap.expunge())
        self.assertEqual(shown()["classes"][1]["kept_expunged"], 1)
        refused = site.run("account", "remove", BINH, code=4)
        self.assertIn("ho-so", refused.stderr)

        site.run("hold", "lift", "vu-1", "--reason", "xong")
        configure(CLASSES.replace("expire_days = 30", "expire_days = 20"))
        eventually(lambda: messages("Junk") == 1, "the shorter class after a reload")
        eventually(lambda: messages("Trash", AN) == 0, "what is held no more")
        eventually(lambda: len(audit()) == 3, "an audit row for each mailbox and pass")
        self.assertEqual(audit(), sorted([("thu-rac", BINH, "Junk", 3), ("thu-rac", BINH, "Junk", 1), ("thu-rac", AN, "Trash", 1)]))

        broken = site.log_text().count("event=reload_failed")
        site.config.write_text(site.config.read_text() + "expire_days = 1\n")
        site.reload()
        eventually(lambda: site.log_text().count("event=reload_failed") > broken, "a refused reload")
        self.assertIn("is less than keep_days", site.log_text())
        configure(CLASSES.replace("expire_days = 30", "expire_days = 20"))

        # What nobody keeps goes, what is kept stays and comes back.
        eventually(lambda: self.deleted() == {"ho-so"}, "the collector")
        site.stop()
        site.start()
        self.assertEqual(shown()["state"], "in force")
        site.run("mailbox", "undelete", BINH, "--mailbox", "Trash", "--to", "INBOX", "--all")
        with Imap(site, BINH) as imap:
            imap.by_subject("ho-so")
        self.assertEqual(shown()["classes"][1]["kept_expunged"], 0)
        self.assertEqual(shown()["classes"][1]["kept"], 1)

    def deleted(self):
        return {row["subject"] for row in site.json("mailbox", "deleted", BINH)["deleted"]}


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Legal holds and the check with repair on a live server, whose collector comes every second and keeps nothing for undelete."""
import json
import subprocess
import time
import unittest

from clients import Imap, letter, receive
from province import AN, BINH, CHI, Province, eventually

site = None


def setUpModule():
    global site
    site = Province(store_undelete_days="0", store_collect_every='"1s"')
    site.start()


def tearDownModule():
    site.end()


def audit(target):
    done = subprocess.run(["curl", "-s", "--unix-socket", site.home / "admin.sock", "http://localhost/audit?limit=100000"], capture_output=True, timeout=60, check=True)
    return [row["what"] for row in json.loads(done.stdout)["audit"] if row.get("target") == target]


class Holds(unittest.TestCase):
    def test_account(self):
        self.assertTrue(site.json("hold", "place", "vu-12", "--account", BINH, "--reason", "thanh tra", "--case", "12/2026")["changed"])
        self.assertFalse(site.json("hold", "place", "vu-12", "--account", BINH, "--reason", "thanh tra", "--case", "12/2026")["changed"])
        site.run("hold", "place", "vu-12", "--account", CHI, "--reason", "khác", code=4)
        site.run("hold", "place", "vu-13", "--account", f"khong.co{BINH[BINH.index('@'):]}", "--reason", "x", code=4)
        site.run("hold", "place", "vu-13", "--reason", "không có phạm vi", code=2)
        held = {h["name"]: h for h in site.json("hold", "list")["holds"]}
        self.assertEqual((held["vu-12"]["scope"], held["vu-12"]["account"], held["vu-12"]["case"], held["vu-12"]["state"]), ("account", BINH, "12/2026", "in force"))
        refused = site.run("account", "remove", BINH, code=4)
        self.assertIn("hold", refused.stderr)
        site.json("hold", "show", "vu-12")
        site.run("hold", "lift", "vu-12", code=2)  # a reason is needed
        self.assertTrue(site.json("hold", "lift", "vu-12", "--reason", "đã kết thúc")["changed"])
        site.run("hold", "lift", "khong-co", "--reason", "x", code=4)
        eventually(lambda: [h for h in site.json("hold", "list")["holds"] if h["name"] == "vu-12" and h["state"] != "lifting"] == [], "the hold is lifted")
        acts = audit("vu-12")
        self.assertEqual([a for a in acts if "place" in a or "lift" in a], ["hold.place", "hold.lift"])
        self.assertTrue([a for a in acts if a not in ("hold.place", "hold.lift")], "looking at a hold is audited")

    def test_search_matches_what_is_there_and_what_comes(self):
        receive(site, letter(sender="cong.dan@vidu.vn", to=CHI, subject="Hồ sơ đấu thầu một"), to=[CHI])
        receive(site, letter(sender="cong.dan@vidu.vn", to=CHI, subject="Việc khác"), to=[CHI])
        site.run("hold", "place", "vu-15", "--search", 'subject:"dau thau"', "--reason", "điều tra")
        def matched():
            return sorted((m["account"], m["uid"], m["expunged"]) for m in site.json("hold", "show", "vu-15")["messages"])
        eventually(lambda: matched() == [(CHI, 1, False)], "the mail that is there")
        receive(site, letter(sender="cong.dan@vidu.vn", to=CHI, subject="Hồ sơ đấu thầu hai"), to=[CHI])
        eventually(lambda: matched() == [(CHI, 1, False), (CHI, 3, False)], "the mail that came later")
        with Imap(site, CHI) as imap:
            Imap.ok(imap.store("1:*", "+FLAGS", "(\\Deleted)"))
            Imap.ok(imap.expunge())
        self.assertEqual(matched(), [(CHI, 1, True), (CHI, 3, True)])
        def deleted():
            return [d["subject"] for d in site.json("mailbox", "deleted", CHI)["deleted"]]
        eventually(lambda: len(deleted()) == 2, "the collector takes what is not held")
        time.sleep(2.5)  # and comes twice more
        self.assertEqual(site.json("mailbox", "undelete", CHI, "--mailbox", "INBOX")["messages"], 2)
        with Imap(site, CHI) as imap:
            self.assertEqual(imap.count(), 2)
            Imap.ok(imap.store("1:*", "+FLAGS", "(\\Deleted)"))
            Imap.ok(imap.expunge())
        site.run("hold", "lift", "vu-15", "--reason", "xong")
        eventually(lambda: deleted() == [], "the collector, once the hold is lifted")


class Repair(unittest.TestCase):
    def test_a_sound_store_is_left_alone(self):
        receive(site, letter(sender="cong.dan@vidu.vn", to=AN, subject="con-nguyen"), to=[AN])
        with Imap(site, AN) as imap:
            number = imap.by_subject("con-nguyen")
        done = site.json("store", "check", "--repair", "--yes")
        self.assertEqual((done["ok"], done["mended"], done["moved"]), (True, {}, 0))
        eventually(lambda: site.json("store", "check")["index"] == "sound", "the index equals the store")
        with Imap(site, AN) as imap:
            self.assertEqual(imap.by_subject("con-nguyen"), number)
        site.run("store", "check", "--yes", code=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

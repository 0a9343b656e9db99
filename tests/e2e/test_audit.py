#!/usr/bin/env python3
"""The audit log, roles and the quarantine by the command line on a live server."""
import json
import unittest

from clients import Imap, letter, receive
from province import AN, BINH, CHI, PASSWORD, Province, eventually

site = None


def setUpModule():
    global site
    site = Province(audit_heads_file='"heads.jsonl"')
    site.run("agency", "add", "sk", "--name", "Sở Khác")
    with open(site.config, "a") as config:
        config.write('\n[policy.rules]\nown-address-outside = "enforce"\n')
    (site.dir / "password").write_text(PASSWORD + "\n")
    site.start()


def tearDownModule():
    site.end()


def as_(who, *arguments, code=0):
    return site.run("--as", who, "--as-password", site.dir / "password", *arguments, code=code)


class Log(unittest.TestCase):
    def test_rows_are_listed_shown_and_verified(self):
        added = [row for row in site.json("audit", "list", "--what", "account.add")["audit"]]
        self.assertEqual([row["target"] for row in added], [AN, BINH, CHI, added[-1]["target"]])
        row = site.json("audit", "show", added[0]["seq"])
        self.assertEqual((row["what"], len(row["hash"])), ("account.add", 64))
        site.run("audit", "show", 99999, code=4)
        self.assertTrue(site.json("audit", "verify")["ok"])
        self.assertTrue([r for r in site.json("audit", "list", "--what", "config.change")["audit"]], "the rules of the configuration are in the log")

    def test_heads_go_out_and_an_export_verifies_without_the_server(self):
        outside = site.home / "heads.jsonl"
        eventually(lambda: outside.exists() and outside.read_text(), "the first head, at the start")
        site.run("account", "set", CHI, "--name", "Trần Văn Chí Thanh")
        self.assertTrue(site.json("audit", "verify", "--head", outside)["ok"])
        log = site.dir / "log.jsonl"
        site.run("audit", "export", log)
        site.run("audit", "export", log, code=4)  # never overwrites
        done = json.loads(site.run("audit", "verify", log, "--head", outside, "--format", "json", config=False).stdout)
        self.assertTrue(done["ok"] and done["heads"] == 2, done)
        self.assertIn("audit", site.run("audit", "verify", log, config=False).stdout)

        lines = log.read_text().splitlines(keepends=True)
        forged = site.dir / "forged.jsonl"
        def verdict(changed, *more):
            forged.write_text("".join(changed))
            done = site.run("audit", "verify", forged, *more, "--format", "json", config=False, code=1)
            return {f["code"] for f in json.loads(done.stdout)["findings"]}
        self.assertEqual(verdict([line.replace("Chí Thanh", "Chí Than") for line in lines]), {"changed"})
        self.assertEqual(verdict(lines[:3] + lines[4:]), {"gap"})
        self.assertIn("truncated", verdict(lines[:-1]))
        self.assertIn("head_missing", verdict(lines[:-2] + lines[-1:]))
        forged.write_text("nothing of the kind\n")
        site.run("audit", "verify", forged, config=False, code=4)
        site.run("audit", "verify", site.dir / "none", config=False, code=4)

    def test_the_owner_sees_who_searched(self):
        site.run("search", BINH, "gì đó", "--reason", "thanh tra")
        seen = json.loads(as_(BINH, "audit", "mailbox", BINH, "--format", "json").stdout)["accesses"]
        self.assertEqual(seen[-1]["what"], "search")
        self.assertNotIn("detail", seen[-1])
        as_(BINH, "audit", "mailbox", AN, code=4)


class Roles(unittest.TestCase):
    def test_a_role_opens_what_it_is_for(self):
        as_(AN, "audit", "list", code=4)
        self.assertTrue(site.json("role", "grant", AN, "auditor")["changed"])
        self.assertFalse(site.json("role", "grant", AN, "auditor")["changed"])
        as_(AN, "audit", "verify")
        as_(AN, "account", "remove", CHI, code=4)
        refused = site.json("audit", "list", "--what", "denied")["audit"]
        self.assertIn(AN, refused[-1]["who"])
        self.assertIn((AN, "auditor", "site"), [(r["account"], r["role"], r["scope"]) for r in site.json("role", "list")["roles"]])
        site.run("role", "revoke", AN, "auditor")
        as_(AN, "audit", "verify", code=4)
        site.run("role", "grant", AN, "clerk", code=2)  # a clerk is one of an agency
        (site.dir / "wrong").write_text("sai\n")
        site.run("--as", AN, "--as-password", site.dir / "wrong", "audit", "mailbox", AN, code=4)


class Quarantine(unittest.TestCase):
    def test_released_and_refused(self):
        for subject in ("gia-mao-mot", "gia-mao-hai"):
            receive(site, letter(sender=AN, to=BINH, subject=subject), sender="x@ngoai.vn", to=[BINH])
        held = {m["subject"]: m["id"] for m in site.json("quarantine", "list")["quarantine"]}
        self.assertEqual(set(held), {"gia-mao-mot", "gia-mao-hai"})
        self.assertEqual(site.json("queue", "list")["queue"], [])
        site.run("role", "grant", AN, "clerk", "--agency", "svd")
        as_(AN, "quarantine", "show", held["gia-mao-mot"])
        as_(AN, "quarantine", "save", held["gia-mao-mot"], site.dir / "held.eml")
        self.assertIn("Subject: gia-mao-mot", (site.dir / "held.eml").read_text())
        as_(AN, "quarantine", "release", held["gia-mao-mot"])
        as_(AN, "quarantine", "refuse", held["gia-mao-hai"], code=2)
        as_(AN, "quarantine", "refuse", held["gia-mao-hai"], "--reason", "giả mạo")
        with Imap(site, BINH) as imap:
            self.assertTrue(imap.by_subject("gia-mao-mot"))
            self.assertEqual(imap.count(), 2)  # and the notice
        self.assertEqual(site.json("quarantine", "list")["quarantine"], [])
        site.run("quarantine", "release", held["gia-mao-hai"], code=4)


if __name__ == "__main__":
    unittest.main(verbosity=2)

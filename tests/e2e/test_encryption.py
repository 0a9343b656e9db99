#!/usr/bin/env python3
"""Encryption at rest on a live server: what the file holds, what a missing or wrong master key does, rotation and a new master."""
import subprocess
import unittest

from clients import Imap, letter, receive
from province import BIN, BINH, DOMAIN, Province


def setUpModule():
    global site
    site = Province()
    site.start()


def tearDownModule():
    site.end()


def on_disk(text):
    return any(text.encode() in file.read_bytes() for file in (site.home / "data").rglob("*") if file.is_file())


def masters(master, previous=None):
    site.set("encryption", "master_key", f'"{master}"')
    site.set("encryption", "previous_master_key", f'"{previous or ""}"')


class Encryption(unittest.TestCase):
    def test_a_domain_is_encrypted_and_its_key_is_lost_and_found(self):
        receive(site, letter(subject="truoc", body="OPENLYREADABLE\r\n"))
        self.assertTrue(on_disk("OPENLYREADABLE"))
        self.assertEqual(site.json("key", "status")["keys"], [])
        refused = site.run("key", "enable", DOMAIN, code=4)
        self.assertIn("master key", refused.stderr)

        master, following = site.home / "master.key", site.home / "next.key"
        site.run("key", "new", master)
        site.run("key", "new", master, code=4)
        masters(master)
        site.stop()
        site.start()
        site.run("key", "enable", DOMAIN)
        site.run("key", "enable", DOMAIN)  # repeated: done already
        site.run("key", "enable", "khong.co.gov.vn", code=4)
        receive(site, letter(subject="sau", body="NOWHIDDEN " + "x" * 20_000 + "\r\n"))
        self.assertFalse(on_disk("NOWHIDDEN"))
        with Imap(site, BINH) as imap:
            self.assertIn(b"NOWHIDDEN", imap.body(imap.by_subject("sau")))
            self.assertEqual(len(imap.found("TEXT", "NOWHIDDEN")), 1)  # scanned: there is no index
        refused = site.run("search", BINH, "NOWHIDDEN", code=4)
        self.assertIn("index", refused.stderr)

        site.run("key", "rotate", DOMAIN)
        keys = site.json("key", "status")["keys"]
        self.assertEqual([(k["current"], k["loaded"]) for k in keys], [(False, True), (True, True)])

        site.stop()
        master.rename(site.home / "away")
        self.assertIn("master_key", site.run("store", "check", code=4).stderr)
        self.assertEqual([k["loaded"] for k in site.json("key", "status")["keys"]], [False, False])
        started = subprocess.run([str(BIN / "congthud"), "--config", str(site.config)], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(started.returncode, 0)
        self.assertIn("master_key", started.stderr)
        (site.home / "away").rename(master)

        site.run("key", "new", following)
        masters(following)  # the wrong one alone
        self.assertIn(DOMAIN, site.run("store", "check", code=4).stderr)
        masters(following, master)
        site.start()
        self.assertEqual(site.json("key", "rewrap")["rewrapped"], 2)
        site.stop()
        masters(following)
        site.run("store", "check")
        site.start()
        with Imap(site, BINH) as imap:
            self.assertIn(b"NOWHIDDEN", imap.body(imap.by_subject("sau")))
        stats = site.json("store", "stats")
        self.assertEqual(stats["sealed_share"] > 0, True)
        self.assertEqual(stats["packed_share"] > 0, True)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""Revocation data over HTTP: a verdict waits for it, becomes final before the eyes of a client, can be repeated offline, and follows
changed trust. The authority is OpenSSL's own: its OCSP responder and its CRLs, served from loopback."""
import http.server
import pathlib
import subprocess
import tempfile
import threading
import unittest

from clients import Imap, submit
from province import AN, Province, eventually


def run(*command, cwd=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, timeout=60, cwd=cwd)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Answers(http.server.BaseHTTPRequestHandler):
    """GET /NAME/ca.crl and POST /NAME/ocsp of each authority, once the gate is open; /away leads inside the network."""
    gate, asked = threading.Event(), []

    def log_message(self, *_):
        pass

    def answer(self, body, kind):
        self.asked.append(self.path)
        self.gate.wait(60)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.3:{port}/inside/ca.crl")
            self.end_headers()
            return
        self.answer((site.dir / self.path.split("/")[1] / "ca.crl").read_bytes(), "application/pkix-crl")

    def do_POST(self):
        request = self.rfile.read(int(self.headers["Content-Length"]))
        ca = site.dir / self.path.split("/")[1]
        with tempfile.TemporaryDirectory() as folder:
            one = pathlib.Path(folder)
            (one / "request").write_bytes(request)
            run("openssl", "ocsp", "-index", ca / "index.txt", "-CA", ca / "ca.pem", "-rsigner", ca / "ca.pem", "-rkey", ca / "ca.key",
                "-reqin", one / "request", "-respout", one / "answer", "-ndays", "1")
            self.answer((one / "answer").read_bytes(), "application/ocsp-response")


class Authority:
    """A CA of its own for each case: what is known of one says nothing about another. The site trusts it."""

    def __init__(self, name):
        self.home = site.dir / name
        self.home.mkdir()
        self.url = f"http://127.0.0.1:{port}/{name}"
        self.issued = 0
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.home / "ca.key", "-out", self.home / "ca.pem", "-subj", f"/CN=Vi du {name}",
            "-days", "900", "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature")
        (self.home / "ca.cnf").write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.home}/index.txt\ndefault_md=sha256\ndefault_crl_days=30\n")
        (self.home / "index.txt").write_text("")
        self.ca = ("-config", self.home / "ca.cnf", "-keyfile", self.home / "ca.key", "-cert", self.home / "ca.pem")
        self.trusted()

    def trusted(self):
        site.run("trust", "add", str(self.home / "ca.pem"), "--class", "site")

    def make_crl(self):
        run("openssl", "ca", *self.ca, "-gencrl", "-out", self.home / "crl.pem")
        run("openssl", "crl", "-in", self.home / "crl.pem", "-outform", "DER", "-out", self.home / "ca.crl")

    def certificate(self, where):
        """A new certificate of An whose revocation is to be asked at `where`; gives its place without a suffix."""
        self.issued += 1
        base = str(self.home / f"leaf{self.issued}")
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", base + ".key", "-out", base + ".csr", "-subj", f"/CN=Nguyen Van An {self.issued}")
        (self.home / "ext").write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n"
                                       f"subjectAltName=email:{AN}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n{where}\n")
        run("openssl", "x509", "-req", "-in", base + ".csr", "-CA", self.home / "ca.pem", "-CAkey", self.home / "ca.key", "-CAcreateserial", "-days", "800",
            "-extfile", self.home / "ext", "-out", base + ".pem")
        serial = run("openssl", "x509", "-in", base + ".pem", "-noout", "-serial").decode().strip().split("=")[1]
        with open(self.home / "index.txt", "a") as index:
            index.write(f"V\t351231235959Z\t\t{serial}\tunknown\t/CN=Nguyen Van An {self.issued}\n")
        self.make_crl()
        return base

    def revoke(self, base):
        run("openssl", "ca", *self.ca, "-revoke", base + ".pem")
        self.make_crl()


def setUpModule():
    global site, port, servers
    site = Province(signature_fetch_private_hosts='["127.0.0.1"]')
    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)]
    port = servers[0].server_port
    servers.append(http.server.ThreadingHTTPServer(("127.0.0.3", port), Answers))  # loopback that nobody allowed
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    site.start()


def tearDownModule():
    Answers.gate.set()
    for server in servers:
        server.shutdown()
        server.server_close()
    site.end()


def signed(base, subject):
    entity = site.dir / "entity"
    entity.write_bytes(b"Content-Type: text/plain; charset=utf-8\r\n\r\nKinh gui.\r\n")
    made = run("openssl", "cms", "-sign", "-in", entity, "-signer", base + ".pem", "-inkey", base + ".key", "-md", "sha256", "-binary", "-outform", "SMIME", "-crlfeol")
    return f"From: {AN}\r\nTo: binh@vidu.vn\r\nSubject: {subject}\r\n".encode() + made.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def keywords(subject):
    with Imap(site) as imap:
        return {k for k in imap.flags(imap.by_subject(subject)) if k.startswith("$Signature")}


def result_field(subject):
    with Imap(site) as imap:
        return imap.body(imap.by_subject(subject), "HEADER.FIELDS (AUTHENTICATION-RESULTS)").decode()


class Fetching(unittest.TestCase):
    def waits_then_is_valid(self, name, base, path):
        Answers.gate.clear()
        submit(site, signed(base, name))
        self.assertEqual(keywords(name), set())
        self.assertIn("smime=temperror", result_field(name))
        eventually(lambda: path in Answers.asked, f"a request for {path}")
        Answers.gate.set()
        eventually(lambda: keywords(name) == {"$SignatureValid"}, "the final verdict")
        self.assertIn("smime=temperror", result_field(name))  # the field records the verdict at reception

    def test_a_verdict_waits_for_ocsp_and_becomes_final(self):
        ca = Authority("ocsp")
        self.waits_then_is_valid("ocsp", ca.certificate(f"authorityInfoAccess=OCSP;URI:{ca.url}/ocsp"), "/ocsp/ocsp")
        self.assertIn("late_verdict", site.log.read_text())

    def test_a_verdict_waits_for_a_crl_is_repeated_offline_and_follows_trust(self):
        ca = Authority("crl")
        base = ca.certificate(f"crlDistributionPoints=URI:{ca.url}/ca.crl")
        self.waits_then_is_valid("crl", base, "/crl/ca.crl")
        same = site.json("signature", "recheck", "--since", "2020-01-01", "--dry-run")
        self.assertEqual((same["changed"], same["failed"]), (0, 0), same)
        anchor = next(row["fingerprint"] for row in site.json("trust", "list")["trust"] if "crl" in row["subject"])
        site.run("trust", "remove", anchor)
        changed = site.json("signature", "recheck", "--since", "2020-01-01")
        self.assertEqual(len(changed["changes"]), 1, changed)
        message = changed["changes"][0]["message"]
        self.assertEqual(keywords("crl"), set())
        ca.trusted()
        site.json("signature", "recheck", "--since", "2020-01-01")
        self.assertEqual(keywords("crl"), {"$SignatureValid"})
        asked = len(Answers.asked)
        again = site.json("verify", "--stored", message[:16])
        self.assertEqual((again["message"], again["report"]["verdict"], again["objects"] >= 2), (message, "valid", True), again)
        self.assertEqual(len(Answers.asked), asked, "the repetition asked the network")
        self.assertIn("valid", site.run("verify", "--stored", message).stdout)

    def test_a_revocation_is_found_out_late(self):
        ca = Authority("gone")
        base = ca.certificate(f"crlDistributionPoints=URI:{ca.url}/ca.crl")
        ca.revoke(base)
        Answers.gate.set()
        submit(site, signed(base, "gone"))
        eventually(lambda: keywords("gone") == {"$SignatureInvalid"}, "the revocation")

    def test_addresses_inside_the_network_are_not_asked(self):
        ca = Authority("inside")
        Answers.gate.set()
        cases = {"inside": f"http://127.0.0.3:{port}/inside/ca.crl", "away": f"http://127.0.0.1:{port}/away", "file": "file:///etc/passwd",
                 "mapped": f"http://[::ffff:127.0.0.1]:{port}/inside/ca.crl"}
        for name, url in cases.items():
            submit(site, signed(ca.certificate(f"crlDistributionPoints=URI:{url}"), name))
        eventually(lambda: site.log.read_text().count("revocation_not_fetched") >= 3, "the refusals")
        self.assertEqual([keywords(name) for name in cases], [set()] * 4)
        self.assertNotIn("/inside/ca.crl", Answers.asked)
        self.assertIn("fetch_private_hosts", site.log.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

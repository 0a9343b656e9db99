#!/usr/bin/env python3
"""What `congthu verify` says about mail signed by other programs: OpenSSL in its many shapes, and gpgsm; and about PDFs by poppler. No server."""
import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from province import BIN

SENDER = "an@songla.gov.vn"
HEADER = f"From: An <{SENDER}>\r\nTo: binh@songla.gov.vn\r\nSubject: thu\r\nMIME-Version: 1.0\r\n"
ENTITY = "Content-Type: text/plain; charset=utf-8\r\n\r\nKính gửi quý cơ quan.\r\n"
LEAF = ("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\n"
        f"subjectAltName=email:{SENDER}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")


def run(*command, fds=()):
    done = subprocess.run([str(c) for c in command], capture_output=True, timeout=60, pass_fds=fds)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def setUpModule():
    global home
    home = pathlib.Path(tempfile.mkdtemp(prefix="congthu-e2e-"))
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", home / "ca.key", "-out", home / "ca.pem", "-subj", "/CN=Vi du CA", "-days", "900",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    (home / "leaf.ext").write_text(LEAF)
    certificate("rsa", "rsa:2048")
    certificate("ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")
    (home / "entity").write_bytes(ENTITY.encode())


def tearDownModule():
    if (home / "gnupg").exists():
        subprocess.run(["gpgconf", "--homedir", str(home / "gnupg"), "--kill", "gpg-agent"], timeout=20, check=False)
    shutil.rmtree(home)


def certificate(name, *key):
    run("openssl", "req", "-newkey", *key, "-nodes", "-keyout", home / f"{name}.key", "-out", home / f"{name}.csr", "-subj", "/CN=Nguyen Van An")
    run("openssl", "x509", "-req", "-in", home / f"{name}.csr", "-CA", home / "ca.pem", "-CAkey", home / "ca.key", "-CAcreateserial", "-days", "800",
        "-extfile", home / "leaf.ext", "-out", home / f"{name}.pem")


def verify(*mails):
    """Of each mail the verdict and the codes of all reasons; one run for all."""
    paths = []
    for mail in mails:
        paths.append(home / f"mail{len(paths)}.eml")
        paths[-1].write_bytes(mail)
    return verify_files(*paths)


def verify_files(*paths):
    done = subprocess.run([str(BIN / "congthu"), "verify", *map(str, paths), "--trust", str(home / "ca.pem"), "--format", "json"], capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr.decode())
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    return [(report["verdict"], {reason["code"] for reason in report["reasons"]}) for report in reports]


def signed(p7s):
    """multipart/signed around ENTITY."""
    lines = base64.encodebytes(p7s).decode().replace("\n", "\r\n")
    return (HEADER + 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b"\r\n\r\n--b\r\n' + ENTITY +
            '\r\n--b\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + lines + "--b--\r\n").encode()


def opaque(p7m):
    lines = base64.encodebytes(p7m).decode().replace("\n", "\r\n")
    return (HEADER + 'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + lines).encode()


class OpenSsl(unittest.TestCase):
    def cms(self, *arguments, key="rsa"):
        return run("openssl", "cms", "-sign", "-binary", "-in", home / "entity", "-signer", home / f"{key}.pem", "-inkey", home / f"{key}.key", "-outform", "DER",
                   "-md", "sha256", *arguments)

    def test_shapes_are_valid(self):
        shapes = ([], ["-cades"], ["-keyid"], ["-nosmimecap"], ["-md", "sha512"], ["-keyopt", "rsa_padding_mode:pss"],
                  ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"])
        mails = [signed(self.cms(*shape)) for shape in shapes] + [opaque(self.cms("-nodetach", *shape)) for shape in [*shapes, ["-stream"]]]
        mails.append(signed(self.cms("-md", "sha384", key="ec")))
        self.assertEqual([verdict for verdict, _ in verify(*mails)], ["valid"] * 16)

    def test_its_own_mail_is_valid_with_any_line_end(self):
        text = home / "text"
        text.write_bytes("Kính gửi\n".encode())
        mails = []
        for command in (["smime", "-sign"], ["cms", "-sign"], ["cms", "-sign", "-nodetach"]):
            mail = run("openssl", *command, "-text", "-in", text, "-signer", home / "rsa.pem", "-inkey", home / "rsa.key", "-from", SENDER, "-to", "b@songla.gov.vn",
                       "-subject", "thu")
            unix = mail.replace(b"\r\n", b"\n")
            mails += [unix, unix.replace(b"\n", b"\r\n")]  # saved with LF, and as it travels
        self.assertEqual([verdict for verdict, _ in verify(*mails)], ["valid"] * 6)

    def test_what_it_accepts_and_nobody_should(self):
        good = signed(self.cms())
        reports = verify(signed(self.cms("-noattr")), signed(self.cms("-md", "sha1")), signed(self.cms("-nodetach")),
                         good.replace(b"From: An <an@", b"From: An <ke@"), good.replace("quý".encode(), b"quy "))
        wanted = [("invalid", "signed_attributes_missing"), ("weak", "weak_digest"), ("invalid", "content_in_detached"), ("spoof", "from_mismatch"),
                  ("invalid", "digest_mismatch")]
        for (verdict, reasons), (expected, reason) in zip(reports, wanted, strict=True):
            self.assertEqual((verdict, reason in reasons), (expected, True), reason)


@unittest.skipUnless(shutil.which("gpgsm"), "gpgsm is not installed")
class Gpgsm(unittest.TestCase):
    def setUp(self):
        self.folder = home / "gnupg"
        if not self.folder.exists():
            self.prepare()

    def prepare(self):
        self.folder.mkdir(mode=0o700)
        (self.folder / "gpgsm.conf").write_text("disable-crl-checks\ndisable-policy-checks\n")
        (self.folder / "gpg-agent.conf").write_text("allow-loopback-pinentry\n")
        fingerprint = run("openssl", "x509", "-in", home / "ca.pem", "-noout", "-fingerprint", "-sha1").decode().split("=")[1].strip()
        (self.folder / "trustlist.txt").write_text(f"{fingerprint} S relax\n")
        run("openssl", "pkcs12", "-export", "-in", home / "rsa.pem", "-inkey", home / "rsa.key", "-certfile", home / "ca.pem", "-out", home / "rsa.p12", "-passout", "pass:x",
            "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
        self.gpgsm("--import", home / "rsa.p12")

    def gpgsm(self, *arguments):
        (home / "password").write_text("x\n")
        with open(home / "password", "rb") as password:
            return run("gpgsm", "--homedir", self.folder, "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase-fd", password.fileno(), *arguments,
                       fds=[password.fileno()])

    def test_detached_is_valid(self):
        self.gpgsm("--detach-sign", "-u", SENDER, "-o", home / "e.p7s", home / "entity")
        self.assertEqual(verify(signed((home / "e.p7s").read_bytes()))[0][0], "valid")

    def test_opaque_is_valid(self):
        self.gpgsm("--sign", "-u", SENDER, "-o", home / "e.p7m", home / "entity")
        self.assertEqual(verify(opaque((home / "e.p7m").read_bytes()))[0][0], "valid")


class Poppler(unittest.TestCase):
    """PDFs that pdfsig signs with a key in an NSS database; qpdf gives some of them cross-reference streams."""

    def setUp(self):
        self.folder = home / "pdf"
        if not self.folder.exists():
            self.prepare()

    def prepare(self):
        self.folder.mkdir()
        (self.folder / "table.pdf").write_bytes(run(BIN / "make_signed", "pdf"))
        run("qpdf", "--object-streams=generate", self.folder / "table.pdf", self.folder / "stream.pdf")
        run("openssl", "pkcs12", "-export", "-in", home / "rsa.pem", "-inkey", home / "rsa.key", "-name", "an", "-passout", "pass:x", "-out", self.folder / "an.p12")
        database = f"sql:{self.folder}"
        run("certutil", "-N", "-d", database, "--empty-password")
        run("pk12util", "-i", self.folder / "an.p12", "-d", database, "-W", "x")
        run("certutil", "-A", "-d", database, "-n", "ca", "-t", "CT,C,C", "-i", home / "ca.pem")

    def sign(self, name):
        """It reports an unclean end of NSS after a good signature, so its exit code says nothing; the file does."""
        out = self.folder / f"signed-{name}"
        subprocess.run(["pdfsig", "-nssdir", f"sql:{self.folder}", "-nick", "an", "-add-signature", str(self.folder / name), str(out)], capture_output=True, timeout=60, check=False)
        self.assertTrue(out.exists(), f"pdfsig signed nothing: {name}")
        return out.name

    def test_one_signature_and_a_second_one_are_valid(self):
        for name in ("table.pdf", "stream.pdf"):
            once = self.sign(name)
            twice = self.sign(once)
            first, both = verify_files(self.folder / once, self.folder / twice)
            self.assertEqual(first[0], "valid", (name, first))
            self.assertEqual(both[0], "valid", (name, both))
            self.assertIn("further_signature", both[1])

    def test_a_changed_byte_is_seen(self):
        signed = self.sign("table.pdf")
        content = bytearray((self.folder / signed).read_bytes())
        at = content.index(b"/MediaBox") + len("/MediaBox") + 2
        content[at] ^= 1
        (self.folder / "changed.pdf").write_bytes(content)
        self.assertEqual(verify_files(self.folder / "changed.pdf")[0][0], "invalid")


if __name__ == "__main__":
    unittest.main()

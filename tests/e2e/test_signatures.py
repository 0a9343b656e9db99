#!/usr/bin/env python3
"""Signed, opaque, tampered and forged mail and PDFs: the keywords and Authentication-Results that the recipient sees."""
import re
import unittest

import clients
from clients import Imap, letter, receive, submit, word
from province import AN, BINH, CHI, Province, eventually, make_signed

VERDICT_KEYWORDS = {"$SignatureValid", "$SignatureInvalid", "$DocumentSignatureValid", "$DocumentSignatureInvalid", "$Document"}
FROM_AN = word("Nguyễn Văn An") + f" <{AN}>"


def setUpModule():
    global site, pki, other
    site = Province()
    pki = site.make_pki()
    other = site.make_pki("other", CHI)
    site.start()


def tearDownModule():
    site.end()


def tampered(data, old, new):
    """`data` with one text replaced by another as long: what somebody on the way would do."""
    assert len(old) == len(new) and data.count(old) >= 1, (old, data.count(old))
    return data.replace(old, new)


def file(name, data):
    path = site.dir / name
    path.write_bytes(data)
    return path


class Signatures(unittest.TestCase):
    def setUp(self):
        self.subject = re.sub(r"\W", "-", self.id().split(".")[-1])
        self.pdf = make_signed("pdf", "204/KH-UBND")

    def make(self, kind, *attachment, folder=None, sender=FROM_AN):
        return make_signed(kind, *([folder or pki] if kind != "plain-mail" else []), sender, self.subject, *attachment)

    def seen(self, mail, send=submit, **more):
        """Sends it to Bình; gives (verdict keywords, value of smime=, BODY[])."""
        send(site, mail, **more)
        with Imap(site) as imap:
            number = imap.by_subject(self.subject)
            field = imap.body(number, "HEADER.FIELDS (AUTHENTICATION-RESULTS)").decode()
            result = re.search(r"mail\.songla\.gov\.vn;.*?\bsmime=(\w+)", field, re.S)
            self.assertTrue(result, f"no smime= in: {field!r}")
            self.assertEqual(field.lower().count("authentication-results:"), 1, field)
            return imap.flags(number) & VERDICT_KEYWORDS, result[1], imap.body(number)

    def test_signed_mail_is_valid(self):
        mail = self.make("sign-mail")
        keywords, smime, body = self.seen(mail)
        self.assertEqual((keywords, smime), ({"$SignatureValid"}, "pass"))
        self.assertTrue(body.endswith(mail), "the signed bytes were changed")
        with Imap(site) as imap:
            found = imap.found("KEYWORD", "$SignatureValid", "SUBJECT", self.subject)
            self.assertEqual(found, [imap.by_subject(self.subject)])

    def test_opaque_signed_mail_is_valid(self):
        self.assertEqual(self.seen(self.make("sign-opaque"))[:2], ({"$SignatureValid"}, "pass"))

    def test_signed_mail_from_another_server_is_judged_alike(self):
        keywords, smime, _ = self.seen(self.make("sign-mail"), receive, sender=AN)
        self.assertEqual((keywords, smime), ({"$SignatureValid"}, "pass"))

    def test_unsigned_mail_has_no_verdict(self):
        self.assertEqual(self.seen(letter(subject=self.subject))[:2], (set(), "none"))

    def test_tampered_mail_is_invalid(self):
        mail = tampered(self.make("sign-mail"), b"xin gui", b"xin huy")
        self.assertEqual(self.seen(mail)[:2], ({"$SignatureInvalid"}, "fail"))

    def test_from_that_is_not_the_signer_is_a_forgery(self):
        mail = self.make("sign-mail", folder=other)  # From An, signed by Chí
        self.assertEqual(self.seen(mail, receive)[:2], ({"$SignatureInvalid"}, "fail"))

    def test_certificate_of_an_unknown_authority_is_not_valid(self):
        stranger = site.make_pki("stranger", AN, trust=False)
        keywords, smime, _ = self.seen(self.make("sign-mail", folder=stranger))
        self.assertNotIn("$SignatureValid", keywords)
        self.assertNotEqual(smime, "pass")

    def test_signed_part_below_the_root_does_not_make_the_mail_signed(self):
        inner = self.make("sign-mail")
        mail = letter(sender=AN, subject=self.subject, body="--w\r\n\r\nĐã sửa nội dung.\r\n--w\r\nContent-Type: message/rfc822\r\n\r\n",
                      Content_Type="multipart/mixed; boundary=w") + inner + b"\r\n--w--\r\n"
        keywords, smime, _ = self.seen(mail)
        self.assertNotIn("$SignatureValid", keywords)
        self.assertNotEqual(smime, "pass")

    def test_signed_document_in_a_signed_mail(self):
        document = file("204-KH-UBND.pdf", make_signed("sign-pdf", pki, file("plain.pdf", self.pdf)))
        keywords, smime, _ = self.seen(self.make("sign-mail", document))
        self.assertEqual((keywords, smime), ({"$SignatureValid", "$DocumentSignatureValid", "$Document"}, "pass"))

    def test_document_lends_no_verdict_to_its_mail(self):
        document = file("204-KH-UBND.pdf", make_signed("sign-pdf", pki, file("plain.pdf", self.pdf)))
        keywords, smime, _ = self.seen(self.make("plain-mail", document), receive, sender=AN)
        self.assertEqual((keywords, smime), ({"$DocumentSignatureValid", "$Document"}, "none"))

    def test_unsigned_document(self):
        keywords, smime, _ = self.seen(self.make("plain-mail", file("15-GM-SVD.pdf", self.pdf)))
        self.assertEqual((keywords, smime), ({"$Document"}, "none"))

    def test_tampered_document_is_invalid(self):
        signed = make_signed("sign-pdf", pki, file("plain.pdf", self.pdf))
        document = file("changed.pdf", tampered(signed, b"[0 0 595 842]", b"[0 0 595 841]"))
        keywords, smime, _ = self.seen(self.make("sign-mail", document))
        self.assertEqual((keywords, smime), ({"$SignatureValid", "$DocumentSignatureInvalid", "$Document"}, "pass"))

    def test_document_changed_after_signing_is_invalid(self):
        signed = make_signed("sign-pdf", pki, file("plain.pdf", self.pdf))
        document = file("appended.pdf", signed + b"9 0 obj\n<< /Type /Annot >>\nendobj\n")
        keywords, _, _ = self.seen(self.make("plain-mail", document))
        self.assertIn("$DocumentSignatureInvalid", keywords)
        self.assertNotIn("$DocumentSignatureValid", keywords)

    def test_damaged_pdf_costs_nothing_but_its_own_verdict(self):
        document = file("damaged.pdf", make_signed("sign-pdf", pki, file("plain.pdf", self.pdf))[:3000])
        keywords, smime, _ = self.seen(self.make("sign-mail", document))
        self.assertIn("$SignatureValid", keywords)
        self.assertNotIn("$DocumentSignatureValid", keywords)
        self.assertEqual(smime, "pass")

    def test_imitated_results_are_removed(self):
        mail = letter(subject=self.subject, Authentication_Results="mail.songla.gov.vn; smime=pass header.from=an", Return_Path="<gia@mao.vn>")
        keywords, smime, body = self.seen(mail, receive)
        self.assertEqual((keywords, smime), (set(), "none"))
        self.assertNotIn(b"gia@mao.vn", body)

    def test_imitated_results_of_an_encoded_host_are_removed(self):
        mail = letter(subject=self.subject, authentication_results=" (x)\r\n MAIL.songla.gov.vn (a) 1;\r\n smime=pass")
        self.assertEqual(self.seen(mail, receive)[:2], (set(), "none"))


class Keywords(unittest.TestCase):
    """Verdict keywords are derived: no client can set or clear them (CONTRACT 2)."""

    def test_store_neither_sets_nor_clears(self):
        submit(site, letter(subject="khong-tu-danh-dau"))
        submit(site, make_signed("sign-mail", pki, FROM_AN, "khong-xoa-duoc"))
        with Imap(site) as imap:
            plain, signed = imap.by_subject("khong-tu-danh-dau"), imap.by_subject("khong-xoa-duoc")
            imap.store(str(plain), "+FLAGS", "($SignatureValid $Document)")  # OK or NO
            imap.store(str(signed), "-FLAGS", "($SignatureValid)")
            imap.store(str(signed), "FLAGS", "(\\Seen)")
            self.assertFalse(imap.flags(plain) & VERDICT_KEYWORDS)
            self.assertIn("$SignatureValid", imap.flags(signed))

    def test_append_cannot_bring_them(self):
        mail = letter(subject="gia-mao-tu-khoa", Authentication_Results="mail.songla.gov.vn; smime=pass")
        with Imap(site) as imap:
            imap.append("INBOX", "(\\Seen $SignatureValid $Document)", None, mail)
            number = imap.by_subject("gia-mao-tu-khoa")
            self.assertFalse(imap.flags(number) & VERDICT_KEYWORDS)
            self.assertIn("\\Seen", imap.flags(number))
            self.assertEqual(imap.body(number), mail, "what was appended must come back byte for byte")

    def test_copy_keeps_them(self):
        submit(site, make_signed("sign-mail", pki, FROM_AN, "sao-chep-giu-tu-khoa"))
        with Imap(site) as imap:
            Imap.ok(imap.copy(str(imap.by_subject("sao-chep-giu-tu-khoa")), "Archive"))
            Imap.ok(imap.select("Archive"))
            self.assertIn("$SignatureValid", imap.flags(imap.by_subject("sao-chep-giu-tu-khoa")))


class Trust(unittest.TestCase):
    def test_anchor_added_and_removed_while_running(self):
        folder = site.make_pki("late", BINH, trust=False)
        sign = lambda subject: make_signed("sign-mail", folder, BINH, subject)

        def keywords(subject):
            submit(site, sign(subject), user=BINH, to=[CHI])
            with Imap(site, CHI) as imap:
                return imap.flags(imap.by_subject(subject)) & VERDICT_KEYWORDS

        self.assertNotIn("$SignatureValid", keywords("chua-tin"))
        added = [site.run("trust", "add", folder / f, "--class", "site") for f in ("root.pem", "sub.pem")]
        self.assertTrue(all(a.returncode == 0 for a in added))
        self.assertIn("$SignatureValid", keywords("da-tin"))
        import ssl
        import hashlib
        for name in ("root.pem", "sub.pem"):
            der = ssl.PEM_cert_to_DER_cert((folder / name).read_text())
            site.run("trust", "remove", hashlib.sha256(der).hexdigest())
        self.assertNotIn("$SignatureValid", keywords("het-tin"))


class Report(unittest.TestCase):
    def totals(self):
        import time
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))
        report = site.json("report", "signatures", "--from", today, "--to", today)
        self.assertEqual(report["schema"], "congthu.report.signatures/1")
        return {(r["layer"], r["verdict"]): 0 for r in report["rows"]} | self.summed(report["rows"])

    @staticmethod
    def summed(rows):
        out = {}
        for r in rows:
            key = (r["layer"], r["verdict"])
            out[key] = out.get(key, 0) + r["count"]
        return out

    def test_each_judged_mail_is_counted_once(self):
        before = self.totals()
        submit(site, make_signed("sign-mail", pki, FROM_AN, "dem-mot"), to=[BINH, CHI])  # one mail, two recipients
        submit(site, tampered(make_signed("sign-mail", pki, FROM_AN, "dem-hai"), b"xin gui", b"xin huy"))
        after = eventually(lambda: (t := self.totals()) != before and t, "a counted mail")
        self.assertEqual(after[("smime", "valid")] - before.get(("smime", "valid"), 0), 1)
        self.assertEqual(after[("smime", "invalid")] - before.get(("smime", "invalid"), 0), 1)

    def exchanged(self):
        """(agency, direction) -> documents, signed ones."""
        import time
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))
        out = {}
        for r in site.json("report", "exchange", "--from", today, "--to", today)["rows"]:
            documents, signed = out.get((r["group"], r["direction"]), (0, 0))
            out[r["group"], r["direction"]] = documents + r["documents"], signed + (r["signed"] or 0)
        return out

    def test_a_document_counts_once_however_often_it_is_sent(self):
        plain = file("plain.pdf", make_signed("pdf", "77/TB-SVD"))
        document = file("77-TB-SVD.pdf", make_signed("sign-pdf", pki, plain))
        before = self.exchanged()
        for subject in ("trao-doi-1", "trao-doi-2"):
            submit(site, make_signed("plain-mail", FROM_AN, subject, document), to=[CHI])
        after = eventually(lambda: (e := self.exchanged()) != before and e, "the document in the report")
        gained = {key: tuple(a - b for a, b in zip(after[key], before.get(key, (0, 0)))) for key in after if after[key] != before.get(key)}
        self.assertEqual(sorted(gained.values()), [(1, 1), (1, 1)], gained)
        self.assertEqual({key[0] for key in gained}, {"svd", "thidiem"}, gained)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""Who gets mail and who does not: aliases, functional mailboxes, unknown people, relaying, quota, sizes, UTF-8 addresses."""
import re
import smtplib
import unittest

from clients import Imap, letter, receive, refusal, submission, submit
from province import AN, BINH, CHI, CLERK, DOMAIN, PASSWORD, Province

SMALL = f"hop.nho@{DOMAIN}"


def setUpModule():
    global site
    site = Province(store_max_message_size='"1MiB"')
    site.run("alias", "add", f"lanhdao@{DOMAIN}", BINH, CHI)
    site.run("alias", "add", f"tatca@{DOMAIN}", f"lanhdao@{DOMAIN}", AN)
    site.add_account(SMALL, "Hộp nhỏ", "--quota", "64K")
    site.start()


def tearDownModule():
    site.end()


def has(user, subject):
    with Imap(site, user) as imap:
        return len(imap.found("SUBJECT", f'"{subject}"'))


class Local(unittest.TestCase):
    def test_alias_of_two(self):
        receive(site, letter(subject="cho-lanh-dao"), to=[f"lanhdao@{DOMAIN}"])
        self.assertEqual([has(u, "cho-lanh-dao") for u in (AN, BINH, CHI)], [0, 1, 1])

    def test_nested_alias_delivers_once_to_each(self):
        receive(site, letter(subject="cho-tat-ca"), to=[f"tatca@{DOMAIN}", BINH])
        self.assertEqual([has(u, "cho-tat-ca") for u in (AN, BINH, CHI)], [1, 1, 1])

    def test_functional_mailbox(self):
        receive(site, letter(subject="gui-van-thu"), to=[CLERK])
        self.assertEqual(has(CLERK, "gui-van-thu"), 1)

    def test_address_in_other_case(self):
        receive(site, letter(subject="chu-hoa"), to=[BINH.upper()])
        self.assertEqual(has(BINH, "chu-hoa"), 1)

    def test_postmaster_and_abuse_are_taken(self):
        for who in ("postmaster", "abuse"):  # RFC 5321 4.5.1, RFC 2142
            receive(site, letter(subject=f"gui-{who}"), to=[f"{who}@{DOMAIN}"])

    def test_trace_fields_stand_before_the_message(self):
        mail = letter(subject="dau-vet", sender="cong.dan@vidu.vn")
        receive(site, mail)
        with Imap(site) as imap:
            body = imap.body(imap.by_subject("dau-vet"))
        self.assertTrue(body.endswith(mail), "the message itself was changed")
        head = body[:-len(mail)].decode()
        names = re.findall(r"^([\w-]+):", head, re.M)
        self.assertEqual(names[0], "Return-Path")
        self.assertIn("Return-Path: <cong.dan@vidu.vn>", head)
        self.assertEqual(names.count("Received"), 1)
        self.assertRegex(head, r"from mx\.vidu\.vn \((.*\[)?127\.0\.0\.1\]?\)")
        self.assertRegex(re.sub(r"\s+", " ", head), r"by mail\.songla\.gov\.vn .*with E?SMTPS")


class Refused(unittest.TestCase):
    def test_unknown_recipient(self):
        code, text = refusal(receive, site, letter(), to=[f"khong.co@{DOMAIN}"])
        self.assertEqual((code, text[:5]), (550, "5.1.1"))

    def test_one_unknown_of_two(self):
        refused = receive(site, letter(subject="mot-nguoi-co"), to=[BINH, f"khong.co@{DOMAIN}"])
        self.assertEqual(list(refused), [f"khong.co@{DOMAIN}"])
        self.assertEqual(has(BINH, "mot-nguoi-co"), 1)

    def test_relaying_from_outside(self):
        tricks = ["a@vidu.vn", f"a%vidu.vn@{DOMAIN}", f'"a@vidu.vn"@{DOMAIN}', f"vidu.vn!a@{DOMAIN}", f"@{DOMAIN}:a@vidu.vn",
                  f"a@vidu.vn@{DOMAIN}", f"a@{DOMAIN}.vidu.vn", f"a@x{DOMAIN}"]  # ATTACKS M3
        for address in tricks:
            with self.subTest(address):
                with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60) as smtp:
                    smtp.ehlo()
                    self.assertEqual(smtp.docmd("MAIL FROM:<b@vidu.vn>")[0], 250)
                    self.assertEqual(smtp.docmd(f"RCPT TO:<{address}>")[0] // 100, 5)
        self.assertEqual(site.json("queue", "list")["queue"], [])

    def test_relay_denied_says_so(self):
        code, text = refusal(receive, site, letter(), to=["a@vidu.vn"])
        self.assertEqual((code, text[:5]), (550, "5.7.1"))

    def test_over_quota(self):
        receive(site, letter(subject="vua-du", body="a" * 76 + "\r\n"), to=[SMALL])
        big = letter(subject="qua-lon", body=("x" * 76 + "\r\n") * 1000)
        code, text = refusal(receive, site, big, to=[SMALL])
        self.assertIn((code, text[:5]), ((552, "5.2.2"), (452, "4.2.2"), (552, "5.3.4")))
        self.assertEqual([has(SMALL, s) for s in ("vua-du", "qua-lon")], [1, 0])

    def test_larger_than_the_site_takes(self):
        with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60) as smtp:
            smtp.ehlo()
            self.assertEqual(smtp.esmtp_features["size"], str(1 << 20))
            code, text = smtp.docmd("MAIL FROM:<b@vidu.vn> SIZE=1048577")
            self.assertEqual((code, text[:5]), (552, b"5.3.4"))
            self.assertEqual(smtp.docmd("MAIL FROM:<b@vidu.vn>")[0], 250)  # a client that does not say its size
            self.assertEqual(smtp.docmd(f"RCPT TO:<{BINH}>")[0], 250)
            code, text = smtp.data(letter(subject="hon-mot-mib", body=("x" * 76 + "\r\n") * 14_000))
            self.assertEqual(code, 552, text)
            self.assertEqual(smtp.docmd("NOOP")[0], 250)
        self.assertEqual(has(BINH, "hon-mot-mib"), 0)

    def test_submission_port_needs_a_login(self):
        with smtplib.SMTP("localhost", site.submission, "c", timeout=60) as smtp:
            smtp.starttls(context=site.tls())
            smtp.ehlo()
            self.assertEqual(smtp.docmd(f"MAIL FROM:<{AN}>")[0], 530)


class Extensions(unittest.TestCase):
    def test_ehlo_keywords(self):
        with smtplib.SMTP("localhost", site.smtp, "mx.vidu.vn", timeout=60) as smtp:
            smtp.ehlo()
            for keyword in ("size", "pipelining", "8bitmime", "smtputf8", "chunking", "enhancedstatuscodes", "starttls"):
                self.assertTrue(smtp.has_extn(keyword), keyword)
            self.assertFalse(smtp.has_extn("auth"))

    def test_chunking(self):
        mail = letter(subject="tung-khuc")
        with submission(site) as smtp:
            smtp.ehlo_or_helo_if_needed()
            self.assertEqual(smtp.docmd(f"MAIL FROM:<{AN}> BODY=8BITMIME")[0], 250)
            self.assertEqual(smtp.docmd(f"RCPT TO:<{BINH}>")[0], 250)
            half = len(mail) // 2
            for chunk, last in ((mail[:half], ""), (mail[half:], " LAST")):
                smtp.send(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
                self.assertEqual(smtp.getreply()[0], 250)
        with Imap(site) as imap:
            self.assertTrue(imap.body(imap.by_subject("tung-khuc")).endswith(mail))

    def test_utf8_header_and_address(self):
        mail = letter(sender=f"Nguyễn Văn An <{AN}>", subject="utf8-day: Kế hoạch")
        with submission(site) as smtp:
            smtp.ehlo_or_helo_if_needed()
            smtp.sendmail(AN, [BINH], mail, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        with Imap(site) as imap:
            self.assertTrue(imap.body(imap.by_subject("utf8-day")).endswith(mail))

    def test_pipelined_transaction(self):
        mail = letter(subject="lien-mot-mach")
        with submission(site) as smtp:
            smtp.ehlo_or_helo_if_needed()
            smtp.send(f"MAIL FROM:<{AN}>\r\nRCPT TO:<{BINH}>\r\nRCPT TO:<khong.co@{DOMAIN}>\r\nDATA\r\n".encode())
            self.assertEqual([smtp.getreply()[0] for _ in range(4)], [250, 250, 550, 354])
            smtp.send(mail + b".\r\nNOOP\r\n")
            self.assertEqual([smtp.getreply()[0] for _ in range(2)], [250, 250])

    def test_a_hundred_mails_on_one_connection(self):
        with submission(site) as smtp:
            for n in range(100):
                smtp.sendmail(AN, [CHI], letter(to=CHI, subject=f"thu-so-{n:03}"))
        self.assertEqual(has(CHI, "thu-so-"), 100)


if __name__ == "__main__":
    unittest.main(verbosity=2)

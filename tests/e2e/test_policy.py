#!/usr/bin/env python3
"""Rules of CONTRACT 3 as a client meets them: free providers, sender identity, secrecy stamps; recorded, reported, repeatable."""
import imaplib
import time
import unittest

from clients import Imap, letter, receive, refusal, submission, submit
from province import AN, BINH, CHI, CLERK, DOMAIN, Province, eventually, make_signed

FREE = "nguyenvanan.songla@gmail.com"


def setUpModule():
    global site
    site = Province()
    site.start()


def tearDownModule():
    site.end()


def today():
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 3600))


def decisions(rule, action="reject"):
    report = site.json("report", "policy", "--from", today(), "--to", today())
    return sum(r["count"] for r in report["rows"] if r["rule"] == rule and r["action"] == action)


class Refusals(unittest.TestCase):
    def refused(self, rule, mail, action=submit, **more):
        """550 5.7.1, not delivered, and one more decision in the report."""
        before = decisions(rule)
        code, text = refusal(action, site, mail, **more)
        self.assertEqual((code, text[:5]), (550, "5.7.1"), text)
        eventually(lambda: decisions(rule) > before, f"the refusal by {rule} in the report", 10)
        return text

    def test_envelope_of_a_free_provider(self):
        self.refused("free-provider", letter(), sender=FREE)

    def test_subdomain_and_case_of_a_free_provider(self):
        self.refused("free-provider", letter(), sender="An@Mail.GMAIL.com")

    def test_from_of_a_free_provider(self):
        self.refused("free-provider", letter(sender=FREE, subject="tu-gmail"))
        with Imap(site) as imap:
            self.assertEqual(imap.found("SUBJECT", "tu-gmail"), [])

    def test_reply_to_of_a_free_provider(self):
        self.refused("free-provider", letter(Reply_To=FREE))

    def test_a_name_that_only_looks_like_a_free_provider(self):
        code, text = refusal(submit, site, letter(), sender="an@notgmail.com")
        self.assertEqual(code, 550)  # sender identity, not the free-provider rule
        self.assertNotIn("gmail", text.replace("notgmail.com", ""))

    def test_citizen_may_write_from_a_free_provider(self):
        receive(site, letter(sender=FREE, subject="cong-dan-hoi"), sender=FREE)
        with Imap(site) as imap:
            imap.by_subject("cong-dan-hoi")

    def test_envelope_of_a_colleague(self):
        self.refused("sender-identity", letter(), sender=CHI)

    def test_from_of_a_colleague(self):
        self.refused("sender-identity", letter(sender=CHI))

    def test_display_name_does_not_help(self):
        self.refused("sender-identity", letter(sender=f'"{AN}" <{CHI}>'))

    def test_two_addresses_in_from(self):
        self.refused("sender-identity", letter(sender=f"{AN}, {CHI}"))

    def test_two_from_fields(self):
        self.refused("sender-identity", b"From: " + CHI.encode() + b"\r\n" + letter())

    def test_two_from_fields_from_outside(self):
        code, _ = refusal(receive, site, b"From: x@vidu.vn\r\n" + letter(sender="y@vidu.vn"))
        self.assertEqual(code // 100, 5)


class SendAs(unittest.TestCase):
    def test_an_official_sends_as_the_functional_mailbox_when_allowed(self):
        mail = lambda subject: letter(sender=CLERK, subject=subject)
        self.assertEqual(refusal(submit, site, mail("chua-duoc-phep"), sender=CLERK)[0], 550)
        site.run("account", "allow", CLERK, AN)
        submit(site, mail("da-duoc-phep"), sender=CLERK)
        with Imap(site) as imap:
            imap.by_subject("da-duoc-phep")
        self.assertEqual(refusal(submit, site, mail("nguoi-khac"), sender=CLERK, user=CHI)[0], 550)
        site.run("account", "disallow", CLERK, AN)
        self.assertEqual(refusal(submit, site, mail("het-phep"), sender=CLERK)[0], 550)


class Secrecy(unittest.TestCase):
    def setUp(self):
        (site.dir / "mat.pdf").write_bytes(make_signed("pdf", "01/BC-SVD", "MẬT"))
        self.mail = make_signed("plain-mail", AN, "tai-lieu-mat", site.dir / "mat.pdf")

    def nowhere(self):
        with Imap(site) as imap:
            self.assertEqual(imap.found("SUBJECT", "tai-lieu-mat"), [])

    def test_refused_at_submission(self):
        self.assertEqual(refusal(submit, site, self.mail)[0], 550)
        self.nowhere()

    def test_refused_from_outside(self):
        self.assertEqual(refusal(receive, site, self.mail)[0], 550)
        self.nowhere()

    def test_refused_at_append(self):
        with Imap(site) as imap:
            kind, text = imap.append("Drafts", None, None, self.mail)
            self.assertEqual(kind, "NO", text)
            Imap.ok(imap.select("Drafts"))
            self.assertEqual(imap.found("SUBJECT", "tai-lieu-mat"), [])
        self.nowhere()

    def test_the_record_holds_no_subject_and_no_text(self):
        refusal(submit, site, self.mail)
        report = site.run("report", "policy", "--from", today(), "--to", today(), "--format", "json").stdout
        self.assertNotIn("tai-lieu-mat", report)

    def test_urgent_is_not_secret(self):
        (site.dir / "khan.pdf").write_bytes(make_signed("pdf", "02/BC-SVD", "KHẨN"))
        submit(site, make_signed("plain-mail", AN, "tai-lieu-khan", site.dir / "khan.pdf"))
        with Imap(site) as imap:
            self.assertIn("$Document", imap.flags(imap.by_subject("tai-lieu-khan")))


class DryRun(unittest.TestCase):
    def run_test(self, mail, sender, code):
        path = site.dir / "thu.eml"
        path.write_bytes(mail)
        return site.json("policy", "test", path, "--from", sender, "--to", BINH, code=code)

    def test_good_mail(self):
        self.assertNotEqual(self.run_test(letter(), AN, 0)["action"], "reject")

    def test_refused_mail_says_by_which_rule(self):
        result = self.run_test(letter(sender=FREE), AN, 1)
        self.assertEqual(result["action"], "reject")
        rules = {f["rule"] for stage in result["stages"] for f in stage["findings"] if f["action"] == "reject"}
        self.assertIn("free-provider", rules)

    def test_it_neither_delivers_nor_records(self):
        before = decisions("free-provider")
        self.run_test(letter(sender=FREE, subject="chi-thu-thoi"), AN, 1)
        self.assertEqual(decisions("free-provider"), before)
        with Imap(site) as imap:
            self.assertEqual(imap.found("SUBJECT", "chi-thu-thoi"), [])


class Forwarding(unittest.TestCase):
    def test_alias_does_not_forward_to_a_free_provider(self):
        """Refused where the alias is made, or where mail for it comes; never in the queue."""
        made = site.run("alias", "add", f"chuyen-tiep@{DOMAIN}", FREE, code=None)
        if made.returncode == 0:
            code, _ = refusal(receive, site, letter(), to=[f"chuyen-tiep@{DOMAIN}"])
            self.assertEqual(code, 550)
        else:
            self.assertEqual(made.returncode, 4, made.stderr)
        self.assertNotIn("gmail.com", site.run("queue", "list").stdout)


class Modes(unittest.TestCase):
    """A site may set a rule to observe: the mail passes and the record says what would have happened."""

    def test_observed_rule_lets_through_and_records(self):
        quiet = Province()
        try:
            with open(quiet.config, "a") as config:
                config.write('\n[policy.rules]\nfree-provider = "observe"\nsender-identity = "off"\n')
            quiet.start()
            submit(quiet, letter(sender=FREE, subject="chi-quan-sat"))
            with Imap(quiet) as imap:
                imap.by_subject("chi-quan-sat")
            report = quiet.json("report", "policy", "--from", today(), "--to", today())
            self.assertTrue(any(r["rule"] == "free-provider" and r["mode"] == "observe" for r in report["rows"]), report)
        finally:
            quiet.end()

    def test_an_agency_may_be_freed_until_a_day(self):
        """The agency's entry binds those below it; one whose days are over binds nobody."""
        pilot = Province()
        try:
            entry = '\n[[policy.modes]]\nrule = "free-provider"\nmode = "observe"\nagency = "{}"\nuntil = "{}"\n'
            with open(pilot.config, "a") as config:
                config.write(entry.format("tinh-thu", "2099-12-31") + entry.format("svd", "2020-01-01"))
                config.write('\n[policy.rules]\nsender-identity = "off"\n')
            pilot.start()
            pilot.run("agency", "add", "tinh-thu", "--name", "Tỉnh thử")
            pilot.run("agency", "add", "phong-thu", "--name", "Phòng thử", "--parent", "tinh-thu")
            freed = f"thu.nghiem@{DOMAIN}"
            pilot.add_account(freed, "Cán bộ thử", "--agency", "phong-thu")
            self.assertEqual(refusal(submit, pilot, letter(sender=FREE))[0], 550)
            submit(pilot, letter(sender=FREE, subject="duoc-thu"), user=freed)
            with Imap(pilot) as imap:
                imap.by_subject("duoc-thu")
        finally:
            pilot.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)

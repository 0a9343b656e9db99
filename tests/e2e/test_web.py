#!/usr/bin/env python3
"""The reports page in headless Chromium, over TLS: sign in, read reports, work on a register row, decide about a held mail, download, sign out.
CONGTHU_SHOTS=DIR keeps the screenshots."""
import calendar
import os
import pathlib
import ssl
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from browser import Browser
from clients import PLAN, Imap, document_mail, letter, receive, submit
from province import AN, BINH, CHI, PASSWORD, Province, eventually

# What a reader of the page needs (WCAG 2.2 AA), asked of the page itself.
ACCESSIBLE = r"""
const problems = [];
const say = (what, e) => problems.push(what + ': ' + (e ? e.outerHTML.slice(0, 160) : ''));
if (!document.documentElement.lang) say('no language');
if (!document.title) say('no title');
if (document.querySelectorAll('h1').length !== 1) say('not one h1');
if (!document.querySelector('main')) say('no main');
let level = 0;
for (const h of document.querySelectorAll('h1,h2,h3,h4')) { const n = +h.tagName[1]; if (n > level + 1) say('heading skipped', h); level = n; }
for (const f of document.querySelectorAll('input:not([type=hidden]),select,textarea')) if (!f.labels.length) say('no label', f);
for (const b of document.querySelectorAll('button,a')) if (!b.textContent.trim()) say('no name', b);
for (const t of document.querySelectorAll('table')) if (![...t.querySelectorAll('th')].every(h => h.scope)) say('header without scope', t);
for (const s of document.querySelectorAll('main figure svg')) if (!s.querySelector('title') && s.getAttribute('aria-hidden') !== 'true') say('chart without title', s);
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
if (new Set(ids).size !== ids.length) say('an id twice: ' + ids.filter((x, i) => ids.indexOf(x) !== i));
const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const rgb = t => { const m = t.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m.slice(0, 3); };
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const box = e.getBoundingClientRect();
  if (box.width === 0 || box.right < 0) continue;
  const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) say('contrast ' + ratio.toFixed(2), e);
}
return problems;
"""

# What makes the page wider than the window; tables may scroll in their own box.
WIDE = r"""
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= width) return [];
const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width && !e.closest('.wide *'));
return ['scrolls'].concat(wide.map(e => e.outerHTML.slice(0, 120)));
"""


def setUpModule():
    global site, browser, shots, base
    site = Province(http_tls="true")
    site.run("role", "grant", AN, "compliance")
    site.run("role", "grant", BINH, "clerk", "--agency", "svd")
    site.set("policy", "rules", '{ own-address-outside = "enforce" }')
    site.start()
    base = f"https://localhost:{site.http}"
    shots = pathlib.Path(os.environ.get("CONGTHU_SHOTS") or tempfile.mkdtemp(dir=site.dir))
    shots.mkdir(exist_ok=True, parents=True)
    submit(site, document_mail(PLAN.replace("71/KH", "72/KH"), to=CHI, subject="Ke hoach 72"), to=(CHI,))
    browser = Browser()


def tearDownModule():
    try:
        browser.close()
    finally:
        site.end()


def this_month():
    """As the page is asked for it."""
    now = time.gmtime(time.time() + 7 * 3600)
    return time.strftime(f"from=%Y-%m-01&to=%Y-%m-{calendar.monthrange(now.tm_year, now.tm_mon)[1]}", now)


class Page(unittest.TestCase):
    def sign_in(self, account, password=PASSWORD):
        browser.call("DELETE", "/cookie")
        browser.go(base + "/")
        self.assertTrue(browser.url.endswith("/sign-in"), browser.url)
        browser.fill("#f-account", account)
        browser.fill("#f-password", password)
        browser.click("main button")

    def look(self, name):
        """Every page is looked at: wide and at 320 pixels, without a complaint of the browser."""
        for width, height in ((1280, 900), (320, 700)):
            browser.size(width, height)
            self.assertEqual(browser.run(ACCESSIBLE), [], f"{name} at {width}")
            self.assertGreater(len(browser.shot(shots / f"{name}-{width}.png")), 5000)
        self.assertEqual(browser.run(WIDE), [], f"{name} is wider than 320 pixels")
        browser.size(1280, 900)
        self.assertEqual(browser.complaints(), [], name)

    def test_a_compliance_officer_reads_publishes_and_downloads(self):
        browser.go(base + "/")
        self.look("sign-in")
        self.sign_in(AN, "sai mật khẩu")
        self.assertIn("không đúng", browser.text())
        browser.complaints()  # the console notes the 403
        self.sign_in(AN)
        self.assertEqual(urllib.parse.urlsplit(browser.url).path, "/")
        self.look("overview")
        cookie = browser.cookies()["__Host-session"]
        self.assertTrue(cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie)

        browser.link("Báo cáo")
        self.look("reports")
        browser.go(f"{base}/reports/exchange?{this_month()}&by=agency")
        self.assertIn("Sở Ví dụ", browser.text())
        self.assertEqual(browser.run("return document.querySelectorAll('main figure svg rect').length > 0"), True)
        self.look("exchange")
        browser.link("Các văn bản đứng sau những con số này")
        self.assertIn("72/KH-SVD", browser.text())
        browser.go(f"{base}/reports/policy?{this_month()}")
        browser.link("Từng dòng đứng sau các con số (được ghi nhật ký)")
        self.look("policy-rows")

        browser.go(base + "/reports/monthly")
        self.look("monthly")
        browser.run("document.querySelector('details').open = true")
        browser.click("details button")
        self.assertIn("Đã ghi.", browser.text())
        browser.link("1")
        self.assertIn("khớp với nhật ký kiểm toán", browser.text())
        self.look("published")
        for format, start in (("pdf", b"%PDF-"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("html", b"<!DOCTYPE"), ("json", b"{")):
            self.assertTrue(self.fetch(f"/reports/published/1.{format}").startswith(start), format)
        browser.link("Nhật ký")
        self.assertIn("report.publish", browser.text())
        self.look("audit")
        browser.link("English")
        self.assertIn("Audit log", browser.text("h1"))
        browser.link("Tiếng Việt")
        browser.click("header button")
        self.assertTrue(browser.url.endswith("/sign-in"))

    def test_a_clerk_works_on_the_register(self):
        self.sign_in(BINH)
        browser.link("Sổ văn bản")
        eventually(lambda: "72/KH-SVD" in (browser.go(base + "/registers"), browser.text())[1], "the sent document stands in the register")
        self.assertNotIn("thidiem/in", browser.text())  # another agency's book
        self.look("registers")
        browser.click("tbody a")
        self.look("row")
        self.assertIn("72/KH-SVD", browser.text())
        browser.choose("#f-correct-field", "title")
        browser.fill("#f-correct-value", "Kế hoạch trao đổi <b>văn bản</b>")
        browser.fill("#f-correct-reason", "đọc thiếu")
        browser.click("form:has(#f-correct-field) button")
        self.assertIn("Đã ghi.", browser.text())
        self.assertIn("Kế hoạch trao đổi <b>văn bản</b>", browser.text())
        row = site.json("document", "find", "72/KH-SVD")["documents"]
        self.assertIn("Kế hoạch trao đổi <b>văn bản</b>", [d["title"] for d in row])
        browser.go(base + "/audit")
        self.assertIn("Vai trò của bạn không có trang này", browser.text())
        browser.complaints()
        self.assertIn(b"72/KH-SVD", self.fetch("/registers/book.csv?direction=out&agency=svd"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.fetch("/registers/book.csv?direction=in&agency=thidiem")
        refused.exception.close()

    def test_held_mail_is_released(self):
        receive(site, letter(sender=AN, to=BINH, subject="gia danh"), to=(BINH,), sender="ai-do@vidu.vn")
        self.sign_in(AN)
        browser.link("Thư bị giữ")
        self.assertIn("gia danh", browser.text())
        self.look("quarantine")
        browser.click("tbody a")
        self.look("held-mail")
        self.assertIn(b"Subject: gia danh", self.fetch(urllib.parse.urlsplit(browser.url).path + "/content"))
        browser.fill("#f-release-reason", "đã hỏi người gửi")
        browser.click("form:has(#f-release-reason) button")
        self.assertIn("Không có thư nào bị giữ", browser.text())
        with Imap(site, BINH) as imap:
            eventually(lambda: (imap.noop(), imap.by_subject("gia danh"))[1], "the released mail arrives")

    def test_everybody_sees_who_opened_his_mailbox(self):
        site.run("search", CHI, "ke", "--reason", "kiểm tra")
        self.sign_in(CHI)
        self.assertIn("không có vai trò", browser.text())
        browser.link("Ai mở hộp thư của tôi")
        self.assertRegex(browser.text(), r"uid \d+ .* search")  # the reason is for the auditors
        self.look("accesses")

    def fetch(self, path):
        """A download, with the browser's session and this site's own CA."""
        cookie = "; ".join(f"{name}={c['value']}" for name, c in browser.cookies().items())
        with urllib.request.urlopen(urllib.request.Request(base + path, headers={"Cookie": cookie}), context=site.tls(), timeout=60) as reply:
            self.assertIn("attachment", reply.headers["Content-Disposition"])
            return reply.read()


class Door(unittest.TestCase):
    def status(self, url, context=None, **headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context, timeout=30) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def test_only_tls_and_the_own_names(self):
        with self.assertRaises((urllib.error.URLError, OSError)):
            self.status(base.replace("https", "http") + "/")
        with self.assertRaises(ssl.SSLError):
            try:
                self.status(base + "/", context=ssl.create_default_context())
            except urllib.error.URLError as error:
                raise error.reason from None
        self.assertEqual(self.status(base + "/sign-in", context=site.tls()), 200)
        self.assertEqual(self.status(base + "/sign-in", context=site.tls(), Host="bad.example"), 421)
        self.assertEqual(self.status(base + "/health", context=site.tls()), 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)

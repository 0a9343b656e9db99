#!/usr/bin/env python3
"""SEARCH and `congthu search`: with and without diacritics, exact while the index lags, words inside attached documents."""
import unittest

from clients import Imap, letter, submit, word
from province import AN, BINH, CHI, Province, eventually, make_signed


def setUpModule():
    global sites
    # One that indexes at once, and one whose index never comes in time: both must answer alike about header and text.
    sites = {"indexed": Province(indexer_interval='"100ms"'), "lagging": Province(indexer_interval='"24h"')}
    for site in sites.values():
        site.start()
        submit(site, letter(subject=word("Công văn hỏa tốc về phòng chống bão"), body="Đề nghị các xã báo cáo thiệt hại.\r\n"))
        submit(site, letter(subject="Bien ban hop", body="Noi dung khong dau: bao cao thiet hai.\r\n"))
        submit(site, letter(subject=word("Thông báo nghỉ lễ"), body="Hoà bình, thuỷ lợi, quý đồng chí.\r\n"))
        plain = site.dir / "204-KH-UBND.pdf"
        plain.write_bytes(make_signed("pdf", "204/KH-UBND"))
        submit(site, make_signed("plain-mail", AN, "van-ban-dinh-kem", plain))


def tearDownModule():
    for site in sites.values():
        site.end()


class Search(unittest.TestCase):
    def expect(self, key, text, expected, which=("indexed", "lagging")):
        for name in which:
            with self.subTest(site=name, key=key, text=text), Imap(sites[name]) as imap:
                self.assertEqual(imap.text_search(key, text), expected)

    def test_without_diacritics_finds_both(self):
        self.expect("BODY", "bao cao thiet hai", [1, 2])
        self.expect("SUBJECT", "hoa toc", [1])
        self.expect("TEXT", "PHONG CHONG BAO", [1])

    def test_with_diacritics_finds_what_is_written_so(self):
        self.expect("BODY", "báo cáo thiệt hại", [1])
        self.expect("SUBJECT", "Thông báo", [3])
        self.expect("BODY", "đề nghị các xã", [1])

    def test_place_of_the_tone_mark_does_not_matter(self):
        self.expect("BODY", "hòa bình", [3])
        self.expect("BODY", "thủy lợi", [3])

    def test_part_of_a_word_is_found(self):
        self.expect("SUBJECT", "ông vă", [1])
        self.expect("BODY", "hiet ha", [1, 2])

    def test_what_is_not_there_is_not_found(self):
        self.expect("TEXT", "khong-he-co-trong-thu", [])
        self.expect("BODY", "báo cáo thiệt hải", [])

    def test_combined_keys(self):
        for site in sites.values():
            with Imap(site) as imap:
                self.assertEqual(imap.found("FROM", "nguyen.van.an", "SUBJECT", '"Bien ban"'), [2])
                self.assertEqual(imap.found("OR", "SUBJECT", "Bien", "KEYWORD", "$Document"), [2, 4])
                self.assertEqual(imap.found("NOT", "SUBJECT", "Bien"), [1, 3, 4])

    def test_words_inside_an_attached_pdf(self):
        site = sites["indexed"]
        with Imap(site) as imap:
            eventually(lambda: imap.text_search("TEXT", "sử dụng thư điện tử công vụ") == [4], "the PDF's text in SEARCH TEXT")
            eventually(lambda: imap.text_search("BODY", "su dung thu dien tu") == [4], "the PDF's text without diacritics")


class CommandLine(unittest.TestCase):
    def results(self, query, account=BINH):
        answer = sites["indexed"].json("search", account, query)
        self.assertEqual(answer["schema"], "congthu.search/1")
        return sorted(r["uid"] for r in answer["results"])

    def test_finds_by_either_spelling(self):
        eventually(lambda: self.results("báo cáo thiệt hại") == [1], "the mail with diacritics")
        self.assertEqual(self.results("bao cao thiet hai"), [1, 2])

    def test_words_of_a_document(self):
        eventually(lambda: self.results("su dung thu dien tu") == [4], "the document's text")
        self.assertIn(4, self.results("204/KH-UBND"))

    def test_nobody_elses_mail(self):
        self.assertEqual(self.results("bao cao", CHI), [])

    def test_unknown_account(self):
        done = sites["indexed"].run("search", "khong.co@songla.gov.vn", "x", code=4)
        self.assertEqual(done.stdout, "")


class Rebuild(unittest.TestCase):
    def test_a_deleted_index_is_made_again(self):
        import shutil
        site = sites["indexed"]
        site.stop()
        index = [p for p in site.home.rglob("*") if p.is_dir() and p.name in ("index", "xapian")]
        self.assertTrue(index, "where is the index?")
        for folder in index:
            shutil.rmtree(folder)
        site.start()
        with Imap(site) as imap:
            self.assertEqual(imap.text_search("BODY", "bao cao thiet hai"), [1, 2])
            eventually(lambda: imap.text_search("TEXT", "su dung thu dien tu") == [4], "the PDF's text after the rebuild")


if __name__ == "__main__":
    unittest.main(verbosity=2)

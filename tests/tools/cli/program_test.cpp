// classify, init, config check, help, languages, mistyped commands, and what administrative commands say without a server.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"
#include "tests/tools/cli/process.hpp"

using test::congthu;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 ? unsigned(s.st_mode & 0777) : 0;
}

struct Site {
  test::Folder folder;
  std::string dir = folder.path("site"), config = dir + "/congthu.toml";
  test::Ran made = congthu({"init", dir, "--domain", "songla.gov.vn", "--imap-port", "2143", "--plaintext-loopback"});
  test::Ran operator()(std::vector<std::string> args, const std::string& input = {}) {
    args.insert(args.begin(), {"-c", config});
    return congthu(std::move(args), input);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cli_program)

BOOST_AUTO_TEST_CASE(classify_reads_a_letter_and_finds_nothing_in_a_note) {
  test::Folder folder;
  const auto letter = congthu({"classify", folder.write("a.pdf", test::build_pdf(test::official_letter("204/KH-UBND"))), "--format", "json"});
  BOOST_TEST_REQUIRE(letter.code == 0, letter.err);
  BOOST_TEST(letter.json().at("schema") == "congthu.classify/1");
  BOOST_TEST_REQUIRE(letter.json().at("documents").size() == 1u);
  const auto document = letter.json().at("documents").at(0);
  BOOST_TEST(document.at("number") == "204/KH-UBND");
  for (const char* key : {"source", "doc_class", "kind", "kind_abbrev", "symbol", "issuer", "place", "date", "title", "signer", "signer_authority", "urgency",
                          "secrecy", "confidence", "evidence"})
    BOOST_TEST(document.contains(key), key);
  const auto none = congthu({"classify", "-", "--type", "txt", "--format", "json"}, "Chào anh, chiều nay họp nhé.\n");
  BOOST_TEST(none.code == 0);
  BOOST_TEST(none.json().at("documents").empty());
  BOOST_TEST(congthu({"classify", folder.path("missing.pdf")}).code == 4);
  BOOST_TEST(congthu({"classify", "-", "--type", "exe"}).code == 2);
  const auto csv = congthu({"classify", folder.path("a.pdf"), "--format", "csv"});
  BOOST_TEST(csv.out.starts_with("\xEF\xBB\xBFsource,"));
  BOOST_TEST(csv.out.find("204/KH-UBND") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(classify_looks_into_the_attachments_of_a_mail) {
  test::Folder folder;
  test::MailSpec spec;
  spec.attachment = test::build_pdf(test::official_letter());
  const auto ran = congthu({"classify", folder.write("a.eml", test::plain_mail(spec)), "--format", "json"});
  BOOST_TEST_REQUIRE(ran.json().at("documents").size() == 1u);
  BOOST_TEST(ran.json().at("documents").at(0).at("source") == "cong-van.pdf");
}

BOOST_AUTO_TEST_CASE(init_makes_a_private_complete_site_and_never_a_second_one) {
  Site site;
  BOOST_TEST_REQUIRE(site.made.code == 0, site.made.err);
  BOOST_TEST(site.made.out.find("congthud --config " + site.config) != std::string::npos);
  BOOST_TEST(mode_of(site.dir) == 0700u);
  BOOST_TEST(mode_of(site.config) == 0600u);
  BOOST_TEST(mode_of(site.dir + "/data") == 0700u);
  for (const char* file : {"/tls/ca.pem", "/tls/cert.pem", "/tls/key.pem", "/data/data.mdb"}) BOOST_TEST(mode_of(site.dir + file) == 0600u, file);
  const std::string before = test::slurp(site.config);
  BOOST_TEST(before.find("2143") != std::string::npos);
  const auto again = congthu({"init", site.dir, "--domain", "khac.gov.vn"});
  BOOST_TEST(again.code == 4);
  BOOST_TEST(again.out.empty());
  BOOST_TEST(again.err.find("congthu.toml") != std::string::npos);
  BOOST_TEST(test::slurp(site.config) == before);
  BOOST_TEST(site({"config", "check"}).code == 0);
}

BOOST_AUTO_TEST_CASE(init_takes_an_empty_directory_and_leaves_nothing_behind_when_it_fails) {
  test::Folder folder;
  std::filesystem::create_directory(folder.path("empty"));
  BOOST_TEST(congthu({"init", folder.path("empty"), "--domain", "songla.gov.vn"}).code == 0);
  const std::vector<std::vector<std::string>> wrong{{"--domain", "không phải tên miền"}, {"--domain", "songla.gov.vn", "--listen", "mail.songla.gov.vn"},
                                                    {"--domain", "songla.gov.vn", "--smtp-port", "70000"}, {}};
  for (const auto& more : wrong) {
    std::vector<std::string> args{"init", folder.path("bad")};
    args.insert(args.end(), more.begin(), more.end());
    const auto ran = congthu(args);
    BOOST_TEST(ran.code == 2, ran.err);
    BOOST_TEST(ran.out.empty());
  }
  BOOST_TEST(congthu({"init", folder.write("file", "x"), "--domain", "songla.gov.vn"}).code == 4);
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& e : std::filesystem::directory_iterator(folder.path(""))) ++entries;
  BOOST_TEST(entries == 2u);  // empty, file
}

BOOST_AUTO_TEST_CASE(config_check_names_every_wrong_line) {
  Site site;
  std::string text = test::slurp(site.config);
  text.replace(text.find("2143"), 4, "99999");
  site.folder.write("site/congthu.toml", text + "\n[nowhere]\nkey = 1\n");
  const auto ran = site({"config", "check", "--format", "json"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(ran.json().at("ok") == false);
  BOOST_TEST(ran.json().at("problems").size() == 2u);
  BOOST_TEST(congthu({"-c", site.folder.path("none.toml"), "config", "check"}).code == 4);
}

BOOST_AUTO_TEST_CASE(the_language_comes_from_the_option_then_the_locale_and_is_vietnamese_otherwise) {
  const auto with = [](const char* name, const char* value, std::vector<std::string> args) { return test::run({std::move(args), {}, {{name, value}}}).out; };
  BOOST_TEST(with("LC_ALL", "en_US.UTF-8", {"--help"}).find("Usage: ") != std::string::npos);
  BOOST_TEST(with("LANG", "vi_VN.UTF-8", {"--help"}).find("Cách dùng: ") != std::string::npos);
  BOOST_TEST(with("LANG", "C", {"--help"}).find("Cách dùng: ") != std::string::npos);
  BOOST_TEST(with("LC_ALL", "en_US.UTF-8", {"--lang", "vi", "--help"}).find("Cách dùng: ") != std::string::npos);
  BOOST_TEST(congthu({"verify", "x", "--lang", "fr"}).code == 2);
}

BOOST_AUTO_TEST_CASE(every_command_has_help_with_examples_in_both_languages) {
  const std::vector<std::vector<std::string>> commands{
      {"init"}, {"verify"}, {"classify"}, {"version"}, {"search"}, {"config", "check"}, {"policy", "test"}, {"store", "check"}, {"store", "stats"},
      {"domain", "add"}, {"domain", "list"}, {"domain", "show"}, {"domain", "remove"}, {"agency", "add"}, {"agency", "list"}, {"agency", "show"},
      {"agency", "remove"}, {"account", "add"}, {"account", "list"}, {"account", "show"}, {"account", "remove"}, {"alias", "add"}, {"alias", "list"},
      {"alias", "show"}, {"alias", "remove"}, {"trust", "add"}, {"trust", "list"}, {"trust", "remove"}, {"trust", "import-bundle"}, {"trust", "export"}, {"trust", "pending"}, {"queue", "list"}, {"queue", "show"},
      {"queue", "retry"}, {"queue", "hold"}, {"queue", "release"}, {"queue", "drop"}, {"report", "signatures"}, {"report", "exchange"},
      {"report", "mailboxes"}, {"report", "policy"}, {"retention", "show"}, {"domain"}, {"report"}};
  for (const auto& command : commands) {
    for (const auto& [lang, word] : {std::pair{"vi", "Ví dụ:"}, std::pair{"en", "Examples:"}}) {
      std::vector<std::string> args{"--lang", lang};
      args.insert(args.end(), command.begin(), command.end());
      args.emplace_back("--help");
      const auto ran = congthu(args);
      BOOST_TEST(ran.code == 0, command.front() << ran.err);
      BOOST_TEST(ran.out.find(word) != std::string::npos, command.front() << " " << command.back());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mistyped_command_is_guessed) {
  const auto one = congthu({"verfy", "a.pdf"});
  BOOST_TEST(one.code == 2);
  BOOST_TEST(one.err.find("\"verify\"") != std::string::npos);
  const auto two = congthu({"--lang", "en", "account", "lst"});
  BOOST_TEST(two.code == 2);
  BOOST_TEST(two.err.find("did you mean \"list\"?") != std::string::npos);
  BOOST_TEST(congthu({}).code == 2);
  BOOST_TEST(congthu({"account"}).code == 2);
  BOOST_TEST(congthu({"version"}).code == 0);
}

BOOST_AUTO_TEST_CASE(without_a_server_the_store_is_used_directly) {
  Site site;
  BOOST_TEST_REQUIRE(site.made.code == 0, site.made.err);
  const auto domains = site({"domain", "list", "--format", "json"});
  BOOST_TEST_REQUIRE(domains.code == 0, domains.err);
  BOOST_TEST(domains.json().at("domains").at(0).at("name") == "songla.gov.vn");
  BOOST_TEST(site({"agency", "add", "snv", "--name", "Sở Nội vụ"}).code == 0);
  const std::vector<std::string> add{"account", "add", "an@songla.gov.vn", "--name", "Nguyễn Văn An", "--agency", "snv", "--quota", "5G", "--password-stdin"};
  BOOST_TEST(site(add, "mat-khau-dai\n").code == 0);
  BOOST_TEST(site(add, "mat-khau-dai\n").code == 0);  // an identical add is done already
  const auto other = site({"account", "add", "an@songla.gov.vn", "--name", "Người khác", "--password-stdin"}, "mat-khau-dai\n");
  BOOST_TEST(other.code == 4);
  BOOST_TEST(other.out.empty());
  BOOST_TEST(site({"account", "add", "binh@songla.gov.vn", "--name", "Bình"}).code == 2);  // no terminal to ask at
  BOOST_TEST(site({"account", "add", "binh@songla.gov.vn", "--name", "Bình", "--quota", "lots", "--password-stdin"}, "x\n").code == 2);
  const auto csv = site({"account", "list", "--format", "csv"});
  BOOST_TEST(csv.out.starts_with("\xEF\xBB\xBF" "address,name,"));
  BOOST_TEST(csv.out.find("Nguyễn Văn An") != std::string::npos);
  BOOST_TEST(csv.out.find("mat-khau") == std::string::npos);
  BOOST_TEST(site({"alias", "add", "postmaster@songla.gov.vn", "an@songla.gov.vn"}).code == 0);
  BOOST_TEST(site({"alias", "show", "postmaster@songla.gov.vn"}).out.find("an@songla.gov.vn") != std::string::npos);
  BOOST_TEST(site({"account", "show", "ai@songla.gov.vn"}).code == 4);
  BOOST_TEST(site({"trust", "add", site.folder.write("root.pem", test::make_pki().root.certificate)}).code == 0);
  BOOST_TEST(site({"trust", "list", "--format", "json"}).json().at("trust").size() == 1u);
  BOOST_TEST(site({"trust", "add", site.folder.path("none.pem")}).code == 4);
  BOOST_TEST(site({"store", "stats"}).code == 0);
  const auto sound = site({"store", "check", "--format", "json"});
  BOOST_TEST(sound.code == 0, sound.err);
  BOOST_TEST(sound.json().at("ok") == true);
  BOOST_TEST(sound.err.empty());  // no progress where no terminal is
}

BOOST_AUTO_TEST_CASE(trust_is_compared_exported_and_carried_in_by_bundle) {
  Site site;
  const test::Pki pki = test::make_pki();
  const std::string root = site.folder.write("root.pem", pki.root.certificate);
  const auto wrong = site({"trust", "add", root, "--fingerprint", std::string(64, 'A')});
  BOOST_TEST(wrong.code == 4);
  BOOST_TEST(wrong.err.find("fingerprint is") != std::string::npos);
  const auto added = site({"trust", "add", root, "--class", "site", "--yes", "--lang", "en"});
  BOOST_TEST(added.code == 0, added.err);
  BOOST_TEST(added.out.find("SHA-256: ") != std::string::npos);
  const auto exported = site({"trust", "export"});
  BOOST_TEST(exported.out.find("# kind: anchor\n# class: site\n") != std::string::npos);
  BOOST_TEST(exported.out.find("-----BEGIN CERTIFICATE-----\n") != std::string::npos);
  // A folder with a sub-folder, a tar of it and one PEM are the same bundle.
  std::filesystem::create_directory(site.folder.path("goi"));
  std::filesystem::create_directory(site.folder.path("goi/crl"));
  site.folder.write("goi/0-sub.pem", pki.sub.certificate);
  site.folder.write("goi/crl/root.crl", pki.root_crl);
  site.folder.write("goi/README.txt", "not a certificate");
  const auto states = [&](const std::string& path) {
    const auto ran = site({"trust", "import-bundle", path, "--format", "json"});
    BOOST_TEST(ran.code <= 1, ran.err);
    std::string out;
    const auto told = ran.json();
    for (const auto& one : told.at("objects")) out += one.at("file").get<std::string>() + " " + one.at("state").get<std::string>() + "; ";
    return out;
  };
  const std::string earlier = test::make_crl(pki.root, {}, test::test_now() - std::chrono::hours(72));
  const std::string tar = site.folder.path("goi.tar");
  BOOST_REQUIRE(std::system(("tar -C " + site.folder.path("goi") + " -cf " + tar + " 0-sub.pem crl").c_str()) == 0);
  BOOST_TEST(states(tar) == "0-sub.pem added; crl/root.crl added; ");
  BOOST_TEST(states(site.folder.path("goi")) == "0-sub.pem present; README.txt unreadable; crl/root.crl present; ");
  BOOST_TEST(states(site.folder.write("all.pem", pki.sub.certificate + earlier + pki.root.certificate)) == "all.pem present; all.pem older; all.pem present; ");
  BOOST_TEST(site({"trust", "import-bundle", site.folder.path("khong-co")}).code == 4);
  BOOST_TEST(site({"trust", "import-bundle", site.folder.write("key.pem", pki.root.key)}).code == 4);
  BOOST_TEST(site({"trust", "list", "--format", "json"}).json().at("trust").size() == 3u);
  BOOST_TEST(site({"trust", "pending", "--format", "json"}).json().at("pending").empty());
  BOOST_TEST(site({"trust", "approve", "00000000"}).code == 4);
}

BOOST_AUTO_TEST_CASE(reports_over_an_empty_site_are_done_and_wrong_days_are_usage) {
  Site site;
  for (const char* name : {"signatures", "certificates", "exchange", "mailboxes", "policy"}) {
    const auto ran = site({"report", name, "--from", "2026-11-01", "--to", "2026-11-30", "--format", "json"});
    BOOST_TEST(ran.code == 0, name << ran.err);
    BOOST_TEST(ran.json().at("schema") == "congthu.report." + std::string(name) + "/1");
    BOOST_TEST(site({"report", name, "--from", "2026-11-01", "--to", "2026-11-30"}).code == 0);
  }
  const auto period = [&](std::vector<std::string> more) {
    std::vector<std::string> args{"report", "signatures", "--from", "2026-11-01", "--to", "2026-11-30"};
    args.insert(args.end(), more.begin(), more.end());
    return site(args);
  };
  BOOST_TEST(period({"--format", "html"}).out.starts_with("<!DOCTYPE html>"));
  BOOST_TEST(period({"--format", "xlsx"}).out.starts_with("PK"));
  BOOST_TEST(period({"--format", "html", "--lang", "en"}).out.find("<html lang=\"en\">") != std::string::npos);
  const std::string file = site.folder.path("bao-cao.html");
  const auto written = period({"--format", "html", "--output", file});
  BOOST_TEST(written.code == 0, written.err);
  BOOST_TEST(written.out.empty());
  BOOST_TEST(std::filesystem::file_size(file) > 1000u);
  BOOST_TEST(!std::filesystem::exists(file + ".part"));
  BOOST_TEST(period({"--output", site.folder.path("khong/co/bao-cao.html")}).code == 4);
  BOOST_TEST(site({"domain", "list", "--format", "html"}).code == 2);  // only reports are drawn
  BOOST_TEST(site({"report", "policy", "--from", "1/11/2026", "--to", "2026-11-30"}).code == 2);
  BOOST_TEST(site({"report", "policy", "--from", "2026-11-01"}).code == 2);
}

BOOST_AUTO_TEST_CASE(what_needs_the_server_says_so) {
  Site site;
  BOOST_TEST(site({"account", "add", "an@songla.gov.vn", "--name", "An", "--functional"}).code == 0);
  const auto search = site({"search", "an@songla.gov.vn", "kế hoạch"});
  BOOST_TEST(search.code == 3);
  BOOST_TEST(search.out.empty());
  BOOST_TEST(search.err.find("congthud --config") != std::string::npos);
  std::filesystem::remove_all(site.dir + "/data");
  const auto nothing = site({"domain", "list"});
  BOOST_TEST(nothing.code == 3);
  BOOST_TEST(nothing.err.find("congthud --config") != std::string::npos);
  BOOST_TEST(!std::filesystem::exists(site.dir + "/data"));
}

BOOST_AUTO_TEST_SUITE_END()

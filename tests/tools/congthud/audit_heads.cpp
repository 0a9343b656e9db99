// Heads for the outside reader: into a file, into a mail, once a day, and again after trouble.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/admin/audit_verify.hpp"
#include "tools/congthud/audit_heads.hpp"

namespace {

struct Reader {
  std::string directory = (std::filesystem::temp_directory_path() / "congthud-heads-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  std::shared_ptr<base::Config> config = std::make_shared<base::Config>();
  std::unique_ptr<store::Store> store;
  store::AccountId an{};

  Reader() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    store::Options o;
    o.env.map_size = 1u << 26;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    store = *store::Store::open(directory, o);
    BOOST_REQUIRE(store->run(store::AddDomain{{{}, "songla.gov.vn", {}}}));
    an = *store->run(store::AddAccount{{{}, "an@songla.gov.vn", "", {}, false, false, 0}, {}});
    config->audit.key = directory + "/audit-key.pem";
    config->audit.heads_file = directory + "/heads.jsonl";
    config->server.hostname = "mail.songla.gov.vn";
  }
  ~Reader() { std::filesystem::remove_all(directory); }
  std::string file() const {
    std::ifstream in(config->audit.heads_file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  admin::Json verify(std::vector<admin::AuditHead> heads) {
    admin::AuditVerifier v({}, std::move(heads), {}, store->origin());
    store->snapshot()->for_each_audit_row(0, [&](const store::AuditRow& row) { return v.row(row), true; });
    return v.finish(store->snapshot()->audits_given());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_audit_heads, Reader)

BOOST_AUTO_TEST_CASE(each_head_is_a_line_of_the_file_a_mail_and_a_row_of_the_log) {
  config->audit.heads_mail = {"an@songla.gov.vn", "kiemtoan@ngoai.vn"};
  bool woken = false;
  tools::AuditHeads heads(*store, clock, config, [&] { woken = true; });
  BOOST_REQUIRE(store->run(store::AppendAudit{"{\"what\":\"x\"}"}));
  BOOST_REQUIRE(heads.send());
  clock.advance(std::chrono::hours(24));
  BOOST_REQUIRE(heads.send());
  const auto kept = admin::heads_in(file());
  BOOST_REQUIRE(kept);
  BOOST_REQUIRE(kept->size() == 2u);
  BOOST_TEST(kept->front().link.seq == 1u);
  BOOST_TEST(kept->back().link.seq == 2u);
  const admin::Json result = verify(*kept);
  BOOST_TEST(result.at("ok") == true, result.dump());
  BOOST_TEST(result.at("heads") == 2u);
  BOOST_TEST(result.at("own_heads") == 2u);
  BOOST_TEST(woken);
  BOOST_TEST(heads.status().at("last") == "2026-11-23T09:00:00+07:00");
  const auto snapshot = store->snapshot();
  BOOST_TEST(snapshot->account_state(an).messages == 2u);
  std::size_t queued = 0;
  snapshot->for_each_queued([&](const store::QueueRow&) { return ++queued, true; });
  BOOST_TEST(queued == 2u);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_an_error_and_the_mail_goes_out) {
  config->audit.heads_file = directory + "/khong/co/heads.jsonl";
  tools::AuditHeads heads(*store, clock, config, {});
  BOOST_TEST(!heads.send());
  BOOST_TEST(heads.status().at("last").is_null());
  config->audit.heads_mail = {"an@songla.gov.vn"};
  BOOST_TEST(!heads.send());
  BOOST_TEST(store->snapshot()->account_state(an).messages == 1u);
  BOOST_TEST(heads.status().at("last").is_null());  // so it is tried again
}

BOOST_AUTO_TEST_CASE(a_changed_configuration_is_a_row_and_the_same_one_is_not) {
  config->file = directory + "/congthu.toml";
  std::ofstream(config->file) << "one";
  BOOST_REQUIRE(tools::audit_config(*store, clock, *config, "start"));
  BOOST_REQUIRE(tools::audit_config(*store, clock, *config, "start"));
  BOOST_TEST(store->snapshot()->audits_given() == 1u);
  std::ofstream(config->file) << "two";
  BOOST_REQUIRE(tools::audit_config(*store, clock, *config, "reload"));
  BOOST_TEST(store->snapshot()->audits_given() == 2u);
  std::string last;
  store->snapshot()->for_each_audit(1, [&](std::uint64_t, std::string_view row) { return last = row, true; });
  const auto row = admin::Json::parse(last);
  BOOST_TEST(row.at("what") == "config.change");
  BOOST_TEST(row.at("detail").at("when") == "reload");
  BOOST_TEST(row.at("detail").at("before").is_string());
}

BOOST_AUTO_TEST_SUITE_END()

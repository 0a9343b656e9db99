// A stamp that is found after delivery: hidden everywhere at once, then shown again or destroyed by an officer.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "mime/structure.hpp"
#include "store/backup.hpp"
#include "store/check.hpp"
#include "store/hold.hpp"
#include "store/recovery.hpp"
#include "store/restore.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/secrecy.hpp"
#include "tools/congthud/late_secrecy.hpp"

namespace {

using admin::Json;
using namespace store;

struct Secret {
  std::string directory = (std::filesystem::temp_directory_path() / "congthu-secret-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  base::Config config;
  std::unique_ptr<Store> s;
  AccountId an{}, binh{}, ca{};
  std::string scan;  // what the attachment is, decoded

  Secret() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    std::filesystem::create_directory(directory + "/backup");
    config.backup.directory = directory + "/backup";
    s = open("/data");
    BOOST_REQUIRE(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    for (auto& [id, name] : {std::pair<AccountId*, const char*>{&an, "an"}, {&binh, "binh"}, {&ca, "ca"}}) *id = *s->run(AddAccount{{{}, std::string(name) + "@songla.gov.vn", "", {}, false, false, 0}, {}});
    ok("POST", "/roles", {{"account", "ca@songla.gov.vn"}, {"role", "compliance"}});
    for (int i = 0; i < 40'000; ++i) scan.push_back(char((i * 2654435761u) >> 13));
  }
  ~Secret() {
    if (s) {
      const auto report = check(s->env());
      BOOST_TEST((report && report->ok()));
      s.reset();
    }
    std::filesystem::remove_all(directory);
  }
  std::unique_ptr<Store> open(const std::string& where) {
    Options o;
    o.env.map_size = 1u << 28;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    auto opened = Store::open(directory + where, o);
    BOOST_REQUIRE_MESSAGE(opened, opened.error().detail());
    return *std::move(opened);
  }
  std::vector<Delivered> deliver(const std::string& id, const std::vector<AccountId>& to, bool with_scan = true) {
    std::string mail = "Message-ID: <" + id + "@ngoai.vn>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + id + "\r\n";
    if (with_scan) mail += "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base::base64_encode(scan) + "\r\n";
    mail += "--b--\r\n";
    const mime::Structure structure = mime::scan(mail);
    std::vector<mime::ByteRange> cuts;
    for (const mime::Part& p : structure.parts)
      if (p.first_child == mime::kNoPart) cuts.push_back(p.body);
    SubmitMessage op;
    op.thread_keys = {thread_key(id + "@ngoai.vn")};
    op.content = make_content(std::move(mail), cuts);
    for (const AccountId a : to) {
      op.deliveries.emplace_back();
      op.deliveries.back().account = a;
    }
    return s->run(op)->deliveries;
  }
  admin::Reply call(std::string method, std::string_view target, const Json& body = nullptr) {
    admin::Context context{*s, config, clock, {}, clock.now()};
    return admin::handle(context, *admin::make_request(std::move(method), target, body.is_null() ? std::string{} : body.dump(), "uid 7 (ca)"));
  }
  Json ok(std::string method, std::string_view target, const Json& body = nullptr) {
    const auto reply = call(std::move(method), target, body);
    BOOST_TEST_CONTEXT(reply.body) BOOST_TEST(reply.status == 200);
    return Json::parse(reply.body, nullptr, false);
  }
  tools::LateFind find(AccountId a, EmailId e, std::string digest = {}) {
    tools::LateSecrecy late(*s, clock, "mail.songla.gov.vn", {});
    const auto found = late.found(a, e, {"Mật", 0.95, std::move(digest), "ocr"});
    BOOST_REQUIRE_MESSAGE(found, found.error().detail());
    return *found;
  }
  bool hidden(AccountId a, Uid uid) const {
    const auto snapshot = s->snapshot();
    if (const auto live = snapshot->hot(a, MailboxId(1), uid)) return (live->derived & kHidden) != 0;
    const auto grave = snapshot->tombstone(a, MailboxId(1), uid);
    BOOST_REQUIRE(grave.has_value());
    return (grave->message.hot.derived & kHidden) != 0;
  }
  std::string last_audit() const {
    std::string last;
    s->snapshot()->for_each_audit(0, [&](std::uint64_t, std::string_view row) { return last = row, true; });
    return Json::parse(last).at("what");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_late_secrecy, Secret)

BOOST_AUTO_TEST_CASE(every_copy_of_the_bytes_is_hidden_at_once_and_officers_are_told) {
  const auto first = deliver("m1", {an, binh});
  const auto passed_on = deliver("m2", {an});  // another mail with the same file
  const auto other = deliver("m3", {an}, false);
  BOOST_REQUIRE(s->run(Expunge{binh, MailboxId(1), std::vector<Uid>{first[1].uid}, false}));
  const auto found = find(an, first[0].email, base::sha256_hex(scan));
  BOOST_TEST(found.fresh);
  BOOST_TEST(found.hidden == 3u);
  BOOST_TEST(hidden(an, first[0].uid));
  BOOST_TEST(hidden(binh, first[1].uid));  // expunged, and could have been brought back
  BOOST_TEST(hidden(an, passed_on[0].uid));
  BOOST_TEST(!hidden(an, other[0].uid));
  const auto again = find(an, first[0].email, base::sha256_hex(scan));
  BOOST_TEST(!again.fresh);
  BOOST_TEST(again.hidden == 0u);
  BOOST_TEST(s->snapshot()->account_state(ca).messages == 1u);  // told once
  const auto later = deliver("m4", {binh});
  BOOST_TEST(find(binh, later[0].email, base::sha256_hex(scan)).row == found.row);
  BOOST_TEST(hidden(binh, later[0].uid));
  const Json rows = ok("GET", "/secrecy").at("secrecy");
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].at("id") == found.row);
  BOOST_TEST(rows[0].at("copies").size() == 4u);
  BOOST_TEST(last_audit() == "secrecy.hide");
  BOOST_TEST(ok("GET", "/accounts/binh%40songla.gov.vn/deleted").at("deleted").dump().find("m1") == std::string::npos);
  BOOST_TEST(!tools::LateSecrecy(*s, clock, "h", {}).found(an, other[0].email, {"Mật", 0.5, {}, "ocr"}).has_value());  // weak evidence hides nothing
}

BOOST_AUTO_TEST_CASE(an_officer_shows_it_again_or_destroys_it_and_a_hold_says_no) {
  const auto mail = deliver("m1", {an, binh});
  const std::string row = find(an, mail[0].email).row, path = "/secrecy/" + row;  // its own text: the whole mail
  BOOST_TEST(hidden(binh, mail[1].uid));
  BOOST_TEST(call("POST", path + "/release").status == 400);  // a reason
  ok("POST", path + "/release", {{"reason", "nhầm"}});
  BOOST_TEST(!hidden(binh, mail[1].uid));
  BOOST_TEST(last_audit() == "secrecy.release");
  BOOST_TEST(find(an, mail[0].email).hidden == 0u);  // decided is decided
  BOOST_TEST(call("POST", path + "/purge", {{"reason", "x"}}).status == 409);

  const auto secret = deliver("m2", {an, binh});
  const std::string bad = "/secrecy/" + find(an, secret[0].email).row;
  BOOST_REQUIRE(s->run(Expunge{binh, MailboxId(1), std::vector<Uid>{secret[1].uid}, false}));
  BackupOptions o;
  o.directory = directory + "/backup";
  BOOST_REQUIRE(store::backup(*s, o));
  BOOST_REQUIRE(s->run(PlaceHold{binh, "vu-1", "thanh tra"}));
  const auto held = call("POST", bad + "/purge", {{"reason", "mật"}});
  BOOST_TEST(held.status == 403);
  BOOST_TEST(held.body.find("legal hold") != std::string::npos, held.body);
  BOOST_TEST(hidden(an, secret[0].uid));  // all or none
  BOOST_REQUIRE(s->run(PlaceHold{binh, "vu-1", ""}));
  const Json purged = ok("POST", bad + "/purge", {{"reason", "mật"}});
  BOOST_TEST(purged.at("changed") == true);
  BOOST_TEST(purged.at("backups_marked") == true);
  BOOST_TEST(last_audit() == "secrecy.purge");
  BOOST_TEST(!s->snapshot()->hot(an, MailboxId(1), secret[0].uid).has_value());
  BOOST_TEST(!s->snapshot()->tombstone(an, MailboxId(1), secret[0].uid).has_value());
  BOOST_TEST(!s->snapshot()->tombstone(binh, MailboxId(1), secret[1].uid).has_value());
  const auto marked = admin::read_purged(directory + "/backup");
  BOOST_REQUIRE(marked);
  BOOST_TEST(marked->size() == 2u);
  BOOST_TEST(ok("POST", bad + "/purge", {{"reason", "mật"}}).at("changed") == false);
  BOOST_TEST(admin::read_purged(directory + "/backup")->size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_purged_does_not_come_back_with_a_backup) {
  const auto mail = deliver("m1", {an});
  const auto kept = deliver("m2", {an}, false);
  BackupOptions backup;
  backup.directory = directory + "/backup";
  BOOST_REQUIRE(store::backup(*s, backup));
  ok("POST", "/secrecy/" + find(an, mail[0].email).row + "/purge", {{"reason", "mật"}});
  ok("POST", "/accounts/an%40songla.gov.vn/restore", {{"mailbox", "INBOX"}});
  {
    const auto snapshot = s->snapshot();
    std::size_t seen = 0;
    for (const Mailbox& m : snapshot->mailboxes(an))
      if (m.name.ends_with("/INBOX")) snapshot->for_each_hot(an, m.id, Uid(1), kLastUid, [&](Uid, const HotRow& hot) {
        BOOST_TEST((hot.email == kept[0].email));
        return ++seen, true;
      });
    BOOST_TEST(seen == 1u);
  }
  RestoreOptions o;
  o.backup = directory + "/backup";
  o.directory = directory + "/anew";
  o.env.map_size = 1u << 28;
  o.prepare = [&](Store& store) -> base::Result<void> {
    const auto purged = admin::read_purged(directory + "/backup");
    const auto dropped = admin::drop_purged(store, *purged);
    return dropped ? base::Result<void>() : base::Result<void>(dropped.error());
  };
  const auto restored = restore(o);
  BOOST_REQUIRE_MESSAGE(restored, restored.error().detail());
  const auto anew = open("/anew");
  BOOST_TEST(anew->snapshot()->account_state(an).messages == 1u);
  std::ofstream(directory + "/backup/purged") << "1 x\n";
  BOOST_TEST(!admin::read_purged(directory + "/backup").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

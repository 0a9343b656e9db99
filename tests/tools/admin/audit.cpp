// The audit log: what a change, a deletion, a cut and a log written anew look like, with and without a head kept outside.
#include "tests/tools/admin/fixture.hpp"
#include "base/encoding.hpp"
#include "store/keys.hpp"
#include "store/write_context.hpp"
#include "tools/admin/audit_verify.hpp"

using namespace admin;
using admin::test::Fixture;

namespace {

struct Audited : Fixture {
  Audited() {
    config.audit.key = directory / "audit-key.pem";
    config.server.hostname = "mail.songla.gov.vn";
    province();  // five rows
  }
  ~Audited() { repair(); }  // the fixture's check wants a sound store

  Json verify(const std::vector<Json>& heads = {}, const std::vector<std::string>& keys = {}) {
    Json body = {{"heads", Json::array()}, {"keys", keys}};
    for (const Json& h : heads) body["heads"].push_back(h.dump());
    return ok("POST", "/audit/verify", body);
  }
  std::vector<std::string> codes(const Json& result) {
    std::vector<std::string> out;
    for (const Json& f : result.at("findings")) out.push_back(f.at("code").get<std::string>());
    BOOST_TEST(result.at("ok").get<bool>() == out.empty());
    return out;
  }
  // Rows behind the store's back; each is kept, so that the end can undo it.
  using Rows = std::vector<std::pair<std::string, std::string>>;
  Rows rows() {
    Rows out;
    auto snapshot = store->snapshot();
    store::Cursor c = snapshot->txn().cursor(store::Table::audit);
    for (bool more = c.first(); more; more = c.next()) out.emplace_back(c.key(), c.value());
    return out;
  }
  void replace(const Rows& with) {
    if (kept.empty()) kept = rows();
    const Rows old = rows();
    store::WriteTxn txn = store->env().write();
    for (const auto& row : old) txn.erase(store::Table::audit, row.first);
    for (const auto& [key, value] : with) txn.put(store::Table::audit, key, value);
    txn.commit();
  }
  void counter(std::uint64_t value) {
    store::WriteTxn txn = store->env().write();
    store::Key k;
    k.num(value);
    txn.put(store::Table::meta, "seq.audit", k);
    txn.commit();
  }
  void repair() {
    if (kept.empty()) return;
    replace(kept);
    counter(kept.size());
  }
  // What an administrator with the database in hand would do: every hash written anew, so that the chain fits.
  static Rows rechained(const std::vector<std::string>& payloads) {
    Rows out;
    store::AuditLink last;
    for (const std::string& payload : payloads) {
      const store::AuditLink link{last.seq + 1, store::audit_hash(last, last.seq + 1, payload)};
      store::Key key;
      key.num(link.seq);
      out.emplace_back(std::string(key.view()), std::string(base::view(link.hash)) + payload);
      last = link;
    }
    return out;
  }
  std::vector<std::string> payloads() {
    std::vector<std::string> out;
    for (const auto& row : rows()) out.push_back(row.second.substr(32));
    return out;
  }
  Rows kept;
};

using Codes = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_audit, Audited)

BOOST_AUTO_TEST_CASE(a_sound_log_verifies_and_names_its_end) {
  const Json r = verify();
  BOOST_TEST(codes(r).empty());
  BOOST_TEST(r.at("rows") == 5u);
  BOOST_TEST(r.at("seq") == 5u);
  const Json last = ok("GET", "/audit/5");
  BOOST_TEST(last.at("hash") == r.at("hash"));
  BOOST_TEST(last.at("previous") == ok("GET", "/audit/4").at("hash"));
  BOOST_TEST(ok("GET", "/audit/1").at("previous") == std::string(64, '0'));
  BOOST_TEST(status("GET", "/audit/6") == 404);
  BOOST_TEST(status("GET", "/audit/x") == 400);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_a_row_is_found) {
  const Rows sound = rows();
  for (std::size_t at = 0; at < sound[2].second.size(); ++at) {
    Rows changed = sound;
    changed[2].second[at] = char(changed[2].second[at] ^ 1);
    replace(changed);
    BOOST_TEST_CONTEXT(at) BOOST_TEST(!verify().at("ok").get<bool>());
  }
}

BOOST_AUTO_TEST_CASE(a_deleted_row_two_swapped_ones_and_a_cut_are_found) {
  const Rows sound = rows();
  Rows rows = sound;
  rows.erase(rows.begin() + 1);
  replace(rows);
  BOOST_TEST(codes(verify()) == Codes{"gap"});
  rows = sound;
  rows.erase(rows.begin());
  replace(rows);
  BOOST_TEST(codes(verify()) == Codes{"gap"});
  rows = sound;
  std::swap(rows[1].second, rows[2].second);
  replace(rows);
  BOOST_TEST((codes(verify()) == Codes{"changed", "changed", "changed"}));
  rows = sound;
  rows.pop_back();
  replace(rows);
  BOOST_TEST(codes(verify()) == Codes{"truncated"});
  const auto report = store::check(store->env());
  BOOST_REQUIRE(report);
  BOOST_TEST(report->findings.at(0).code == "audit_truncated");
  rows = sound;
  rows[3].second.resize(7);
  replace(rows);
  BOOST_TEST((codes(verify()) == Codes{"damaged", "truncated"}));
}

BOOST_AUTO_TEST_CASE(a_cut_with_the_counter_set_back_is_found_by_a_head_only) {
  const Json head = ok("POST", "/audit/head");
  BOOST_TEST(codes(verify({head})).empty());
  BOOST_TEST(verify({head}).at("heads") == 1u);
  Rows cut = rows();
  cut.resize(3);
  replace(cut);
  counter(3);
  BOOST_TEST(codes(verify()).empty());
  BOOST_TEST(codes(verify({head})) == Codes{"head_missing"});
}

BOOST_AUTO_TEST_CASE(a_log_written_anew_is_found_by_a_head_only) {
  const Json head = ok("POST", "/audit/head");
  std::vector<std::string> all = payloads();
  all.pop_back();  // the head's own row, which would not fit
  all[1] = "{\"what\":\"nothing happened\"}";
  replace(rechained(all));
  counter(all.size());
  BOOST_TEST(codes(verify()).empty());
  BOOST_TEST(codes(verify({head})) == Codes{"head_differs"});
}

BOOST_AUTO_TEST_CASE(a_head_in_the_log_shows_rows_written_anew_before_it) {
  ok("POST", "/audit/head");
  std::vector<std::string> all = payloads();
  all[1] = "{\"what\":\"nothing happened\"}";
  replace(rechained(all));
  BOOST_TEST(codes(verify()) == Codes{"own_head"});
}

BOOST_AUTO_TEST_CASE(a_head_counts_only_with_its_signature_key_and_store) {
  const Json head = ok("POST", "/audit/head");
  const std::string key = head.at("public_key");
  BOOST_TEST(codes(verify({head}, {key})).empty());
  BOOST_TEST(codes(verify({head}, {base::SigningKey::generate().public_key().pem()})) == Codes{"head_key"});
  for (const char* field : {"site", "store", "hash", "at", "signature"}) {
    Json other = head;
    std::string text = other[field];
    text.back() = text.back() == '0' ? '1' : '0';
    other[field] = text;
    BOOST_TEST_CONTEXT(field) BOOST_TEST(codes(verify({other})) == Codes{"head_signature"});
  }
  Json other = head;
  other["seq"] = 4;
  BOOST_TEST(codes(verify({other})) == Codes{"head_signature"});
  const auto own = base::SigningKey::load(config.audit.key.string());
  BOOST_REQUIRE(own);
  const AuditHead foreign = sign_head(*own, "mail.khac.gov.vn", std::string(32, 'a'), {5, {}}, clock.now());
  BOOST_TEST(codes(verify({to_json(foreign)})) == Codes{"head_store"});
  BOOST_TEST(status("POST", "/audit/verify", {{"heads", Json::array({"{}"})}}) == 400);
}

BOOST_AUTO_TEST_CASE(heads_are_read_from_files_and_told_apart_from_other_lines) {
  const Json head = ok("POST", "/audit/head");
  const auto found = heads_in("nhiều chữ\r\n" + head.dump() + "\r\nkhác\n" + head.dump() + "\n");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->size() == 2u);
  BOOST_TEST(to_json(found->front()) == head);
  BOOST_TEST(!heads_in("không có gì"));
  BOOST_TEST(!heads_in(head.dump().substr(0, 200)));  // cut in two: an error, not nothing
}

BOOST_AUTO_TEST_CASE(an_export_of_a_part_verifies_from_where_it_begins) {
  const Json begun = ok("POST", "/audit/export", {{"after", 2}});
  BOOST_TEST(begun.at("previous") == ok("GET", "/audit/2").at("hash"));
  const Json page = ok("GET", "/audit/rows?after=2&limit=2");
  BOOST_TEST(page.at("rows").size() == 2u);
  store::AuditLink before{2, {}};
  const auto digest = *base::hex_decode(begun.at("previous").get<std::string>());
  std::copy(digest.begin(), digest.end(), before.hash.begin());
  AuditVerifier verifier(before, {}, {}, store->origin());
  for (const Json& json : page.at("rows")) {
    store::AuditRow row;
    row.link.seq = json.at("seq");
    const auto hash = *base::hex_decode(json.at("hash").get<std::string>());
    std::copy(hash.begin(), hash.end(), row.link.hash.begin());
    row.payload = json.at("row").get_ref<const std::string&>();
    verifier.row(row);
  }
  const Json result = verifier.finish(std::nullopt);
  BOOST_TEST(result.at("ok") == true);
  BOOST_TEST(result.at("seq") == 4u);
  BOOST_TEST(status("POST", "/audit/export", {{"after", 99}}) == 404);
}

BOOST_AUTO_TEST_CASE(rows_are_found_by_who_what_target_and_day) {
  BOOST_TEST(ok("GET", "/audit?what=account").at("audit").size() == 2u);
  BOOST_TEST(ok("GET", "/audit?what=account.add").at("audit").size() == 2u);
  BOOST_TEST(ok("GET", "/audit?what=acc").at("audit").empty());
  BOOST_TEST(ok("GET", "/audit?target=an%40songla.gov.vn").at("audit").size() == 1u);
  BOOST_TEST(ok("GET", "/audit?who=root").at("audit").size() == 5u);
  BOOST_TEST(ok("GET", "/audit?from=2026-11-23").at("audit").empty());
  BOOST_TEST(ok("GET", "/audit?from=2026-11-22&to=2026-11-22").at("audit").size() == 5u);
  BOOST_TEST(status("GET", "/audit?from=2026-02-30") == 400);
  const Json last = ok("GET", "/audit?last=true&limit=2").at("audit");
  BOOST_TEST(last.size() == 2u);
  BOOST_TEST(last[1].at("seq") == 5u);
  const Json filtered = ok("GET", "/audit?last=true&limit=1&what=account").at("audit");
  BOOST_TEST(filtered.size() == 1u);
  BOOST_TEST(filtered[0].at("seq") == 5u);
}

BOOST_AUTO_TEST_CASE(whoever_opened_a_mailbox_is_listed) {
  context->services.search = [](store::AccountId, std::string_view, std::size_t) -> Result<Json> { return Json{{"total", 0}, {"indexed", true}, {"results", Json::array()}}; };
  ok("GET", "/search?account=an%40songla.gov.vn&q=x&reason=thanh+tra");
  ok("GET", "/search?account=vanthu%40songla.gov.vn&q=x");
  changed("POST", "/holds", {{"name", "vu-1"}, {"scope", "account"}, {"account", "an@songla.gov.vn"}, {"reason", "x"}});
  const Json seen = ok("GET", "/accounts/an%40songla.gov.vn/accesses").at("accesses");
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen[0].at("what") == "account.add");
  BOOST_TEST(seen[1].at("what") == "search");
  BOOST_TEST(seen[1].at("detail").at("reason") == "thanh tra");
  BOOST_TEST(seen[2].at("what") == "hold.place");
  BOOST_TEST(status("GET", "/accounts/khong%40songla.gov.vn/accesses") == 404);
}

BOOST_AUTO_TEST_CASE(a_site_may_ask_for_a_reason_of_every_search) {
  config.audit.require_reason = true;
  context->services.search = [](store::AccountId, std::string_view, std::size_t) -> Result<Json> { return Json{{"total", 0}}; };
  BOOST_TEST(status("GET", "/search?account=an%40songla.gov.vn&q=x") == 400);
  BOOST_TEST(status("GET", "/search?account=an%40songla.gov.vn&q=x&reason=y") == 200);
}

BOOST_AUTO_TEST_SUITE_END()

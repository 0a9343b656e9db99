// What an air-gapped site carries in by file: sub-CA certificates, revocation lists, OCSP answers. A bundle never makes an anchor:
// that is a decision about one fingerprint (trust add). The newer CRL or answer of a series takes the place of the older one, so that
// bundles of every week do not pile up.
#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"
#include "tools/admin/trust_about.hpp"
#include "tools/admin/trust_pending.hpp"

namespace admin {
namespace {

using Kind = TrustRow::Kind;
using policy::trust::ObjectInfo;

struct Series {
  std::string fingerprint;
  base::Time begin{};
  std::optional<base::Time> end;
};

class Bundle {
 public:
  Bundle(const std::vector<TrustRow>& rows, base::Time now) : now_(now) {
    for (const TrustRow& row : rows) {
      there_.insert(row.fingerprint);
      if (row.kind == Kind::anchor || row.kind == Kind::intermediate) issuers_.push_back(row.der);
      const auto info = policy::trust::describe_object(row.der);
      if (info && !info->series.empty()) series_[info->series] = {row.fingerprint, info->begin.value_or(base::Time{}), info->end};
    }
  }

  Json add(const std::string& der) {
    TrustRow row;
    row.fingerprint = fingerprint(der);
    row.der = der;
    const auto info = policy::trust::describe_object(der);
    if (!info) return told(row, {}, "unreadable", info.error().detail());
    row.kind = info->kind == ObjectInfo::Kind::certificate ? Kind::intermediate : info->kind == ObjectInfo::Kind::crl ? Kind::crl : Kind::ocsp;
    if (there_.contains(row.fingerprint)) return told(row, *info, "present");
    if (const auto taken = usable(row); !taken) return told(row, *info, "unreadable", taken.error().detail());
    return row.kind == Kind::intermediate ? certificate(row, *info) : newer(row, *info);
  }

  TrustChange take() { return std::move(change_); }

 private:
  static Json told(const TrustRow& row, const ObjectInfo& info, const char* state, const std::string& text = {}) {
    return {{"fingerprint", row.fingerprint}, {"kind", std::string_view(state) == "unreadable" ? Json(nullptr) : Json(to_string(row.kind))},
            {"subject", text_or_null(info.subject)}, {"issuer", text_or_null(info.issuer)},
            {"not_after", info.end ? Json(base::rfc3339(*info.end)) : Json(nullptr)}, {"state", state}, {"text", text_or_null(text)}};
  }

  Json certificate(const TrustRow& row, const ObjectInfo& info) {
    if (!info.authority) return told(row, info, "skipped", "not the certificate of a certification authority");
    if (info.self_issued) return told(row, info, "skipped", "a root is trusted with: trust add");
    issuers_.push_back(row.der);
    put(row);
    return told(row, info, "added");
  }

  // Only what is proven may push out what is there: a forged list with a later date must not take a revocation away. An answer that
  // has ended says nothing any more.
  bool may_replace(const TrustRow& row, const Series& old) const {
    if (row.kind == Kind::ocsp) return old.end && *old.end < now_;
    return std::any_of(issuers_.begin(), issuers_.end(), [&](const std::string& issuer) { return policy::trust::crl_signed_by(row.der, issuer); });
  }

  Json newer(const TrustRow& row, const ObjectInfo& info) {
    const base::Time begin = info.begin.value_or(base::Time{});
    if (begin > now_) return told(row, info, "skipped", "it is from the future: is the clock right?");
    const auto old = series_.find(info.series);
    if (old != series_.end() && old->second.begin >= begin) return told(row, info, "older");
    const bool replaces = old != series_.end() && may_replace(row, old->second);
    if (replaces) forget(old->second.fingerprint);
    series_[info.series] = {row.fingerprint, begin, info.end};
    put(row);
    return told(row, info, replaces ? "replaced" : "added");
  }

  void put(const TrustRow& row) {
    there_.insert(row.fingerprint);
    change_.puts.emplace_back(row.fingerprint, encode(row));
  }
  void forget(const std::string& old) {  // also one that came earlier in this very bundle
    there_.erase(old);
    if (std::erase_if(change_.puts, [&](const auto& one) { return one.first == old; }) == 0) change_.removes.push_back(old);
  }

  base::Time now_;
  std::vector<std::string> issuers_;  // DER
  std::set<std::string> there_;
  std::map<std::string, Series> series_;
  TrustChange change_{"trust.import-bundle", "", Json::object(), {}, {}};
};

}  // namespace

Result<Json> import_trust_bundle(const Call& call) {
  Body body(call.request.body);
  const auto objects = body.list("objects");
  if (const auto wrong = body.error()) return *wrong;
  if (!objects) return fail(Errc::invalid, "objects: is missing");
  std::vector<TrustRow> there;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    auto rows = trust_rows(*snapshot);
    if (!rows) return rows.error();
    there = *std::move(rows);
  }
  std::vector<std::string> ders;
  for (const std::string& text : *objects) {
    auto der = base::base64_decode(text);
    if (!der) return fail(Errc::invalid, "objects: must be base64");
    ders.push_back(*std::move(der));
  }
  Bundle bundle(there, call.context.clock.now());
  std::vector<Json> told(ders.size());
  for (const bool certificates : {true, false})  // they prove the lists, wherever they stand
    for (std::size_t i = 0; i < ders.size(); ++i) {
      const auto info = policy::trust::describe_object(ders[i]);
      if ((info && info->kind == ObjectInfo::Kind::certificate) == certificates) told[i] = bundle.add(ders[i]);
    }
  Json states = Json::array();
  std::map<std::string, std::uint64_t> counts;
  for (Json& one : told) {
    ++counts[one.at("state").get<std::string>()];
    states.push_back(std::move(one));
  }
  TrustChange change = bundle.take();
  for (const auto& [state, count] : counts) change.detail[state] = count;
  change.target = change.puts.empty() ? "" : change.puts.front().first;
  Json reply = {{"schema", "congthu.change/1"}, {"changed", false}, {"pending", nullptr}};
  if (!change.puts.empty()) {
    auto done = commit_trust(call, change, false);
    if (!done) return done.error();
    reply = *std::move(done);
  }
  reply["objects"] = std::move(states);
  return reply;
}

}  // namespace admin

#include "tools/registers/rules.hpp"

#include <algorithm>
#include <map>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "tools/registers/deadlines.hpp"
#include "tools/registers/head.hpp"

namespace registers {
namespace {

using store::Put;
using store::RecordTable;
constexpr RecordTable kTable = RecordTable::documents;
constexpr std::string_view kMark = "1";  // value of rows that are all key
constexpr std::size_t kMaxDetail = 300;

// Rows of one operation: what it has written already counts before what is stored.
class Sheet {
 public:
  explicit Sheet(const store::RecordInput& in) : in_(in) {}

  std::optional<std::string> get(const std::string& key) const {
    const auto own = puts_.find(key);
    if (own == puts_.end()) return in_.rows.get(kTable, key);
    return own->second.value.empty() ? std::nullopt : std::optional(own->second.value);
  }
  void put(std::string key, std::string value, std::string domain = {}) {
    Put one{kTable, key, std::move(value), std::move(domain)};
    puts_.insert_or_assign(std::move(key), std::move(one));
  }
  void drop(std::string key) {
    if (get(key)) put(std::move(key), {});
  }
  std::optional<Json> row(const std::string& key) const {
    const auto value = get(key);
    return value ? parse(*value) : std::nullopt;
  }
  void save(const std::string& key, const Json& row) {
    put(key, dump(row), text(row, "domain"));
    const Place place = place_of(row);
    const std::string at = number_key(place.direction, place.agency, place.year, place.number);
    if (std::string head = encode_head(key, row); get(at) != head) put(at, std::move(head), text(row, "domain"));
  }
  std::vector<std::string> tails(std::string_view prefix) const {
    std::vector<std::string> out;
    if (prefix.empty()) return out;
    in_.rows.for_each(kTable, prefix, [&](std::string_view key, std::string_view) { return out.emplace_back(key.substr(prefix.size())), true; });
    return out;
  }
  base::Time now() const { return in_.now; }
  std::vector<Put> take() {
    std::vector<Put> out;
    for (auto& [key, one] : puts_) out.push_back(std::move(one));
    return out;
  }

 private:
  const store::RecordInput& in_;
  std::map<std::string, Put> puts_;
};

std::string counted(std::uint32_t n) { return base::Writer().fixed(n).take(); }
std::uint32_t count_in(const std::optional<std::string>& value) { return value ? base::Reader(*value).fixed<std::uint32_t>() : 0; }

std::uint32_t next_number(Sheet& sheet, Direction direction, std::string_view agency, unsigned year) {
  const std::string key = counter_key(direction, agency, year);
  const std::uint32_t number = count_in(sheet.get(key)) + 1;
  sheet.put(key, counted(number));
  return number;
}

// Where the document is by now: under its own name, or under the one it had before a clerk corrected it.
std::string find_row(const Sheet& sheet, const Arrival& a, const std::string& name) {
  std::string key = row_key(a.direction, a.agency, name);
  if (sheet.get(key)) return key;
  if (auto other = sheet.get(alias_key(a.direction, a.agency, name)); other && sheet.get(*other)) return *std::move(other);
  return key;
}

std::optional<Receipt> receipt_of(std::string_view w) {
  for (const Receipt r : {Receipt::sent, Receipt::delivered, Receipt::refused, Receipt::read})
    if (word(r) == w) return r;
  return std::nullopt;
}

// RFC 3464 2.3.3: a later report may only add to what is known. A copy that was read has arrived, whatever a report says.
bool may_follow(std::optional<Receipt> before, Receipt now) { return !before || now > *before; }

void set_receipt(Sheet& sheet, const std::string& key, Json& row, const News& news, bool known_only) {
  const std::string at = receipt_key(key, news.address);
  std::optional<Json> old = sheet.row(at);
  if (!old && known_only) return;
  const auto before = old ? receipt_of(text(*old, "state")) : std::nullopt;
  if (!may_follow(before, news.receipt)) return;
  Json& counts = row["receipts"];
  if (before) counts[std::string(word(*before))] = std::max(1, counts.value(std::string(word(*before)), 1)) - 1;
  counts[std::string(word(news.receipt))] = counts.value(std::string(word(news.receipt)), 0) + 1;
  Json fresh = old.value_or(Json{{"address", news.address}});
  fresh["state"] = word(news.receipt);
  fresh["at"] = base::rfc3339(sheet.now());
  fresh["by"] = news.by;
  fresh["detail"] = news.detail.empty() ? Json(nullptr) : Json(news.detail.substr(0, kMaxDetail));
  Json& history = fresh["history"];
  if (!history.is_array()) history = Json::array();
  history.push_back({{"state", word(news.receipt)}, {"at", fresh["at"]}, {"by", news.by}});
  sheet.put(at, dump(fresh), text(row, "domain"));
}

void index_row(Sheet& sheet, const std::string& key, const Arrival& a) {
  if (const std::string files = file_prefix(a.digest); !files.empty()) sheet.put(files + key, std::string(kMark));
  if (const std::string number = text(a.fields, "number"); !number.empty()) sheet.put(text_prefix(number) + key, std::string(kMark));
}

void track(Sheet& sheet, const store::RecordInput& in, const std::string& key, Json& row, const Arrival& a) {
  for (const Recipient& r : a.recipients)
    set_receipt(sheet, key, row, {r.address, r.local ? Receipt::delivered : Receipt::sent, r.local ? "local" : "queue", {}}, false);
  if (!a.message_id.empty()) sheet.put(mail_prefix(a.message_id) + key, std::string(kMark));
  for (const store::QueueId id : in.done.queued) sheet.put(queued_prefix(id) + key, std::string(kMark));
  for (std::size_t i = 0; i < in.done.deliveries.size() && i < in.deliveries.size(); ++i)
    sheet.put(copy_prefix(in.deliveries[i].account, in.done.deliveries[i].email) + key, std::string(kMark));
}

void move_due(Sheet& sheet, const std::string& key, const Json& row, const Json& before) {
  const std::string old = due_of(before), fresh = due_of(row), prefix = due_prefix(text(row, "agency"));
  if (old == fresh) return;
  if (!old.empty()) sheet.drop(prefix + old + key);
  if (!fresh.empty()) sheet.put(prefix + fresh + key, std::string(kMark));
}

void enter_one(Sheet& sheet, const store::RecordInput& in, const Arrival& a) {
  const Name name{text(a.fields, "issuer"), text(a.fields, "number"), year_of(text(a.fields, "number"), text(a.fields, "date"))};
  const std::string key = find_row(sheet, a, identity(name, a.digest));
  std::optional<Json> row = sheet.row(key);
  if (!row) {
    const unsigned year = year_at(sheet.now());
    const std::uint32_t number = next_number(sheet, a.direction, a.agency, year);
    row = make_row(a, year, number);
    if (a.direction == Direction::incoming && !a.tell.empty()) {
      (*row)["receipt_notice"] = {{"to", a.tell}, {"message_id", a.message_id}, {"state", "due"}};
      sheet.put(notice_key(key), std::string(kMark));
    }
    if (a.urgent_until && a.direction == Direction::incoming) {
      sheet.put(deadline_key({*a.urgent_until, DeadlineKind::urgent, key}), std::string(kMark));
      move_due(sheet, key, *row, Json::object());
    }
  } else if (const std::string_view how = add_arrival(*row, a); how == "differs") {
    base::log_warn("register_duplicate", {{"row", to_string(place_of(*row))}, {"number", text(*row, "number")}, {"from", a.from}, {"digest", a.digest}});
  }
  index_row(sheet, key, a);
  if (a.direction == Direction::outgoing) track(sheet, in, key, *row, a);
  sheet.save(key, *row);
}

void apply_news(Sheet& sheet, const std::vector<std::string>& keys, const std::vector<News>& news) {
  for (const std::string& key : keys) {
    std::optional<Json> row = sheet.row(key);
    if (!row) continue;
    for (const News& n : news) set_receipt(sheet, key, *row, n, true);
    sheet.save(key, *row);
  }
}

// The ways to a row follow its name; a name that another row bears is a duplicate of that one.
void rename(Sheet& sheet, const std::string& key, Json& row, const Json& before) {
  const Direction direction = place_of(row).direction;
  const std::string agency = text(row, "agency"), digest = text(row, "digest");
  const std::string number = text(row, "number");
  if (number != text(before, "number") && !number.empty()) sheet.put(text_prefix(number) + key, std::string(kMark));
  const std::string old = identity(name_of(before), digest), fresh = identity(name_of(row), digest);
  if (old == fresh) return;
  if (sheet.get(alias_key(direction, agency, old)) == key) sheet.drop(alias_key(direction, agency, old));
  const std::string own = row_key(direction, agency, fresh);
  if (own == key) return;
  const auto taken = sheet.get(own) ? std::optional(own) : sheet.get(alias_key(direction, agency, fresh));
  if (!taken || !sheet.get(*taken)) return sheet.put(alias_key(direction, agency, fresh), key);
  if (*taken == key) return;
  row["duplicate"] = "differs";
  std::optional<Json> other = sheet.row(*taken);
  if (!other) return;
  (*other)["duplicate"] = "differs";
  sheet.save(*taken, *other);
  base::log_warn("register_duplicate", {{"row", to_string(place_of(row))}, {"other", to_string(place_of(*other))}, {"number", number}});
}

}  // namespace

std::string_view word(Receipt receipt) {
  switch (receipt) {
    case Receipt::sent: return "sent";
    case Receipt::delivered: return "delivered";
    case Receipt::refused: return "refused";
    case Receipt::read: break;
  }
  return "read";
}

store::RecordRule enter(std::vector<Arrival> arrivals) {
  return [arrivals = std::move(arrivals)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    for (const Arrival& a : arrivals) enter_one(sheet, in, a);
    return sheet.take();
  };
}

store::RecordRule news_of_queue(store::QueueId id, std::vector<News> news, bool last) {
  return [id, news = std::move(news), last](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    const std::string prefix = queued_prefix(id);
    const std::vector<std::string> keys = sheet.tails(prefix);
    apply_news(sheet, keys, news);
    if (last)
      for (const std::string& key : keys) sheet.drop(prefix + key);
    return sheet.take();
  };
}

store::RecordRule news_of_mail(std::string message_id, std::vector<News> news) {
  return [message_id = std::move(message_id), news = std::move(news)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    if (!message_id.empty()) apply_news(sheet, sheet.tails(mail_prefix(message_id)), news);
    return sheet.take();
  };
}

store::RecordRule news_of_copies(std::vector<SeenCopy> copies) {
  return [copies = std::move(copies)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    for (const SeenCopy& copy : copies) {
      const std::string prefix = copy_prefix(copy.account, copy.email);
      const std::vector<std::string> keys = sheet.tails(prefix);
      std::vector<News> news;
      for (const std::string& address : copy.addresses) news.push_back({address, Receipt::read, "seen", {}});
      apply_news(sheet, keys, news);
      for (const std::string& key : keys) sheet.drop(prefix + key);
    }
    return sheet.take();
  };
}

store::RecordRule judged_again(std::vector<std::pair<std::string, std::string>> verdicts) {
  return [verdicts = std::move(verdicts)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    for (const auto& [digest, verdict] : verdicts)
      for (const std::string& key : sheet.tails(file_prefix(digest)))
        if (auto row = sheet.row(key); row && set_verdict(*row, digest, verdict)) sheet.save(key, *row);
    return sheet.take();
  };
}

store::RecordRule notice_sent(std::string key, bool sent, base::Time at) {
  return [key = std::move(key), sent, at](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    sheet.drop(notice_key(key));
    if (auto row = sheet.row(key); row && row->contains("receipt_notice")) {
      (*row)["receipt_notice"]["state"] = sent ? "sent" : "failed";
      (*row)["receipt_notice"]["at"] = base::rfc3339(at);
      sheet.save(key, *row);
    }
    return sheet.take();
  };
}

store::RecordRule change_row(Place place, RowChange change) {
  return [place = std::move(place), change = std::move(change)](const store::RecordInput& in) -> base::Result<std::vector<Put>> {
    Sheet sheet(in);
    const auto at = sheet.get(number_key(place.direction, place.agency, place.year, place.number));
    Head head;
    const std::string key = at && read_head(*at, head) ? std::string(head.row_key) : std::string();
    const auto before = key.empty() ? std::nullopt : sheet.row(key);
    if (!before) return base::fail(base::Errc::not_found, "no such row in the register: " + to_string(place));
    auto after = change(*before);
    if (!after) return after.error();
    if (!*after) return std::vector<Put>();
    rename(sheet, key, **after, *before);
    move_due(sheet, key, **after, *before);
    if ((*after)->value("published", Json()) != before->value("published", Json())) sheet.put(deadline_key({sheet.now(), DeadlineKind::schedule, key}), std::string(kMark));
    sheet.save(key, **after);
    return sheet.take();
  };
}

}  // namespace registers

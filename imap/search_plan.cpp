#include "imap/search_plan.hpp"

#include <algorithm>
#include <limits>

#include "base/ascii.hpp"
#include "imap/object_id.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"

namespace imap {
namespace {

using SearchKind = proto::SearchKey::Kind;

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

std::int64_t day_number(std::chrono::year_month_day d) { return std::chrono::sys_days(d).time_since_epoch().count(); }

// RFC 9051 6.4.4: "internal date (disregarding time and timezone)": the day as it stood on the sender's or client's clock.
std::int64_t internal_day(const store::HotRow& row) {
  return std::chrono::floor<std::chrono::days>(row.internal_date + std::chrono::minutes(row.tz_minutes)).time_since_epoch().count();
}

store::SystemFlags system_flag(SearchKind kind) {
  switch (kind) {
    case SearchKind::answered: return store::kAnswered;
    case SearchKind::deleted: return store::kDeleted;
    case SearchKind::draft: return store::kDraft;
    case SearchKind::flagged: return store::kFlagged;
    case SearchKind::seen: return store::kSeen;
    default: return 0;
  }
}

std::string_view field_of(SearchKind kind) {
  switch (kind) {
    case SearchKind::bcc: return "bcc";
    case SearchKind::cc: return "cc";
    case SearchKind::from: return "from";
    case SearchKind::subject: return "subject";
    case SearchKind::to: return "to";
    default: return {};
  }
}

bool is_set(SearchKind kind) { return kind == SearchKind::sequence || kind == SearchKind::uid; }

}  // namespace

base::Result<SearchPlan> SearchPlan::make(const proto::SearchKey& program, const Context& context) {
  SearchPlan plan;
  auto top = build(program, context);
  if (!top) return top.error();
  plan.top_ = std::move(*top);
  plan.uses_mod_seq_ = proto::any_key(program, [](const proto::SearchKey& k) { return k.kind == SearchKind::mod_seq; });
  plan.within_ = context.view.uids();
  if (is_set(plan.top_.kind)) plan.within_ = plan.top_.uids;
  if (plan.top_.kind == SearchKind::all_of)
    for (const Node& n : plan.top_.keys)
      if (is_set(n.kind)) plan.within_ = plan.within_.intersect(n.uids);
  return plan;
}

base::Result<SearchPlan::Node> SearchPlan::build(const proto::SearchKey& key, const Context& context) {
  switch (key.kind) {
    case SearchKind::all_of: case SearchKind::or_: case SearchKind::not_: return build_group(key, context);
    case SearchKind::sequence: case SearchKind::uid: break;
    default: return build_leaf(key, context);
  }
  Node node;
  node.kind = key.kind;
  if (key.kind == SearchKind::uid) {
    node.uids = context.view.resolve_uid(key.set.front());
    return node;
  }
  auto uids = context.view.resolve_seq(key.set.front());
  if (!uids) return uids.error();
  node.uids = std::move(*uids);
  return node;
}

base::Result<SearchPlan::Node> SearchPlan::build_group(const proto::SearchKey& key, const Context& context) {
  Node node;
  node.kind = key.kind;
  for (const proto::SearchKey& child : key.keys) {
    auto built = build(child, context);
    if (!built) return built.error();
    node.cost = std::max(node.cost, built->cost);
    node.keys.push_back(std::move(*built));
  }
  std::stable_sort(node.keys.begin(), node.keys.end(), [](const Node& a, const Node& b) { return a.cost < b.cost; });
  return node;
}

SearchPlan::Node SearchPlan::build_leaf(const proto::SearchKey& key, const Context& context) {
  Node node;
  node.kind = key.kind;
  node.number = key.number;
  if (!build_row_leaf(node, key, context) && !build_date_leaf(node, key, context)) build_text_leaf(node, key);
  return node;
}

bool SearchPlan::build_row_leaf(Node& node, const proto::SearchKey& key, const Context& context) {
  switch (key.kind) {
    case SearchKind::all: case SearchKind::recent: case SearchKind::new_: case SearchKind::save_date_supported: case SearchKind::larger: case SearchKind::smaller:
    case SearchKind::mod_seq: return true;
    case SearchKind::answered: case SearchKind::deleted: case SearchKind::draft: case SearchKind::flagged: case SearchKind::seen:
      node.flag = system_flag(key.kind);
      return true;
    case SearchKind::keyword: {
      const FlagNames::Bits bits = context.flags.find(key.text);
      node.number = bits.keyword;
      node.derived = bits.derived;
      return true;
    }
    case SearchKind::email_id: case SearchKind::thread_id:
      node.field = key.text;
      node.number = base::raw(context.account);
      return true;
    case SearchKind::older: case SearchKind::younger: {  // RFC 5032: seconds before now
      const std::int64_t now = context.now.time_since_epoch().count();
      const std::int64_t edge = now - std::int64_t(std::min<std::uint64_t>(key.number, 1u << 31)) * 1000;
      node.from = key.kind == SearchKind::younger ? edge : -kEver;
      node.until = key.kind == SearchKind::younger ? kEver : edge + 1;
      return true;
    }
    default: return false;
  }
}

bool SearchPlan::build_date_leaf(Node& node, const proto::SearchKey& key, const Context&) {
  node.from = -kEver;
  node.until = kEver;
  switch (key.kind) {
    // RFC 8514 4.2: without a save date the internal date stands for it.
    case SearchKind::before: case SearchKind::saved_before: case SearchKind::sent_before: node.until = day_number(key.date); break;
    case SearchKind::since: case SearchKind::saved_since: case SearchKind::sent_since: node.from = day_number(key.date); break;
    case SearchKind::on: case SearchKind::saved_on: case SearchKind::sent_on:
      node.from = day_number(key.date);
      node.until = node.from + 1;
      break;
    default: return false;
  }
  const bool sent = key.kind == SearchKind::sent_before || key.kind == SearchKind::sent_on || key.kind == SearchKind::sent_since;
  if (sent) node.cost = SearchCost::header;
  return true;
}

void SearchPlan::build_text_leaf(Node& node, const proto::SearchKey& key) {
  const bool whole = key.kind == SearchKind::text || key.kind == SearchKind::body;
  node.cost = whole ? SearchCost::text : SearchCost::header;
  node.field = key.kind == SearchKind::header ? base::lower_ascii(key.field) : std::string(field_of(key.kind));
  node.needle.emplace(key.text);
}

bool SearchPlan::match(const Node& node, Facts& facts) {
  const auto holds = [&](const Node& key) { return match(key, facts); };
  switch (node.kind) {
    case SearchKind::all_of: return std::all_of(node.keys.begin(), node.keys.end(), holds);
    case SearchKind::or_: return std::any_of(node.keys.begin(), node.keys.end(), holds);
    case SearchKind::not_: return std::none_of(node.keys.begin(), node.keys.end(), holds);
    case SearchKind::sequence: case SearchKind::uid: return node.uids.contains(base::raw(facts.uid()));
    default: break;
  }
  if (node.cost == SearchCost::row) return match_row(node, facts);
  if (node.cost == SearchCost::header) return match_header(node, facts);
  return match_text(node, facts);
}

bool SearchPlan::match_row(const Node& node, Facts& facts) {
  const store::HotRow& row = facts.row();
  const auto inside = [&](std::int64_t value) { return node.from <= value && value < node.until; };
  switch (node.kind) {
    case SearchKind::all: return true;
    case SearchKind::answered: case SearchKind::deleted: case SearchKind::draft: case SearchKind::flagged: case SearchKind::seen: return (row.flags & node.flag) != 0;
    case SearchKind::keyword: return (row.keywords & node.number) != 0 || (row.derived & node.derived) != 0;
    case SearchKind::larger: return row.size > node.number;
    case SearchKind::smaller: return row.size < node.number;
    case SearchKind::mod_seq: return base::raw(row.modseq) >= node.number;
    case SearchKind::email_id: return email_id(base::AccountId(node.number), row.email) == std::string_view(node.field);
    case SearchKind::thread_id: return thread_id(base::AccountId(node.number), row.thread) == std::string_view(node.field);
    case SearchKind::older: case SearchKind::younger: return inside(row.internal_date.time_since_epoch().count());
    case SearchKind::before: case SearchKind::on: case SearchKind::since: case SearchKind::saved_before: case SearchKind::saved_on: case SearchKind::saved_since:
      return inside(internal_day(row));
    default: return false;  // RECENT, NEW: no session is ever the first to see a message; SAVEDATESUPPORTED
  }
}

bool SearchPlan::match_header(const Node& node, Facts& facts) {
  if (node.needle) {
    if (node.kind == SearchKind::subject && node.proposal && facts.uid() <= node.proposal->indexed_up_to &&
        !node.proposal->candidates.contains(base::raw(facts.uid())))
      return false;
    // RFC 9051 6.4.4: with a zero-length string HEADER matches "all messages that have a header field with the specified name".
    return facts.any_field(node.field, [&](std::string_view raw) { return node.needle->empty() || node.needle->in(mime::decode_text(raw)); });
  }
  return facts.any_field("date", [&](std::string_view raw) {
    const auto day = mime::parse_date_day(raw);
    return day && node.from <= *day && *day < node.until;
  });
}

bool SearchPlan::match_text(const Node& node, Facts& facts) {
  if (node.needle->empty()) return true;
  if (node.proposal && facts.uid() <= node.proposal->indexed_up_to) {
    const std::uint32_t uid = base::raw(facts.uid());
    if (node.proposal->certain.contains(uid)) return true;
    if (!node.proposal->candidates.contains(uid)) return false;
  }
  if (node.kind == SearchKind::text && node.needle->in(facts.header_text())) return true;
  return node.needle->in(facts.body_text());
}

void SearchPlan::ask(Node& node, TextIndex& index, store::AccountId account, store::MailboxId mailbox) {
  for (Node& key : node.keys) ask(key, index, account, mailbox);
  if (!node.needle || node.needle->empty()) return;
  using Field = TextIndex::Field;
  if (node.kind == SearchKind::subject) node.proposal = index.propose(account, mailbox, Field::subject, node.needle->text());
  if (node.kind == SearchKind::body) node.proposal = index.propose(account, mailbox, Field::body, node.needle->text());
  if (node.kind == SearchKind::text) node.proposal = index.propose(account, mailbox, Field::text, node.needle->text());
}

}  // namespace imap

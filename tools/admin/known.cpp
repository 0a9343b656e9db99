#include "tools/admin/known.hpp"

#include <algorithm>
#include <set>

namespace admin {
namespace {

struct Shape {  // what a row tells without its content
  std::uint32_t mailbox;
  std::int64_t second;
  std::uint64_t size;
  friend bool operator==(const Shape&, const Shape&) = default;
};
struct ShapeHash {
  std::size_t operator()(const Shape& s) const {
    std::uint64_t h = s.size * 0x9e3779b97f4a7c15u ^ std::uint64_t(s.second) * 0xc2b2ae3d27d4eb4fu ^ s.mailbox;
    return std::size_t(h ^ (h >> 29));
  }
};

std::int64_t second_of(base::Time t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

class Search {
 public:
  Search(const store::Snapshot& snapshot, store::AccountId account, std::span<const Wanted> wanted)
      : snapshot_(snapshot), account_(account), wanted_(wanted), found_(wanted.size(), Presence::absent) {
    for (std::size_t i = 0; i < wanted.size(); ++i) shapes_.emplace(Shape{base::raw(wanted[i].mailbox), wanted[i].second, wanted[i].size}, i);
  }

  Result<std::vector<Presence>> run() {
    std::set<store::MailboxId> mailboxes;
    for (const Wanted& w : wanted_) mailboxes.insert(w.mailbox);
    for (const store::MailboxId m : mailboxes) {
      std::vector<store::Uid> candidates;
      snapshot_.for_each_hot(account_, m, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
        if (shapes_.contains(Shape{base::raw(m), second_of(hot.internal_date), hot.size})) candidates.push_back(uid);
        return true;
      });
      for (const store::Uid uid : candidates)
        if (const auto message = snapshot_.message(account_, m, uid))
          if (auto looked = look(*message, Presence::present); !looked) return looked.error();
    }
    std::optional<base::Error> error;
    snapshot_.for_each_tombstone(account_, [&](const store::Tombstone& t) {
      if (!mailboxes.contains(t.message.mailbox)) return true;
      if (auto looked = look(t.message, Presence::removed); !looked) error = looked.error();
      return !error;
    });
    if (error) return *error;
    return std::move(found_);
  }

 private:
  Result<void> look(const store::MessageView& m, Presence as) {
    const auto [first, last] = shapes_.equal_range(Shape{base::raw(m.mailbox), second_of(m.hot.internal_date), m.hot.size});
    if (std::all_of(first, last, [&](const auto& one) { return found_[one.second] != Presence::absent; })) return {};
    std::optional<std::string> bytes;
    std::optional<base::Digest> whole, header;
    for (auto it = first; it != last; ++it) {
      const Wanted& w = wanted_[it->second];
      Presence& found = found_[it->second];
      if (found != Presence::absent) continue;
      if (w.what == Wanted::What::shape) {
        found = as;
        continue;
      }
      if (!bytes) {
        auto read = snapshot_.read_all(account_, m);
        if (!read) return read.error();
        bytes = *std::move(read);
      }
      const bool head = w.what == Wanted::What::header;
      auto& digest = head ? header : whole;
      if (!digest) digest = base::sha256(head ? header_of(*bytes) : std::string_view(*bytes));
      if (*digest == w.digest) found = as;
    }
    return {};
  }

  const store::Snapshot& snapshot_;
  store::AccountId account_;
  std::span<const Wanted> wanted_;
  std::vector<Presence> found_;
  std::unordered_multimap<Shape, std::size_t, ShapeHash> shapes_;
};

}  // namespace

std::string_view header_of(std::string_view message) {
  if (message.starts_with("\r\n")) return message.substr(0, 2);
  const std::size_t end = message.find("\r\n\r\n");
  return end == std::string_view::npos ? message : message.substr(0, end + 4);
}

Result<std::vector<Presence>> presence(const store::Snapshot& snapshot, store::AccountId account, std::span<const Wanted> wanted) {
  return Search(snapshot, account, wanted).run();
}

}  // namespace admin

// TextIndex::search: a small query language over ranked terms.
#include <algorithm>
#include <map>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "indexer/database.hpp"
#include "indexer/text_index.hpp"
#include "indexer/words.hpp"
#include "indexer/xapian_guard.hpp"

namespace indexer {
namespace {

constexpr std::size_t kMaxQuery = 2000;        // bytes
constexpr Xapian::doccount kMaxMatches = 5000;  // ranked documents looked up in the store
constexpr Xapian::termcount kMaxWildcard = 5000;

struct Query {
  Xapian::Query xapian;
  store::DerivedBits derived = 0;  // judged by the store's row
  bool any_derived = false;        // has:signature: valid or not
};

Xapian::Query all_of(const std::vector<Xapian::Query>& q) { return Xapian::Query(Xapian::Query::OP_AND, q.begin(), q.end()); }
Xapian::Query any_of(const std::vector<Xapian::Query>& q) { return Xapian::Query(Xapian::Query::OP_OR, q.begin(), q.end()); }

// A word in one of the fields; an odd one by its trigrams.
Xapian::Query word_query(std::string_view fields, std::string_view word) {
  std::vector<Xapian::Query> any;
  for (const char f : fields) {
    if (!is_odd(word)) {
      any.emplace_back(term(f, word));
      continue;
    }
    std::vector<Xapian::Query> all;
    for (std::size_t i = 0; i + 3 <= word.size(); ++i) all.emplace_back(term(trigram_prefix(f), word.substr(i, 3)));
    any.push_back(all_of(all));
  }
  return any_of(any);
}

// All words of the text, and those with diacritics as they are written (whatever field they stand in).
Xapian::Query text_query(std::string_view fields, std::string_view text) {
  std::vector<Xapian::Query> all;
  for_each_word(base::fold_search(text), [&](std::string_view w) { all.push_back(word_query(fields, w)); });
  for_each_word(base::fold_tone(text), [&](std::string_view w) {
    if (base::strip_diacritics(w) != w) all.emplace_back(term(kExact, w));
  });
  return all.empty() ? Xapian::Query() : all_of(all);
}

// "204" finds 204/KH-UBND and 204-QD/TU, "204/KH" what goes on so, the whole number itself.
Xapian::Query number_query(std::string_view text) {
  const std::string folded = base::fold_search(base::trim(text));
  const auto wildcard = [](const std::string& t) { return Xapian::Query(Xapian::Query::OP_WILDCARD, t, kMaxWildcard, Xapian::Query::WILDCARD_LIMIT_MOST_FREQUENT); };
  if (folded.empty()) return {};
  if (folded.find_first_not_of("0123456789") != std::string::npos) return wildcard(term(kNumber, folded));
  return any_of({wildcard(term(kNumber, folded + "/")), wildcard(term(kNumber, folded + "-"))});
}

// query = *( [field ":"] ( word / DQUOTE words DQUOTE ) ), blank-separated
struct Piece {
  std::string_view field, text;
};
std::vector<Piece> pieces(std::string_view q) {
  std::vector<Piece> out;
  for (std::size_t at = 0; at < q.size();) {
    if (q[at] == ' ' || q[at] == '\t') { ++at; continue; }
    Piece p;
    std::size_t end = at;
    while (end < q.size() && ((q[end] >= 'a' && q[end] <= 'z') || (q[end] >= 'A' && q[end] <= 'Z'))) ++end;
    if (end > at && end < q.size() && q[end] == ':') {
      p.field = q.substr(at, end - at);
      at = end + 1;
    }
    const bool quoted = at < q.size() && q[at] == '"';
    if (quoted) ++at;
    end = std::min(q.size(), quoted ? q.find('"', at) : q.find_first_of(" \t", at));
    p.text = q.substr(at, end - at);
    at = quoted ? end + 1 : end;
    out.push_back(p);
  }
  return out;
}

std::optional<base::Error> add_flag(Query& q, std::vector<Xapian::Query>& all, std::string_view name) {
  if (name == "attachment") all.emplace_back(kHasAttachment);
  else if (name == "signature") q.derived |= store::kSignatureValid | store::kSignatureInvalid | store::kDocumentSignatureValid | store::kDocumentSignatureInvalid;
  else if (name == "document") q.any_derived = true;
  else return base::fail(base::Errc::invalid, "has: takes attachment, signature or document, not \"" + std::string(name) + "\"");
  return std::nullopt;
}

base::Result<Query> parse(std::string_view text) {
  if (text.size() > kMaxQuery) return base::fail(base::Errc::invalid, "a query of more than 2000 bytes");
  Query q;
  std::vector<Xapian::Query> all;
  for (const Piece& p : pieces(text)) {
    const std::string field = base::lower_ascii(p.field);
    Xapian::Query one;
    if (field.empty()) one = text_query("SBAFO", p.text);
    else if (field == "from") one = text_query("F", p.text);
    else if (field == "to") one = text_query("O", p.text);
    else if (field == "subject") one = text_query("S", p.text);
    else if (field == "so") one = number_query(p.text);
    else if (field == "has") {
      if (auto error = add_flag(q, all, base::lower_ascii(p.text))) return *error;
      continue;
    } else return base::fail(base::Errc::invalid, "unknown field \"" + field + ":\"; known: from: to: subject: so: has:");
    if (one.empty()) return base::fail(base::Errc::invalid, "nothing to look for in \"" + std::string(p.text) + "\"");
    all.push_back(one);
  }
  if (all.empty() && q.derived == 0 && !q.any_derived) return base::fail(base::Errc::invalid, "an empty query");
  q.xapian = all.empty() ? Xapian::Query::MatchAll : all_of(all);
  return q;
}

bool wanted(const Query& q, const store::HotRow& hot) {
  if ((hot.derived & store::kHidden) != 0) return false;  // CONTRACT: shown nowhere
  if (q.derived != 0 && (hot.derived & q.derived) == 0) return false;
  return !q.any_derived || (hot.derived & store::kDocument) != 0;
}

std::vector<Hit> locate(const store::Snapshot& snapshot, store::AccountId account, const Query& q, const std::map<std::uint64_t, double>& scores) {
  std::map<std::uint64_t, Hit> found;  // the first place of each
  for (const store::Mailbox& m : snapshot.mailboxes(account))
    snapshot.for_each_hot(account, m.id, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
      const auto score = scores.find(raw(hot.email));
      if (score != scores.end() && wanted(q, hot)) found.try_emplace(raw(hot.email), Hit{m.id, uid, hot.email, score->second, hot.internal_date});
      return true;
    });
  std::vector<Hit> out;
  for (const auto& [email, hit] : found) out.push_back(hit);
  std::stable_sort(out.begin(), out.end(), [](const Hit& a, const Hit& b) { return a.score != b.score ? a.score > b.score : a.internal_date > b.internal_date; });
  return out;
}

}  // namespace

base::Result<std::vector<Hit>> TextIndex::search(store::AccountId account, std::string_view text, std::size_t at_most) const {
  try {
    const auto query = parse(text);
    if (!query) return query.error();
    const std::string path = database_path(directory_, account);
    if (const auto before = store_.snapshot(); before && before->encrypted(account) && !database_state(path, store_.env().incarnation()).ready)
      return base::fail(base::Errc::denied, "no search index is kept of an encrypted domain (encryption.index = \"off\"); SEARCH by IMAP reads the mail itself");
    const Xapian::Database db(path);
    if (!is_ready(db, store_.env().incarnation())) return base::fail(base::Errc::unavailable, "the index of this account is being built");
    Xapian::Enquire enquire(db);
    enquire.set_query(query->xapian);
    std::map<std::uint64_t, double> scores;
    // What the store's rows judge is judged behind the ranking: then all that match are looked at.
    const bool judged = query->derived != 0 || query->any_derived;
    const Xapian::MSet matches = enquire.get_mset(0, judged ? db.get_doccount() : kMaxMatches);
    for (auto it = matches.begin(); it != matches.end(); ++it) scores.emplace(*it, it.get_weight());
    const auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    auto out = locate(*snapshot, account, *query, scores);
    if (out.size() > at_most) out.resize(at_most);
    return out;
  } catch (const Xapian::Error& e) {
    const base::Error error = to_error(e);
    if (error.code() == base::Errc::corrupt) report(account);
    return base::fail(base::Errc::unavailable, error.detail());
  } catch (const store::Failure& failure) {
    return failure.error();
  }
}

}  // namespace indexer

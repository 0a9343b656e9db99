// LIST with its extensions (RFC 9051 6.3.9, RFC 5258, 5819, 6154) and LSUB (RFC 3501 6.3.9).
#include <map>

#include "imap/commands/commands.hpp"
#include "imap/commands/status.hpp"
#include "imap/proto/list_pattern.hpp"

namespace imap::commands {
namespace {

struct Node {
  std::optional<store::Mailbox> mailbox;  // nothing: only a level above others, or only subscribed
  bool subscribed = false;
  bool has_children = false;
};
using Tree = std::map<std::string, Node, std::less<>>;
using Patterns = std::vector<proto::ListPattern>;

template <class F>
void each_parent(std::string_view name, F f) {
  for (std::size_t at = name.rfind(proto::kSeparator); at != std::string_view::npos && at > 0; at = name.rfind(proto::kSeparator, at - 1))
    f(name.substr(0, at));
}

Tree tree_of(const store::Snapshot& snap, store::AccountId account, bool with_subscriptions) {
  Tree tree;
  for (store::Mailbox& m : snap.mailboxes(account)) {
    each_parent(m.name, [&](std::string_view parent) { tree[std::string(parent)].has_children = true; });
    Node& node = tree[m.name];
    node.subscribed = m.subscribed;
    node.mailbox = std::move(m);
  }
  if (with_subscriptions)
    for (const std::string& name : snap.subscriptions(account)) tree[name].subscribed = true;
  return tree;
}

base::Result<Patterns> compile(const std::string& reference, const std::vector<std::string>& texts) {
  Patterns patterns;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    auto made = proto::ListPattern::make(reference, text);
    if (!made) return made.error();
    patterns.push_back(std::move(*made));
  }
  return patterns;
}

bool matches(const Patterns& patterns, std::string_view name) {
  for (const proto::ListPattern& p : patterns)
    if (p.matches(name)) return true;
  return false;
}

bool has_use(const Node& n) { return n.mailbox && !store::use_name(n.mailbox->special).empty(); }

bool is_selected(const proto::List& c, const Node& n) {
  if (c.select.subscribed && !n.subscribed) return false;
  if (c.select.special_use && !has_use(n)) return false;
  // Levels without a mailbox are shown for the sake of what is below them; a mere subscription only when asked for.
  return n.mailbox || n.has_children || c.select.subscribed;
}

// RFC 5258 3.5: names that are told about because something below them, which the pattern does not reach, was selected.
std::map<std::string, bool, std::less<>> parents_of_hidden(const proto::List& c, const Tree& tree, const Patterns& patterns) {
  std::map<std::string, bool, std::less<>> parents;
  if (!c.select.recursive_match) return parents;
  for (const auto& [name, node] : tree) {
    if (!is_selected(c, node) || matches(patterns, name)) continue;
    each_parent(name, [&](std::string_view parent) { parents[std::string(parent)] = c.select.subscribed; });
  }
  return parents;
}

void tell(Session& s, const proto::List& c, const std::string& name, const Node& node, bool child_info) {
  std::vector<std::string_view> attributes;
  const bool extended = c.extended || s.rev2();
  if (!node.mailbox) attributes.push_back(extended ? "\\NonExistent" : "\\Noselect");
  attributes.push_back(node.has_children ? "\\HasChildren" : "\\HasNoChildren");
  if ((c.select.subscribed || c.returns.subscribed) && node.subscribed) attributes.push_back("\\Subscribed");
  if (has_use(node)) attributes.push_back(store::use_name(node.mailbox->special));
  proto::ListEntry entry;
  entry.attributes = attributes;
  entry.mailbox = name;
  entry.child_info_subscribed = child_info;
  proto::list(s.out(), entry);
  if (c.returns.status.empty() || !node.mailbox) return;
  const store::Snapshot snap = s.snapshot();
  if (const auto now = snap.mailbox(s.account(), node.mailbox->id)) tell_status(s, snap, *now, c.returns.status);
}

// RFC 9051 6.3.9: an empty pattern asks for the separator and the root of the reference.
void tell_separator(Session& s, const char* verb) {
  const std::string_view attributes[] = {"\\Noselect"};
  proto::ListEntry entry;
  entry.attributes = attributes;
  proto::list(s.out(), entry, verb);
}

}  // namespace

Task<Reply> list(Session& s, const proto::List& c) {
  const auto patterns = compile(c.reference, c.patterns);
  if (!patterns) co_return bad("The pattern is too long.");
  if (!c.extended && c.patterns.size() == 1 && c.patterns[0].empty()) {
    tell_separator(s, "LIST");
    co_return ok("Done.");
  }
  const Tree tree = tree_of(s.snapshot(), s.account(), c.select.subscribed || c.returns.subscribed);
  const auto parents = parents_of_hidden(c, tree, *patterns);
  for (const auto& [name, node] : tree) {
    if (!matches(*patterns, name)) continue;
    const auto parent = parents.find(name);
    if (!is_selected(c, node) && parent == parents.end()) continue;
    tell(s, c, name, node, parent != parents.end() && parent->second);
    co_await s.flush_if_full();
  }
  co_return ok("Done.");
}

Task<Reply> lsub(Session& s, const proto::Lsub& c) {
  if (c.pattern.empty()) {
    tell_separator(s, "LSUB");
    co_return ok("Done.");
  }
  const auto pattern = proto::ListPattern::make(c.reference, c.pattern);
  if (!pattern) co_return bad("The pattern is too long.");
  // RFC 3501 6.3.9: with "%", a level above a subscribed name that is not itself subscribed is told with \Noselect.
  std::map<std::string, bool> told;  // name -> selectable
  {
    const store::Snapshot snap = s.snapshot();
    for (const std::string& name : snap.subscriptions(s.account())) {
      if (pattern->matches(name)) told[name] = snap.mailbox(s.account(), name).has_value();
      else each_parent(name, [&](std::string_view above) { if (pattern->matches(above)) told.emplace(above, false); });
    }
  }
  const std::string_view no_select[] = {"\\Noselect"};
  for (const auto& [name, selectable] : told) {
    proto::ListEntry entry;
    if (!selectable) entry.attributes = no_select;
    entry.mailbox = name;
    proto::list(s.out(), entry, "LSUB");
    co_await s.flush_if_full();
  }
  co_return ok("Done.");
}

}  // namespace imap::commands

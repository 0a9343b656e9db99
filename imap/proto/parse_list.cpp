// LIST with its extensions (RFC 9051 6.3.9, RFC 5258, 5819, 6154) and LSUB.
#include "imap/proto/parsers.hpp"

namespace imap::proto {
namespace {

// list-select-opts = "(" [list-select-base-opt ...] ")"
void selection(Cursor& c, List& l) {
  l.extended = true;
  c.list(true, [&] {
    if (c.accept_word("SUBSCRIBED")) l.select.subscribed = true;
    else if (c.accept_word("REMOTE")) l.select.remote = true;
    else if (c.accept_word("RECURSIVEMATCH")) l.select.recursive_match = true;
    else if (c.accept_word("SPECIAL-USE")) l.select.special_use = true;
    else c.fail("unknown LIST selection option");
  });
  // RFC 5258 3: RECURSIVEMATCH alone or only with REMOTE: "the server MUST return a tagged BAD response".
  if (l.select.recursive_match && !l.select.subscribed && !l.select.special_use) c.fail("RECURSIVEMATCH needs another option");
}

// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
void returns(Cursor& c, List& l) {
  l.extended = true;
  c.expect_word("RETURN");
  c.sp();
  c.list(true, [&] {
    if (c.accept_word("SUBSCRIBED")) l.returns.subscribed = true;
    else if (c.accept_word("CHILDREN")) l.returns.children = true;
    else if (c.accept_word("SPECIAL-USE")) l.returns.special_use = true;
    else if (c.accept_word("STATUS")) {
      c.sp();
      l.returns.status = status_items(c);
    } else c.fail("unknown LIST return option");
  });
}

}  // namespace

// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
// mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
Parsed parse_list(Cursor& c) {
  List l;
  c.sp();
  if (c.peek() == '(') {
    selection(c, l);
    c.sp();
  }
  l.reference = c.reference();
  c.sp();
  if (c.peek() == '(') {
    l.extended = true;
    c.list(false, [&] { l.patterns.push_back(c.list_mailbox()); });
  } else {
    l.patterns.push_back(c.list_mailbox());
  }
  if (c.accept(' ')) returns(c, l);
  return l;
}

// lsub = "LSUB" SP mailbox SP list-mailbox (RFC 3501 6.3.9)
Parsed parse_lsub(Cursor& c) {
  Lsub l;
  c.sp();
  l.reference = c.reference();
  c.sp();
  l.pattern = c.list_mailbox();
  return l;
}

}  // namespace imap::proto

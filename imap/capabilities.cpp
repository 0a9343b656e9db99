#include "imap/capabilities.hpp"

#include "base/sasl/sasl.hpp"

namespace imap {

bool may_log_in(const Session& s) { return s.peer().tls || (s.settings().plaintext_loopback && s.peer().loopback); }

std::string capability_text(const Session& s) {
  std::string text = "IMAP4rev2 IMAP4rev1 LITERAL+ ID ENABLE SASL-IR";
  if (s.state() == Session::State::not_authenticated) {
    if (s.settings().tls && !s.peer().tls) text += " STARTTLS";
    // RFC 9051 11.3: LOGINDISABLED and no AUTH=PLAIN before encryption. SCRAM is kept back as well: a client that logged in with
    // it would send the mail itself in clear.
    if (!may_log_in(s)) return text + " LOGINDISABLED";
    for (const std::string_view mechanism : sasl::server_mechanisms()) (text += " AUTH=") += mechanism;
    return text;
  }
  text +=
      " IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE"
      " ESEARCH SEARCHRES WITHIN BINARY CONDSTORE OBJECTID PREVIEW UTF8=ACCEPT QUOTA QUOTA=RES-STORAGE APPENDLIMIT=";
  return text + std::to_string(s.settings().append_limit);
}

void tell_flag_names(proto::Out& out, const std::vector<store::Keyword>& keywords) {
  std::vector<std::string_view> names{"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
  for (const store::DerivedName& d : store::kDerivedNames) names.push_back(d.name);
  for (const store::Keyword& k : keywords) names.push_back(k.name);
  proto::flags_line(out, names);
}

}  // namespace imap

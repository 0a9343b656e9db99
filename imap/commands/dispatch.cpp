#include "imap/commands/dispatch.hpp"

#include "imap/commands/commands.hpp"

namespace imap {
namespace {

enum class Needs : unsigned char { nothing, no_login, login, mailbox };

struct NeedsOf {
  Needs operator()(const proto::Capability&) const { return Needs::nothing; }
  Needs operator()(const proto::Noop&) const { return Needs::nothing; }
  Needs operator()(const proto::Logout&) const { return Needs::nothing; }
  Needs operator()(const proto::Id&) const { return Needs::nothing; }
  Needs operator()(const proto::StartTls&) const { return Needs::no_login; }
  Needs operator()(const proto::Authenticate&) const { return Needs::no_login; }
  Needs operator()(const proto::Login&) const { return Needs::no_login; }
  Needs operator()(const proto::Check&) const { return Needs::mailbox; }
  Needs operator()(const proto::Close&) const { return Needs::mailbox; }
  Needs operator()(const proto::Unselect&) const { return Needs::mailbox; }
  Needs operator()(const proto::Expunge&) const { return Needs::mailbox; }
  Needs operator()(const proto::Search&) const { return Needs::mailbox; }
  Needs operator()(const proto::Fetch&) const { return Needs::mailbox; }
  Needs operator()(const proto::Store&) const { return Needs::mailbox; }
  Needs operator()(const proto::Copy&) const { return Needs::mailbox; }
  Needs operator()(const proto::Move&) const { return Needs::mailbox; }
  template <class T>
  Needs operator()(const T&) const { return Needs::login; }
};

struct Starter {
  Session& s;
  std::vector<std::string>& messages;
  Task<Reply> operator()(const proto::Capability&) const { return commands::capability(s); }
  Task<Reply> operator()(const proto::Noop&) const { return commands::noop(s); }
  Task<Reply> operator()(const proto::Check&) const { return commands::noop(s); }
  Task<Reply> operator()(const proto::Logout&) const { return commands::logout(s); }
  Task<Reply> operator()(const proto::Id& c) const { return commands::id(s, c); }
  Task<Reply> operator()(const proto::StartTls&) const { return commands::start_tls(s); }
  Task<Reply> operator()(const proto::Authenticate& c) const { return commands::authenticate(s, c); }
  Task<Reply> operator()(const proto::Login& c) const { return commands::login(s, c); }
  Task<Reply> operator()(const proto::Enable& c) const { return commands::enable(s, c); }
  Task<Reply> operator()(const proto::Select& c) const { return commands::select(s, c); }
  Task<Reply> operator()(const proto::Unselect&) const { return commands::unselect(s); }
  Task<Reply> operator()(const proto::Close&) const { return commands::close(s); }
  Task<Reply> operator()(const proto::Create& c) const { return commands::create(s, c); }
  Task<Reply> operator()(const proto::Delete& c) const { return commands::remove(s, c); }
  Task<Reply> operator()(const proto::Rename& c) const { return commands::rename(s, c); }
  Task<Reply> operator()(const proto::Subscribe& c) const { return commands::subscribe(s, c.mailbox, true); }
  Task<Reply> operator()(const proto::Unsubscribe& c) const { return commands::subscribe(s, c.mailbox, false); }
  Task<Reply> operator()(const proto::List& c) const { return commands::list(s, c); }
  Task<Reply> operator()(const proto::Lsub& c) const { return commands::lsub(s, c); }
  Task<Reply> operator()(const proto::Namespace&) const { return commands::name_space(s); }
  Task<Reply> operator()(const proto::Status& c) const { return commands::status(s, c); }
  Task<Reply> operator()(const proto::Append& c) const { return commands::append(s, c, std::move(messages)); }
  Task<Reply> operator()(const proto::Idle&) const { return commands::idle(s); }
  Task<Reply> operator()(const proto::GetQuota& c) const { return commands::get_quota(s, c); }
  Task<Reply> operator()(const proto::GetQuotaRoot& c) const { return commands::get_quota_root(s, c); }
  Task<Reply> operator()(const proto::SetQuota&) const { return commands::set_quota(s); }
  Task<Reply> operator()(const proto::Fetch& c) const { return commands::fetch(s, c); }
  Task<Reply> operator()(const proto::Store& c) const { return commands::store(s, c); }
  Task<Reply> operator()(const proto::Search& c) const { return commands::search(s, c); }
  Task<Reply> operator()(const proto::Copy& c) const { return commands::copy(s, c); }
  Task<Reply> operator()(const proto::Move& c) const { return commands::move(s, c); }
  Task<Reply> operator()(const proto::Expunge& c) const { return commands::expunge(s, c); }
};

}  // namespace

std::optional<Reply> wrong_state(Session::State state, const proto::Command& command) {
  using State = Session::State;
  switch (std::visit(NeedsOf{}, command)) {
    case Needs::nothing: return std::nullopt;
    case Needs::no_login:
      if (state == State::not_authenticated) return std::nullopt;
      return bad("Already logged in.");
    case Needs::login:
      if (state == State::authenticated || state == State::selected) return std::nullopt;
      return bad("Log in first.");
    case Needs::mailbox: break;
  }
  if (state == State::selected) return std::nullopt;
  return bad(state == State::authenticated ? "Select a mailbox first." : "Log in first.");
}

Tell tell_after(const proto::Command& command) {
  bool by_seq = false;
  if (const auto* fetch = std::get_if<proto::Fetch>(&command)) by_seq = !fetch->uid;
  if (const auto* change = std::get_if<proto::Store>(&command)) by_seq = !change->uid;
  if (const auto* search = std::get_if<proto::Search>(&command)) by_seq = !search->uid;
  return by_seq ? Tell::no_expunges : Tell::all;
}

Task<Reply> dispatch(Session& s, const proto::Command& command, std::vector<std::string> messages) {
  Task<Reply> task = std::visit(Starter{s, messages}, command);
  Reply reply = co_await task;
  co_return reply;
}

Reply parse_refusal(const base::Error& error) {
  switch (error.code()) {
    case base::Errc::unsupported: return no(error.detail(), "BADCHARSET (UTF-8 US-ASCII)");
    case base::Errc::denied: return no(error.detail(), "CANNOT");
    default: return bad(error.detail());
  }
}

}  // namespace imap

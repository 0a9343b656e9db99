#include "tools/transfer/imap_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/encoding.hpp"

namespace transfer {
namespace {

constexpr std::size_t kMaxResponses = 20'000'000;  // to one command

// A string as a command may carry it (RFC 9051 4.3); nothing: it needs a literal.
std::optional<std::string> imap_quoted(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b >= 0x7f) return std::nullopt;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string words_of(const ImapResponse& r) { return r.text.empty() ? std::string("no reason given") : "\"" + r.text.substr(0, 500) + "\""; }

}  // namespace

std::string uid_set(std::span<const std::uint32_t> uids) {
  std::string out;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    out += (out.empty() ? "" : ",") + std::to_string(uids[i]);
    if (last > i) out += ":" + std::to_string(uids[last]);
    i = last + 1;
  }
  return out;
}

Result<ImapResponse> ImapClient::next() {
  std::array<char, 64 * 1024> bytes;
  for (;;) {
    auto frame = framer_.next();
    if (!frame) return frame.error();
    if (*frame) return parse_response(std::move(**frame));
    const auto got = wire_->read(bytes);
    if (!got) return got.error();
    if (*got == 0) return fail(Errc::io, "the server closed the connection");
    framer_.feed({bytes.data(), *got});
  }
}

Result<ImapResponse> ImapClient::run(const std::string& command, const OnUntagged& untagged, const std::vector<std::string>& continuations) {
  const std::string tag = "c" + std::to_string(++tags_);
  if (auto sent = wire_->write(tag + " " + command + "\r\n"); !sent) return sent.error();
  std::size_t answered = 0;
  for (std::size_t n = 0; n < kMaxResponses; ++n) {
    auto r = next();
    if (!r) return r;
    if (r->kind == ImapResponse::Kind::more) {
      if (answered >= continuations.size()) return fail(Errc::invalid, "the server asks for more than it was to get");
      if (auto sent = wire_->write(continuations[answered++] + "\r\n"); !sent) return sent.error();
    } else if (r->kind == ImapResponse::Kind::tagged) {
      if (r->tag != tag) return fail(Errc::invalid, "the server answered a command that was not sent");
      if (r->name == "OK") return r;
      return fail(r->name == "NO" ? Errc::denied : Errc::invalid, "the server refused: " + words_of(*r));
    } else if (r->name == "BYE") {
      return fail(Errc::io, "the server says good bye: " + words_of(*r));
    } else if (untagged) {
      if (auto taken = untagged(*std::move(r)); !taken) return taken.error();
    }
  }
  return fail(Errc::limit, "the server's answer does not end");
}

void ImapClient::take_capabilities(const std::vector<ImapValue>& words) {
  capabilities_.clear();
  for (const ImapValue& w : words)
    if (capabilities_.size() < 1000) capabilities_.push_back(w.text);
}

bool ImapClient::has(std::string_view capability) const {
  return std::any_of(capabilities_.begin(), capabilities_.end(), [&](const std::string& c) { return base::iequals(c, capability); });
}

Result<void> ImapClient::capabilities() {
  const auto done = run("CAPABILITY", [this](ImapResponse r) -> Result<void> {
    if (r.name == "CAPABILITY") take_capabilities(r.values);
    return {};
  });
  if (!done) return done.error();
  return {};
}

Result<void> ImapClient::login(const ImapLogin& login) {
  const auto greeting = next();
  if (!greeting) return greeting.error();
  // PREAUTH before STARTTLS would leave the session in clear text (Thunderbird's CVE-2020-12398).
  if (greeting->name != "OK") return fail(Errc::denied, "the server does not take connections: " + greeting->name + " " + words_of(*greeting));
  if (login.start_tls) {
    if (auto asked = capabilities(); !asked) return asked;
    if (!has("STARTTLS")) return fail(Errc::denied, "the server does not offer STARTTLS; use --tls implicit and its port");
    if (const auto started = run("STARTTLS"); !started) return started.error();
    // RFC 9051 6.2.1 and CVE-2011-0411: what came before the handshake is nobody's word.
    if (!framer_.empty()) return fail(Errc::denied, "the server sent text between STARTTLS and the handshake; somebody may be in between");
    if (auto started = wire_->start_tls(); !started) return started;
  }
  if (auto asked = capabilities(); !asked) return asked;
  if (auto done = authenticate(login); !done) return done;
  return capabilities();
}

Result<void> ImapClient::authenticate(const ImapLogin& l) {
  const auto failed = [](const base::Error& e) { return e.code() == Errc::denied ? fail(Errc::denied, "login failed: " + e.detail()) : e; };
  if (has("AUTH=PLAIN")) {
    std::string initial = base::base64_encode(std::string(1, '\0') + l.user + std::string(1, '\0') + l.password);
    const auto done = has("SASL-IR") ? run("AUTHENTICATE PLAIN " + initial) : run("AUTHENTICATE PLAIN", {}, {initial});
    if (!done) return failed(done.error());
    return {};
  }
  if (has("LOGINDISABLED")) return fail(Errc::denied, "the server offers neither AUTH=PLAIN nor LOGIN");
  const auto user = imap_quoted(l.user), password = imap_quoted(l.password);
  if (user && password) {
    const auto done = run("LOGIN " + *user + " " + *password);
    if (!done) return failed(done.error());
    return {};
  }
  const auto done = run("LOGIN {" + std::to_string(l.user.size()) + "}", {}, {l.user + " {" + std::to_string(l.password.size()) + "}", l.password});
  if (!done) return failed(done.error());
  return {};
}

Result<std::vector<ImapListed>> ImapClient::list(std::size_t most) {
  std::vector<ImapListed> out;
  const auto take = [&](ImapResponse r) -> Result<void> {
    if (r.name != "LIST") return {};
    if (out.size() >= most) return fail(Errc::limit, "the server has more than " + std::to_string(most) + " mailboxes");
    auto listed = parse_list(r);
    if (!listed) return listed.error();
    out.push_back(*std::move(listed));
    return {};
  };
  // RFC 6154 2: special uses are asked for where LIST can be told; other servers give them unasked.
  const bool extended = has("LIST-EXTENDED") && has("SPECIAL-USE");
  const auto done = run(extended ? "LIST \"\" \"*\" RETURN (SPECIAL-USE)" : "LIST \"\" \"*\"", take);
  if (!done) return done.error();
  std::sort(out.begin(), out.end(), [](const ImapListed& a, const ImapListed& b) { return a.wire_name < b.wire_name; });
  out.erase(std::unique(out.begin(), out.end(), [](const ImapListed& a, const ImapListed& b) { return a.wire_name == b.wire_name; }), out.end());
  return out;
}

// The name goes back as the server wrote it: quoted, or as a literal where some server gave 8-bit text.
Result<ImapResponse> ImapClient::run_named(const std::string& command, const std::string& name, const std::string& rest, const OnUntagged& f) {
  if (const auto q = imap_quoted(name)) return run(command + " " + *q + rest, f);
  return run(command + " {" + std::to_string(name.size()) + "}", f, {name + rest});
}

Result<std::uint32_t> ImapClient::count(const std::string& name) {
  std::uint32_t out = 0;
  const auto take = [&](ImapResponse r) -> Result<void> {
    if (r.name != "STATUS" || r.values.size() < 2) return {};
    const auto& items = r.values[1].items;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      if (items[i].is("MESSAGES")) std::from_chars(items[i + 1].text.data(), items[i + 1].text.data() + items[i + 1].text.size(), out);
    return {};
  };
  const auto done = run_named("STATUS", name, " (MESSAGES)", take);
  if (!done) return done.error();
  return out;
}

Result<ImapBox> ImapClient::examine(const std::string& name) {
  ImapBox out;
  const auto take = [&](ImapResponse r) -> Result<void> {
    if (r.name == "EXISTS") out.exists = r.number.value_or(0);
    if (r.name == "OK" && r.code.size() == 2 && r.code[0].is("UIDVALIDITY"))
      std::from_chars(r.code[1].text.data(), r.code[1].text.data() + r.code[1].text.size(), out.uid_validity);
    return {};
  };
  const auto done = run_named("EXAMINE", name, "", take);
  if (!done) return done.error();
  return out;
}

Result<std::vector<std::uint32_t>> ImapClient::uids() {
  std::vector<std::uint32_t> out;
  const auto take = [&](ImapResponse r) -> Result<void> {
    if (r.name != "SEARCH") return {};
    for (const ImapValue& v : r.values) {
      std::uint32_t uid = 0;
      std::from_chars(v.text.data(), v.text.data() + v.text.size(), uid);
      if (uid != 0) out.push_back(uid);
    }
    return {};
  };
  const auto done = run("UID SEARCH ALL", take);
  if (!done) return done.error();
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<void> ImapClient::fetch(std::span<const std::uint32_t> uids, std::string_view items, const OnFetch& f) {
  const auto take = [&](ImapResponse r) -> Result<void> {
    if (r.name != "FETCH") return {};
    auto one = parse_fetch(std::move(r));
    if (!one) return one.error();
    // A server may tell of other messages' flags at any time (RFC 9051 7): those were not asked for.
    if (std::binary_search(uids.begin(), uids.end(), one->uid)) f(*std::move(one));
    return {};
  };
  const auto done = run("UID FETCH " + uid_set(uids) + " " + std::string(items), take);
  if (!done) return done.error();
  return {};
}

void ImapClient::logout() { (void)run("LOGOUT"); }  // BYE ends it; nothing is lost when even that fails

}  // namespace transfer

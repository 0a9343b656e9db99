#include "smtp/proto/received.hpp"
#include "base/ascii.hpp"
#include "smtp/proto/reply.hpp"

namespace smtp::proto {
namespace {

std::string token(std::string_view text, std::size_t most = 255) {  // no blank, comment or angle bracket survives
  std::string out = safe_text(text, Charset::ascii, most);
  for (char& c : out) {
    if (std::string_view("()<>\\\"; ,").find(c) != std::string_view::npos) c = '_';
  }
  return out.empty() ? std::string("unknown") : out;
}

std::string comment(std::string_view text) {
  std::string out = safe_text(text, Charset::ascii, 100);
  for (char& c : out) {
    if (c == '(' || c == ')' || c == '\\') c = '_';
  }
  return out;
}

}  // namespace

std::string_view with_protocol(const Trace& t) {
  // RFC 6531 4.3: UTF8SMTP, then the same letters as RFC 3848: S for TLS, A for AUTH.
  static constexpr std::string_view kNames[2][4] = {{"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"},
                                                     {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}};
  if (!t.esmtp) return "SMTP";
  return kNames[t.utf8 ? 1 : 0][(t.tls ? 1 : 0) + (t.authenticated ? 2 : 0)];
}

std::string received(const Trace& t) {
  const bool v6 = t.address.find(':') != std::string::npos;
  std::string out = "Received: from " + token(t.hello) + " (";
  if (!t.reverse_name.empty()) out += token(t.reverse_name) + ' ';
  out += std::string(v6 ? "[IPv6:" : "[") + token(t.address, 60) + "])\r\n";
  if (t.tls && !t.cipher.empty()) out += "\t(using " + comment(t.cipher) + ")\r\n";
  out += "\tby " + token(t.by) + " with ";
  out += with_protocol(t);
  if (!t.id.empty()) out += " id " + token(t.id, 100);
  if (!t.recipient.empty()) {
    std::string address = safe_text(t.recipient, t.utf8 ? Charset::utf8 : Charset::ascii, 330);
    for (char& c : address) {
      if (c == '<' || c == '>') c = '_';
    }
    out += "\r\n\tfor <" + address + ">";
  }
  return out + ";\r\n\t" + safe_text(t.date, Charset::ascii, 60) + "\r\n";
}

std::string return_path(const ReversePath& path) { return "Return-Path: <" + path.to_string() + ">\r\n"; }

unsigned count_received(std::string_view message) {
  unsigned count = 0;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t lf = std::min(message.find('\n', at), message.size() - 1);
    const std::string_view line = message.substr(at, lf - at + 1);
    if (line == "\r\n" || line == "\n") break;
    if (base::istarts_with(line, "Received:")) ++count;
    at = lf + 1;
  }
  return count;
}

}  // namespace smtp::proto

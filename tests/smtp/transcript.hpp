// Golden transcripts: tests/transcripts/smtp/*.txt, run in memory (tests/smtp/proto) and against a live server by the same reader.
//   # comment
//   setup: key value        handed to the peer before the first connection (kind, tls, reject-rcpt ...)
//   C1: text                client of connection 1 sends text CRLF; escapes \r \n \0 \t \\ \xNN; a trailing \c sends no CRLF
//   S1: pattern             the next line of the server matches; `*` stands for anything
//   S1: <closed>            the server has closed
//   T1: starttls            the client's TLS handshake
//   G1: < and G1: >         client lines between are sent in one write (a pipelined group)
// A connection opens at its first line. Lines of the server that no S line asked for fail the transcript.
#pragma once
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtp::testing {

struct Peer {  // what is driven: a Session in memory, or sockets
  virtual ~Peer() = default;
  virtual void setup(std::string_view key, std::string_view value) = 0;
  virtual void open(int connection) = 0;
  virtual void send(int connection, std::string_view bytes) = 0;
  virtual void start_tls(int connection) = 0;
  virtual bool read_line(int connection, std::string& line) = 0;  // without CRLF; false: closed, or nothing more comes
  virtual bool closed(int connection) = 0;
};

inline bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, mark = t;
    else if (p < pattern.size() && pattern[p] == text[t]) ++p, ++t;
    else if (star != std::string_view::npos) p = star + 1, t = ++mark;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

inline std::string unescape(std::string_view s) {
  std::string out;
  bool crlf = true;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '\\' || i + 1 >= s.size()) {
      out.push_back(s[i]);
      continue;
    }
    switch (s[++i]) {
      case 'r': out.push_back('\r'); break;
      case 'n': out.push_back('\n'); break;
      case 't': out.push_back('\t'); break;
      case '0': out.push_back('\0'); break;
      case 'c': crlf = false; break;
      case 'x': out.push_back(char(std::stoi(std::string(s.substr(i + 1, 2)), nullptr, 16))); i += 2; break;
      default: out.push_back(s[i]);
    }
  }
  return crlf ? out + "\r\n" : out;
}

// Returns what went wrong with its line number, empty when all held.
inline std::string run_transcript(const std::string& path, Peer& peer) {
  std::ifstream file(path);
  if (!file) return path + ": cannot be read";
  std::map<int, std::string> group;
  std::map<int, bool> opened, grouping;
  std::string raw, got;
  int number = 0, checked = 0;
  const auto wrong = [&](const std::string& why) { return path + ":" + std::to_string(number) + ": " + why; };
  while (std::getline(file, raw)) {
    ++number;
    if (raw.empty() || raw[0] == '#') continue;
    const std::size_t colon = raw.find(':');
    if (colon == std::string::npos) return wrong("no colon");
    const std::string rest = colon + 2 <= raw.size() ? raw.substr(colon + 2) : std::string();
    if (raw.compare(0, colon, "setup") == 0) {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      peer.setup(rest.substr(0, space), space < rest.size() ? rest.substr(space + 1) : std::string());
      continue;
    }
    const int n = std::stoi(raw.substr(1, colon - 1));
    if (!std::exchange(opened[n], true)) peer.open(n);
    if (raw[0] == 'C') {
      if (grouping[n]) group[n] += unescape(rest);
      else peer.send(n, unescape(rest));
    } else if (raw[0] == 'G') {
      grouping[n] = rest == "<";
      if (!grouping[n]) peer.send(n, std::exchange(group[n], {}));
    } else if (raw[0] == 'T') {
      peer.start_tls(n);
    } else if (raw[0] == 'S') {
      ++checked;
      const bool line = peer.read_line(n, got);
      if (rest == "<closed>") {
        if (line) return wrong("still open, says: " + got);
        if (!peer.closed(n)) return wrong("still open");
      } else if (!line) {
        return wrong("no line, wanted: " + rest);
      } else if (!matches(rest, got)) {
        return wrong("got: " + got + "\n  wanted: " + rest);
      }
    } else {
      return wrong("unknown directive");
    }
  }
  for (const auto& [n, on] : opened) {
    if (on && !peer.closed(n) && peer.read_line(n, got)) return wrong("unasked line: " + got);
  }
  return checked ? std::string() : wrong("checks nothing");
}

}  // namespace smtp::testing

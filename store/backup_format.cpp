#include "store/backup_format.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/codec.hpp"
#include "base/encoding.hpp"

namespace store::backups {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kShortest = 32u << 10, kMean = 128u << 10, kLongest = 1u << 20;

template <std::size_t N>
bool take_digest(std::string_view hex, std::array<unsigned char, N>& out) {
  const auto bytes = base::hex_decode(hex);
  if (!bytes || bytes->size() != N) return false;
  std::copy_n(bytes->data(), N, reinterpret_cast<char*>(out.data()));
  return true;
}

template <class T>
bool take_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// One line of a manifest: words parted by single spaces.
class Line {
 public:
  explicit Line(std::string_view line) : rest_(line) {}
  std::string_view word() {
    const std::size_t space = rest_.find(' ');
    const std::string_view w = rest_.substr(0, space);
    rest_ = space == std::string_view::npos ? std::string_view{} : rest_.substr(space + 1);
    return w;
  }
  template <class T>
  bool number(T& out) { return take_number(word(), out); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

bool take_table(Line& line, Manifest& m) {
  TableStream t;
  t.table = line.word();
  if (!line.number(t.rows) || !line.number(t.bytes)) return false;
  m.tables.push_back(std::move(t));
  return true;
}

bool take_segment(Line& line, Manifest& m) {
  SegmentRef s;
  if (m.tables.empty() || !take_digest(line.word(), s.id)) return false;
  auto key = base::hex_decode(line.word());
  if (!key) return false;
  s.first_key = *std::move(key);
  m.tables.back().segments.push_back(std::move(s));
  return true;
}

bool take_pack(Line& line, Manifest& m) {
  PackRef p;
  if (!line.number(p.number) || !line.number(p.size) || !take_digest(line.word(), p.index)) return false;
  m.packs.push_back(p);
  return true;
}

bool take_line(std::string_view text, Manifest& m) {
  Line line(text);
  const std::string_view what = line.word();
  std::uint64_t created = 0;
  if (what == "segment") return take_segment(line, m);
  if (what == "pack") return take_pack(line, m);
  if (what == "table") return take_table(line, m);
  if (what == "generation") return line.number(m.generation);
  if (what == "store-format") return line.number(m.store_format);
  if (what == "created") return line.number(created) && (m.created = Time(std::chrono::milliseconds(std::int64_t(created))), true);
  if (what == "milliseconds") return line.number(m.milliseconds);
  if (what == "origin") return m.origin = line.rest(), !m.origin.empty();
  if (what == "incarnation") return m.incarnation = line.rest(), !m.incarnation.empty();
  if (what == "blobs") return line.number(m.blobs);
  if (what == "messages") return line.number(m.messages);
  if (what == "accounts") return line.number(m.accounts);
  if (what == "copied") return line.number(m.copied);
  if (what == "finding") return m.findings.emplace_back(line.rest()), true;
  return false;
}

}  // namespace

void append_row(std::string& to, std::string_view key, std::string_view value) {
  base::Writer w;
  w.varint(key.size());
  to.append(w.str()).append(key);
  base::Writer v;
  v.varint(value.size());
  to.append(v.str()).append(value);
}

// FNV-1a with a final mix: a row ends its segment with the probability row size / mean, whatever stands around it.
bool ends_segment(std::size_t segment_bytes, std::string_view key, std::size_t row_bytes) {
  if (segment_bytes < kShortest) return false;
  if (segment_bytes >= kLongest) return true;
  std::uint64_t h = 14695981039346656037u;
  for (const char c : key) h = (h ^ std::uint8_t(c)) * 1099511628211u;
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdu;
  h ^= h >> 33;
  return h % kMean < row_bytes;
}

std::string render(const Manifest& m) {
  std::string out = "congthu-backup-manifest " + std::to_string(kBackupFormat) + "\n";
  const auto line = [&](std::string_view name, std::string_view value) { out.append(name).append(" ").append(value).append("\n"); };
  line("generation", std::to_string(m.generation));
  line("created", std::to_string(m.created.time_since_epoch().count()));
  line("milliseconds", std::to_string(m.milliseconds));
  line("store-format", std::to_string(m.store_format));
  line("origin", m.origin);
  line("incarnation", m.incarnation);
  line("accounts", std::to_string(m.accounts));
  line("messages", std::to_string(m.messages));
  line("blobs", std::to_string(m.blobs));
  line("copied", std::to_string(m.copied));
  for (const std::string& f : m.findings) line("finding", f);
  for (const PackRef& p : m.packs) line("pack", std::to_string(p.number) + " " + std::to_string(p.size) + " " + base::hex_encode(base::view(p.index)));
  for (const TableStream& t : m.tables) {
    line("table", t.table + " " + std::to_string(t.rows) + " " + std::to_string(t.bytes));
    for (const SegmentRef& s : t.segments) line("segment", base::hex_encode(base::view(s.id)) + " " + base::hex_encode(s.first_key));
  }
  line("sha256", base::hex_encode(base::view(base::sha256(out))));
  return out;
}

Manifest parse_manifest(std::string_view text, const std::string& file) {
  const auto bad = [&](const std::string& what) { return Failure(fail(Errc::corrupt, file + ": " + what)); };
  constexpr std::string_view kMagic = "congthu-backup-manifest ", kEnd = "sha256 ";
  constexpr std::size_t kLast = kEnd.size() + 64 + 1;
  if (!text.starts_with(kMagic)) throw bad("not the manifest of a backup");
  std::uint32_t format = 0;
  const std::string_view version = text.substr(kMagic.size(), text.find('\n') - kMagic.size());
  if (!take_number(version, format)) throw bad("no version");
  if (format > kBackupFormat)
    throw Failure(fail(Errc::unsupported, file + ": format " + std::to_string(format) + " of a newer program, this one knows up to " + std::to_string(kBackupFormat)));
  if (text.size() < kLast || !text.substr(text.size() - kLast).starts_with(kEnd)) throw bad("cut short");
  const std::string_view body = text.substr(0, text.size() - kLast);
  if (base::hex_encode(base::view(base::sha256(body))) + "\n" != text.substr(body.size() + kEnd.size())) throw bad("damaged: its digest differs");
  Manifest m;
  bool heading = true;
  for (const std::string_view line : base::split(body, '\n'))
    if (!std::exchange(heading, false) && !line.empty() && !take_line(line, m)) throw bad("a line that makes no sense: " + std::string(line.substr(0, 60)));
  return m;
}

}  // namespace store::backups

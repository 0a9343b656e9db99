#include "tools/transfer/export_manifest.hpp"

#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "tools/transfer/export_writer.hpp"
#include "tools/transfer/flag_words.hpp"

namespace transfer {
namespace {

using Json = nlohmann::ordered_json;

struct Wrong {  // leaves parse_manifest by its one catch
  std::string what;
};

const Json& member(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end()) throw Wrong{std::string(name) + " is missing"};
  return *at;
}
std::string text(const Json& object, const char* name) {
  const Json& j = member(object, name);
  if (!j.is_string()) throw Wrong{std::string(name) + " is not a string"};
  return j.get<std::string>();
}
std::uint64_t number(const Json& object, const char* name) {
  const Json& j = member(object, name);
  if (!j.is_number_unsigned()) throw Wrong{std::string(name) + " is not a whole number"};
  return j.get<std::uint64_t>();
}
const Json& list(const Json& object, const char* name) {
  const Json& j = member(object, name);
  if (!j.is_array()) throw Wrong{std::string(name) + " is not a list"};
  return j;
}

// "mail/..." and nothing that leads elsewhere.
std::string safe_path(const Json& object) {
  std::string path = text(object, "file");
  bool good = path.starts_with("mail/") && path.size() < 4000 && path.find('\0') == std::string::npos;
  for (const std::string_view level : base::split(path, '/')) good = good && !level.empty() && level != "." && level != "..";
  if (!good) throw Wrong{"a file outside the export: " + path.substr(0, 200)};
  return path;
}

std::string digest_text(const Json& object) {
  std::string hex = text(object, "sha256");
  if (hex.size() != 64 || !base::hex_decode(hex)) throw Wrong{"sha256 is not a digest"};
  return hex;
}

// The offset of an RFC 3339 time: its last six letters, or Z.
std::int16_t zone_of(std::string_view rfc3339) {
  if (rfc3339.size() < 6 || rfc3339.ends_with('Z') || rfc3339.ends_with('z')) return 0;
  const std::string_view z = rfc3339.substr(rfc3339.size() - 6);
  const int minutes = ((z[1] - '0') * 10 + z[2] - '0') * 60 + (z[4] - '0') * 10 + z[5] - '0';
  return std::int16_t(z[0] == '-' ? -minutes : minutes);
}

ExportedMessage message_of(const Json& j) {
  ExportedMessage m;
  m.file = safe_path(j);
  m.mailbox = text(j, "mailbox");
  const std::uint64_t uid = number(j, "uid");
  const std::string date = text(j, "date");
  const auto time = base::parse_rfc3339(date);
  if (!time || *time <= base::Time{} || uid == 0 || uid > 0xffffffff) throw Wrong{"date or uid cannot be read"};
  m.uid = std::uint32_t(uid);
  m.date = *time;
  m.tz_minutes = zone_of(date);
  for (const Json& f : list(j, "flags")) m.flags |= f.is_string() ? flag_of(f.get<std::string>()) : store::SystemFlags(0);
  for (const Json& k : list(j, "keywords"))
    if (k.is_string()) m.keywords.push_back(k.get<std::string>());
  m.size = number(j, "size");
  m.sha256 = digest_text(j);
  m.mbox = j.contains("offset");
  if (!m.mbox) return m;
  m.offset = number(j, "offset");
  m.added = number(j, "added");
  m.length = number(j, "length");
  if (m.added > m.length || m.length > (std::uint64_t(1) << 40) || m.offset > (std::uint64_t(1) << 60)) throw Wrong{"a message's place in its file makes no sense"};
  const Json& lf = member(j, "lf");
  m.lf = lf.is_boolean() && lf.get<bool>();
  return m;
}

store::SpecialUse special_of(const Json& mailbox) {
  const auto at = mailbox.find("special");
  if (at == mailbox.end() || !at->is_string()) return store::SpecialUse::none;
  const std::pair<std::string_view, store::SpecialUse> known[] = {{"drafts", store::SpecialUse::drafts}, {"sent", store::SpecialUse::sent},
      {"junk", store::SpecialUse::junk}, {"trash", store::SpecialUse::trash}, {"archive", store::SpecialUse::archive}};
  for (const auto& [word, use] : known)
    if (at->get_ref<const std::string&>() == word) return use;
  return store::SpecialUse::none;
}

Manifest manifest_of(const Json& j) {
  if (!j.is_object()) throw Wrong{"not a JSON object"};
  const std::string schema = text(j, "schema");
  if (schema != "congthu.export/1") throw Wrong{"schema " + schema.substr(0, 100) + " is not congthu.export/1: made by a newer version?"};
  Manifest out;
  out.account = text(j, "account");
  out.exported = text(j, "exported");
  out.program = text(j, "program");
  for (const Json& m : list(j, "mailboxes")) out.folders.push_back({text(m, "name"), special_of(m)});
  for (const Json& m : list(j, "messages")) out.messages.push_back(message_of(m));
  for (const Json& f : list(j, "files")) out.files.push_back({safe_path(f), number(f, "size"), digest_text(f)});
  if (number(j, "count") != out.messages.size()) throw Wrong{"it counts other messages than it lists"};
  return out;
}

}  // namespace

bool is_export(const std::string& directory) { return kind_of(directory + "/manifest.json") == Kind::file; }

Result<Manifest> parse_manifest(std::string_view bytes) {
  try {
    return manifest_of(Json::parse(bytes));
  } catch (const Wrong& wrong) {
    return fail(Errc::invalid, wrong.what);
  } catch (const Json::exception& e) {
    return fail(Errc::invalid, e.what());
  }
}

Result<Manifest> load_manifest(const std::string& directory, std::string* bytes) {
  const std::string path = directory + "/manifest.json";
  auto read = read_file(path, kMaxManifest);
  if (!read) {
    const bool cut = read.error().code() == Errc::not_found && kind_of(path + ".part") == Kind::file;
    return fail(read.error().code(), path + ": " + (cut ? "the export was not finished; export again into another folder" : read.error().detail()));
  }
  auto out = parse_manifest(*read);
  if (!out) return fail(out.error().code(), path + ": " + out.error().detail());
  if (bytes != nullptr) *bytes = *std::move(read);
  return out;
}

Result<std::string> read_exported(const std::string& directory, const ExportedMessage& m, std::uint64_t max) {
  if (m.size > max) return fail(Errc::limit, std::to_string(m.size) + " bytes; messages of at most " + std::to_string(max) + " are taken (store.max_message_size)");
  // No component of the path may be a link out of the export.
  for (std::size_t at = m.file.find('/'); at != std::string::npos; at = m.file.find('/', at + 1))
    if (kind_of(directory + "/" + m.file.substr(0, at)) == Kind::link) return fail(Errc::denied, "a symbolic link is not followed");
  const auto file = InputFile::open(directory + "/" + m.file);
  if (!file) return file.error();
  std::string bytes;
  if (m.mbox) {
    const std::uint64_t length = m.length - m.added;
    // Quoting adds at most a byte a line, and a line has at least the five of "From ".
    if (length > m.size + m.size / 2 + 64) return fail(Errc::corrupt, "its place in the file does not fit its size");
    auto body = file->read(m.offset + m.added, std::size_t(length));
    if (!body) return body.error();
    bytes = mbox_original(*body, m.lf);
  } else {
    if (file->size() != m.size) return fail(Errc::corrupt, "not the size that was exported");
    auto read = file->read(0, std::size_t(m.size));
    if (!read) return read.error();
    bytes = *std::move(read);
  }
  if (base::hex_encode(base::view(base::sha256(bytes))) != m.sha256) return fail(Errc::corrupt, "not the bytes that were exported (SHA-256 differs)");
  return bytes;
}

Result<std::unique_ptr<Source>> ExportSource::open(const std::string& directory, const Limits& limits) {
  auto manifest = load_manifest(directory);
  if (!manifest) return manifest.error();
  if (manifest->folders.size() > limits.folders) return fail(Errc::limit, directory + ": more than " + std::to_string(limits.folders) + " mailboxes");
  auto out = std::make_unique<ExportSource>();
  out->directory_ = directory;
  out->manifest_ = *std::move(manifest);
  out->limits_ = limits;
  for (const ExportedMessage& m : out->manifest_.messages) out->total_ += m.size;
  return std::unique_ptr<Source>(std::move(out));
}

Result<std::optional<Item>> ExportSource::next() {
  if (at_ >= manifest_.messages.size()) return std::optional<Item>{};
  const ExportedMessage& e = manifest_.messages[at_++];
  done_ += e.size;
  const std::string origin = e.file + ", UID " + std::to_string(e.uid);
  auto bytes = read_exported(directory_, e, limits_.message);
  if (!bytes) return std::optional<Item>(Problem{origin, bytes.error().detail()});
  Message m;
  m.mailbox = e.mailbox;
  m.bytes = *std::move(bytes);
  m.flags = e.flags;
  for (const std::string& k : e.keywords) add_keyword(m, k);
  m.date = e.date;
  m.tz_minutes = e.tz_minutes;
  m.origin = origin;
  return std::optional<Item>(std::move(m));
}

}  // namespace transfer

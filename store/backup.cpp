#include "store/backup.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/codec.hpp"
#include "base/encoding.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"
#include "store/backup_packs.hpp"
#include "store/chunk.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using namespace backups;
using base::Errc;
using base::fail;

constexpr std::size_t kWindow = 8u << 20;  // bytes that one short read takes
constexpr int kTries = 3;                  // of the rows, when content is purged under them
constexpr std::size_t kMaxListed = 1000;   // findings

bool is_empty_directory(const std::string& path) {
  const base::Handle<DIR, ::closedir> dir(::opendir(path.c_str()));
  if (!dir) throw Failure(fail(Errc::io, path + ": " + std::strerror(errno)));
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != "lost+found") return false;
  }
  return true;
}

class Backup {
 public:
  Backup(Store& store, const BackupOptions& options) : store_(store), options_(options), names_{options.directory}, packs_(names_) {}

  BackupGeneration run() {
    const auto started = std::chrono::steady_clock::now();
    prepare();
    const Lock lock(names_.directory, true);
    m_.created = base::system_clock().now();
    const auto known = generations(names_);
    m_.generation = known.empty() ? 1 : known.back() + 1;
    for (const std::string& problem : packs_.load_all()) base::log_warn("backup_pack_unusable", {{"problem", problem}});
    last_ = packs_.last();
    const CollectionPause pause(store_.collector());
    for (int i = 0;; ++i) {
      copy_rows();
      if (copy_blobs()) break;
      if (i + 1 == kTries) throw Failure(fail(Errc::unavailable, "mail is being purged while it is copied; try again"));
    }
    m_.milliseconds = std::uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count());
    m_.copied = copied_;
    name_packs();
    write_whole(names_.manifest(m_.generation), render(m_));
    return summary(m_);
  }

  static BackupGeneration summary(const Manifest& m) {
    return {m.generation, m.created, std::chrono::milliseconds(std::int64_t(m.milliseconds)), m.incarnation, m.accounts, m.messages, m.blobs, m.copied, m.findings, {}};
  }

 private:
  // The directory is a backup's, or becomes one when nothing is in it.
  void prepare() {
    auto txn = store_.env().read();
    if (!txn) throw Failure(txn.error());
    m_.origin = origin_of(*txn, store_.env());
    m_.incarnation = store_.env().incarnation();
    make_directory(names_.directory);
    try {
      const std::string theirs = read_marker(names_);
      if (theirs != m_.origin) throw Failure(fail(Errc::conflict, names_.directory + " holds the backups of another store; choose another directory"));
    } catch (const Failure& f) {
      if (f.error().code() != Errc::not_found) throw;
      if (!is_empty_directory(names_.directory))
        throw Failure(fail(Errc::conflict, names_.directory + " is not empty and holds no backup; choose an empty directory"));
      make_marker(names_, m_.origin);
    }
    make_directory(names_.packs());
  }

  void tell(BackupProgress::Stage stage, std::uint64_t done, std::uint64_t total) const {
    if (options_.progress && !options_.progress({stage, done, total, copied_})) throw Failure(fail(Errc::unavailable, "stopped; the earlier backups are as they were"));
  }

  // All tables but the blobs, of one snapshot, which ends before anything is synced.
  void copy_rows() {
    m_.tables.clear();
    m_.findings.clear();
    wanted_.clear();
    PackWriter out(names_, last_);
    {
      auto txn = store_.env().read();
      if (!txn) throw Failure(txn.error());
      std::uint64_t total = 0, done = 0;
      for (std::size_t i = 0; i < kTables; ++i) total += copied_table(Table(i)) ? txn->rows(Table(i)) : 0;
      for (std::size_t i = 0; i < kTables; ++i)
        if (copied_table(Table(i))) copy_table(*txn, Table(i), out, done, total);
      m_.messages = txn->rows(Table::messages);
      count_accounts(*txn);
    }
    take_finished(out);
  }

  // Orphans name blobs that nobody needs.
  static bool copied_table(Table t) { return t != Table::blobs && t != Table::orphans; }

  void copy_table(const Txn& txn, Table table, PackWriter& out, std::uint64_t& done, std::uint64_t total) {
    TableStream stream;
    stream.table = table_name(table);
    std::string segment, first;
    const auto flush = [&] {
      if (segment.empty()) return;
      stream.segments.push_back({store_segment(out, segment), first});
      stream.bytes += segment.size();
      segment.clear();
    };
    Cursor c = txn.cursor(table);
    for (bool more = c.first(); more; more = c.next()) {
      if (segment.empty()) first = c.key();
      const std::size_t before = segment.size();
      append_row(segment, c.key(), c.value());
      if (table == Table::refs) want(c.key());
      ++stream.rows;
      if (ends_segment(segment.size(), c.key(), segment.size() - before)) flush();
      if (++done % 4096 == 0) tell(BackupProgress::Stage::rows, done, total);
    }
    flush();
    if (stream.rows != 0) m_.tables.push_back(std::move(stream));
  }

  base::Digest store_segment(PackWriter& out, const std::string& segment) {
    const base::Digest id = base::sha256(segment);
    if (packs_.has(Kind::segment, id) || !fresh_.insert(id).second) return id;
    out.begin(Kind::segment, id);
    out.write(segment);
    out.end();
    copied_ += segment.size();
    return id;
  }

  void want(std::string_view ref) {  // refs are sorted by blob
    if (ref.size() < sizeof(BlobId)) return;
    BlobId id;
    std::copy_n(ref.data(), id.size(), reinterpret_cast<char*>(id.data()));
    if (wanted_.empty() || wanted_.back() != id) wanted_.push_back(id);
  }

  void count_accounts(const Txn& txn) {
    m_.accounts = 0;
    Cursor c = txn.cursor(Table::directory);
    for (bool more = c.seek("A"); more && c.key().starts_with("A"); more = c.next()) ++m_.accounts;
  }

  // False: something was purged since the snapshot, whose rows still name it.
  bool copy_blobs() {
    m_.blobs = wanted_.size();
    PackWriter out(names_, last_);
    bool whole = true;
    std::uint64_t done = 0;
    for (const BlobId& id : wanted_) {
      if (++done % 64 == 0 || done == wanted_.size()) tell(BackupProgress::Stage::content, done, wanted_.size());
      if (packs_.has(Kind::blob, id)) continue;
      whole = copy_blob(id, out) && whole;
    }
    take_finished(out);
    return whole;
  }

  bool copy_blob(const BlobId& id, PackWriter& out) {
    out.begin(Kind::blob, id);
    std::string window;
    std::uint32_t n = 0;
    for (bool more = true; more;) {
      window.clear();
      more = read_window(id, n, window);
      if (n == 0) {
        out.cancel();
        if (!still_referenced(id)) return false;
        finding("missing_blob", id);  // the store is damaged: all the more reason to keep the rest
        return true;
      }
      out.write(window);
      copied_ += window.size();
    }
    out.end();
    if (!is_sound(id)) finding("damaged_blob", id);
    return true;
  }

  // What was copied is what the store holds; whether that is what its id says is seen by the store's own reader. Where it lacks
  // the key (not corrupt, but unreadable here) nothing is said.
  bool is_sound(const BlobId& id) const {
    auto txn = store_.env().read();
    if (!txn) throw Failure(txn.error());
    Key first;
    first.blob(id).num(std::uint32_t(0));
    const auto stored = txn->get(Table::blobs, first);
    if (!stored) return true;  // purged since
    try {
      ChunkReader chunks(*txn);
      BlobHash hash(*txn);
      hash.start(*stored);
      for (std::uint32_t n = 0;; ++n) {
        const auto plain = chunks.chunk(id, n);
        if (!plain) return hash.finish() == id;
        hash.update(*plain);
      }
    } catch (const Failure& f) {
      return f.error().code() != Errc::corrupt;
    }
  }

  // Chunks as they are stored: u32 size, bytes. They never change, so they may come from several snapshots, none of which
  // lives while a file is written. False: that was the last one.
  bool read_window(const BlobId& id, std::uint32_t& n, std::string& window) const {
    auto txn = store_.env().read();
    if (!txn) throw Failure(txn.error());
    while (window.size() < kWindow) {
      Key k;
      k.blob(id).num(n);
      const auto chunk = txn->get(Table::blobs, k);
      if (!chunk) return false;
      base::Writer size;
      size.fixed(std::uint32_t(chunk->size()));
      window.append(size.str()).append(*chunk);
      ++n;
    }
    return true;
  }

  bool still_referenced(const BlobId& id) const {
    auto txn = store_.env().read();
    if (!txn) throw Failure(txn.error());
    return is_referenced(*txn, id);
  }

  void finding(const char* code, const BlobId& id) {
    if (m_.findings.size() < kMaxListed) m_.findings.push_back(std::string(code) + " " + base::hex_encode(base::view(id)));
    base::log_error("backup_finding", {{"code", code}, {"blob", base::hex_encode(base::view(id))}});
  }

  void take_finished(PackWriter& out) {
    out.finish();
    for (const std::uint32_t number : out.finished()) packs_.add(number);
    fresh_.clear();
  }

  void name_packs() {
    std::set<std::uint32_t> used;
    const auto note = [&](Kind kind, const base::Digest& id) {
      if (const auto number = packs_.pack_of(kind, id)) used.insert(*number);
    };
    for (const TableStream& t : m_.tables)
      for (const SegmentRef& s : t.segments) note(Kind::segment, s.id);
    for (const BlobId& id : wanted_) note(Kind::blob, id);
    for (const std::uint32_t number : used) m_.packs.push_back(packs_.pack(number));
  }

  Store& store_;
  const BackupOptions& options_;
  const Names names_;
  Packs packs_;
  Manifest m_;
  std::vector<BlobId> wanted_;
  std::set<base::Digest> fresh_;  // segments in the pack that is being written
  std::uint32_t last_ = 0;
  std::uint64_t copied_ = 0;
};

}  // namespace

Result<BackupGeneration> backup(Store& store, const BackupOptions& options) {
  try {
    BackupGeneration done = Backup(store, options).run();
    base::log_info("backup_done", {{"directory", options.directory}, {"generation", done.generation}, {"messages", done.messages},
                                   {"copied", done.copied}, {"milliseconds", done.took.count()}, {"findings", done.findings.size()}});
    return done;
  } catch (const Failure& f) {
    base::log_error("backup_failed", {{"directory", options.directory}, {"error", f.error()}});
    return f.error();
  }
}

Result<std::vector<BackupGeneration>> list_backups(const std::string& directory) {
  try {
    const Names names{directory};
    (void)read_marker(names);
    std::vector<BackupGeneration> out;
    for (const std::uint32_t g : generations(names)) {
      try {
        out.push_back(Backup::summary(read_manifest(names, g)));
      } catch (const Failure& f) {
        BackupGeneration broken;
        broken.generation = g;
        broken.problem = f.error().detail();
        out.push_back(std::move(broken));
      }
    }
    return out;
  } catch (const Failure& f) {
    return f.error();
  }
}

}  // namespace store

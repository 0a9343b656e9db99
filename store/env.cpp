#include "store/env.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "store/file.hpp"
#include "store/keyring.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr std::string_view kNames[kTables] = {
    "meta",    "directory", "mailboxes", "names",     "messages", "details",   "inline",    "by_modseq",  "expunged",
    "tombstones", "tombstone_due", "keywords", "threads", "seen", "holds", "blobs", "refs", "orphans", "journal",
    "consumers", "queue", "queue_due", "documents", "decisions", "signatures", "evidence", "audit", "graveyard", "done"};
constexpr std::string_view kMetaKey = "store";  // -> magic, format, incarnation
constexpr std::string_view kMagic = "congthu";

MDB_val key_val(std::string_view s) { return {s.size(), const_cast<char*>(s.data())}; }

// A transaction of open() and info() only.
class Scoped {
 public:
  Scoped(MDB_env* env, unsigned flags) { rc_ = mdb_txn_begin(env, nullptr, flags, &txn_); }
  ~Scoped() { if (txn_ != nullptr) mdb_txn_abort(txn_); }
  Scoped(const Scoped&) = delete;
  int rc() const { return rc_; }
  MDB_txn* get() const { return txn_; }
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }

 private:
  MDB_txn* txn_ = nullptr;
  int rc_ = 0;
};

// Calls f(first page, count) for every free extent that the free list names.
template <class F>
int walk_free_list(MDB_txn* txn, F f) {
  MDB_cursor* cursor = nullptr;
  int rc = mdb_cursor_open(txn, 0, &cursor);
  if (rc != 0) return rc;
  MDB_val key, data;
  while ((rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {
    const auto* list = static_cast<const std::size_t*>(data.mv_data);  // MDB_IDL: a count, then page numbers
    if (data.mv_size < sizeof *list || list[0] > data.mv_size / sizeof *list - 1) { rc = MDB_CORRUPTED; break; }
    for (std::size_t i = 1; i <= list[0]; ++i) f(list[i]);
  }
  mdb_cursor_close(cursor);
  return rc == MDB_NOTFOUND ? 0 : rc;
}

}  // namespace

std::string format_row(std::uint32_t format, std::string_view incarnation) {
  base::Writer row;
  row.bytes(kMagic).fixed(format).bytes(incarnation);
  return row.take();
}

std::string_view table_name(Table table) { return kNames[std::size_t(table)]; }

base::Result<std::unique_ptr<Env>> Env::open(const std::string& directory, const EnvOptions& options) {
  std::unique_ptr<Env> env(new Env);
  env->directory_ = directory;
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail(Errc::io, errno_text("make " + directory));
  auto locked = lock(directory);
  if (!locked) return locked.error();
  env->lock_ = *locked;
  try {
    if (auto started = env->start(options); !started) return started.error();
  } catch (const Failure& failure) {
    return failure.error();
  }
  return env;
}

// One server per data directory. The lock goes with the process, however it ends; LMDB's own would let two servers in.
base::Result<int> Env::lock(const std::string& directory) {
  const std::string path = directory + "/server.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(errno == EROFS ? Errc::unavailable : Errc::io, errno_text("open " + path));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  ::close(fd);
  if (error == EWOULDBLOCK) return fail(Errc::unavailable, "another server uses the data directory " + directory);
  errno = error;
  return fail(Errc::io, errno_text("lock " + path));
}

base::Result<void> Env::start(const EnvOptions& options) {
  options_ = options;
  const std::string path = directory_ + "/data.mdb";
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
    if (auto created = create(); !created) return created.error();
  if (auto opened = open_file(path, 0); !opened) return opened.error();
  check_readers();
  if (auto whole = check_length(); !whole) return whole.error();
  if (auto known = check_format(); !known) return known.error();
  remember_commit();
  if (options.sync && last_.txn > 0)
    if (auto settled = settle(); !settled) return settled.error();
  create_tables();
  open_tables();
  return {};
}

// Under another name, until it is whole and on disk: a power loss on the way leaves no half store that nobody can open.
base::Result<void> Env::create() {
  const std::string path = directory_ + "/data.mdb", fresh = path + ".new";
  const std::string lock = fresh + "-lock";
  ::unlink(fresh.c_str());
  if (auto opened = open_file(fresh, 0); !opened) return opened.error();
  incarnation_ = base::hex_encode(base::random_bytes(16));
  create_tables();
  close_file();
  ::unlink(lock.c_str());
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(Errc::io, errno_text("rename " + fresh));
  for (const std::string& directory : {directory_, directory_ + "/.."}) {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail(Errc::io, errno_text("open " + directory));
    const int rc = options_.sync ? ::fsync(fd) : 0;
    const int why = errno;
    ::close(fd);
    errno = why;
    if (rc != 0) return fail(Errc::io, errno_text("sync " + directory));
  }
  return {};
}

base::Result<void> Env::open_file(const std::string& path, unsigned flags) {
  const auto error = [&](int rc) {
    close_file();
    base::Error e = map_error(rc, ("open the store in " + directory_).c_str());
    if (rc == ENOMEM) return fail(Errc::limit, e.detail() + " (the map of " + std::to_string(options_.map_size >> 20) +
                                                   " MiB does not fit: lower store.map_size or raise ulimit -v)");
    if (rc == MDB_INVALID) return fail(Errc::corrupt, directory_ + "/data.mdb is not a store, or a damaged one");
    return e;
  };
  int rc = mdb_env_create(&env_);
  if (rc == 0) rc = mdb_env_set_mapsize(env_, options_.map_size);
  if (rc == 0) rc = mdb_env_set_maxreaders(env_, options_.max_readers);
  if (rc == 0) rc = mdb_env_set_maxdbs(env_, unsigned(kTables) + 4);
  if (rc != 0) return error(rc);
  // NOTLS: a read transaction belongs to a session, not to a thread. Never WRITEMAP: a full disk would be SIGBUS.
  const bool fresh = path.ends_with(".new");
  rc = mdb_env_open(env_, fresh ? path.c_str() : directory_.c_str(),
                    unsigned(MDB_NOTLS | MDB_NORDAHEAD | (options_.sync ? 0 : MDB_NOSYNC) | (fresh ? MDB_NOSUBDIR : 0)) | flags, 0600);
  if (rc != 0) return error(rc);
  MDB_envinfo raw_info;
  mdb_env_info(env_, &raw_info);
  map_size_ = raw_info.me_mapsize;
  return {};
}

void Env::close_file() {
  for (MDB_txn* txn : std::exchange(pool_, {})) mdb_txn_abort(txn);
  if (env_ != nullptr) mdb_env_close(std::exchange(env_, nullptr));
}

// A file shorter than its last page is cut, and reading past its end would be SIGBUS, unless every missing page is free
// (LMDB does not write pages that were taken and given back within one transaction).
base::Result<void> Env::check_length() {
  MDB_envinfo info;
  MDB_stat stat;
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  struct stat file;
  if (::fstat(fd, &file) != 0) return fail(Errc::io, errno_text("stat data.mdb"));
  const std::uint64_t wanted = (std::uint64_t(info.me_last_pgno) + 1) * stat.ms_psize;
  if (std::uint64_t(file.st_size) >= wanted || info.me_last_txnid == 0) return {};
  if (::ftruncate(fd, off_t(wanted)) != 0) return fail(Errc::io, errno_text("extend data.mdb"));
  const std::uint64_t present = std::uint64_t(file.st_size) / stat.ms_psize;
  std::uint64_t missing = info.me_last_pgno + 1 - present;
  Scoped txn(env_, MDB_RDONLY);
  const int rc = txn.rc() != 0 ? txn.rc() : walk_free_list(txn.get(), [&](std::size_t page) { missing -= page >= present; });
  if (rc == 0 && missing == 0) return {};
  if (::ftruncate(fd, file.st_size) != 0) return fail(Errc::io, errno_text("restore data.mdb"));
  return fail(Errc::corrupt, "data.mdb is cut short: " + std::to_string(file.st_size) + " of " + std::to_string(wanted) + " bytes");
}

base::Result<void> Env::check_format() {
  Scoped txn(env_, MDB_RDONLY);
  if (txn.rc() != 0) return map_error(txn.rc(), "read the store");
  MDB_dbi meta = 0;
  int rc = mdb_dbi_open(txn.get(), "meta", 0, &meta);
  if (rc == MDB_NOTFOUND) {
    MDB_stat stat;
    MDB_dbi main = 0;
    rc = mdb_dbi_open(txn.get(), nullptr, 0, &main);
    if (rc == 0) rc = mdb_stat(txn.get(), main, &stat);
    if (rc != 0) return map_error(rc, "read the store");
    if (stat.ms_entries != 0) return fail(Errc::corrupt, directory_ + " holds the LMDB data of another program");
    incarnation_ = base::hex_encode(base::random_bytes(16));
  } else if (rc != 0) {
    return map_error(rc, "read the store");
  } else {
    MDB_val key = key_val(kMetaKey), value;
    if (mdb_get(txn.get(), meta, &key, &value) != 0) return fail(Errc::corrupt, directory_ + " has no format row: not a store");
    base::Reader r({static_cast<const char*>(value.mv_data), value.mv_size});
    const std::string_view magic = r.bytes();
    const auto format = r.fixed<std::uint32_t>();
    if (!r.ok() || magic != kMagic) return fail(Errc::corrupt, directory_ + " is the store of another program");
    if (format > kFormat)
      return fail(Errc::unsupported, "the store has format " + std::to_string(format) + ", this program knows up to " +
                                         std::to_string(kFormat) + ": use the newer program");
    incarnation_ = std::string(r.bytes());
    if (!r.ok() || incarnation_.empty()) return fail(Errc::corrupt, "the store's format row is damaged");
  }
  return {};
}

// Creates what is missing, and the format row of a new store, in one transaction.
void Env::create_tables() {
  const auto need = [](int rc, const char* what) { if (rc != 0) throw Failure(map_error(rc, what)); };
  Scoped txn(env_, 0);
  need(txn.rc(), "create tables");
  for (std::size_t i = 0; i < kTables; ++i) need(mdb_dbi_open(txn.get(), kNames[i].data(), MDB_CREATE, &dbi_[i]), "create table");
  const std::string row = format_row(kFormat, incarnation_);
  MDB_val key = key_val(kMetaKey), value = key_val(row);
  const int rc = mdb_put(txn.get(), dbi_[0], &key, &value, MDB_NOOVERWRITE);
  if (rc != MDB_KEYEXIST) need(rc, "write the format row");
  need(txn.commit(), "create tables");
  remember_commit();
}

void Env::open_tables() {
  const auto need = [](int rc, const char* what) { if (rc != 0) throw Failure(map_error(rc, what)); };
  Scoped txn(env_, MDB_RDONLY);
  need(txn.rc(), "open tables");
  for (std::size_t i = 0; i < kTables; ++i) need(mdb_dbi_open(txn.get(), kNames[i].data(), 0, &dbi_[i]), "open table");
  need(txn.commit(), "open tables");
}

Env::Env() : keyring_(std::make_unique<Keyring>()) {}

Env::~Env() {
  close_file();
  if (lock_ >= 0) ::close(lock_);
}

std::uint64_t Env::free_pages(MDB_txn* txn) const {
  std::uint64_t count = 0;
  walk_free_list(txn, [&](std::size_t) { ++count; });
  return count;
}

EnvInfo Env::info() const {
  const Use use(*this);
  if (!use) return {};
  MDB_envinfo raw_info;
  MDB_stat stat;
  mdb_env_info(env_, &raw_info);
  mdb_env_stat(env_, &stat);
  EnvInfo out;
  out.map_size = raw_info.me_mapsize;
  out.used_bytes = (std::uint64_t(raw_info.me_last_pgno) + 1) * stat.ms_psize;
  out.max_readers = raw_info.me_maxreaders;
  out.last_txn = raw_info.me_last_txnid;
  std::pair<EnvInfo*, bool> context{&out, true};
  mdb_reader_list(env_, [](const char* line, void* into) -> int {  // "pid thread txnid", the first line is a heading
    auto& [info, heading] = *static_cast<std::pair<EnvInfo*, bool>*>(into);
    if (std::exchange(heading, false)) return 0;
    const std::string_view text(line);
    const std::size_t at = text.find_last_not_of(" \n");
    const std::size_t from = at == std::string_view::npos ? at : text.find_last_of(' ', at);
    if (from == std::string_view::npos || text[from + 1] == '-') return 0;
    const std::uint64_t txn = std::strtoull(line + from + 1, nullptr, 10);
    ++info->readers;
    if (info->oldest_reader_txn == 0 || txn < info->oldest_reader_txn) info->oldest_reader_txn = txn;
    return 0;
  }, &context);
  const Scoped txn(env_, MDB_RDONLY);
  if (txn.rc() == 0) out.free_bytes = free_pages(txn.get()) * stat.ms_psize;
  return out;
}

std::uint64_t Env::room() const {
  const Use use(*this);
  if (!use) return 0;
  constexpr std::uint64_t kPlenty = 256u << 20;
  MDB_envinfo raw_info;
  MDB_stat stat;
  mdb_env_info(env_, &raw_info);
  mdb_env_stat(env_, &stat);
  const std::uint64_t used = (std::uint64_t(raw_info.me_last_pgno) + 1) * stat.ms_psize;
  const std::uint64_t fresh = raw_info.me_mapsize - std::min<std::uint64_t>(used, raw_info.me_mapsize);
  if (fresh >= kPlenty) return fresh;  // the free list is walked only when it matters
  const Scoped txn(env_, MDB_RDONLY);
  return fresh + (txn.rc() == 0 ? free_pages(txn.get()) * stat.ms_psize : 0);
}

unsigned Env::check_readers() {
  const Use use(*this);
  if (!use) return 0;
  int dead = 0;
  mdb_reader_check(env_, &dead);
  return unsigned(dead);
}

}  // namespace store

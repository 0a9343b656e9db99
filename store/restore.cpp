#include "store/restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/codec.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "store/backup_reader.hpp"
#include "store/store.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using namespace backups;
using base::Errc;
using base::fail;
namespace fs = std::filesystem;

constexpr std::size_t kCommitBytes = 32u << 20;  // bytes between two commits
constexpr std::uint64_t kEmailGap = std::uint64_t(1) << 32;  // RFC 8474: ids given after the backup are not given again

[[noreturn]] void refused(const std::string& what) { throw Failure(fail(Errc::io, what + ": " + std::strerror(errno))); }

bool is_there(const std::string& path) {
  struct stat s;
  return ::lstat(path.c_str(), &s) == 0;
}

// Rows on their way into a new store, committed now and then.
class Filler {
 public:
  explicit Filler(Env& env) : env_(env) { txn_.emplace(env_.write()); }
  void put(Table table, std::string_view key, std::string_view value) {
    if (!txn_->append(table, key, value)) txn_->put(table, key, value);  // meta has rows already
    if ((bytes_ += key.size() + value.size()) < kCommitBytes) return;
    commit();
    txn_.emplace(env_.write());
  }
  void commit() {
    txn_->commit();
    txn_.reset();
    bytes_ = 0;
  }

 private:
  Env& env_;
  std::optional<WriteTxn> txn_;
  std::size_t bytes_ = 0;
};

// Gives every mailbox of an account a UIDVALIDITY above all that were ever given. The account's state (mailbox 0) comes first.
class Renewal {
 public:
  explicit Renewal(const Generation& from, Time now) : from_(from), now_(std::uint32_t(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count())) {}

  std::string row(std::string_view key, std::string_view value) {
    const AccountId a = key_account(key);
    const MailboxId m = key_mailbox(key);
    if (m != MailboxId{}) {
      Mailbox row = decode_mailbox(m, value);
      row.uid_validity = UidValidity(next_++);
      return encode_mailbox(row);
    }
    AccountState state = decode_state(value);
    next_ = std::max(raw(state.next_validity), now_);
    state.next_validity = UidValidity(next_ + mailboxes(a));
    state.next_email = EmailId(raw(state.next_email) + kEmailGap);
    return encode_state(state);
  }

 private:
  std::uint32_t mailboxes(AccountId a) const {
    std::uint32_t n = 0;
    from_.for_each_row(Table::mailboxes, account_key(a), [&](std::string_view, std::string_view) { return ++n, true; });
    return n;
  }
  const Generation& from_;
  const std::uint32_t now_;
  std::uint32_t next_ = 0;
};

class Restore {
 public:
  explicit Restore(const RestoreOptions& options) : options_(options), from_(options.backup, options.generation), work_(options.directory + "/restoring") {}

  RestoreReport run() {
    const auto all = list_backups(options_.backup);
    if (!all) throw Failure(all.error());
    for (const BackupGeneration& g : *all)
      if (g.generation == from_.manifest().generation) out_.from = g;
    from_.check_names();  // before anything is made
    const DataLock lock(options_.directory);
    old_ = is_there(options_.directory + "/data.mdb");
    if (old_ && !options_.replace)
      throw Failure(fail(Errc::exists, options_.directory + " holds a store; --replace puts the backup in its place and keeps the old one aside"));
    fs::remove_all(work_);  // of a restore that was cut short
    try {
      build();
      take_place();
    } catch (...) {
      std::error_code ignored;  // what counts is the failure that is on its way
      fs::remove_all(work_, ignored);
      throw;
    }
    return std::move(out_);
  }

 private:
  // The server's own lock: neither a server nor a command may open the store meanwhile.
  class DataLock {
   public:
    explicit DataLock(const std::string& directory) {
      std::error_code error;
      fs::create_directories(directory, error);
      if (error) throw Failure(fail(Errc::io, "make " + directory + ": " + error.message()));
      auto locked = Env::lock(directory);
      if (!locked) throw Failure(locked.error());
      fd_ = *locked;
    }
    ~DataLock() { ::close(fd_); }
    DataLock(const DataLock&) = delete;

   private:
    int fd_ = -1;
  };

  void tell(BackupProgress::Stage stage, std::uint64_t done, std::uint64_t total) const {
    if (options_.progress && !options_.progress({stage, done, total, bytes_})) throw Failure(fail(Errc::unavailable, "stopped; nothing was changed"));
  }

  void build() {
    {
      auto env = Env::open(work_, options_.env);
      if (!env) throw Failure(env.error());
      fill(**env);
      out_.incarnation = (*env)->incarnation();
    }
    Options o;
    o.env = options_.env;
    o.master = options_.master;
    o.previous_master = options_.previous_master;
    o.collect = false;
    auto opened = Store::open(work_, o);  // upgrades an older format
    if (!opened) throw Failure(opened.error());
    if (!options_.audit.empty())
      if (auto done = (*opened)->run(AppendAudit{options_.audit}); !done) throw Failure(done.error());
    if (options_.prepare)
      if (auto done = options_.prepare(**opened); !done) throw Failure(done.error());
    if (options_.check) checked(**opened);
  }

  void fill(Env& env) {
    Filler out(env);
    std::uint64_t total = 0;
    for (const TableStream& t : from_.manifest().tables) total += t.rows;
    Renewal renewal(from_, base::system_clock().now());
    for (std::size_t i = 0; i < kTables; ++i) {
      const Table table = Table(i);
      from_.for_each_row(table, "", [&](std::string_view key, std::string_view value) {
        if (table == Table::meta && (key == "store" || key == kOriginKey)) return true;
        if (table == Table::mailboxes && !options_.keep_uid_validity) out.put(table, key, renewal.row(key, value));
        else out.put(table, key, value);
        bytes_ += key.size() + value.size();
        if (++out_.rows % 4096 == 0) tell(BackupProgress::Stage::rows, out_.rows, total);
        out_.queued += table == Table::queue;
        return true;
      });
    }
    out.put(Table::meta, kOriginKey, from_.manifest().origin);
    if (from_.manifest().store_format != kFormat) out.put(Table::meta, "store", format_row(from_.manifest().store_format, env.incarnation()));
    fill_blobs(out);
    out.commit();
  }

  void fill_blobs(Filler& out) {
    BlobId last{};
    bool any = false;
    from_.for_each_row(Table::refs, "", [&](std::string_view key, std::string_view) {
      if (any && key.starts_with(base::view(last))) return true;
      any = true;
      std::copy_n(key.data(), last.size(), reinterpret_cast<char*>(last.data()));
      if (!from_.has_blob(last)) return true;  // check_names() let it pass: it was missing when the backup was made
      from_.for_each_chunk(last, [&](std::uint32_t n, std::string_view chunk) {
        Key k;
        k.blob(last).num(n);
        out.put(Table::blobs, k, chunk);
        bytes_ += chunk.size();
      });
      if (++out_.blobs % 64 == 0) tell(BackupProgress::Stage::content, out_.blobs, from_.manifest().blobs);
      return true;
    });
  }

  void checked(const Store& store) {
    CheckOptions o;
    o.progress = [&](const CheckProgress& p) { return tell(BackupProgress::Stage::verify, p.done, p.total), true; };
    auto report = check(store.env(), o);
    if (!report) throw Failure(report.error());
    out_.check = *std::move(report);
    if (out_.check.ok()) return;
    const Finding& f = out_.check.findings.front();
    throw Failure(fail(Errc::corrupt, "the restored store has " + std::to_string(out_.check.findings.size() + out_.check.suppressed) + " findings, the first: " + f.code +
                                          " " + f.detail + "; try another generation, or --no-check to take it as it is"));
  }

  // Run as root, the new files are the server's all the same.
  void hand_over(const std::string& path) const {
    struct stat s;
    if (::geteuid() != 0 || ::stat(options_.directory.c_str(), &s) != 0) return;
    if (::chown(path.c_str(), s.st_uid, s.st_gid) != 0) refused("give " + path + " to the owner of " + options_.directory);
  }

  // The old data file gets a second name first; then the new one takes its name. No moment without a store.
  void take_place() {
    const std::string data = options_.directory + "/data.mdb";
    if (old_) {
      std::string stamp = base::rfc3339(base::Time(std::chrono::floor<std::chrono::seconds>(base::system_clock().now())), 0).substr(0, 19);
      std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
      out_.aside = options_.directory + "/replaced-" + stamp;
      make_directory(out_.aside);
      hand_over(out_.aside);
      if (::link(data.c_str(), (out_.aside + "/data.mdb").c_str()) != 0) refused("keep " + data + " in " + out_.aside);
      sync_directory(out_.aside);
    }
    hand_over(work_ + "/data.mdb");
    hand_over(options_.directory + "/server.lock");
    if (::rename((work_ + "/data.mdb").c_str(), data.c_str()) != 0) refused("put the new store in its place");
    if (::unlink((options_.directory + "/lock.mdb").c_str()) != 0 && errno != ENOENT) refused("remove the old reader table");
    sync_directory(options_.directory);
    fs::remove_all(work_);
  }

  const RestoreOptions& options_;
  const Generation from_;
  const std::string work_;
  RestoreReport out_;
  std::uint64_t bytes_ = 0;
  bool old_ = false;
};

}  // namespace

Result<RestoreReport> restore(const RestoreOptions& options) {
  try {
    return Restore(options).run();
  } catch (const Failure& f) {
    return f.error();
  } catch (const fs::filesystem_error& e) {
    return fail(Errc::io, e.what());
  }
}

}  // namespace store

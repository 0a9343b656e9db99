// The LMDB environment and its transactions: the only files that know lmdb.h are env.cpp, txn.cpp and failure.cpp.
// Thread rule: Env is shared; a ReadTxn or Cursor is used by one thread at a time (it may move between threads: MDB_NOTLS);
// a WriteTxn exists on the writer thread only. Views die with their transaction (in a WriteTxn: with the next write).
// Errors: what LMDB refuses is thrown as Failure (a lost disk, a full map) and stops in CommitLog and Store; open() gives Result.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "store/meta_slots.hpp"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace store {

enum class Table : unsigned char {
  meta, directory, mailboxes, names, messages, details, inline_bytes, by_modseq, expunged, tombstones, tombstone_due, keywords,
  threads, seen, holds, blobs, refs, orphans, journal, consumers, queue, queue_due, documents, decisions, signatures, evidence, audit, graveyard, done
};
inline constexpr std::size_t kTables = std::size_t(Table::done) + 1;
std::string_view table_name(Table table);

inline constexpr std::uint32_t kFormat = 1;  // raised with every change of the on-disk grammar

struct EnvOptions {
  std::uint64_t map_size = std::uint64_t(1) << 40;  // sparse; the store refuses mail before it is full
  unsigned max_readers = 1024;
  bool sync = true;  // false only in tests that measure something else
};

// A refusal of LMDB or of stored bytes, on its way to the one place that turns it into a Result.
class Failure : public std::runtime_error {
 public:
  explicit Failure(base::Error error) : std::runtime_error(error.detail()), error_(std::move(error)) {}
  const base::Error& error() const { return error_; }

 private:
  base::Error error_;
};
base::Error map_error(int rc, const char* what);  // the one mapping of LMDB's codes

class Cursor {
 public:
  Cursor(Cursor&& other) noexcept : cursor_(std::exchange(other.cursor_, nullptr)), key_(other.key_), value_(other.value_) {}
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor();
  bool seek(std::string_view at_least);  // first row with key >= at_least
  bool seek_exact(std::string_view key);
  bool seek_last(std::string_view prefix);  // last row whose key starts with prefix
  bool first();
  bool last();
  bool next();
  bool prev();
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  void put_current(std::string_view value);  // same key
  void erase();                              // then next() gives the row after it

 private:
  friend class Txn;
  explicit Cursor(MDB_cursor* cursor) : cursor_(cursor) {}
  bool step(unsigned op);
  MDB_cursor* cursor_;
  std::string_view key_, value_;
};

class Env;
class Keyring;
std::string format_row(std::uint32_t format, std::string_view incarnation);  // of meta, key "store"

// What reads share with writes.
class Txn {
 public:
  std::optional<std::string_view> get(Table table, std::string_view key) const;
  bool has(Table table, std::string_view key) const { return get(table, key).has_value(); }
  Cursor cursor(Table table) const;
  std::uint64_t rows(Table table) const;
  std::uint64_t bytes(Table table) const;  // of its pages
  const Keyring& keyring() const;

 protected:
  Txn(const Env* env, MDB_txn* txn) : env_(env), txn_(txn) {}
  ~Txn() = default;
  Txn(Txn&& other) noexcept : env_(other.env_), txn_(std::exchange(other.txn_, nullptr)) {}
  const Env* env_;
  MDB_txn* txn_;
};

class ReadTxn : public Txn {
 public:
  ReadTxn(ReadTxn&&) noexcept = default;
  ReadTxn& operator=(ReadTxn&&) = delete;
  ~ReadTxn();  // goes back to the pool

 private:
  friend class Env;
  ReadTxn(const Env* env, MDB_txn* txn) : Txn(env, txn) {}
};

class WriteTxn : public Txn {  // aborts unless committed
 public:
  WriteTxn(WriteTxn&&) noexcept = default;
  WriteTxn& operator=(WriteTxn&&) = delete;
  ~WriteTxn();
  WriteTxn child();
  void put(Table table, std::string_view key, std::string_view value);
  bool put_new(Table table, std::string_view key, std::string_view value);  // false: the key is there
  bool put_new(Table table, std::string_view key, std::string_view head, std::string_view body);  // value = both, copied once
  bool append(Table table, std::string_view key, std::string_view value);   // key above all others: the cheap way
  bool erase(Table table, std::string_view key);
  void commit();

 private:
  friend class Env;
  WriteTxn(const Env* env, MDB_txn* txn, bool nested) : Txn(env, txn), nested_(nested) {}
  bool nested_;
};

struct EnvInfo {
  std::uint64_t map_size = 0, used_bytes = 0, free_bytes = 0;  // used: up to the highest page; free: recyclable pages in it
  unsigned readers = 0, max_readers = 0;
  std::uint64_t last_txn = 0, oldest_reader_txn = 0;  // 0 = no reader
};

class Env {
 public:
  // Creates the directory's files when they are missing. Errc::unavailable: another server holds the lock; Errc::unsupported:
  // a newer format; Errc::corrupt: not a store, or a damaged one; Errc::limit: the map does not fit the address space.
  [[nodiscard]] static base::Result<std::unique_ptr<Env>> open(const std::string& directory, const EnvOptions& options = {});
  ~Env();  // REQUIRES: no live transaction
  Env(const Env&) = delete;

  [[nodiscard]] base::Result<ReadTxn> read() const;  // unavailable: the reader table is full, or recover() is not through
  WriteTxn write();                                  // writer thread; throws Failure
  EnvInfo info() const;                              // empty while the environment is closed
  std::uint64_t map_size() const { return map_size_; }
  std::uint64_t room() const;  // bytes that may still be written before the map is full
  unsigned check_readers();    // clears slots of dead processes; gives how many
  // The lock of a data directory, for who changes its files (restore): a descriptor to close. unavailable: a server has it.
  [[nodiscard]] static base::Result<int> lock(const std::string& directory);
  const std::string& incarnation() const { return incarnation_; }  // 32 hex digits, made with the store and by each restore
  const std::string& directory() const { return directory_; }
  Keyring& keyring() const { return *keyring_; }  // empty until Store::open has read it

  // After a failed commit, on the writer thread and without a live WriteTxn: closes the environment once its readers are gone,
  // opens it again, compares it with the last commit that succeeded and makes sure of the disk (README "Faults"). On success
  // all is as after that commit; otherwise call again later: reads are served meanwhile if the files can be read at all.
  // Errc::corrupt: the last acknowledged commit is gone; from then on everything is refused.
  [[nodiscard]] base::Result<void> recover(std::chrono::milliseconds drain);
  bool panicked() const;  // the outcome of a commit is unknown: LMDB refuses every transaction until recover()

 private:
  friend class Txn;
  friend class ReadTxn;
  friend class WriteTxn;
  Env();
  base::Result<void> start(const EnvOptions& options);
  base::Result<void> create();
  base::Result<void> open_file(const std::string& path, unsigned flags);
  void close_file();
  void create_tables();
  void open_tables();
  base::Result<void> check_length();
  base::Result<void> check_format();
  std::uint64_t free_pages(MDB_txn* txn) const;

  // env_recovery.cpp
  enum class Gate : unsigned char { open, moving, down };  // moving: recover() will be through in a moment
  class Use {  // keeps env_ open for a moment
   public:
    explicit Use(const Env& env) : env_(env), in_(env.enter().has_value()) {}
    ~Use() { if (in_) env_.leave(); }
    Use(const Use&) = delete;
    explicit operator bool() const { return in_; }

   private:
    const Env& env_;
    bool in_;
  };
  base::Result<void> enter() const;  // a user of env_; leave() follows
  base::Result<void> enter(MDB_txn** pooled, std::uint64_t* generation) const;
  void leave() const;
  bool wait_for_recovery(std::uint64_t seen, std::chrono::steady_clock::time_point until) const;
  bool drain(std::chrono::milliseconds at_most);
  void set_gate(Gate gate);
  void remember_commit() const;
  base::Result<void> reopen();
  base::Result<void> reconcile() const;
  base::Result<void> settle() const;

  std::string directory_, incarnation_;
  EnvOptions options_;
  std::uint64_t map_size_ = 0;
  MDB_env* env_ = nullptr;
  int lock_ = -1;
  std::unique_ptr<Keyring> keyring_;
  unsigned dbi_[kTables] = {};
  bool settling_ = false;                   // writer thread: env_ is good, the disk not yet sure
  std::optional<base::Error> lost_;         // writer thread: the last acknowledged commit is gone
  mutable MetaMark last_;                   // writer thread: the last commit that succeeded
  mutable std::mutex mutex_;                // of what follows
  mutable std::condition_variable moved_;   // the gate, or the last user left
  mutable std::vector<MDB_txn*> pool_;      // readers, reset, ready to renew
  mutable unsigned users_ = 0;
  std::uint64_t generation_ = 0;            // of env_
  Gate gate_ = Gate::open;
};

}  // namespace store

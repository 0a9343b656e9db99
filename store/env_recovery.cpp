// How Env outlives a failing disk: the gate for its users, and opening again what LMDB no longer trusts (README "Faults").
#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "store/env.hpp"
#include "store/file.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr std::size_t kPooledReaders = 64;
constexpr std::chrono::milliseconds kGateWait(250);  // a network thread may be waiting here

base::Error os_error(const std::string& what) {
  const Errc code = errno == EROFS || errno == EMFILE || errno == ENFILE ? Errc::unavailable : Errc::io;
  return fail(code, errno_text(what));
}

}  // namespace

// ---- the gate ----

base::Result<void> Env::enter() const { return enter(nullptr, nullptr); }

base::Result<void> Env::enter(MDB_txn** pooled, std::uint64_t* generation) const {
  std::unique_lock lock(mutex_);
  if (gate_ == Gate::moving) moved_.wait_for(lock, kGateWait, [&] { return gate_ != Gate::moving; });
  if (gate_ != Gate::open) return fail(Errc::unavailable, "the store is being opened again after a fault");
  ++users_;
  if (generation != nullptr) *generation = generation_;
  if (pooled != nullptr && !pool_.empty()) {
    *pooled = pool_.back();
    pool_.pop_back();
  }
  return {};
}

void Env::leave() const {
  const std::lock_guard lock(mutex_);
  if (--users_ == 0 && gate_ != Gate::open) moved_.notify_all();
}

void Env::set_gate(Gate gate) {
  {
    const std::lock_guard lock(mutex_);
    gate_ = gate;
    if (gate == Gate::open) ++generation_;
  }
  moved_.notify_all();
}

bool Env::drain(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return moved_.wait_for(lock, at_most, [&] { return users_ == 0; });
}

// A reader may come between the failed commit and the writer's recover().
bool Env::wait_for_recovery(std::uint64_t seen, std::chrono::steady_clock::time_point until) const {
  std::unique_lock lock(mutex_);
  return moved_.wait_until(lock, until, [&] { return gate_ == Gate::open && generation_ != seen; });
}

base::Result<ReadTxn> Env::read() const {
  for (const auto until = std::chrono::steady_clock::now() + kGateWait;;) {  // several attempts to recover may fail meanwhile
    MDB_txn* txn = nullptr;
    std::uint64_t generation = 0;
    if (auto in = enter(&txn, &generation); !in) return in.error();
    const bool pooled = txn != nullptr;
    const int rc = pooled ? mdb_txn_renew(txn) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
    if (rc == 0) return ReadTxn(this, txn);
    if (pooled) mdb_txn_abort(txn);
    leave();
    if (rc != MDB_PANIC || !wait_for_recovery(generation, until)) return map_error(rc, "begin reader");
  }
}

ReadTxn::~ReadTxn() {
  if (txn_ == nullptr) return;
  mdb_txn_reset(txn_);  // the snapshot's pages may be reused; the reader slot stays ours
  {
    const std::lock_guard lock(env_->mutex_);
    if (env_->gate_ == Env::Gate::open && env_->pool_.size() < kPooledReaders) {
      env_->pool_.push_back(txn_);
      --env_->users_;
      return;
    }
  }
  mdb_txn_abort(txn_);
  env_->leave();
}

WriteTxn Env::write() {
  if (env_ == nullptr) throw Failure(fail(Errc::unavailable, "the store is closed after a fault"));
  MDB_txn* txn = nullptr;
  const int rc = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (rc != 0) throw Failure(map_error(rc, "begin transaction"));
  return WriteTxn(this, txn, false);
}

// ---- recovery ----

void Env::remember_commit() const {
  int fd = -1;
  mdb_env_get_fd(env_, &fd);
  if (const auto slots = MetaSlots::read(fd); slots) {
    last_ = slots->mark(slots->newest());
    return;
  }
  MDB_envinfo raw_info;
  mdb_env_info(env_, &raw_info);
  last_ = {raw_info.me_last_txnid, {}};
}

bool Env::panicked() const {  // asked with a write transaction: a reader would first need a free slot
  if (env_ == nullptr) return true;
  MDB_txn* txn = nullptr;
  const int rc = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (rc == 0) mdb_txn_abort(txn);
  return rc == MDB_PANIC;
}

base::Result<void> Env::recover(std::chrono::milliseconds drain_for) {
  if (lost_) return *lost_;
  if (!settling_) {
    set_gate(Gate::moving);
    if (env_ == nullptr || drain(drain_for)) {
      const auto opened = reopen();
      if (env_ == nullptr) {
        set_gate(Gate::down);
        return opened.error();
      }
      set_gate(Gate::open);
      if (!opened) return opened.error();  // for reading only
    } else if (panicked()) {
      set_gate(Gate::down);
      return fail(Errc::unavailable, "readers still hold the store that has to be opened again");
    } else {
      set_gate(Gate::open);  // what failed came before the meta page: this environment is still good
    }
    settling_ = true;
  }
  if (auto settled = settle(); !settled) return settled.error();
  settling_ = false;
  return {};
}

base::Result<void> Env::reopen() {
  close_file();
  if (auto same = reconcile(); !same) {
    if (same.error().code() == Errc::corrupt) lost_ = same.error();
    return same.error();
  }
  const std::string path = directory_ + "/data.mdb";
  auto opened = open_file(path, 0);
  const bool read_only = !opened && opened.error().code() == Errc::unavailable && ::access(path.c_str(), W_OK) != 0 && errno == EROFS;
  if (read_only)
    if (auto other = open_file(path, MDB_RDONLY); !other) return other.error();
  if (!opened && !read_only) return opened.error();
  try {
    open_tables();
  } catch (const Failure& failure) {
    close_file();
    return failure.error();
  }
  return opened;
}

// The environment is closed. Is the last acknowledged commit there? And nothing of a later one, which was answered "not done"?
base::Result<void> Env::reconcile() const {
  const std::string path = directory_ + "/data.mdb";
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return os_error("open " + path);
  const auto slots = MetaSlots::read(file.fd());
  if (!slots) return slots.error();
  if (!slots->holds(last_))
    return fail(Errc::corrupt, path + " no longer holds the last acknowledged commit (transaction " + std::to_string(last_.txn) + ", found " +
                                   std::to_string(slots->txn(0)) + " and " + std::to_string(slots->txn(1)) +
                                   "): stop the server, look at the disk, restore a backup");
  const unsigned keep = last_.txn & 1;
  if (slots->newest() == keep) return {};
  const OpenFile writable(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (writable.fd() < 0) return os_error("open " + path);
  return slots->retire_other(writable.fd(), keep);
}

// Only the page cache may hold what we see in the slot that is not the newest: the disk may still have a commit there that was
// answered "not done", and would choose it after a power loss. Writing it makes the page dirty again, so that this sync, on a
// descriptor of its own, fails or has brought it to the disk. The newest slot is never written: it may be the only good one.
base::Result<void> Env::settle() const {
  const std::string path = directory_ + "/data.mdb";
  const OpenFile file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.fd() < 0) return os_error("open " + path);
  const auto slots = MetaSlots::read(file.fd());
  if (!slots) return slots.error();
  if (auto written = slots->retire_other(file.fd(), slots->newest()); !written) return written.error();
  if (options_.sync && ::fdatasync(file.fd()) != 0) return os_error("sync " + path);
  return {};
}

}  // namespace store

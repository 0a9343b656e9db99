#include <lmdb.h>

#include <cassert>

#include "store/env.hpp"

namespace store {
namespace {

[[noreturn]] void raise(int rc, const char* what) { throw Failure(map_error(rc, what)); }
MDB_val val(std::string_view s) { return {s.size(), const_cast<char*>(s.data())}; }
std::string_view view(const MDB_val& v) { return {static_cast<const char*>(v.mv_data), v.mv_size}; }

}  // namespace

std::optional<std::string_view> Txn::get(Table table, std::string_view key) const {
  if (key.empty() || key.size() > 511) return std::nullopt;
  MDB_val k = val(key), v;
  const int rc = mdb_get(txn_, env_->dbi_[std::size_t(table)], &k, &v);
  if (rc == MDB_NOTFOUND) return std::nullopt;
  if (rc != 0) raise(rc, "read");
  return view(v);
}

Cursor Txn::cursor(Table table) const {
  MDB_cursor* cursor = nullptr;
  const int rc = mdb_cursor_open(txn_, env_->dbi_[std::size_t(table)], &cursor);
  if (rc != 0) raise(rc, "open cursor");
  return Cursor(cursor);
}

std::uint64_t Txn::rows(Table table) const {
  MDB_stat s;
  const int rc = mdb_stat(txn_, env_->dbi_[std::size_t(table)], &s);
  if (rc != 0) raise(rc, "stat");
  return s.ms_entries;
}

std::uint64_t Txn::bytes(Table table) const {
  MDB_stat s;
  const int rc = mdb_stat(txn_, env_->dbi_[std::size_t(table)], &s);
  if (rc != 0) raise(rc, "stat");
  return (s.ms_branch_pages + s.ms_leaf_pages + s.ms_overflow_pages) * std::uint64_t(s.ms_psize);
}

const Keyring& Txn::keyring() const { return env_->keyring(); }

WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

WriteTxn WriteTxn::child() {
  MDB_txn* txn = nullptr;
  const int rc = mdb_txn_begin(env_->env_, txn_, 0, &txn);
  if (rc != 0) raise(rc, "begin nested transaction");
  return WriteTxn(env_, txn, true);
}

void WriteTxn::put(Table table, std::string_view key, std::string_view value) {
  MDB_val k = val(key), v = val(value);
  const int rc = mdb_put(txn_, env_->dbi_[std::size_t(table)], &k, &v, 0);
  if (rc != 0) raise(rc, "write");
}

bool WriteTxn::put_new(Table table, std::string_view key, std::string_view value) {
  MDB_val k = val(key), v = val(value);
  const int rc = mdb_put(txn_, env_->dbi_[std::size_t(table)], &k, &v, MDB_NOOVERWRITE);
  if (rc == MDB_KEYEXIST) return false;
  if (rc != 0) raise(rc, "write");
  return true;
}

bool WriteTxn::put_new(Table table, std::string_view key, std::string_view head, std::string_view body) {
  MDB_val k = val(key), v{head.size() + body.size(), nullptr};
  const int rc = mdb_put(txn_, env_->dbi_[std::size_t(table)], &k, &v, MDB_NOOVERWRITE | MDB_RESERVE);
  if (rc == MDB_KEYEXIST) return false;
  if (rc != 0) raise(rc, "write");
  auto* at = static_cast<char*>(v.mv_data);
  head.copy(at, head.size());
  body.copy(at + head.size(), body.size());
  return true;
}

bool WriteTxn::append(Table table, std::string_view key, std::string_view value) {
  MDB_val k = val(key), v = val(value);
  const int rc = mdb_put(txn_, env_->dbi_[std::size_t(table)], &k, &v, MDB_APPEND);
  if (rc == MDB_KEYEXIST) return false;
  if (rc != 0) raise(rc, "write");
  return true;
}

bool WriteTxn::erase(Table table, std::string_view key) {
  MDB_val k = val(key);
  const int rc = mdb_del(txn_, env_->dbi_[std::size_t(table)], &k, nullptr);
  if (rc == MDB_NOTFOUND) return false;
  if (rc != 0) raise(rc, "erase");
  return true;
}

void WriteTxn::commit() {
  const int rc = mdb_txn_commit(std::exchange(txn_, nullptr));
  if (rc != 0) raise(rc, "commit");
  if (!nested_) env_->remember_commit();
}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

bool Cursor::step(unsigned op) {
  MDB_val k = val(key_), v;
  const int rc = mdb_cursor_get(cursor_, &k, &v, MDB_cursor_op(op));
  if (rc == MDB_NOTFOUND) {
    key_ = value_ = {};
    return false;
  }
  if (rc != 0) raise(rc, "scan");
  key_ = view(k);
  value_ = view(v);
  return true;
}

bool Cursor::seek(std::string_view at_least) {
  key_ = at_least;
  return step(at_least.empty() ? MDB_FIRST : MDB_SET_RANGE);
}
bool Cursor::seek_exact(std::string_view key) {
  key_ = key;
  return step(MDB_SET_KEY);
}
bool Cursor::first() { return step(MDB_FIRST); }
bool Cursor::last() { return step(MDB_LAST); }
bool Cursor::next() { return step(MDB_NEXT); }
bool Cursor::prev() { return step(MDB_PREV); }

bool Cursor::seek_last(std::string_view prefix) {
  std::string after(prefix);  // the first string that is above all that start with prefix
  while (!after.empty() && static_cast<unsigned char>(after.back()) == 0xff) after.pop_back();
  if (!after.empty()) after.back() = char(static_cast<unsigned char>(after.back()) + 1);
  const bool found = !after.empty() && seek(after) ? prev() : last();
  return found && key_.starts_with(prefix);
}

void Cursor::put_current(std::string_view value) {
  MDB_val k = val(key_), v = val(value);
  const int rc = mdb_cursor_put(cursor_, &k, &v, MDB_CURRENT);
  if (rc != 0) raise(rc, "rewrite");
}

void Cursor::erase() {
  const int rc = mdb_cursor_del(cursor_, 0);
  if (rc != 0) raise(rc, "erase");
}

}  // namespace store

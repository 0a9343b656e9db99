// LMDB's two meta pages as bytes. A commit is one write into one of them; LMDB trusts the one with the higher transaction id.
// Env reads them to remember what it acknowledged and, after a failed write, to put the doubtful slot in order (README "Faults").
// Layout of LMDB 0.9 (data version 1) on 64-bit machines: page header 16 bytes, then magic u32, version u32, address u64, and from
// byte 32 to 152 what a commit writes: map size, two tree roots, last page, transaction id. All of it lies in the page's first
// 512 bytes, so a disk that writes sectors whole cannot tear it.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace store {

struct MetaMark {             // one commit, by the bytes that made it one
  std::uint64_t txn = 0;
  std::string bytes;          // empty: they could not be read
};

class MetaSlots {
 public:
  [[nodiscard]] static base::Result<MetaSlots> read(int fd);  // Errc::io, or Errc::corrupt: not two meta pages
  std::uint64_t txn(unsigned slot) const;
  MetaMark mark(unsigned slot) const { return {txn(slot), slots_[slot]}; }
  unsigned newest() const { return txn(1) > txn(0) ? 1u : 0u; }
  bool holds(const MetaMark& mark) const;  // in the slot where LMDB puts that transaction

  // Makes the other slot an older copy of this one, so that whatever it held can never be taken for the newest. Not synced.
  [[nodiscard]] base::Result<void> retire_other(int fd, unsigned keep) const;

 private:
  std::uint64_t page_size_ = 0;
  std::array<std::string, 2> slots_;
};

}  // namespace store

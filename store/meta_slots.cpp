#include "store/meta_slots.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace store {
namespace {

constexpr std::size_t kBegin = 32, kEnd = 152, kTxn = kEnd - 8 - kBegin;  // of the part that a commit writes, and of its last field
constexpr std::uint32_t kLmdbMagic = 0xBEEFC0DE, kDataVersion = 1;
constexpr std::uint16_t kMetaFlag = 0x08;
static_assert(kEnd <= 512, "a commit must be one sector");

template <class T>
T field(const char* from) {  // native order: LMDB's own
  T out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

base::Error io(const char* what) { return base::fail(base::Errc::io, std::string(what) + ": " + std::strerror(errno)); }

base::Result<std::string> read_page(int fd, std::uint64_t at) {
  std::string page(kEnd, '\0');
  const ssize_t got = ::pread(fd, page.data(), page.size(), off_t(at));
  if (got < 0) return io("read a meta page");
  const char* p = page.data();
  if (std::size_t(got) != page.size() || (field<std::uint16_t>(p + 10) & kMetaFlag) == 0 || field<std::uint32_t>(p + 16) != kLmdbMagic ||
      field<std::uint32_t>(p + 20) != kDataVersion)
    return base::fail(base::Errc::corrupt, "data.mdb has no meta page at byte " + std::to_string(at));
  return page;
}

}  // namespace

base::Result<MetaSlots> MetaSlots::read(int fd) {
  MetaSlots out;
  for (unsigned slot = 0; slot < 2; ++slot) {
    auto page = read_page(fd, slot * out.page_size_);
    if (!page) return page.error();
    if (slot == 0) out.page_size_ = field<std::uint32_t>(page->data() + 40);  // LMDB keeps it in the free list's unused field
    if (out.page_size_ < 512 || out.page_size_ > 65536) return base::fail(base::Errc::corrupt, "data.mdb has an impossible page size");
    out.slots_[slot] = page->substr(kBegin);
  }
  return out;
}

std::uint64_t MetaSlots::txn(unsigned slot) const { return field<std::uint64_t>(slots_[slot].data() + kTxn); }

bool MetaSlots::holds(const MetaMark& mark) const {
  const unsigned slot = mark.txn & 1;
  return mark.bytes.empty() ? txn(slot) == mark.txn : slots_[slot] == mark.bytes;
}

base::Result<void> MetaSlots::retire_other(int fd, unsigned keep) const {
  std::string copy = slots_[keep];
  const std::uint64_t older = txn(keep) - 1;
  std::memcpy(copy.data() + kTxn, &older, sizeof older);
  const ssize_t put = ::pwrite(fd, copy.data(), copy.size(), off_t((keep ^ 1) * page_size_ + kBegin));
  if (put < 0) return io("write a meta page");
  if (std::size_t(put) != copy.size()) return base::fail(base::Errc::io, "write a meta page: only a part of it");
  return {};
}

}  // namespace store

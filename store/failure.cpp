#include <lmdb.h>

#include <cerrno>

#include "store/env.hpp"

namespace store {

base::Error map_error(int rc, const char* what) {
  using base::Errc;
  const auto code = [rc] {
    switch (rc) {
      case MDB_MAP_FULL: case MDB_TXN_FULL: case ENOMEM: return Errc::limit;
      case ENOSPC: case EDQUOT: return Errc::limit;
      case MDB_READERS_FULL: case EAGAIN: case EMFILE: case ENFILE: case EROFS: case MDB_PANIC: return Errc::unavailable;
      case MDB_CORRUPTED: case MDB_PAGE_NOTFOUND: case MDB_INVALID: case MDB_BAD_VALSIZE: case MDB_INCOMPATIBLE: return Errc::corrupt;
      case MDB_VERSION_MISMATCH: return Errc::unsupported;
      case MDB_NOTFOUND: case ENOENT: return Errc::not_found;
      case MDB_KEYEXIST: return Errc::exists;
      case EACCES: case EPERM: return Errc::denied;
      case MDB_BAD_TXN: case MDB_BAD_DBI: case MDB_BAD_RSLOT: case EINVAL: return Errc::internal;
      default: return Errc::io;
    }
  }();
  return base::fail(code, std::string(what) + ": " + mdb_strerror(rc));
}

}  // namespace store

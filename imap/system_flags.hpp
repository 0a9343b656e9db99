// A system flag of the grammar (RFC 9051 2.3.2) as the store's bit; 0 for a keyword.
#pragma once
#include "imap/proto/flag.hpp"
#include "store/types.hpp"

namespace imap {

inline store::SystemFlags bit_of(proto::SystemFlag flag) {
  switch (flag) {
    case proto::SystemFlag::answered: return store::kAnswered;
    case proto::SystemFlag::flagged: return store::kFlagged;
    case proto::SystemFlag::deleted: return store::kDeleted;
    case proto::SystemFlag::seen: return store::kSeen;
    case proto::SystemFlag::draft: return store::kDraft;
    case proto::SystemFlag::none: break;
  }
  return 0;
}

}  // namespace imap

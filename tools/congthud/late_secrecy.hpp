// A secrecy stamp that is found after delivery (CONTRACT 3): the message and every other copy of its bytes disappear at once from all
// mailboxes, the audit log says so, and the compliance officers are told by mail. Whether it is destroyed or shown again a compliance
// officer decides (tools/admin/secrecy.hpp). Called by whoever reads scans later. Blocks (commits): never on a network thread.
#pragma once
#include <functional>
#include <mutex>
#include <string>

#include "store/store.hpp"

namespace tools {

// Minimal metadata, as the rule `secrecy-stamp` keeps it: never the title, the number or the text.
struct FoundStamp {
  std::string stamp;      // "Mật", "Tối mật", "Tuyệt mật": document::Document::secrecy
  double confidence = 0;  // 0..1; below 0.9 nothing is hidden (Errc::invalid): weaker evidence only annotates
  std::string digest;     // SHA-256 of the attachment, lower-case hex; empty: the mail's own text
  std::string found_by;   // "ocr"
};

struct LateFind {
  std::string row;         // what officers name it by; the same bytes found again are the same row
  std::size_t hidden = 0;  // copies that disappeared by this call, expunged ones that could still be brought back included
  bool fresh = false;      // a new row: officers were told
};

class LateSecrecy {
 public:
  LateSecrecy(store::Store& store, const base::Clock& clock, std::string hostname, std::function<void()> queue_changed)
      : store_(store), clock_(clock), hostname_(std::move(hostname)), queue_changed_(std::move(queue_changed)) {}

  // The copies of account's mail `email`, wherever it moved, and all with the same bytes or the same attachment. not_found: no such mail
  // is left. Runs again safely after a crash: what is hidden stays so, what came meanwhile is hidden too.
  [[nodiscard]] base::Result<LateFind> found(store::AccountId account, store::EmailId email, const FoundStamp& stamp);
  // A refusal at SMTP, APPEND or import by the rule: officers are told, at most one mail in ten minutes; the others are counted in the next.
  void refused(std::string_view channel, std::string_view stamp);
  std::uint64_t refusals() const;  // since the start, for the metrics

 private:
  store::Store& store_;
  const base::Clock& clock_;
  const std::string hostname_;
  std::function<void()> queue_changed_;
  mutable std::mutex mutex_;
  base::Time last_alert_{};
  std::uint64_t refused_ = 0, untold_ = 0;
};

}  // namespace tools

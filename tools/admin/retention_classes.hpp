// Which of the configured [[retention]] classes cover a message: the account's domain and agency, the mailbox it lies in, the kinds
// of the documents attached to it. Used by the server's watch and by `retention show`. Values; any thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "store/snapshot.hpp"

namespace admin {

struct RetentionVerdict {
  const base::RetentionClass* keeps = nullptr;  // the one that keeps it longest
  base::Time keep_until{};
  const base::RetentionClass* expires = nullptr;  // the one that lets it go first
  base::Time expires_at = base::Time::max();
};

class RetentionClasses {
 public:
  explicit RetentionClasses(std::vector<base::RetentionClass> classes) : classes_(std::move(classes)) {}
  const std::vector<base::RetentionClass>& all() const { return classes_; }
  bool empty() const { return classes_.empty(); }
  bool any_expiry() const;
  std::string digest() const;  // of what they say; "" when there are none

  using Some = std::vector<const base::RetentionClass*>;
  Some of_account(const store::Snapshot& snapshot, store::AccountId account) const;  // of a removed one: those for everybody
  static Some of_mailbox(const Some& classes, const store::Mailbox& mailbox);

  // Documents are read only where a class names kinds. A message whose documents cannot be read wholly is kept by such a class and
  // never removed by it: nothing may be lost for want of a look.
  static RetentionVerdict judge(const Some& classes, const store::Snapshot& snapshot, const store::MessageView& message);
  static bool needs_documents(const Some& classes, const store::HotRow& hot);

 private:
  std::vector<base::RetentionClass> classes_;
};

// The mailbox's row, a deleted one's too; none: it is gone.
std::optional<store::Mailbox> any_mailbox(const store::Snapshot& snapshot, store::AccountId account, store::MailboxId mailbox);

}  // namespace admin

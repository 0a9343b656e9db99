// imap::Backend over the store and the policy: who may log in, and what an appended message becomes. Thread-safe.
#pragma once
#include "imap/backend.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/recorder.hpp"
#include "tools/congthud/use_recorder.hpp"

namespace tools {

class ImapBackend final : public imap::Backend {
 public:
  ImapBackend(store::Store& store, const Ingest& ingest, Recorder& recorder, imap::TextIndex* index = nullptr)
      : store_(store), ingest_(ingest), recorder_(recorder), uses_(store, base::system_clock()), index_(index) {}

  base::Result<std::optional<imap::User>> find_user(std::string_view name) override;
  base::Result<store::SubmitMessage> prepare_append(store::AccountId account, std::string bytes) override;
  void newly_read(store::AccountId account) override { uses_.read(account); }
  imap::TextIndex* text_index() override { return index_; }

 private:
  store::Store& store_;
  const Ingest& ingest_;
  Recorder& recorder_;
  UseRecorder uses_;
  imap::TextIndex* index_;
};

}  // namespace tools

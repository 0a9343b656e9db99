// The daemon's side of congthu-inspect: a few sandboxed worker processes, one request each at a time.
// inspect() blocks: call it from pool threads (net::offload), never from a network thread. Thread-safe.
// A worker that crashes or exceeds the wall-clock limit is killed and replaced; that costs its one attachment
// Facts with a reason ("worker_crashed", "worker_timeout") and nothing else. Facts are cached by SHA-256 and configuration.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/document/document.hpp"
#include "policy/smime/smime.hpp"

namespace policy::inspect {

struct PoolOptions {
  std::string worker_path;                        // .../congthu-inspect
  unsigned workers = 2;                           // for documents
  unsigned mail_workers = 1;                      // for S/MIME alone: a mail never waits behind a slow document
  std::chrono::milliseconds time_limit{20000};    // wall clock of one request
  std::chrono::milliseconds start_limit{10000};
  std::uint32_t max_bytes = 64u << 20;            // of one attachment
  std::uint32_t memory_mib = 768;                 // address space of a worker
  std::uint32_t cpu_seconds = 15;                 // of one request
  std::uint32_t max_pages = 300;
  std::uint32_t ocr_pages = 0;                    // pages of a scan that are read by OCR, its first and its last; 0 = none. Seconds a page:
  std::uint32_t ocr_seconds = 60;                 // CPU of them together; time_limit must leave room for it
  std::uint32_t max_text = 1u << 20;              // bytes of text given back for the index
  std::uint32_t requests_per_worker = 500;        // then a fresh process
  std::size_t cache_entries = 4096;
  std::size_t cache_bytes = 32u << 20;
  std::string judging = "{}";                     // policy::trust::to_json(Material): how document signatures are judged
  std::uint64_t generation = 0;                   // of `judging`: part of the cache key
};

struct Facts {
  std::string format;                             // pdf | docx | txt | empty
  std::vector<document::Document> documents;
  std::string signatures = "[]";                  // JSON array of congthu.verify/1 "signatures"
  std::string verdict;                            // of all signatures together; "indeterminate" when reason is set by a crash
  bool signatures_checked = false;
  std::string text;
  std::uint32_t pages = 0;
  bool has_text_layer = false;
  std::optional<bool> scanned;                    // pictures of paper; false: born digital; absent: unknown
  std::optional<base::Time> until;                // when the verdict may change by itself
  std::string reason;                             // empty: read completely. encrypted, damaged, worker_timeout ...
  std::vector<std::string> warnings;
};

struct PoolCounters {
  std::uint64_t requests = 0, cache_hits = 0, spawned = 0, crashed = 0, timed_out = 0;
};

class InspectPool {
 public:
  explicit InspectPool(PoolOptions options);
  ~InspectPool();
  InspectPool(const InspectPool&) = delete;
  InspectPool& operator=(const InspectPool&) = delete;

  // For documents: not "now" but a time of the past; no answer of the cache is taken or kept.
  struct Times {
    base::Time at{};     // the judging time
    std::optional<base::Time> known;  // revocation data counts up to here; absent = at
  };
  // Errors only when no worker can be started (Errc::unavailable) or every worker stayed busy (Errc::timed_out).
  [[nodiscard]] base::Result<Facts> inspect(std::string_view bytes, std::string_view content_type, std::string_view file_name,
                                            const std::optional<Times>& times = {});
  // The file of a signature (.p7s, .p7m, .sig) and, where it is known, the file that it signs. Facts are those of the document inside.
  struct SignatureFile {
    std::string_view signature;
    std::optional<std::string_view> beside;
    bool must_be_cms = true;  // else what is no CMS may be a signature of another kind
  };
  [[nodiscard]] base::Result<Facts> inspect(const SignatureFile& file, std::string_view file_name, const std::optional<Times>& times = {});
  // The S/MIME verdicts of mails in one exchange with one worker, in their order. A batch should hold no more than some hundred mails;
  // what a single mail breaks costs only that one its verdict (`indeterminate`). Errors as above.
  [[nodiscard]] base::Result<std::vector<smime::SmimeResult>> verify_mails(std::span<const std::string_view> mails, const Times& times);
  // A signature file alone: what its signatures say, and nothing of a document inside.
  [[nodiscard]] base::Result<VerifyReport> verify_cms(const SignatureFile& file, const Times& times);
  // A pool of one worker with these limits and other trust: for one judgement out of turn.
  std::unique_ptr<InspectPool> alike(std::string judging) const;
  // New trust material: workers are replaced as they become free, cached results no longer match.
  void reconfigure(std::string judging, std::uint64_t generation);
  PoolCounters counters() const;
  std::vector<int> worker_pids() const;           // of running workers, for diagnostics

 private:
  struct State;
  struct Request;
  [[nodiscard]] base::Result<Facts> facts(Request request, const std::optional<Times>& times);
  std::uint32_t max_bytes() const;
  std::unique_ptr<State> state_;
};

}  // namespace policy::inspect

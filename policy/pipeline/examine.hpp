// Finds the facts of a message that the rules of stage content judge: who it says it is from, the S/MIME verdict over the
// received bytes, and what each document attached says; the inspection workers read both. One way for SMTP, APPEND, import and dry run.
// Blocks while a worker works: call it on a pool thread. Thread-safe.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/inspect/pool.hpp"
#include "policy/pipeline/context.hpp"
#include "policy/smime/smime.hpp"

namespace policy {

struct ExamineOptions {
  inspect::InspectPool::Times times;      // for which signatures are judged
  bool past = false;                      // of documents, too; else they are judged as of now and may come from the cache
  std::size_t max_attachments = 50;       // further ones are delivered without facts, with the reason "too_many_attachments"
  std::size_t max_document = 64u << 20;   // decoded bytes
};

// `content` and `structure` must outlive the result.
ContentFacts examine(std::string_view content, const mime::Structure& structure, inspect::InspectPool& inspector, const ExamineOptions& options);

// The Authentication-Results field (RFC 8601 2.2, RFC 7281) that records the verdict at reception, with CRLF.
std::string authentication_results(std::string_view authserv_id, const VerifyReport& smime);

}  // namespace policy

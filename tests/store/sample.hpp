// A small store that holds one of everything, made of fixed bytes: written by make_store into tests/fixtures/format-N, and compared
// by format.cpp with what this header says. Change nothing here once a format is released: a new format gets its own sample.
#pragma once
#include <string>
#include <vector>

#include "store/store.hpp"

namespace store_sample {

using namespace store;

inline constexpr const char* kMaster = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef\n";  // of this sample only
inline constexpr const char* kPlain = "an@songla.gov.vn";
inline constexpr const char* kSealedAddress = "chi@mat.songla.gov.vn";

inline std::string noise(std::size_t size, std::uint64_t state) {  // incompressible, the same everywhere
  std::string out(size, '\0');
  for (char& c : out) c = char((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  return out;
}
inline std::string prose(std::size_t size) {
  std::string out;
  for (unsigned i = 0; out.size() < size; ++i) out += "Kính gửi các đơn vị, kế hoạch số " + std::to_string(i * 7919 % 1013) + "/KH-UBND.\r\n";
  out.resize(size);
  return out;
}

struct Sample {
  std::string subject, body;
  std::vector<mime::ByteRange> cuts;
  std::string bytes() const { return "Subject: " + subject + "\r\n\r\n" + body; }
};

// Inline; inline and packed; one packed blob of two chunks; a raw one.
inline std::vector<Sample> samples() {
  std::vector<Sample> out{{"ngắn", "chào\r\n", {}}, {"một trang", prose(7'500), {}}, {"dài", prose(70'000), {}}, {"đính kèm", noise(20'000, 7), {}}};
  out[3].cuts = {{out[3].bytes().size() - 20'000, 20'000}};
  return out;
}

inline SubmitMessage message(const Sample& s, AccountId to) {
  SubmitMessage op;
  op.content = make_content(s.bytes(), s.cuts, {"Văn bản của tệp " + s.subject});
  op.summary = "summary of " + s.subject;
  op.thread_keys = {thread_key("id." + s.subject)};
  Delivery d;
  d.account = to;
  d.prefix = "Received: by mx.songla.gov.vn; " + s.subject + "\r\n";
  d.flags = kSeen;
  d.keywords = {"$Important"};
  d.internal_date = Time(std::chrono::milliseconds(1'795'000'000'000));
  op.deliveries = {d};
  op.puts = {{RecordTable::documents, "document " + s.subject, "register row of " + s.subject}};
  return op;
}

// The first error, or nothing.
inline std::string fill(Store& s) {
  std::string error;
  const auto must = [&](auto result) { if (!result && error.empty()) error = result.error().detail(); return result; };
  for (const char* domain : {"songla.gov.vn", "mat.songla.gov.vn"}) must(s.run(AddDomain{{{}, domain, {}}}));
  must(s.enable_encryption("mat.songla.gov.vn"));
  for (const char* address : {kPlain, kSealedAddress}) {
    const auto account = must(s.run(AddAccount{{{}, address, "Người Ví dụ", {}, false, false, 5u << 20}, {{"SCRAM-SHA-256", "opaque"}}}));
    if (!account) return error;
    for (const Sample& sample : samples()) must(s.run(message(sample, *account)));
    must(s.run(CreateMailbox{*account, "Công văn/Đến", SpecialUse::none}));
    const auto to = s.snapshot()->mailbox(*account, "Công văn/Đến");
    if (!to) return "no mailbox";
    must(s.run(CopyMessages{*account, MailboxId(1), to->id, {Uid(1), Uid(2)}, true}));
    must(s.run(Expunge{*account, to->id, std::vector<Uid>{Uid(1)}, false}));
    SubmitMessage out = message(samples()[0], *account);
    out.deliveries.clear();
    out.outbound = {{"envelope", Time(std::chrono::milliseconds(1'795'000'100'000)), "X-Out: 1\r\n", std::string(address).substr(std::string(address).find('@') + 1)}};
    must(s.run(out));
  }
  must(s.run(AddAlias{{"vanthu@songla.gov.vn", {}, {kPlain}}}));
  must(s.run(AppendAudit{"audit payload"}));
  return error;
}

// What is not as fill() left it, one line each.
inline std::vector<std::string> differences(const Store& s) {
  std::vector<std::string> out;
  const auto need = [&](bool ok, const std::string& what) { if (!ok) out.push_back(what); };
  const auto snap = s.snapshot();
  if (!snap) return {snap.error().detail()};
  const auto all = samples();
  for (const char* address : {kPlain, kSealedAddress}) {
    const std::string who = std::string(address) + ": ";
    const auto account = snap->account(std::string_view(address));
    if (!account) return {who + "no account"};
    const auto box = snap->mailbox(account->id, "Công văn/Đến");
    if (!box) return {who + "no mailbox"};
    const auto compare = [&](const Sample& sample, const std::optional<MessageView>& m) {
      const std::string what = who + sample.subject;
      if (!m) return need(false, what + " is missing");
      const auto bytes = snap->read_all(account->id, *m);
      need(bytes && *bytes == "Received: by mx.songla.gov.vn; " + sample.subject + "\r\n" + sample.bytes(), what + ": content");
      need(m->detail.summary == "summary of " + sample.subject, what + ": summary");
      need(m->hot.flags == kSeen && m->hot.keywords == 1 && m->hot.internal_date == Time(std::chrono::milliseconds(1'795'000'000'000)), what + ": flags, keywords, date");
      const auto texts = snap->texts(*m, 1u << 20);
      need(texts && texts->texts == std::vector<std::string>{"Văn bản của tệp " + sample.subject}, what + ": text");
    };
    compare(all[1], snap->message(account->id, box->id, Uid(2)));
    compare(all[2], snap->message(account->id, MailboxId(1), Uid(3)));
    compare(all[3], snap->message(account->id, MailboxId(1), Uid(4)));
    const auto grave = snap->tombstone(account->id, box->id, Uid(1));
    compare(all[0], grave ? std::optional(grave->message) : std::nullopt);
  }
  for (const Sample& sample : all) {
    const auto row = snap->record(RecordTable::documents, "document " + sample.subject);
    need(row && *row == "register row of " + sample.subject, "register row of " + sample.subject);
  }
  int queued = 0;
  snap->for_each_queued([&](const QueueRow& row) { return queued += row.envelope == "envelope" && row.prefix == "X-Out: 1\r\n", true; });
  need(queued == 2, "queue");
  need(snap->resolve("vanthu@songla.gov.vn").has_value(), "alias");
  return out;
}

}  // namespace store_sample

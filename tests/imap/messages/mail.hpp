// A message as the store would hand it over, kept in memory: for tests of what needs no store.
#pragma once
#include <string>
#include <string_view>

#include "imap/fetch_message.hpp"
#include "imap/proto/parse.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"

namespace imap_test {

class Mail {
 public:
  explicit Mail(std::string content, std::string prefix = "Received: by mx.songla.gov.vn\r\n")
      : content_(std::move(content)), prefix_(std::move(prefix)), all_(prefix_ + content_),
        summary_(mime::encode(mime::make_summary(content_, mime::scan(content_)))) {
    view.uid = store::Uid(7);
    view.hot.size = all_.size();
    view.hot.modseq = store::ModSeq(42);
    view.hot.internal_date = base::Time(std::chrono::milliseconds(1'795'000'000'000));
    view.hot.email = store::EmailId(3);
    view.hot.thread = store::ThreadId(2);
    view.detail = {prefix_, {}, {}, summary_, content_.size()};
  }
  Mail(const Mail&) = delete;
  const std::string& all() const { return all_; }

  // "* 1 FETCH (...)" for the items of one FETCH command; large bodies are streamed in small windows.
  std::string fetch(const std::string& items, imap::FetchPlan::Options options = {}, bool with_flags = false) {
    auto parsed = imap::proto::parse("a FETCH 1 " + items);
    if (!parsed) return "parse: " + parsed.error().detail();
    const imap::FetchPlan plan(std::get<imap::proto::Fetch>(parsed->command).items, options);
    imap::proto::Out out;
    const imap::FetchContext context{store::AccountId(1), flags};
    imap::MessageWriter writer(plan, context, out, 1, with_flags);
    const auto read = [&](mime::ByteRange r, store::FunctionRef<bool(std::string_view)> sink) {
      for (std::uint64_t at = r.offset; at < std::min<std::uint64_t>(r.end(), all_.size()); at += 1000)
        if (!sink(std::string_view(all_).substr(at, std::min<std::uint64_t>(1000, r.end() - at)))) break;
      return base::Result<void>();
    };
    while (!writer.done()) {
      const imap::FetchSource source{view, read};
      const auto large = writer.step(source);
      if (!large) return std::string("error: ") + std::string(base::to_string(large.error().code())) + out.take();
      if (!*large) continue;
      ++large_bodies;
      imap::BodyStream stream(**large);
      while (!stream.done())
        if (const auto ok = stream.write(out, read, 5000); !ok) return "stream: " + ok.error().detail();
    }
    return out.take();
  }
  // The octets of the first literal of fetch(items).
  std::string literal(const std::string& items) {
    const std::string answer = fetch(items);
    const std::size_t open = answer.find('{'), close = answer.find("}\r\n", open);
    if (close == std::string::npos) return "no literal: " + answer;
    return answer.substr(close + 3, std::stoul(answer.substr(open + 1)));
  }

  store::MessageView view;
  imap::FlagNames flags;
  int large_bodies = 0;

 private:
  std::string content_, prefix_, all_, summary_;
};

}  // namespace imap_test

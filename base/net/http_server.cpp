#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/net/http.hpp"

namespace net {
namespace http = boost::beast::http;
namespace {

using Parser = http::request_parser<http::string_body>;

bool clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
}

bool fill_target(HttpRequest& request) {
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  auto path = percent_decode(target.substr(0, mark), false);
  if (!path || path->empty() || path->front() != '/') return false;
  request.path = std::move(*path);
  if (mark == std::string_view::npos) return true;
  for (const std::string_view pair : base::split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto key = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!key || !value) return false;
    request.query[std::move(*key)] = std::move(*value);
  }
  return true;
}

}  // namespace

std::string HttpResponse::head(std::optional<std::size_t> length) const {
  const auto reason = http::obsolete_reason(http::int_to_status(unsigned(status)));
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) + "\r\nContent-Type: " + content_type +
                     "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
  for (const auto& [name, value] : headers) {
    if (clean(name) && clean(value)) text += name + ": " + value + "\r\n";
  }
  if (length) text += "Content-Length: " + std::to_string(*length) + "\r\n";
  else if (chunked_ok_) text += "Transfer-Encoding: chunked\r\n";
  text += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return text;
}

Awaitable<Result<void>> HttpResponse::write(std::string_view chunk) {
  std::string start;
  if (!streaming_) {
    streaming_ = true;
    if (!chunked_ok_) keep_alive_ = false;
    start = head(std::nullopt);
  }
  std::string_view end;
  if (head_only_) chunk = {};
  if (chunked_ok_ && !chunk.empty()) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string size;
    for (std::size_t left = chunk.size(); left > 0; left >>= 4) size.insert(size.begin(), kHex[left & 15]);
    start += size + "\r\n";
    end = "\r\n";
  }
  const std::array<std::string_view, 3> pieces{start, chunk, end};
  const std::span<const std::string_view> all(pieces);
  co_return co_await stream_->write_all(all);
}

// One connection: read a request, call the handler, answer, again.
class HttpSession {
 public:
  HttpSession(std::shared_ptr<const HttpServer::Setup> setup, Stream stream) : setup_(std::move(setup)), stream_(std::move(stream)) {}

  Awaitable<void> run() {
    stream_.set_deadline(setup_->options.deadline);
    for (unsigned i = 0; i < setup_->options.max_requests; ++i) {
      Parser parser;
      parser.header_limit(std::uint32_t(setup_->options.max_header));
      parser.body_limit(setup_->options.max_body);
      const int status = co_await read(parser);
      if (status == 0) co_return stream_.close();
      const bool last = i + 1 == setup_->options.max_requests || stream_.cancelled();
      const bool more = co_await answer(parser, status, last);
      if (!more) break;
    }
    co_await stream_.shutdown();
  }

 private:
  // 200: complete; 0: the client is gone; else the status that says what is wrong.
  Awaitable<int> read(Parser& parser) {
    std::optional<std::chrono::steady_clock::time_point> first_byte;
    while (!parser.is_done()) {
      if (!buffer_.empty()) {
        boost::system::error_code error;
        const std::size_t used = parser.put(boost::asio::buffer(buffer_), error);
        buffer_.erase(0, used);
        if (error == http::error::header_limit) co_return 431;
        if (error == http::error::body_limit) co_return 413;
        if (error && error != http::error::need_more) co_return 400;
        if (!error && used > 0) {
          const bool asks = parser.is_header_done() && !continued_ && parser.get()[http::field::expect] == "100-continue";
          if (asks && !parser.is_done()) {  // RFC 9110 10.1.1; curl waits a second for it
            continued_ = true;
            const auto told = co_await stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
            if (!told) co_return 0;
          }
          continue;
        }
        if (buffer_.size() > setup_->options.max_header + 64 * 1024) co_return 431;
      }
      std::array<char, 16 * 1024> bytes;
      const auto got = co_await stream_.read_some(bytes);
      if (!got || *got == 0) co_return got || buffer_.empty() ? 0 : got.error().code() == Errc::timed_out ? 408 : 0;
      buffer_.append(bytes.data(), *got);
      const auto now = std::chrono::steady_clock::now();
      if (!first_byte) first_byte = now;
      if (now - *first_byte > setup_->options.whole_request) co_return 408;
    }
    continued_ = false;
    co_return 200;
  }

  HttpRequest request_of(Parser& parser) const {
    HttpRequest request;
    auto& message = parser.get();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(base::lower_ascii({field.name_string().data(), field.name_string().size()}),
                                   std::string(field.value()));
    }
    request.body = std::move(message.body());
    request.peer = stream_.peer_credentials();
    request.peer_address = stream_.peer_address();
    request.connection_id = std::string(stream_.id());
    return request;
  }

  Awaitable<bool> answer(Parser& parser, int status, bool last) {
    HttpResponse response;
    response.stream_ = &stream_;
    response.keep_alive_ = status == 200 && !last && parser.keep_alive();
    response.chunked_ok_ = status != 200 || parser.get().version() >= 11;
    if (status == 200) {
      HttpRequest request = request_of(parser);
      response.head_only_ = request.method == "HEAD";
      if (fill_target(request)) co_await call(request, response);
      else status = 400;
    }
    if (status != 200) {
      response.status = status;
      response.body = "{\"error\":\"the request is malformed or too large\"}\n";
      response.keep_alive_ = false;
    }
    const auto sent = co_await finish(response);
    co_return sent && response.keep_alive_;
  }

  Awaitable<void> call(const HttpRequest& request, HttpResponse& response) {
    bool failed = false;
    try {
      co_await setup_->handler(request, response);
    } catch (const std::exception& e) {
      base::log_error("http_handler_threw", {{"conn", stream_.id()}, {"path", request.path}, {"what", e.what()}});
      failed = true;
    }
    if (!failed) co_return;
    // Half a stream cannot be repaired: the missing last chunk tells the client.
    response.keep_alive_ = false;
    broken_ = response.streaming_;
    response.status = 500;
    response.headers.clear();
    response.body = "{\"error\":\"internal error\"}\n";
  }

  Awaitable<Result<void>> finish(HttpResponse& response) {
    if (broken_) co_return fail(Errc::internal, "the response broke off");
    if (response.streaming_) {
      if (!response.chunked_ok_ || response.head_only_) co_return Result<void>();
      co_return co_await stream_.write("0\r\n\r\n");
    }
    const std::string head = response.head(response.body.size());
    const std::array<std::string_view, 2> pieces{head, response.head_only_ ? std::string_view() : response.body};
    const std::span<const std::string_view> all(pieces);
    co_return co_await stream_.write_all(all);
  }

  std::shared_ptr<const HttpServer::Setup> setup_;
  Stream stream_;
  std::string buffer_;
  bool continued_ = false;
  bool broken_ = false;
};

namespace {
Awaitable<void> run_session(std::unique_ptr<HttpSession> session) { co_await session->run(); }
}  // namespace

HttpServer::HttpServer(HttpOptions options, HttpHandler handler)
    : setup_(std::make_shared<const Setup>(Setup{options, std::move(handler)})) {}

Handler HttpServer::handler() const {
  return [setup = setup_](Stream stream) { return run_session(std::make_unique<HttpSession>(setup, std::move(stream))); };
}

}  // namespace net

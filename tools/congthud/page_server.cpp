#include "tools/congthud/page_server.hpp"

#include <atomic>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/net/address.hpp"
#include "tools/congthud/post.hpp"

namespace tools {
namespace {

constexpr std::size_t kMostForm = 256 * 1024;

// One request on its way: a pool thread fills the answer while the connection's coroutine waits.
struct PageVisit {
  explicit PageVisit(net::Event::Signal s) : signal(std::move(s)) {}
  std::shared_ptr<web::Site> site;
  web::Request request;
  web::Answer answer;
  std::atomic<bool> done = false;
  net::Event::Signal signal;

  void run() {
    try {
      answer = site->handle(request);
    } catch (const std::exception& e) {  // damaged rows, a lost disk
      base::log_error("page_failed", {{"path", request.path.empty() ? "" : request.path.front()}, {"detail", e.what()}});
      answer = {500, "text/plain; charset=utf-8", {}, "Máy chủ gặp lỗi; nhật ký của máy chủ nói rõ hơn.\nThe server failed; its log says more.\n"};
    }
    done = true;
    signal();
  }
};

std::string who_asks(const net::HttpRequest& http, bool proxied) {
  const std::string_view through = http.header("x-forwarded-for");
  if (!proxied || through.empty()) return http.peer_address;
  const std::size_t comma = through.rfind(',');
  const std::string last(base::trim(comma == std::string_view::npos ? through : through.substr(comma + 1)));
  return net::parse_address(last, 0) ? last : http.peer_address;
}

web::Request request_of(const net::HttpRequest& http, bool proxied) {
  web::Request out;
  out.method = http.method;
  out.target = http.target;
  out.path = web::path_of(http.target);
  const std::size_t mark = http.target.find('?');
  if (mark != std::string::npos) out.query = web::read_form(std::string_view(http.target).substr(mark + 1));
  if (http.method == "POST" && http.header("content-type").starts_with("application/x-www-form-urlencoded")) out.form = web::read_form(http.body);
  out.cookies = web::read_cookies(http.header("cookie"));
  out.host = http.header("host");
  out.origin = http.header("origin");
  out.fetch_site = http.header("sec-fetch-site");
  out.peer = who_asks(http, proxied);
  return out;
}

net::Awaitable<void> serve_page(std::shared_ptr<web::Site> site, net::Pool& pool, bool proxied, const net::HttpRequest& http, net::HttpResponse& response) {
  net::Event event(co_await boost::asio::this_coro::executor);
  auto visit = std::make_shared<PageVisit>(event.signal());
  visit->site = std::move(site);
  visit->request = request_of(http, proxied);
  if (!post(pool, [visit] { visit->run(); })) {
    response.status = 503;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "Máy chủ đang bận, xin thử lại.\nThe server is busy; try again.\n";
    co_return;
  }
  while (!visit->done) co_await event.wait();
  response.status = visit->answer.status;
  response.content_type = std::move(visit->answer.content_type);
  response.headers = std::move(visit->answer.headers);
  response.body = std::move(visit->answer.body);
}

net::Awaitable<void> with_tls(std::shared_ptr<net::TlsContext> tls, net::Handler inside, net::Stream stream) {
  stream.set_deadline(std::chrono::seconds(30));
  const auto secured = co_await stream.start_tls_server(*tls);
  if (!secured) {
    base::log_info("tls_failed", {{"conn", stream.id()}, {"peer", stream.peer_address()}, {"error", secured.error()}});
    co_return stream.close();
  }
  co_await inside(std::move(stream));
}

}  // namespace

web::Options page_options(const base::Config& config) {
  web::Options out;
  out.secure = config.http.tls || config.http.proxied;
  out.sessions.idle = config.http.session_idle;
  out.names = config.http.names;
  out.names.push_back(config.server.hostname);
  for (const std::string& address : config.http.listen) {
    out.names.push_back(address.find(':') == std::string::npos ? address : "[" + address + "]");
    if (address == "::1" || address.starts_with("127.")) out.names.push_back("localhost");
  }
  return out;
}

net::Handler page_handler(std::shared_ptr<web::Site> site, net::Pool& pool, net::HttpHandler metrics, std::shared_ptr<net::TlsContext> tls, bool proxied) {
  net::HttpOptions options;
  options.max_body = kMostForm;
  options.whole_request = std::chrono::minutes(1);
  auto handler = [site = std::move(site), &pool, metrics = std::move(metrics), proxied](const net::HttpRequest& request, net::HttpResponse& response) {
    if (request.path == "/metrics" || request.path == "/health") return metrics(request, response);
    return serve_page(site, pool, proxied, request, response);
  };
  net::Handler plain = net::HttpServer(options, std::move(handler)).handler();
  if (!tls) return plain;
  return [tls = std::move(tls), plain = std::move(plain)](net::Stream stream) { return with_tls(tls, plain, std::move(stream)); };
}

}  // namespace tools

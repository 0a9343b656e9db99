#include "tools/congthud/admin_server.hpp"

#include <unistd.h>

#include <deque>
#include <mutex>

#include "base/log.hpp"
#include "tools/admin/handle.hpp"
#include "tools/congthud/environment.hpp"
#include "tools/congthud/post.hpp"

namespace tools {
namespace {

// One request on its way: a pool thread fills it, the connection's coroutine sends what is there.
struct Exchange {
  explicit Exchange(net::Event::Signal s) : signal(std::move(s)) {}
  std::shared_ptr<const admin::Context> context;
  admin::Request request;
  std::mutex mutex;
  std::deque<std::string> lines;
  admin::Reply reply;
  bool done = false;
  bool gone = false;  // nobody reads any more
  net::Event::Signal signal;

  void run() {
    const admin::Progress progress = [this](std::string_view line) {
      {
        const std::lock_guard lock(mutex);
        if (gone) return false;
        lines.push_back(std::string(line) + "\n");
      }
      signal();
      return true;
    };
    admin::Reply answer = admin::handle(*context, request, progress);
    const std::lock_guard lock(mutex);
    reply = std::move(answer);
    done = true;
    signal();
  }
};

void fill(net::HttpResponse& response, admin::Reply reply) {
  response.status = reply.status;
  response.content_type = std::move(reply.content_type);
  response.body = std::move(reply.body);
}

void refuse(net::HttpResponse& response, base::Errc code, const char* text) {
  admin::Reply reply;
  reply.status = admin::http_status(code);
  reply.body = admin::dump(admin::error_json(base::fail(code, text))) + "\n";
  fill(response, std::move(reply));
}

// What there is to send; `last`: it is the end.
std::string take(Exchange& e, bool& last) {
  const std::lock_guard lock(e.mutex);
  std::string out;
  for (const std::string& line : e.lines) out += line;
  e.lines.clear();
  last = e.done;
  return out;
}

net::Awaitable<void> stream(std::shared_ptr<Exchange> e, net::Event& event, net::HttpResponse& response) {
  bool sent = false, last = false;
  while (!last) {
    co_await event.wait();
    const std::string piece = take(*e, last);
    if (piece.empty()) continue;
    sent = true;
    const auto written = co_await response.write(piece);
    if (!written) {
      const std::lock_guard lock(e->mutex);
      e->gone = true;
      co_return;
    }
  }
  if (!sent) {  // it failed before its first line: an ordinary reply with its status
    fill(response, std::move(e->reply));
    co_return;
  }
  const auto ended = co_await response.write(e->reply.body);
  (void)ended;  // the client's loss
}

net::Awaitable<void> serve(ContextMaker context, net::Pool& pool, admin::Request request, net::HttpResponse& response) {
  net::Event event(co_await boost::asio::this_coro::executor);
  auto exchange = std::make_shared<Exchange>(event.signal());
  exchange->context = context();
  exchange->request = std::move(request);
  const bool streaming = admin::streams(exchange->request);
  if (!post(pool, [exchange] { exchange->run(); })) co_return refuse(response, base::Errc::unavailable, "the server is busy; try again");
  if (streaming) {
    response.content_type = "application/x-ndjson; charset=utf-8";
    co_return co_await stream(exchange, event, response);
  }
  bool last = false;
  while (!last) {
    co_await event.wait();
    (void)take(*exchange, last);
  }
  fill(response, std::move(exchange->reply));
}

net::Awaitable<void> serve_admin(ContextMaker context, net::Pool& pool, const net::HttpRequest& http, net::HttpResponse& response) {
  const std::string_view authorization = http.header("authorization");
  const bool trusted = http.peer && (http.peer->uid == 0 || http.peer->uid == geteuid());
  const auto login = net::parse_basic(authorization);
  // The socket's mode keeps others out unless admin.sign_in lets them in: then they need a mail account that has a role.
  if (!http.peer || (!trusted && authorization.empty())) {
    base::log_warn("admin_refused", {{"conn", http.connection_id}, {"uid", http.peer ? http.peer->uid : ~0u}});
    co_return refuse(response, base::Errc::denied, "only root and the server's own user may administer it; others sign in: congthu --as ACCOUNT");
  }
  if (!authorization.empty() && !login) co_return refuse(response, base::Errc::invalid, "the sign-in is malformed");
  auto request = admin::make_request(http.method, http.target, http.body,
                                     "uid " + std::to_string(http.peer->uid) + " (" + user_name(http.peer->uid) + ")");
  if (!request) co_return refuse(response, base::Errc::invalid, "the request target is malformed");
  if (login) request->login = admin::Login{login->first, login->second};
  co_await serve(std::move(context), pool, *std::move(request), response);
}

net::Awaitable<void> serve_metrics(ContextMaker context, net::Pool& pool, const net::HttpRequest& http, net::HttpResponse& response) {
  auto request = admin::make_request(http.method, http.target, "", "http");
  const bool open = request && request->method == "GET" && request->path.size() == 1 &&
                    (request->path[0] == "metrics" || request->path[0] == "health");
  if (!open) co_return refuse(response, base::Errc::not_found, "here are /metrics and /health");
  co_await serve(std::move(context), pool, *std::move(request), response);
}

}  // namespace

net::Handler admin_handler(ContextMaker context, net::Pool& pool, std::uint64_t max_message) {
  net::HttpOptions options;
  options.max_body = std::max<std::uint64_t>(64u << 20, max_message + (16u << 20));  // `policy test` brings a message, an import a batch
  options.deadline = std::chrono::minutes(5);
  options.whole_request = std::chrono::hours(1);
  auto handler = [context = std::move(context), &pool](const net::HttpRequest& request, net::HttpResponse& response) {
    return serve_admin(context, pool, request, response);
  };
  return net::HttpServer(options, std::move(handler)).handler();
}

net::HttpHandler metrics_handler(ContextMaker context, net::Pool& pool) {
  return [context = std::move(context), &pool](const net::HttpRequest& request, net::HttpResponse& response) { return serve_metrics(context, pool, request, response); };
}

}  // namespace tools

#include "tools/cli/backend.hpp"

#include <pwd.h>
#include <unistd.h>

#include "base/ascii.hpp"
#include "base/net/http.hpp"
#include "tools/admin/handle.hpp"
#include "tools/cli/input.hpp"
#include "tools/cli/local_services.hpp"
#include "tools/cli/site.hpp"
#include "tools/congthud/master_keys.hpp"

namespace cli {
namespace {

constexpr auto kIdle = std::chrono::minutes(10);  // a store check of a large site is silent for a while

base::Text reason_of(std::string_view code) {
  if (code == "not_found") return {"không tìm thấy: {}", "not found: {}"};
  if (code == "exists" || code == "conflict") return {"đã có và khác, hoặc còn được dùng: {}", "it is there and differs, or is still in use: {}"};
  if (code == "invalid") return {"giá trị không dùng được: {}", "a value cannot be used: {}"};
  if (code == "denied") return {"không được phép: {}", "not allowed: {}"};
  if (code == "limit" || code == "over_quota") return {"vượt giới hạn: {}", "a limit is exceeded: {}"};
  if (code == "unsupported") return {"việc này cần máy chủ đang chạy: {}", "this needs the running server: {}"};
  if (code == "unavailable" || code == "timed_out") return {"máy chủ chưa làm được lúc này: {}", "the server cannot do this now: {}"};
  return {"lỗi: {}", "failure: {}"};
}

// NDJSON: all lines but the last are progress.
class Lines {
 public:
  explicit Lines(const Backend::Progress& progress) : progress_(progress) {}
  void feed(std::string_view bytes) {
    rest_ += bytes;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      line(std::string_view(rest_).substr(0, end));
      rest_.erase(0, end + 1);
    }
  }
  Json last() {
    if (!rest_.empty()) line(rest_);
    rest_.clear();
    return last_;
  }

 private:
  void line(std::string_view text) {
    if (base::trim(text).empty()) return;
    Json j = Json::parse(text, nullptr, false);
    if (j.is_object() && j.size() == 1 && j.contains("progress")) {
      if (progress_) progress_(j["progress"]);
    } else {
      last_ = std::move(j);
    }
  }
  const Backend::Progress& progress_;
  std::string rest_;
  Json last_;
};

}  // namespace

std::string caller() {
  const passwd* entry = ::getpwuid(::getuid());
  return "uid " + std::to_string(::getuid()) + (entry != nullptr ? " (" + std::string(entry->pw_name) + ")" : std::string()) + " congthu";
}

std::string Backend::Answer::text_of(const char* key) const {
  const Json error = body.is_object() ? body.value("error", Json::object()) : Json::object();
  return error.is_object() ? error.value(key, "") : "";
}

struct Backend::State {
  base::Config config;
  std::unique_ptr<store::Store> store;  // only while no server runs
  std::unique_ptr<LocalServices> local;
  std::optional<admin::Login> login;  // --as
};

Backend::Backend(Console& con, const std::string& config_file) : con_(con), config_file_(config_file), state_(std::make_unique<State>()) {
  if (auto config = load_site(con_, config_file_, code_)) state_->config = std::move(*config);
  if (code_ != kDone || con_.as.empty()) return;
  auto password = sign_in_password(con_);
  if (password) state_->login = admin::Login{con_.as, *std::move(password)};
  else code_ = con_.fail(kFailed, con_.text({"không đăng nhập được: {}", "cannot sign in: {}"}, printable(password.error().detail())));
}
Backend::~Backend() = default;

std::string encoded(std::string_view segment) { return net::percent_encode(segment); }

std::optional<Backend::Answer> Backend::by_socket(std::string_view method, const std::string& target, const std::string& body, bool raw,
                                                  const Progress& progress) {
  const std::string socket = state_->config.admin.socket.string();
  Lines lines(progress);
  const auto on_chunk = [&](std::string_view bytes) { lines.feed(bytes); };
  auto reply = net::http_call(socket, method, target, body, raw ? std::function<void(std::string_view)>() : on_chunk, kIdle,
                              state_->login ? net::basic_authorization(state_->login->account, state_->login->password) : std::string());
  if (reply) {
    if (reply->status == 200) return raw ? Answer{200, {}, std::move(reply->body)} : Answer{200, lines.last(), {}};
    return Answer{reply->status, Json::parse(reply->body, nullptr, false), {}};
  }
  if (reply.error().code() == base::Errc::unavailable) return std::nullopt;
  if (reply.error().code() == base::Errc::denied)
    return failed(con_.fail(kFailed, con_.text({"không được phép dùng ổ cắm quản trị {}", "not allowed to use the admin socket {}"}, socket),
                            con_.text({"chạy bằng người dùng của congthud hoặc root; người khác cần admin.sign_in và congthu --as TÀI_KHOẢN", "run as the user of congthud or as root; others need admin.sign_in and congthu --as ACCOUNT"})));
  return failed(con_.fail(kUnreachable, con_.text({"không nói chuyện được với máy chủ: {}", "cannot talk to the server: {}"}, reply.error().detail()),
                          con_.text({"xem nhật ký của congthud", "see the log of congthud"})));
}

std::optional<Backend::Answer> Backend::by_store(std::string_view method, const std::string& target, const std::string& body, bool raw,
                                                 const Progress& progress) {
  const base::Config& config = state_->config;
  if (!state_->store) {
    const std::string directory = config.server.data_dir.string();
    const std::string start = con_.text({"chạy máy chủ: congthud --config {}", "start the server: congthud --config {}"}, config.file.string());
    std::error_code error;
    if (!std::filesystem::exists(directory, error))
      return failed(con_.fail(kUnreachable, con_.text({"không có máy chủ tại {} và không có kho {}", "no server at {} and no store {}"},
                                                      config.admin.socket.string(), directory), start));
    store::Options options;
    options.env.map_size = config.store.map_size;
    options.env.max_readers = config.store.max_readers;
    options.collect = false;
    options.allow_locked = target.starts_with("/keys") || target.starts_with("/store/stats");  // they tell what is locked
    if (const auto keys = tools::load_master_keys(config.encryption, options); !keys && !options.allow_locked)
      return failed(con_.fail(kFailed, con_.text({"không mở được kho: {}", "the store cannot be opened: {}"}, keys.error().detail()),
                              con_.text({"xem: congthu key status", "see: congthu key status"})));
    auto opened = store::Store::open(directory, options);
    if (!opened) {
      const bool busy = opened.error().code() == base::Errc::unavailable;
      return failed(con_.fail(busy ? kUnreachable : kFailed,
                              con_.text({"không có máy chủ tại {}, và không mở được kho: {}", "no server at {}, and the store cannot be opened: {}"},
                                        config.admin.socket.string(), opened.error().detail()), start));
    }
    state_->store = std::move(*opened);
    state_->local = std::make_unique<LocalServices>(*state_->store, config);
  }
  auto request = admin::make_request(std::string(method), target, body, caller());
  if (!request) return failed(con_.fail(kUsage, request.error().detail()));
  request->login = state_->login;
  const admin::Context context{*state_->store, config, base::system_clock(), state_->local->services(), {}};
  Lines lines(progress);
  auto reply = admin::handle(context, *request, [&](std::string_view line) {
    lines.feed(std::string(line) + "\n");
    return true;
  });
  if (raw && reply.status == 200) return Answer{200, {}, std::move(reply.body)};
  return Answer{reply.status, Json::parse(reply.body, nullptr, false), {}};
}

std::nullopt_t Backend::refused(const Answer& answer) {
  const int status = answer.status;
  const std::string code = answer.code(), text = answer.text();
  const std::string what = (about_.empty() ? std::string() : printable(about_) + ": ") +
                           con_.text(reason_of(code), printable(text.empty() ? "HTTP " + std::to_string(status) : text));
  if (code == "invalid") return failed(con_.fail(kUsage, what));
  if (code == "unavailable" || code == "timed_out") return failed(con_.fail(kUnreachable, what, con_.text({"thử lại sau, hoặc xem nhật ký của congthud", "try again, or see the log of congthud"})));
  if (code == "unsupported" && state_->store)
    return failed(con_.fail(kUnreachable, what, con_.text({"chạy máy chủ: congthud --config {}", "start the server: congthud --config {}"}, state_->config.file.string())));
  return failed(con_.fail(kFailed, what));
}

std::optional<Backend::Answer> Backend::ask(std::string_view method, const std::string& target, const std::string& body, bool raw, const Progress& progress) {
  if (code_ != kDone) return std::nullopt;
  std::optional<Answer> answer;
  if (!state_->store) answer = by_socket(method, target, body, raw, progress);
  if (!answer && code_ == kDone) answer = by_store(method, target, body, raw, progress);
  return answer;
}

std::optional<Json> Backend::call(std::string_view method, const std::string& target, const std::string& body, const Progress& progress) {
  auto answer = ask(method, target, body, false, progress);
  if (!answer) return std::nullopt;
  if (answer->status != 200) return refused(*answer);
  if (!answer->body.is_object())
    return failed(con_.fail(kFailed, con_.text({"máy chủ trả lời không hiểu được", "the server's answer makes no sense"}),
                            con_.text({"congthu và congthud có cùng phiên bản không?", "are congthu and congthud of one version?"})));
  return std::move(answer->body);
}

}  // namespace cli

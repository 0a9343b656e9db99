// What every request to the page passes, and the pages behind it. Thread rule: handle() from any thread; it blocks (store, password hashes).
#pragma once
#include <functional>
#include <memory>

#include "tools/admin/handle.hpp"
#include "tools/admin/roles.hpp"
#include "tools/web/markup.hpp"
#include "tools/web/session.hpp"

namespace web {

struct Options {
  std::vector<std::string> names;  // hosts that the page answers to, without port: others may be a name that was bent to this address
  bool secure = true;              // TLS: cookies are Secure and have the __Host- prefix
  SessionLimits sessions{};
};

class Site {
 public:
  using Contexts = std::function<std::shared_ptr<const admin::Context>()>;
  Site(Contexts contexts, const base::Clock& clock, Options options);
  Answer handle(const Request& request);

 private:
  friend struct Visit;
  Answer refused(const Request& request, int status, base::Text why) const;
  Answer sign_in(const Request& request);
  std::string cookie(std::string_view name, std::string_view value, bool gone) const;
  std::string cookie_name(std::string_view name) const { return (options_.secure ? "__Host-" : "") + std::string(name); }
  bool same_origin(const Request& request) const;

  Contexts contexts_;
  const base::Clock& clock_;
  const Options options_;
  Sessions sessions_;
};

// One request of somebody who is signed in.
struct Visit {
  Site& site;
  const Request& request;
  std::shared_ptr<const admin::Context> context;
  Session session;
  base::Lang lang = base::Lang::vi;
  admin::Roles roles = 0;  // held anywhere; the handlers say how far they reach

  bool may(admin::Roles any) const { return (roles & (any | admin::Role::admin)) != 0; }
  std::string words(base::Text t) const { return std::string(t.in(lang)); }
  // The socket's handler in this one's name. `error`: what it said, for people.
  std::optional<Json> ask(std::string_view method, const std::string& target, std::string& error, const Json& body = nullptr) const;
  std::optional<admin::Reply> ask_raw(std::string_view method, const std::string& target, std::string& error, const std::string& body = {}) const;
  Answer show(std::string_view active, base::Text title, const std::string& raw_body, int status = 200) const;
  Answer failed(std::string_view active, base::Text title, const std::string& error, int status = 400) const;
  std::string done() const;  // that what was asked is done, after a POST led here with ?done=
  static Answer go_to(const std::string& target);  // 303 after a POST
};
Answer download(std::string name, std::string content_type, std::string bytes);

Answer home_page(const Visit& visit);
Answer reports_page(const Visit& visit);
Answer registers_page(const Visit& visit);
Answer quarantine_page(const Visit& visit);
Answer audit_page(const Visit& visit);
Answer accesses_page(const Visit& visit);

}  // namespace web

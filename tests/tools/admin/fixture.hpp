// A store in a directory of its own and the handlers over it, without a server: as the command line uses them.
#pragma once
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "store/check.hpp"
#include "tools/admin/handle.hpp"

namespace admin::test {

struct Fixture {
  std::filesystem::path directory;
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  base::Config config;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Context> context;

  Fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "congthu-admin-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
    config.file = directory / "congthu.toml";
    store::Options options;
    options.env.map_size = 1u << 30;
    options.env.sync = false;
    options.clock = &clock;
    options.collect = false;
    auto opened = store::Store::open(pattern, options);
    BOOST_REQUIRE_MESSAGE(opened, opened.error().detail());
    store = *std::move(opened);
    context = std::make_unique<Context>(Context{*store, config, clock, {}, clock.now()});
    context->services.password_cost = {64, 1, 1};
  }
  ~Fixture() {
    const auto report = store::check(store->env());
    BOOST_TEST((report && report->ok()));
    context.reset();
    store.reset();
    std::filesystem::remove_all(directory);
  }

  Reply call(std::string method, std::string_view target, const Json& body = nullptr) {
    auto request = make_request(std::move(method), target, body.is_null() ? std::string{} : body.dump(), "uid 0 (root)");
    BOOST_REQUIRE(request);
    return handle(*context, *request);
  }
  Json ok(std::string method, std::string_view target, const Json& body = nullptr) {
    const Reply reply = call(std::move(method), target, body);
    BOOST_TEST_CONTEXT(target << " " << reply.body) BOOST_TEST(reply.status == 200);
    return Json::parse(reply.body, nullptr, false);
  }
  int status(std::string method, std::string_view target, const Json& body = nullptr) { return call(std::move(method), target, body).status; }
  bool changed(std::string method, std::string_view target, const Json& body = nullptr) { return ok(std::move(method), target, body).at("changed").get<bool>(); }

  void province() {
    changed("POST", "/domains", {{"name", "songla.gov.vn"}});
    changed("POST", "/agencies", {{"code", "svd"}, {"name", "Sở Ví dụ"}, {"symbol", "SVD"}});
    changed("POST", "/agencies", {{"code", "ttvd"}, {"name", "Trung tâm Ví dụ"}, {"parent", "svd"}});
    changed("POST", "/accounts", {{"address", "an@songla.gov.vn"}, {"name", "Nguyễn Văn An"}, {"agency", "svd"}, {"password", "mat khau 1"}});
    changed("POST", "/accounts", {{"address", "vanthu@songla.gov.vn"}, {"agency", "ttvd"}, {"functional", true}});
  }
};

}  // namespace admin::test

#include <fstream>

#include "tests/tools/admin/fixture.hpp"

using namespace admin;
using admin::test::Fixture;

BOOST_FIXTURE_TEST_SUITE(admin_system, Fixture)

BOOST_AUTO_TEST_CASE(the_check_tells_its_progress_and_finds_nothing_wrong) {
  province();
  auto request = make_request("POST", "/store/check", "", "x");
  BOOST_TEST(streams(*request));
  std::vector<std::string> lines;
  const Reply reply = handle(*context, *request, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(Json::parse(reply.body).at("ok") == true);
  for (const std::string& line : lines) BOOST_TEST(Json::parse(line).contains("progress"));
  BOOST_TEST(status("POST", "/store/check?digests=perhaps") == 400);
}

BOOST_AUTO_TEST_CASE(statistics_health_and_metrics_answer) {
  BOOST_TEST(ok("GET", "/store/stats").at("map_size") == (1u << 30));
  clock.advance(std::chrono::seconds(90));
  const Json h = ok("GET", "/health");
  BOOST_TEST(h.at("ok") == true);
  BOOST_TEST(h.at("uptime_seconds") == 90);
  const Reply metrics = call("GET", "/metrics");
  BOOST_TEST(metrics.content_type.starts_with("text/plain"));
  BOOST_TEST(metrics.body.find("\ncongthu_store_map_bytes 1073741824\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_configuration_is_reported_whole) {
  base::InitOptions init;
  init.domain = "songla.gov.vn";
  std::ofstream(config.file) << base::default_config_text(init);
  BOOST_TEST(ok("GET", "/config/check").at("ok") == true);
  std::ofstream(config.file) << "[smtp]\nport = 99999\n[imap]\nport = \"x\"\n";
  const Json r = ok("GET", "/config/check");
  BOOST_TEST(r.at("ok") == false);
  BOOST_TEST(r.at("problems").size() >= 2u);
}

BOOST_AUTO_TEST_CASE(what_needs_a_service_says_so) {
  province();
  BOOST_TEST(status("GET", "/search?account=an%40songla.gov.vn&q=x") == 501);
  BOOST_TEST(status("GET", "/queue") == 501);
  BOOST_TEST(status("POST", "/policy/test?from=a%40b.vn&to=c%40d.vn") == 501);
}

BOOST_AUTO_TEST_CASE(searching_somebodys_mail_is_audited) {
  province();
  context->services.search = [](store::AccountId, std::string_view query, std::size_t limit) -> Result<Json> {
    return Json{{"total", 0}, {"indexed", true}, {"results", Json::array()}, {"asked", query}, {"limit", limit}};
  };
  const Json r = ok("GET", "/search?account=an%40songla.gov.vn&q=k%E1%BA%BF+ho%E1%BA%A1ch&limit=7");
  BOOST_TEST(r.at("asked") == "kế hoạch");
  BOOST_TEST(r.at("limit") == 7);
  const Json trail = ok("GET", "/audit").at("audit");
  BOOST_TEST(trail.back().at("what") == "search");
  BOOST_TEST(trail.back().at("detail").at("query") == "kế hoạch");
  BOOST_TEST(status("GET", "/search?account=ai%40songla.gov.vn&q=x") == 404);
  BOOST_TEST(status("GET", "/search?account=an%40songla.gov.vn") == 400);
}

BOOST_AUTO_TEST_CASE(the_queue_is_listed_held_and_dropped) {
  store::SubmitMessage message;
  message.content = store::make_content("Subject: x\r\n\r\nx\r\n");
  message.outbound.push_back({"envelope", clock.now(), ""});
  const auto submitted = store->run(std::move(message));
  BOOST_REQUIRE(submitted);
  context->services.queue_view = [](const store::QueueRow& row) -> Result<QueueView> {
    QueueView v;
    v.sender = "an@songla.gov.vn";
    v.recipients = {"x@ngoai.vn"};
    v.held = row.envelope == "held";
    return v;
  };
  context->services.queue_action = [this](const store::QueueRow&, QueueAction action) -> Result<store::Outbound> {
    return store::Outbound{action == QueueAction::hold ? "held" : "free", clock.now(), ""};
  };
  const std::string id = ok("GET", "/queue").at("queue").at(0).at("id").get<std::string>();
  BOOST_TEST(changed("POST", "/queue/" + id + "/hold"));
  BOOST_TEST(ok("GET", "/queue/" + id).at("held") == true);
  BOOST_TEST(ok("GET", "/queue/" + id).at("next_try").is_null());
  BOOST_TEST(changed("POST", "/queue/" + id + "/release"));
  BOOST_TEST(ok("GET", "/queue/" + id).at("held") == false);
  BOOST_TEST(status("POST", "/queue/" + id + "/burn") == 404);
  BOOST_TEST(status("POST", "/queue/abc/drop") == 400);
  BOOST_TEST(changed("POST", "/queue/" + id + "/drop"));
  BOOST_TEST(status("GET", "/queue/" + id) == 404);
  BOOST_TEST(ok("GET", "/audit").at("audit").back().at("detail").at("recipients") == Json::array({"x@ngoai.vn"}));
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_costs_its_request_only) {
  province();
  context->services.search = [](store::AccountId, std::string_view, std::size_t) -> Result<Json> { throw std::runtime_error("secret path"); };
  const Reply reply = call("GET", "/search?account=an%40songla.gov.vn&q=x");
  BOOST_TEST(reply.status == 500);
  BOOST_TEST(reply.body.find("secret path") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

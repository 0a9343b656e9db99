// Queue and client against a scripted server: results, reports, retry, restart, TLS.
#include <algorithm>

#include "tests/smtp/queue/support.hpp"

using namespace queue_test;

namespace {
bool has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }
}  // namespace

BOOST_FIXTURE_TEST_SUITE(queue_runner, QueueFixture)

BOOST_AUTO_TEST_CASE(entries_survive_their_encoding_and_damage_is_seen) {
  queue::Entry e;
  e.sender = "an@songla.gov.vn";
  e.domain = "xa.vn";
  e.attempts = 300;
  e.held = e.warned = true;
  e.targets.push_back({{"b@xa.vn", proto::Fate::pending, 451, {4, 2, 1}, "later"}, true});
  const std::string bytes = queue::encode(e);
  const auto back = queue::decode(bytes);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(queue::encode(*back) == bytes);
  BOOST_TEST(back->targets.at(0).notify_never);
  BOOST_TEST((back->held && back->warned && !back->smtputf8));
  for (std::size_t n = 0; n < bytes.size(); ++n) BOOST_TEST(!queue::decode(std::string_view(bytes).substr(0, n)).has_value());
  BOOST_TEST(!queue::decode(bytes + "x").has_value());
}

BOOST_AUTO_TEST_CASE(one_entry_for_each_domain) {
  submit({"a@xa.vn", "b@XA.vn", "c@gan.vn"});
  BOOST_TEST(listed().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_message_is_sent_with_prefix_and_dots) {
  start();
  submit({"b@xa.vn", "c@xa.vn"});
  BOOST_TEST(emptied());
  const auto got = script.received();
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0] == "Received: by mx.songla.gov.vn\r\nSubject: Công văn\r\nFrom: an@songla.gov.vn\r\n\r\n..mật\r\n");
  BOOST_TEST(inbox().empty());
}

BOOST_AUTO_TEST_CASE(a_temporary_refusal_is_tried_again_at_its_time) {
  script.busy = 1;
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  const auto row = listed().at(0);
  BOOST_TEST((row.due == clock.now() + 5min));
  BOOST_TEST(row.entry.targets.at(0).result.text == "come again");
  pass(4min);
  std::this_thread::sleep_for(50ms);
  BOOST_TEST(script.connections == 1);
  pass(1min);
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_of_two_recipients_is_refused_and_reported) {
  script.refuse.insert("ai@xa.vn");
  start();
  submit({"ai@xa.vn", "b@xa.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
  const auto mail = inbox();
  BOOST_REQUIRE(mail.size() == 1u);
  const std::string& report = mail[0];
  BOOST_TEST(report.starts_with("Return-Path: <>\r\n"));
  for (const char* part : {"multipart/report", "message/delivery-status", "text/rfc822-headers", "Auto-Submitted: auto-replied",
                           "Final-Recipient: rfc822; ai@xa.vn", "Action: failed", "Status: 5.1.1", "550 5.1.1 nobody here",
                           "Reporting-MTA: dns; mx.songla.gov.vn", "To: "}) {
    BOOST_TEST(has(report, part), part);
  }
  BOOST_TEST(!has(report, "b@xa.vn"));
  BOOST_TEST(!has(report, "..m"));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_about_a_lost_report) {
  script.refuse.insert("ai@xa.vn");
  start();
  submit({"ai@xa.vn"}, "");
  BOOST_TEST(emptied());
  BOOST_TEST(inbox().empty());
}

BOOST_AUTO_TEST_CASE(a_report_to_a_sender_elsewhere_is_queued) {
  script.refuse.insert("ai@xa.vn");
  start();
  submit({"ai@xa.vn"}, "b@xa.vn");
  BOOST_REQUIRE(soon([&] { return script.received().size() == 1; }));
  BOOST_TEST(emptied());
  BOOST_TEST(has(script.received().at(0), "Final-Recipient: rfc822; ai@xa.vn"));
  const std::lock_guard lock(script.mutex);
  const auto is_null = [](const std::string& c) { return c.starts_with("MAIL FROM:<>"); };
  BOOST_TEST(std::count_if(script.commands.begin(), script.commands.end(), is_null) == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_cut_in_the_content_is_tried_again) {
  script.drop_in_data = 1;
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_TEST(script.received().empty());
  pass(5min);
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_delay_is_reported_once_and_the_end_too) {
  script.late.insert("b@xa.vn");
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_TEST(inbox().empty());
  pass(5h);
  BOOST_REQUIRE(attempted(2));
  pass(5h);
  BOOST_REQUIRE(attempted(3));
  BOOST_REQUIRE(inbox().size() == 1u);
  BOOST_TEST(has(inbox()[0], "Action: delayed"));
  pass(24h * 5);
  BOOST_TEST(emptied());
  BOOST_REQUIRE(inbox().size() == 2u);
  BOOST_TEST(has(inbox()[1], "Action: failed"));
  BOOST_TEST(has(inbox()[1], "Status: 5.4.7"));
}

BOOST_AUTO_TEST_CASE(the_queue_goes_on_after_a_restart) {
  script.busy = 1;
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  running.reset();
  s.reset();
  open_store();
  BOOST_TEST(listed().at(0).entry.attempts == 1u);
  clock.advance(6min);
  start();
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
}

BOOST_AUTO_TEST_CASE(hold_release_retry_and_drop) {
  script.busy = 1;
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  const auto id = listed().at(0).id;
  queue::Runner& runner = *running->runner;
  BOOST_REQUIRE(runner.hold(id).has_value());
  pass(24h * 10);
  std::this_thread::sleep_for(100ms);
  BOOST_TEST(script.connections == 1);
  BOOST_TEST(listed().at(0).entry.held);
  BOOST_REQUIRE(runner.drop(id).has_value());
  BOOST_TEST(listed().empty());
  BOOST_TEST((runner.retry_now(id).error().code() == base::Errc::not_found));
  script.busy = 1;
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_REQUIRE(runner.retry_now(listed().at(0).id).has_value());
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
}

BOOST_AUTO_TEST_CASE(tls_is_used_when_offered_and_broken_tls_falls_back) {
  script.starttls = true;
  start();
  submit({"b@xa.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.secure == 1);
  script.tls_breaks = true;
  submit({"b@xa.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 2u);
  BOOST_TEST(script.secure == 1);
}

BOOST_AUTO_TEST_CASE(without_the_fall_back_broken_tls_waits) {
  script.starttls = script.tls_breaks = true;
  client.clear_fallback = false;
  start();
  submit({"b@xa.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_TEST(script.received().empty());
}

BOOST_AUTO_TEST_CASE(null_mx_unknown_domains_and_loops_fail_at_once) {
  start();
  submit({"a@null.vn"});
  submit({"a@khong-co.vn"});
  submit({"a@loop.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.connections == 0);
  std::string all;
  for (const std::string& m : inbox()) all += m;
  for (const char* status : {"Status: 5.1.10", "Status: 5.1.2", "Status: 5.4.6"}) BOOST_TEST(has(all, status), status);
}

BOOST_AUTO_TEST_CASE(our_own_listening_address_is_never_called) {
  client.allow_loopback = false;
  start();
  submit({"b@xa.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.connections == 0);
  BOOST_TEST(has(inbox().at(0), "Status: 5.4.6"));
}

BOOST_AUTO_TEST_CASE(a_relay_takes_everything_over_verified_tls_with_a_login) {
  script.starttls = script.need_auth = true;
  relay = "mx.xa.vn";
  start();
  submit({"a@gan.vn"});
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 1u);
  BOOST_TEST(script.secure == 1);
  const std::lock_guard lock(script.mutex);
  BOOST_TEST((std::count(script.commands.begin(), script.commands.end(), "AUTH PLAIN AHUAcA==") == 1));
}

BOOST_AUTO_TEST_CASE(a_relay_with_another_name_gets_neither_mail_nor_password) {
  script.starttls = script.need_auth = true;
  relay = "khac.xa.vn";
  start();
  submit({"a@gan.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_TEST(script.received().empty());
  const std::lock_guard lock(script.mutex);
  for (const std::string& c : script.commands) BOOST_TEST((c.starts_with("EHLO") || c == "STARTTLS"), c);
}

BOOST_AUTO_TEST_CASE(a_relay_without_tls_gets_nothing) {
  script.need_auth = true;
  relay = "mx.xa.vn";
  start();
  submit({"a@gan.vn"});
  BOOST_REQUIRE(attempted(1));
  BOOST_TEST(script.received().empty());
  BOOST_TEST(listed().at(0).entry.targets.at(0).result.text.find("TLS") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_domain_has_more_connections_than_allowed_and_all_is_sent) {
  options.per_domain = 1;
  options.concurrency = 3;
  for (int i = 0; i < 20; ++i) submit({"b@xa.vn"});
  start();
  BOOST_TEST(emptied());
  BOOST_TEST(script.received().size() == 20u);
  BOOST_TEST(script.most_open == 1);
}

BOOST_AUTO_TEST_SUITE_END()

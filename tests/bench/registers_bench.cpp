// The registers of a province after a year: what a page, a search and a report cost in a store of ROWS documents of 300 agencies.
// Makes them when the directory holds none (about 30 µs each; nothing is synced). The first figure of a line is the median of eleven, the
// second the worst. Run: bench_registers DATA_DIRECTORY ROWS
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/crypto.hpp"
#include "store/store.hpp"
#include "tools/admin/handle.hpp"
#include "tools/registers/rules.hpp"

namespace {

using Json = nlohmann::ordered_json;
using Steady = std::chrono::steady_clock;
constexpr std::size_t kAgencies = 300, kBatch = 2000;

[[noreturn]] void fail(const std::string& what, const base::Error& error) {
  std::fprintf(stderr, "bench_registers: %s: %s\n", what.c_str(), error.detail().c_str());
  std::exit(1);
}

std::string code(std::size_t n) { return "cq" + std::to_string(n); }

// A year's documents in the order of time; every fifth goes out.
registers::Arrival paper(std::size_t n, std::size_t rows, base::Time begin) {
  registers::Arrival a;
  const std::size_t agency = n * 7919 % kAgencies, issuer = n * 104729 % kAgencies;
  a.direction = n % 5 == 0 ? registers::Direction::outgoing : registers::Direction::incoming;
  a.agency = code(agency);
  a.agency_name = "Cơ quan thứ " + std::to_string(agency);
  a.at = begin + std::chrono::duration_cast<base::Time::duration>(std::chrono::seconds(31'000'000) * n / rows);
  const bool decision = n % 3 == 0;
  a.fields = {{"doc_class", "administrative"}, {"kind", decision ? "Quyết định" : "Công văn"}, {"kind_abbrev", decision ? "QĐ" : "CV"},
              {"number", std::to_string(n) + (decision ? "/QĐ-UBND" : "/CQ-VP")}, {"symbol", decision ? "QĐ-UBND" : "CQ-VP"},
              {"issuer", "Cơ quan thứ " + std::to_string(issuer)}, {"place", "Sông La"}, {"date", base::rfc3339(a.at).substr(0, 10)},
              {"title", "Về việc trao đổi văn bản điện tử giữa các cơ quan nhà nước trên địa bàn tỉnh, lần thứ " + std::to_string(n % 97)},
              {"signer", "Nguyễn Văn An"}, {"signer_authority", "KT. CHỦ TỊCH"}};
  a.to_places = Json::array({"Như trên", "Lưu: VT"});
  a.from = "vanthu@" + code(issuer) + ".songla.gov.vn";
  a.file = "van-ban-" + std::to_string(n) + ".pdf";
  a.digest = base::sha256_hex(std::to_string(n));
  a.text_digest = registers::text_digest(std::to_string(n));
  a.verdict = n % 4 == 0 ? "unsigned" : "valid";
  a.mail = std::to_string(n);
  a.message_id = std::to_string(n) + "@songla.gov.vn";
  if (a.direction == registers::Direction::outgoing) a.recipients.push_back({"vanthu@" + code((agency + 1) % kAgencies) + ".songla.gov.vn"});
  return a;
}

void fill(store::Store& store, std::size_t rows) {
  for (std::size_t i = 0; i < kAgencies; ++i) {
    store::AddAgency op;
    op.row.code = code(i);
    op.row.name = "Cơ quan thứ " + std::to_string(i);
    if (const auto done = store.run(std::move(op)); !done) fail(code(i), done.error());
  }
  const base::Time begin = *base::parse_rfc3339("2026-01-01T07:00:00+07:00");
  const auto start = Steady::now();
  for (std::size_t n = 0; n < rows;) {
    std::vector<registers::Arrival> some;
    for (; n < rows && some.size() < kBatch; ++n) some.push_back(paper(n, rows, begin));
    if (const auto done = store.run(store::ApplyRules{{registers::enter(std::move(some))}}); !done) fail("enter", done.error());
    if (n % 100'000 < kBatch) std::fprintf(stderr, "\r%zu of %zu, %.0f s", n, rows, std::chrono::duration<double>(Steady::now() - start).count());
  }
  std::fprintf(stderr, "\n");
}

std::string encoded(std::string_view text) {
  std::string out;
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c))) out += c;
    else (out += '%') += {kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]};
  return out;
}

void measure(const admin::Context& context, const char* what, const std::string& target, int times = 11) {
  std::vector<double> took;
  std::size_t bytes = 0, rows = 0;
  for (int i = 0; i < times; ++i) {
    const auto start = Steady::now();
    const auto request = admin::make_request("GET", target, {}, "uid 0 (root)");
    if (!request) fail(target, request.error());
    const admin::Reply reply = admin::handle(context, *request);
    took.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    const Json json = Json::parse(reply.body, nullptr, false);
    if (reply.status != 200) std::fprintf(stderr, "%s: %s\n", target.c_str(), reply.body.c_str());
    bytes = reply.body.size();
    rows = json.contains("documents") ? json["documents"].size() : json.contains("rows") ? json["rows"].size() : 0;
  }
  std::sort(took.begin(), took.end());
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  std::printf("%-36s %9.1f ms %9.1f ms %6zu rows %8zu bytes  (process so far: %ld MiB)\n", what, took[took.size() / 2], took.back(), rows, bytes, use.ru_maxrss / 1024);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "use: bench_registers DATA_DIRECTORY ROWS\n");
    return 2;
  }
  const std::size_t rows = std::strtoull(argv[2], nullptr, 10);
  const bool fresh = !std::filesystem::exists(argv[1]);
  std::filesystem::create_directories(argv[1]);
  store::Options options;
  options.env.sync = false;
  auto opened = store::Store::open(argv[1], options);
  if (!opened) fail(argv[1], opened.error());
  store::Store& store = **opened;
  if (fresh) fill(store, rows);
  base::Config config;
  base::ManualClock clock(*base::parse_rfc3339("2026-12-31T09:00:00+07:00"));
  const admin::Context context{store, config, clock, {}, clock.now()};
  measure(context, "first page", "/registers?limit=100");
  measure(context, "first page of one agency", "/registers?agency=cq17&direction=in&limit=100");
  measure(context, "a week in summer", "/registers?agency=cq17&direction=in&from=2026-07-06&to=2026-07-12&limit=100");
  measure(context, "a week in summer, all agencies", "/registers?from=2026-07-06&to=2026-07-12&limit=100");
  measure(context, "behind row 9,000 of one agency", "/registers?agency=cq17&before=cq17%2Fin%2F2026%2F" + std::to_string(rows / kAgencies * 2 / 5) + "&limit=100");
  measure(context, "decisions of one agency", "/registers?agency=cq17&kind=" + encoded("QĐ") + "&limit=100");
  measure(context, "a rare issuer, all agencies", "/registers?issuer=" + encoded("khong co ai ten nhu the") + "&limit=100", 3);
  measure(context, "overdue", "/registers?status=overdue&limit=100");
  measure(context, "document find", "/documents?number=" + encoded(std::to_string(rows / 2 / 3 * 3) + "/QĐ-UBND"));
  measure(context, "report exchange of the year", "/reports/exchange?from=2026-01-01&to=2026-12-31", 1);
  measure(context, "report exchange of June", "/reports/exchange?from=2026-06-01&to=2026-06-30", 1);
  return 0;
}

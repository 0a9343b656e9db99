#include "policy/rules/deadlines.hpp"

#include <algorithm>

#include "policy/rules/exchange_common.hpp"

namespace policy::rules {
namespace {

constexpr base::Text kTooLate{"Lịch làm việc lên trang thông tin điện tử chưa đủ một giờ sau khi gửi qua thư điện tử",
                              "The work schedule was on the website less than an hour after it was sent by mail"};
constexpr base::Text kMissed{"Văn bản khẩn chưa được phân công xử lý đúng hạn", "An urgent document was not assigned in time"};

bool is_schedule(const document::Document& d) {
  return d.title && (has_words(d.title->text, "lịch công tác") || has_words(d.title->text, "lịch làm việc"));
}

class ScheduleBeforeWebsite final : public Rule {
 public:
  std::string_view id() const override { return kScheduleFirst; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (!duty_is_asked(stage, context)) return;
    for (const AttachmentFacts& a : context.content->attachments)
      if (std::any_of(a.documents.begin(), a.documents.end(), is_schedule))
        tell(context, kTooLate, {Outcome::not_judged, a.file_name, "publication_time_is_entered_later"}, {{"accepted", base::rfc3339(context.now)}}, findings);
  }
};

class UrgentDeadline final : public Rule {
 public:
  std::string_view id() const override { return kUrgent; }
  Mode default_mode() const override { return Mode::observe; }
  bool is_duty() const override { return true; }
  void judge(Stage stage, const Context& context, std::vector<Finding>& findings) const override {
    if (stage != Stage::content || context.content == nullptr || !context.explain) return;
    for (const AttachmentFacts& a : context.content->attachments)
      for (const document::Document& d : a.documents)
        if (d.urgency) tell(context, kMissed, {Outcome::not_judged, a.file_name, "judged_when_its_time_is_over"}, {{"urgency", d.urgency->text}}, findings);
  }
};

}  // namespace

std::unique_ptr<Rule> schedule_before_website() { return std::make_unique<ScheduleBeforeWebsite>(); }
std::unique_ptr<Rule> urgent_deadline() { return std::make_unique<UrgentDeadline>(); }

std::optional<Finding> schedule_too_late(const PublishedSchedule& s) {
  if (s.accepted + kScheduleBefore <= s.published) return std::nullopt;
  Finding f;
  f.rule = kScheduleFirst;
  f.text = kTooLate;
  f.subject = s.row;
  f.evidence = {{"outcome", "violated"}, {"accepted", base::rfc3339(s.accepted)}, {"published", base::rfc3339(s.published)}, {"number", s.number},
                {"title", s.title.substr(0, 190)}, {"url", s.url.substr(0, 200)}, {"entered_by", s.entered_by}};
  return f;
}

std::optional<UrgentLimit> urgent_limit(const ExchangePolicies& policies, std::string_view level, const std::vector<std::string>& agencies, base::Time received) {
  const base::UrgencyLimit* best = nullptr;
  const base::ExchangePolicy* of = nullptr;
  std::size_t closest = 0;
  for (const base::ExchangePolicy& p : policies)
    for (const base::UrgencyLimit& u : p.urgencies) {
      if (u.level != level || received < u.from || (u.until && received >= *u.until)) continue;
      const auto at = std::find(agencies.begin(), agencies.end(), u.agency);
      if (!u.agency.empty() && at == agencies.end()) continue;
      const std::size_t fit = u.agency.empty() ? 1 : 1 + std::size_t(agencies.end() - at);
      if (fit < closest) continue;
      closest = fit, best = &u, of = &p;
    }
  if (best == nullptr) return std::nullopt;
  const auto day = base::vietnam_day(base::vietnam_date(received));
  const base::Time until = best->within ? received + *best->within : day ? day->second : received;
  return UrgentLimit{until, of->id, best->source};
}

Finding urgent_missed(const UrgentDocument& d) {
  Finding f;
  f.rule = kUrgent;
  f.text = kMissed;
  f.subject = d.row;
  f.evidence = {{"outcome", "violated"}, {"urgency", d.level}, {"number", d.number}, {"received", base::rfc3339(d.received)}, {"until", base::rfc3339(d.until)}, {"limit", d.source}};
  return f;
}

}  // namespace policy::rules

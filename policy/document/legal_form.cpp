#include "policy/document/legal_form.hpp"

#include <algorithm>
#include <array>

#include "base/clock.hpp"
#include "base/unicode.hpp"

namespace policy::document {
namespace {

constexpr std::chrono::hours kVietnam{7};
constexpr std::chrono::days kLongAfter{30};  // an agency signs on the day that it gives the number, or soon after

enum class Role : unsigned char { person, agency, portal };

// How a name of an agency begins; after fold_tone(). Names of persons begin with a family name, none of which stands here.
constexpr std::array<std::string_view, 44> kAgencyWords{
    "ủy ban", "hội đồng", "sở", "bộ", "cục", "tổng cục", "chi cục", "văn phòng", "ban quản lý", "ban tổ chức", "ban dân tộc", "ban tiếp công dân",
    "ban cơ yếu", "ban chỉ", "thanh tra", "trường", "trung tâm", "bệnh viện", "phòng", "công an", "tòa án", "viện", "đài", "kho bạc", "bảo hiểm",
    "thuế", "chi nhánh", "hải quan", "ngân hàng", "chính phủ", "quỹ", "liên đoàn", "hội nông", "hội liên", "hội cựu", "đảng ủy", "tỉnh ủy",
    "thành ủy", "huyện ủy", "trạm", "hạt kiểm lâm", "học viện", "báo", "kiểm toán"};

std::string key_of(std::string_view name) {
  std::string out = " ";
  for (const char c : base::fold_tone(name)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == ',';
    if (!space || out.back() != ' ') out += space ? ' ' : c;
  }
  if (out.back() != ' ') out += ' ';
  for (const auto& [brief, whole] : {std::pair<std::string_view, std::string_view>{" ubnd ", " ủy ban nhân dân "}, {" hđnd ", " hội đồng nhân dân "}, {" tp. ", " thành phố "}, {" tp ", " thành phố "}})
    if (const auto at = out.find(brief); at != out.npos) out.replace(at, brief.size(), base::fold_tone(whole));
  return out;
}

// The agency of a certificate stands as CN with what it belongs to as O ("SỞ Y TẾ" of "ỦY BAN NHÂN DÂN TỈNH X"); a document may print
// the place behind the name ("Sở Y tế tỉnh X").
bool same_with_place(const std::string& printed, const std::string& common, const std::string& organization) {
  if (printed == common) return true;
  return printed.size() > common.size() && printed.starts_with(common) && organization.ends_with(printed.substr(common.size() - 1));
}

bool in_force(const AgencyNames& a, const std::string& day) {
  return day.empty() || ((a.from.empty() || a.from <= day) && (a.until.empty() || day <= a.until));
}

bool among(const AgencyNames& a, const std::string& key) {
  return std::any_of(a.names.begin(), a.names.end(), [&](const std::string& n) { return key_of(n) == key; });
}

class FormJudge {
 public:
  FormJudge(const Document& document, const std::vector<AgencyNames>& agencies) : agencies_(agencies), document_(document) {
    if (document.issuer) issuer_ = key_of(document.issuer->text);
    if (document.date) day_ = document.date->text;
  }

  LegalForm of(const std::vector<const SignatureReport*>& signatures, Reasons& why) const {
    if (document_.copy_form) return copy(signatures, why);
    if (signatures.size() == 1 && role(*signatures[0]) == Role::portal) return LegalForm::publication;
    std::size_t issuing = signatures.size();
    bool any_agency = false;
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      if (role(*signatures[i]) != Role::agency) continue;
      if (issuing == signatures.size() && (issuer_.empty() ? !any_agency : is_issuer(*signatures[i]))) issuing = i;
      else if (any_agency && document_.incoming) add(why, Code::incoming_stamp_signature, signatures[i]->signer->common_name);
      any_agency = true;
    }
    if (!any_agency) return add(why, Code::legal_agency_missing), LegalForm::incomplete;
    if (issuing == signatures.size()) return differs(signatures, why), LegalForm::issuer_mismatch;
    const LegalForm form = person_first(signatures, issuing, why);
    if (!issuer_.empty()) return dated_well(*signatures[issuing], why) ? form : LegalForm::incomplete;
    add(why, Code::legal_issuer_unknown);
    return form == LegalForm::complete ? LegalForm::none : form;  // nobody knows whether this agency issued it
  }

 private:
  Role role(const SignatureReport& r) const {
    const SignerInfo& s = *r.signer;
    const std::string common = key_of(s.common_name);
    if (base::fold_search(s.common_name).find("cong thong tin dien tu") != std::string::npos) return Role::portal;
    if (s.subject.find("UID=CCCD:") != std::string::npos || s.subject.find("UID=CMND:") != std::string::npos) return Role::person;
    if (s.subject.find("UID=MNS:") != std::string::npos || is_issuer(r)) return Role::agency;
    if (std::any_of(agencies_.begin(), agencies_.end(), [&](const AgencyNames& a) { return among(a, common); })) return Role::agency;
    const bool named = std::any_of(kAgencyWords.begin(), kAgencyWords.end(), [&](std::string_view word) {
      return common.starts_with(" " + base::fold_tone(word) + " ");
    });
    return named ? Role::agency : Role::person;
  }

  bool is_issuer(const SignatureReport& r) const {
    if (issuer_.empty()) return false;
    const std::string common = key_of(r.signer->common_name), organization = key_of(r.signer->organization);
    if (same_with_place(issuer_, common, organization)) return true;
    return std::any_of(agencies_.begin(), agencies_.end(), [&](const AgencyNames& a) {
      return in_force(a, day_) && among(a, common) && among(a, issuer_);
    });
  }

  // The copying agency signs; the original's signatures do not come along (NĐ 30/2020 Điều 25, 27).
  LegalForm copy(const std::vector<const SignatureReport*>& signatures, Reasons& why) const {
    if (role(*signatures.back()) == Role::agency) return LegalForm::copy;
    return add(why, Code::legal_agency_missing), LegalForm::incomplete;
  }

  LegalForm person_first(const std::vector<const SignatureReport*>& signatures, std::size_t issuing, Reasons& why) const {
    const auto is_person = [this](const SignatureReport* s) { return role(*s) == Role::person; };
    const auto agency = signatures.begin() + std::ptrdiff_t(issuing);
    if (std::any_of(signatures.begin(), agency, is_person)) return LegalForm::complete;
    add(why, std::any_of(agency, signatures.end(), is_person) ? Code::legal_order : Code::legal_person_missing);
    return LegalForm::incomplete;
  }

  void differs(const std::vector<const SignatureReport*>& signatures, Reasons& why) const {
    for (const SignatureReport* s : signatures)
      if (role(*s) == Role::agency) return add(why, Code::legal_issuer_differs, s->signer->common_name + " / " + document_.issuer->text);
  }

  // False: the agency signed before the day that the document bears.
  bool dated_well(const SignatureReport& r, Reasons& why) const {
    const auto at = r.signing_time_proven ? r.signing_time_proven : r.signing_time_claimed;
    const auto day = base::parse_rfc3339(day_ + "T00:00:00+07:00");
    if (!at || !day) return true;
    const std::string signed_on = base::rfc3339(*at + kVietnam).substr(0, day_.size());
    if (*at > *day + kLongAfter) add(why, Code::legal_date_late, signed_on);
    if (signed_on >= day_) return true;
    return add(why, Code::legal_date_before, signed_on), false;
  }

  const std::vector<AgencyNames>& agencies_;
  const Document& document_;
  std::string issuer_, day_;
};

bool holds(const SignatureReport& r) { return r.signer && (r.verdict == Verdict::valid || r.verdict == Verdict::weak); }

}  // namespace

void judge_legal_form(std::vector<SignatureReport>& signatures, const Document& document, const std::vector<AgencyNames>& agencies) {
  std::vector<const SignatureReport*> counted;
  for (const SignatureReport& r : signatures)
    if (!r.document_timestamp) counted.push_back(&r);
  if (counted.empty() || document.draft || !std::all_of(counted.begin(), counted.end(), [](const SignatureReport* r) { return holds(*r); })) return;
  Reasons why;
  const LegalForm form = FormJudge(document, agencies).of(counted, why);
  SignatureReport* last = nullptr;
  for (SignatureReport& r : signatures)
    if (!r.document_timestamp) r.legal_form = form, last = &r;
  for (Reason& reason : why) add(last->reasons, reason.code, std::move(reason.detail));
}

}  // namespace policy::document

#include "policy/smime/attached_signature.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "mime/decode.hpp"
#include "policy/smime/entity.hpp"

namespace policy::smime {
namespace {

using mime::Part;
using mime::Structure;

constexpr std::size_t kMaxCandidates = 1000;  // attachments whose names are looked at

// As file systems compare them: without case, and without the blanks and dots at the end that some of them drop.
std::string name_key(const std::string& name) {
  std::string key = base::fold_case(name);
  while (!key.empty() && (key.back() == ' ' || key.back() == '.')) key.pop_back();
  return key;
}

// Content-Disposition and Content-Type may name the part differently, and readers follow either.
std::vector<std::string> names_of(const Part& p) {
  std::vector<std::string> out;
  Part by_type = p;
  by_type.disposition_params.clear();
  for (const Part* one : {&p, static_cast<const Part*>(&by_type)}) {
    std::string key = name_key(mime::file_name(*one));
    if (!key.empty() && std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
  }
  return out;
}

bool has_signature_ending(std::string_view key) { return key.ends_with(".p7s") || key.ends_with(".p7m") || key.ends_with(".sig"); }

std::string_view without_ending(std::string_view key) { return key.substr(0, key.rfind('.')); }  // all of it where there is none

bool is_mail_signature(const Structure& s, const Part& p, const std::vector<std::string>& names) {
  if (p.parent == mime::kNoPart) return true;
  const Part& above = s.parts[p.parent];
  if (above.is_multipart() && above.subtype == "signed") return true;
  return std::any_of(names.begin(), names.end(), [](const std::string& n) { return n == "smime.p7s" || n == "smime.p7m"; });
}

std::uint32_t message_of(const Structure& s, const Part& p) {
  std::uint32_t up = p.parent;
  while (up != mime::kNoPart && !s.parts[up].is_message()) up = s.parts[up].parent;
  return up;
}

struct Candidate {
  std::uint32_t part;
  std::uint32_t message;  // only files of the same mail lie beside each other
  std::vector<std::string> names;
};

std::vector<Candidate> candidates(const Structure& s) {
  std::vector<Candidate> out;
  for (std::uint32_t i = 0; i < s.parts.size() && out.size() < kMaxCandidates; ++i) {
    const Part& p = s.parts[i];
    if (p.is_multipart() || p.first_child != mime::kNoPart) continue;
    if (auto names = names_of(p); !names.empty()) out.push_back({i, message_of(s, p), std::move(names)});
  }
  return out;
}

template <class F>
std::vector<std::uint32_t> beside(const std::vector<Candidate>& all, const Candidate& signature, const F& fits) {
  std::vector<std::uint32_t> out;
  for (const Candidate& c : all)
    if (c.part != signature.part && c.message == signature.message && std::any_of(c.names.begin(), c.names.end(), fits)) out.push_back(c.part);
  return out;
}

// The whole name counts first (a.pdf.p7s: a.pdf), else the name without its ending (a.p7s: a.pdf).
std::vector<std::uint32_t> named_by(const std::vector<Candidate>& all, const Candidate& signature) {
  const auto among = [&](const auto& wanted) {
    return std::any_of(signature.names.begin(), signature.names.end(), wanted);
  };
  auto found = beside(all, signature, [&](const std::string& name) {
    return among([&](const std::string& own) { return has_signature_ending(own) && without_ending(own) == name; });
  });
  if (!found.empty()) return found;
  return beside(all, signature, [&](const std::string& name) {
    return !has_signature_ending(name) && among([&](const std::string& own) { return has_signature_ending(own) && without_ending(own) == without_ending(name); });
  });
}

bool same_bytes(const Structure& s, std::string_view content, const std::vector<std::uint32_t>& parts) {
  const auto first = attached_bytes(s.parts[parts.front()], content);
  return first && std::all_of(parts.begin() + 1, parts.end(), [&](std::uint32_t i) { return attached_bytes(s.parts[i], content) == first; });
}

}  // namespace

std::vector<AttachedSignature> attached_signatures(std::string_view content, const Structure& s) {
  std::vector<AttachedSignature> out;
  const std::vector<Candidate> all = candidates(s);
  for (const Candidate& c : all) {
    if (std::none_of(c.names.begin(), c.names.end(), has_signature_ending) || is_mail_signature(s, s.parts[c.part], c.names)) continue;
    AttachedSignature a;
    a.part = c.part;
    const bool other = std::all_of(c.names.begin(), c.names.end(), [](const std::string& n) { return !n.ends_with(".p7s") && !n.ends_with(".p7m"); });
    a.form = other ? SignatureForm::any : SignatureForm::cms;
    const auto found = named_by(all, c);
    a.ambiguous = found.size() > 1 && !same_bytes(s, content, found);
    if (!found.empty() && !a.ambiguous) a.signs = found.front();
    out.push_back(a);
  }
  return out;
}

std::optional<std::string> attached_bytes(const Part& part, std::string_view content) { return transfer_decoded(part, content); }

}  // namespace policy::smime

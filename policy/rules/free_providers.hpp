// The set of free mail providers. A domain matches with all its sub-domains, on whole labels only: "gmail.com.evil.vn"
// and "notgmail.com" do not match. An allow-list of official sector domains beats the list.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"

namespace policy::rules {

class FreeProviders {
 public:
  // `path` names a file of one domain a line. An unreadable file or a line that is no domain is an error with its line.
  [[nodiscard]] static base::Result<FreeProviders> load(const std::string& path);
  // The same from text; `source` names it in errors.
  [[nodiscard]] static base::Result<FreeProviders> parse(std::string_view text, const std::string& source);
  static FreeProviders builtin();  // etc/free-providers.txt as it was when the program was built
  base::Result<void> add(std::string_view domain);
  base::Result<void> exempt(std::string_view domain);  // a recognised official domain
  bool contains(std::string_view domain) const;        // any case, Unicode or A-labels
  std::size_t size() const { return listed_.size(); }

 private:
  static bool in(const std::unordered_set<std::string>& set, std::string_view domain);
  std::unordered_set<std::string> listed_, exempt_;
};

// Whose host this is, of an MX record: "Google", "Microsoft" ...; empty: of no provider in the table. Such a domain may be a paying
// customer's: evidence, no verdict.
std::string_view free_mx_provider(std::string_view host);

std::string_view builtin_free_providers();  // the text of etc/free-providers.txt

}  // namespace policy::rules

// A report as a file to keep.
#pragma once
#include "tools/web/site.hpp"

namespace web {

constexpr const char* kFormats[] = {"pdf", "xlsx", "csv", "html", "json"};
// `reply`: of tools/admin (congthu.report.NAME/1). A format that is not there: 404.
Answer report_file(const Visit& visit, const Json& reply, const std::string& name, std::string_view format);
std::string download_links(const Visit& visit, const std::string& path, const std::vector<std::pair<std::string, std::string>>& query);
// A choice among the agencies of the site.
Field agency_field(const Visit& visit, std::string value);

}  // namespace web

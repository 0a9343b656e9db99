// A whole file for `congthu classify` and `policy test`: .eml (the body and each attachment), .pdf, .docx, .txt.
#pragma once
#include <string_view>
#include <vector>

#include "policy/inspect/pool.hpp"

namespace policy::inspect {

struct FileFacts {
  std::string source;   // the file's name, or the part's ("2.1 quyet-dinh.pdf"; "body" for the text)
  Facts facts;
};

// `kind`: "eml", "pdf", "docx", "txt" or empty (told by content: header fields at the start are a mail).
// Errors: only those of the pool. At most 200 parts are looked at; what an attachment could not give stands in its reason.
[[nodiscard]] base::Result<std::vector<FileFacts>> classify_file(std::string_view bytes, std::string_view kind, std::string_view name, InspectPool& pool);
std::vector<document::Document> documents_of(const std::vector<FileFacts>& files);

}  // namespace policy::inspect

// The verdict on one file for `congthu verify`, from the sandboxed worker. No output, no arguments.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/core/signature_report.hpp"
#include "policy/inspect/pool.hpp"
#include "policy/trust/material.hpp"

namespace cli {

enum class FileType : unsigned char { eml, pdf, p7m };
std::optional<FileType> parse_file_type(std::string_view word);
// By the name's ending, else by content; what is neither is taken for mail, which may be any bytes.
FileType type_of(std::string_view name, std::string_view bytes);

struct Judge {
  const policy::trust::Material& material;
  policy::inspect::InspectPool& inspector;
};

// The file that a detached signature signs.
struct SignedFile {
  std::string name, bytes;
};

// Errors only when the worker cannot be started. Broken input is a verdict.
[[nodiscard]] base::Result<policy::VerifyReport> verify_file(std::string_view bytes, FileType type, std::string_view name, const Judge& judge,
                                                             const std::optional<SignedFile>& beside = {});

}  // namespace cli

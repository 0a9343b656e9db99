// Finds the signature fields of a PDF (ISO 32000-2 12.7.5.5) through catalog, AcroForm and field tree. Private to the room.
#pragma once
#include <string>
#include <vector>

#include "policy/pdf/file.hpp"

namespace policy::pdf {

struct SignatureField {
  std::string name;       // fully qualified, as written
  bool readable = false;  // the value is a dictionary in the file itself and can be judged
  Object value;           // offsets are offsets of the file when readable
  std::optional<Object> lock;  // of the field
};

struct FieldSearch {
  bool good = true;  // false: some field could not be read, so there may be signatures that were not found
  std::vector<SignatureField> signatures;
};

FieldSearch find_signatures(File& file);

}  // namespace policy::pdf

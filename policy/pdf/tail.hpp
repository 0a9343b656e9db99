// The bytes behind a signed revision, accounted for one by one. Private to the room.
#pragma once
#include <string>

#include "policy/pdf/file.hpp"

namespace policy::pdf {

// Empty when all of [end, size) are objects that a cross-reference section of the tail lists at just that place, those sections, and
// their startxref and %%EOF; else what else is there. Something that no section lists may be found by a reader that repairs.
std::string unaccounted(File& file, std::size_t end);

}  // namespace policy::pdf

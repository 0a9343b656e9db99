// SEARCH compares text as the index does: see base/needle.hpp.
#pragma once
#include "base/needle.hpp"

namespace imap {

using base::Needle;

}  // namespace imap

// OpenSSL loads algorithms, error strings and its random source at first use, some of it from files. A process that is about to
// lock itself in calls this first.
#pragma once

namespace policy::trust {

void warm_up();

}  // namespace policy::trust

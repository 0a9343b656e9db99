// Closes the world around the process: limits, no privileges, no new files, sockets, programs or processes.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace tools::inspect {

// Before: everything a library wants to open once must have been opened. Returns "seccomp", or "limits" in a sanitizer build,
// whose runtime needs calls that the filter forbids (the resource limits, except address space, still hold there).
[[nodiscard]] base::Result<std::string> enter_sandbox(std::uint32_t memory_mib, bool keep_output = false);
void limit_cpu(std::uint32_t seconds);  // from now on; beyond it the kernel ends the process
int self_test();                        // prints what was tried and refused; 0 when all of it was

}  // namespace tools::inspect

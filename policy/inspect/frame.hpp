// The frames between congthud and congthu-inspect, over one socketpair that is the worker's fd 0.
//   frame    := json_size:u32 blob_size:u32 json blob            (big-endian)
//   first    -> {"schema":"congthu.inspect/1","limits":{...}}  blob: policy::trust::to_json(Material)
//            <- {"ready":true,"sandbox":"seccomp"|"limits"}
//   request  -> {"id":n,"what":"document","type":"application/pdf","name":"a.pdf"}   blob: the attachment. With "at" and "known"
//               (RFC 3339) its signatures are judged for that time, with revocation data up to the other. With "signature":{"size":n,
//               "beside":b,"cms":b} the blob is the file of a signature (n bytes) and, with "beside", the file that it signs
//   response <- {"id":n,"format":...,"documents":[...],"signatures":[...],"until":...,"pages":n,"has_text_layer":b,"scanned":b|null,"reason":null|"...","warnings":[...]}
//               blob: the text for the index, UTF-8, capped. "until": when the verdict may change by itself
//   request  -> {"id":n,"what":"mails","sizes":[n...],"at":..., "known":...}   blob: mails, one behind the other; or
//               "what":"cms" with "signature" as above: one signature file whose sender nobody knows
//   response <- {"id":n,"reports":[congthu.verify/1 ...],"opaque":[n|null ...]}   blob: what opaque signatures hold, likewise
// Both ends refuse sizes above the limits before allocating. Every wait has a deadline; a negative one waits for ever.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace policy::inspect {

inline constexpr std::uint32_t kMaxJson = 4u << 20;
inline constexpr std::uint32_t kMaxBlob = 256u << 20;

struct Frame {
  std::string json, blob;
};

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kForever = Deadline::max();

// Errc::timed_out, Errc::io (peer gone: detail "closed"), Errc::limit. Works on blocking and non-blocking sockets.
[[nodiscard]] base::Result<Frame> read_frame(int fd, Deadline deadline, std::uint32_t max_blob = kMaxBlob);
[[nodiscard]] base::Result<> write_frame(int fd, std::string_view json, std::string_view blob, Deadline deadline);

}  // namespace policy::inspect

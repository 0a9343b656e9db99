// The one way an expected failure travels: base::Result<T>. Used by every folder.
// Only the std::expected subset is used (has_value, value, error, operator*, ->), so that it can become std::expected.
// Three kinds of "no" are never mixed: a protocol answer is an ordinary value, an expected failure is a Result error,
// lost I/O, a bug or memory running out is an exception (caught once per connection and once per worker job).
#pragma once
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace base {

enum class Errc : unsigned char {
  internal,      // a state that should not be; the log says more
  invalid,       // the input breaks its grammar or a stated range
  not_found,     // the thing named is not there
  exists,        // the thing to be made is there already
  conflict,      // it is there and differs, or changed meanwhile
  denied,        // not allowed for this identity
  limit,         // a stated limit was reached (size, count, depth)
  over_quota,    // the account's quota
  unavailable,   // cannot be done now; try again later
  io,            // the operating system refused (detail holds strerror)
  corrupt,       // stored data does not hold what it must
  timed_out,
  unsupported,
};

std::string_view to_string(Errc code);  // "not_found", for logs and JSON

// Not an aggregate and default-constructible, because Boost 1.81's result<> asks for it.
class Error {
 public:
  Error() = default;
  Error(Errc code, std::string detail) : code_(code), detail_(std::move(detail)) {}
  Errc code() const { return code_; }
  const std::string& detail() const { return detail_; }  // English, for the log and the operator; never sent to clients
  friend bool operator==(const Error& a, const Error& b) { return a.code_ == b.code_ && a.detail_ == b.detail_; }

 private:
  Errc code_ = Errc::internal;
  std::string detail_;
};

class BadResultAccess : public std::logic_error {
 public:
  explicit BadResultAccess(const Error& e) : std::logic_error(std::string(to_string(e.code())) + ": " + e.detail()) {}
};
// Found by ADL when value() is called on an error (boost::system::result).
[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) { throw BadResultAccess(e); }

template <class T = void>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string detail) { return Error(code, std::move(detail)); }

}  // namespace base

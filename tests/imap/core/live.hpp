// The live server over a World, on ports of its own choice, with a certificate made for the test.
#pragma once
#include <memory>

#include "tests/imap/core/world.hpp"

namespace imap_test {

class Live {
 public:
  explicit Live(World& world);
  ~Live();
  unsigned short port() const;           // STARTTLS, and plain text from loopback
  unsigned short implicit_port() const;
  std::string ca() const;                // PEM file that clients trust
  void stop();                           // graceful

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace imap_test

// Owner of a C library's object: Handle<X509, X509_free>. The deleter has no state, so a Handle is one pointer.
#pragma once
#include <memory>

namespace base {

template <auto Fn>
struct Release {
  template <class T>
  void operator()(T* p) const { Fn(p); }
};

template <class T, auto Fn>
using Handle = std::unique_ptr<T, Release<Fn>>;

}  // namespace base

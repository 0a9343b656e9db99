// The one translation unit that compiles Asio and Beast (BOOST_ASIO_SEPARATE_COMPILATION, BOOST_BEAST_SEPARATE_COMPILATION).
// boost/asio/ssl is left out on purpose: net::Stream drives OpenSSL on the socket itself.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#define BOOST_TEST_MODULE congthu
#include <boost/test/unit_test.hpp>

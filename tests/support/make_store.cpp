// Writes the sample store of tests/store/sample.hpp: make_store DIRECTORY, then `zstd -19 DIRECTORY/data.mdb` gives the fixture of
// the present format (tests/fixtures/format-N). Run by hand, once for a format, when it is released.
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/store/sample.hpp"

int main(int argc, char** argv) {
  if (argc != 2 || std::filesystem::exists(argv[1])) return std::fprintf(stderr, "usage: make_store DIRECTORY (that is not there yet)\n"), 2;
  const std::string dir = argv[1], key = dir + ".key";
  std::ofstream(key) << store_sample::kMaster;
  ::chmod(key.c_str(), 0600);
  store::Options options;
  options.env.map_size = 1u << 30;
  options.collect = false;
  auto master = store::open_master_key(key);
  std::filesystem::remove(key);
  if (!master) return std::fprintf(stderr, "%s\n", master.error().detail().c_str()), 1;
  options.master = *std::move(master);
  auto opened = store::Store::open(dir, options);
  if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail().c_str()), 1;
  const std::string error = store_sample::fill(**opened);
  if (!error.empty()) return std::fprintf(stderr, "%s\n", error.c_str()), 1;
  return 0;
}

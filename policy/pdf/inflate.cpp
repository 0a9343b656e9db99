#include <zlib.h>

#include <cstdlib>

#include "policy/pdf/file.hpp"

namespace policy::pdf {
namespace {

unsigned char paeth(int a, int b, int c) {
  const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
  if (pa <= pb && pa <= pc) return static_cast<unsigned char>(a);
  return static_cast<unsigned char>(pb <= pc ? b : c);
}

}  // namespace

std::optional<std::string> inflate_all(std::string_view in, std::size_t cap) {
  z_stream z{};
  if (inflateInit(&z) != Z_OK) return std::nullopt;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = uInt(in.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= cap) {
    char chunk[16384];
    z.next_out = reinterpret_cast<Bytef*>(chunk);
    z.avail_out = sizeof chunk;
    state = inflate(&z, Z_NO_FLUSH);
    out.append(chunk, sizeof chunk - z.avail_out);
    if (state == Z_OK && z.avail_out == sizeof chunk) break;  // no progress: the input ended early
  }
  inflateEnd(&z);
  return state == Z_STREAM_END && out.size() <= cap ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> undo_png_predictor(std::string_view in, std::size_t columns) {
  if (columns == 0 || columns > 65536 || in.size() % (columns + 1) != 0) return std::nullopt;
  std::string out;
  out.reserve(in.size());
  std::string above(columns, '\0');
  for (; !in.empty(); in.remove_prefix(columns + 1)) {
    const int filter = in[0];
    if (filter < 0 || filter > 4) return std::nullopt;
    std::string row(in.substr(1, columns));
    for (std::size_t i = 0; i < columns; ++i) {
      const int left = i ? static_cast<unsigned char>(row[i - 1]) : 0, up = static_cast<unsigned char>(above[i]);
      const int corner = i ? static_cast<unsigned char>(above[i - 1]) : 0;
      const int guess[] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
      row[i] = char(static_cast<unsigned char>(row[i]) + guess[filter]);
    }
    out.append(row);
    above = std::move(row);
  }
  return out;
}

}  // namespace policy::pdf

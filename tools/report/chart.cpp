#include "tools/report/chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/unicode.hpp"

namespace report {
namespace {

struct Colour {
  std::string_view code, value;
};
// Told apart by lightness too: reports are printed in black and white.
constexpr Colour kVerdicts[] = {{"valid", "#1b7f4b"}, {"invalid", "#8f1d1d"}, {"spoof", "#c4418e"}, {"weak", "#d9a300"}, {"indeterminate", "#6f86a8"},
                                {"unsigned", "#cfd8df"}, {"expired", "#8f1d1d"}, {"expiring", "#d9a300"}, {"current", "#1b7f4b"}};
constexpr std::string_view kTurn[] = {"#0f4c81", "#e08e2b", "#5aa9a3", "#9c3d54", "#8a9a3b", "#6d5ba6", "#c9b458", "#7d7d7d"};

constexpr int kWidth = 900, kLabels = 270, kBar = 20, kGap = 10, kTop = 6, kValues = 60;
constexpr std::size_t kLabelWidth = 34;  // columns of text

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

std::string shortened(const std::string& text) {
  if (base::display_width(text) <= kLabelWidth) return text;
  std::size_t end = 0;
  for (std::size_t next = 0; next < text.size(); end = next) {
    base::take_utf8(text, next);
    if (next > text.size() || base::display_width(std::string_view(text).substr(0, next)) >= kLabelWidth) break;
  }
  return text.substr(0, end) + "…";
}

std::string description(const Pivot& p) {
  std::string out;
  for (std::size_t c = 0; c < p.categories.size(); ++c) {
    out += (c > 0 ? "; " : "") + p.categories[c] + ": ";
    bool first = true;
    for (std::size_t s = 0; s < p.series.size(); ++s) {
      if (p.values[c][s] == 0) continue;
      out += (first ? "" : ", ") + p.series[s] + " " + shown(p, p.values[c][s]);
      first = false;
    }
  }
  return out;
}

std::string bar(const Pivot& p, std::size_t c, int y) {
  const double scale = p.largest > 0 ? double(kWidth - kLabels - kValues) / p.largest : 0;
  std::string out;
  double x = kLabels, total = 0;
  for (std::size_t s = 0; s < p.series.size(); ++s) {
    const double value = p.values[c][s], width = value * scale;
    if (value <= 0) continue;
    out += "<rect x=\"" + number(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" + number(std::max(width, 1.0)) + "\" height=\"" + std::to_string(kBar) +
           "\" fill=\"" + colour(p, s) + "\" stroke=\"#fff\" stroke-width=\"1\"><title>" + escaped(p.categories[c] + ", " + p.series[s]) + ": " + shown(p, value) +
           "</title></rect>";
    x += width;
    total += value;
  }
  return out + "<text x=\"" + number(x + 6) + "\" y=\"" + std::to_string(y + 15) + "\" class=\"v\">" + shown(p, total) + "</text>";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out.push_back(c);
        else out.push_back(' ');
    }
  }
  return out;
}

std::string colour(const Pivot& p, std::size_t series) {
  for (const Colour& c : kVerdicts)
    if (series < p.codes.size() && p.codes[series] == c.code) return std::string(c.value);
  return std::string(kTurn[series % std::size(kTurn)]);
}

std::string figure(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value == std::floor(value) ? "%.0f" : "%.3g", value);
  return text;
}

std::string shown(const Pivot& p, double value) { return p.share ? figure(std::round(value * 1000) / 10) + " %" : figure(value); }

std::string to_svg(const Pivot& p, const std::string& id) {
  const int height = kTop * 2 + int(p.categories.size()) * (kBar + kGap);
  std::string out = "<svg role=\"img\" aria-labelledby=\"" + id + "-t " + id + "-d\" viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(height) +
                    "\" xmlns=\"http://www.w3.org/2000/svg\"><title id=\"" + id + "-t\">" + escaped(p.title) + "</title><desc id=\"" + id + "-d\">" +
                    escaped(description(p)) + "</desc>";
  for (std::size_t c = 0; c < p.categories.size(); ++c) {
    const int y = kTop + int(c) * (kBar + kGap);
    out += "<text x=\"" + std::to_string(kLabels - 8) + "\" y=\"" + std::to_string(y + 15) + "\" text-anchor=\"end\">" + escaped(shortened(p.categories[c])) + "</text>";
    out += bar(p, c, y);
  }
  return out + "<line x1=\"" + std::to_string(kLabels) + "\" x2=\"" + std::to_string(kLabels) + "\" y1=\"0\" y2=\"" + std::to_string(height) + "\" stroke=\"#444\"/></svg>";
}

}  // namespace report

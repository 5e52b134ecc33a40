// What SVG is written with: numbers, text, colours and paths, each as short as can be.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>

namespace picture {

/// Text as it stands between tags.
[[nodiscard]] inline std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else
      out += c;
  return out;
}

/// A number with one decimal, where it needs one.
[[nodiscard]] inline std::string tenths(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string s = text;
  if (s.ends_with(".0")) s.resize(s.size() - 2);
  return s == "-0" ? "0" : s;
}

/// Colours that differ from each other and from both papers, as many as wanted.
[[nodiscard]] inline std::string colour(std::size_t i) {
  constexpr std::array<const char*, 8> best{"#2f7ed8", "#e4572e", "#2e9e6b", "#a45ad0",
                                            "#c98a12", "#12a5b5", "#d8438f", "#7b8794"};
  if (i < best.size()) return best[i];
  const auto part = [&](double third) { // around the wheel by the golden angle
    const double hue = std::fmod(static_cast<double>(i) * 0.381966 + 0.13 + third, 1.0);
    return static_cast<int>(115 + 75 * std::cos(hue * 6.283185307));
  };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(part(0)) & 0xff,
                static_cast<unsigned>(part(1 / 3.0)) & 0xff,
                static_cast<unsigned>(part(2 / 3.0)) & 0xff);
  return text;
}

/// Draws a path in tenths of a unit, each relative to the one before: half as long as absolute.
class pen {
public:
  void move(double x, double y) { go(path_.empty() ? "M" : "m", nearest(x), nearest(y)); }
  void draw(double x, double y) {
    const long to_x = nearest(x), to_y = nearest(y);
    if (to_x != x_ || to_y != y_) go("l", to_x, to_y);
  }
  /// Where it is.
  [[nodiscard]] double y() const { return static_cast<double>(y_) * 0.1; }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  static long nearest(double value) { return std::lround(value * 10); }
  static std::string text(long value) { return tenths(static_cast<double>(value) * 0.1); }
  void go(const char* how, long x, long y) {
    const std::string down = text(y - y_);
    if (*how == 'l' && x == x_)
      path_ += "v" + down;
    else
      path_ += how + text(x - x_) + (down.front() == '-' ? "" : " ") + down;
    x_ = x;
    y_ = y;
  }

  std::string path_;
  long x_ = 0, y_ = 0;
};

} // namespace picture

#include "smtp/proto/framer.hpp"
#include <algorithm>
#include <cstring>
#include "base/ascii.hpp"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace smtp::proto {

const char* find_break(const char* p, const char* end) {
#ifdef __SSE2__
  const __m128i cr = _mm_set1_epi8('\r'), lf = _mm_set1_epi8('\n'), nul = _mm_setzero_si128();
  for (; end - p >= 16; p += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf)), _mm_cmpeq_epi8(block, nul));
    if (const int mask = _mm_movemask_epi8(hit)) return p + __builtin_ctz(unsigned(mask));
  }
#endif
  while (p < end && *p != '\r' && *p != '\n' && *p != '\0') ++p;
  return p;
}

void LineFramer::reset() {
  partial_.clear();
  delivered_ = auth_ = false;
  skipped_ = 0;
}

std::size_t LineFramer::limit_of(std::string_view line) const {
  return auth_ || base::istarts_with(line, "AUTH ") ? auth_limit_ : limit_;
}

LineFramer::Event LineFramer::finish(std::string_view whole) {  // whole ends with LF
  if (whole.size() < 2 || whole[whole.size() - 2] != '\r') return Event::bare;
  line_ = whole.substr(0, whole.size() - 2);
  if (find_break(line_.data(), line_.data() + line_.size()) != line_.data() + line_.size()) return Event::bare;
  return whole.size() > limit_of(whole) ? Event::too_long : Event::line;
}

LineFramer::Event LineFramer::unfinished(std::string_view in) {
  if (skipped_ == 0 && partial_.size() + in.size() <= std::max(limit_, auth_limit_)) {
    partial_.append(in);
    if (partial_.size() <= limit_of(partial_)) return Event::need_more;
    in = {};
  }
  skipped_ += partial_.size() + in.size();
  const bool cr = in.empty() ? !partial_.empty() && partial_.back() == '\r' : in.back() == '\r';
  partial_.assign(cr ? "\r" : "");  // only whether the LF that comes will be bare
  if (cr) --skipped_;
  return skipped_ > flood_ ? Event::flood : Event::need_more;
}

LineFramer::Event LineFramer::next(std::string_view& in) {
  if (delivered_) {
    partial_.clear();
    delivered_ = false;
  }
  if (in.empty()) return Event::need_more;
  const std::size_t lf = in.find('\n');
  if (lf == std::string_view::npos) {
    const std::string_view all = in;
    in = {};
    return unfinished(all);
  }
  const std::string_view head = in.substr(0, lf + 1);
  in.remove_prefix(lf + 1);
  if (partial_.empty() && skipped_ == 0) return finish(head);
  const bool skipping = skipped_ > 0 || partial_.size() + head.size() > std::max(limit_, auth_limit_);
  const bool bare = lf == 0 ? partial_.empty() || partial_.back() != '\r' : head[lf - 1] != '\r';
  if (skipping) {
    partial_.clear();
    skipped_ = 0;
    return bare ? Event::bare : Event::too_long;
  }
  partial_.append(head);
  delivered_ = true;
  return finish(partial_);
}

void ContentFramer::begin(std::uint64_t most, std::uint64_t discard, std::string buffer) {
  content_ = std::move(buffer);
  content_.clear();
  most_ = most;
  discard_ = discard;
  size_ = wasted_ = chunk_ = 0;
  at_ = At::line_start;
  bare_ = ended_ = false;
}

void ContentFramer::keep(const char* from, const char* to) {
  const auto n = std::uint64_t(to - from);
  const bool was_big = too_big();
  size_ += n;
  if (bare_ || was_big) {
    wasted_ += n;
  } else if (too_big()) {
    drop();
    wasted_ += n;
  } else {
    content_.append(from, std::size_t(n));
  }
}

// Runs of whole lines are left in [run, p) and kept in one piece; only a dot at a line's start, or an error, ends a run.
const char* ContentFramer::text(const char* p, const char* end, const char*& run) {
  for (;;) {
    p = find_break(p, end);
    if (p == end) return p;
    if (*p != '\r') {  // LF without CR, or NUL
      keep(run, p + 1);
      run = p + 1;
      spoil();
      at_ = At::text;
      return p + 1;
    }
    if (end - p >= 3 && p[1] == '\n' && p[2] != '.') {
      p += 2;  // the common case: another line begins
      continue;
    }
    at_ = At::cr;
    return p + 1;
  }
}

const char* ContentFramer::step(const char* p, const char* end, const char*& run) {
  switch (at_) {
    case At::line_start:
      if (*p == '.') {  // 4.5.2: the first dot of a line is removed, or it is the end
        keep(run, p);
        run = p + 1;
        at_ = At::dot;
        return p + 1;
      }
      at_ = At::text;
      return p;
    case At::text: return text(p, end, run);
    case At::cr:
      if (*p == '\n') {
        at_ = At::line_start;
        return p + 1;
      }
      spoil();
      at_ = At::text;
      return p;
    case At::dot:
      if (*p == '\r') {
        keep(run, p);
        run = p;
        at_ = At::dot_cr;
        return p + 1;
      }
      at_ = At::text;
      return p;
    case At::dot_cr:
      if (*p == '\n') {
        ended_ = true;
        return p + 1;
      }
      spoil();
      at_ = At::text;
      return p;
  }
  return end;
}

ContentFramer::State ContentFramer::data(std::string_view& in) {
  const char *p = in.data(), *end = p + in.size(), *run = p;
  // A CR that ended the last call was kept there; one that may belong to the end mark was not.
  while (p < end && !ended_) p = step(p, end, run);
  if (ended_) {
    in.remove_prefix(std::size_t(p - in.data()));
    return State::done;
  }
  if (at_ != At::dot_cr) keep(run, end);
  in = {};
  return wasted_ > discard_ ? State::abandon : State::need_more;
}

ContentFramer::State ContentFramer::chunk(std::string_view& in) {
  const std::size_t n = std::size_t(std::min<std::uint64_t>(chunk_, in.size()));
  const char *p = in.data(), *end = p + n;
  keep(p, end);
  while (!bare_ && p < end) {
    if (at_ == At::cr) {
      if (*p++ != '\n') spoil();
      at_ = At::text;
      continue;
    }
    p = find_break(p, end);
    if (p == end) break;
    if (*p++ == '\r') at_ = At::cr;
    else spoil();
  }
  in.remove_prefix(n);
  chunk_ -= n;
  if (wasted_ > discard_) return State::abandon;
  return chunk_ == 0 ? State::done : State::need_more;
}

void ContentFramer::close() {
  if (at_ == At::cr) spoil();
}

}  // namespace smtp::proto

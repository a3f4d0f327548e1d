// What happened, one line each: the last of them are kept, all go into a digest
// by which two runs can be compared, and with `print` to the standard output.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace chat77::simulation {

class Trace {
 public:
  static constexpr size_t kKept = 40;

  explicit Trace(bool print) : print_(print) {}

  void Add(absl::Duration since_start, const std::string& line) {
    for (const char c : line) {
      digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
    if (kept_.size() == kKept) kept_.pop_front();
    kept_.push_back(
        absl::StrFormat("%11.6f %s", absl::ToDoubleSeconds(since_start), line));
    if (print_) std::puts(kept_.back().c_str());
  }

  uint64_t digest() const { return digest_; }
  const std::deque<std::string>& kept() const { return kept_; }

 private:
  const bool print_;
  uint64_t digest_ = 0xcbf29ce484222325u;
  std::deque<std::string> kept_;
};

}  // namespace chat77::simulation

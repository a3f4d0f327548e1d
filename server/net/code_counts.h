// How often the core refused what strangers and users should not ask for, by
// code: guessing, flooding and trespassing are to be seen in the log without a
// line for each.
#pragma once

#include <cstdint>
#include <map>

#include "chat77/v1/errors.pb.h"

namespace chat77::server {

class CodeCounts {
 public:
  // What is a person's ordinary mistake (a name that is not online) is not
  // counted.
  void Note(chat77::v1::Code code);
  // A line for each that came up since the last call: once a second.
  void Report();

  // Since the start.
  uint64_t count(chat77::v1::Code code) const;

 private:
  struct Count {
    uint64_t all = 0;
    uint64_t reported = 0;
  };
  std::map<chat77::v1::Code, Count> counts_;
};

}  // namespace chat77::server

// Invariant 2 on each connection: the room's messages come densely from where
// the login or resume said, but for the own ones whose replies tell their
// place, and for what Missed names exactly. The library would heal a hole, so
// this is looked at before it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class WireChecker final : public Watch {
 public:
  explicit WireChecker(Context& context) : context_(context) {}

  void OnTransmit(const SimClient& client,
                  const pb::ClientFrame& frame) override;
  void OnFrame(const SimClient& client, const pb::ServerFrame& frame) override;

 private:
  struct Reader {
    uint64_t resume_seq = 0;  // asked for
    bool hears = false;
    uint64_t next = 0;       // expected
    std::set<uint64_t> own;  // answered, at or beyond next
  };

  void Hear(const SimClient& client, Reader& reader, uint64_t from,
            uint64_t to);

  Context& context_;
  std::map<std::string, Reader> readers_;  // by device; of its connection
};

}  // namespace chat77::simulation

// Invariants 4 and 5 inside the server, after each step: links are symmetric
// and between two, nobody is online twice, and nothing that is kept for a
// client grows without bound.
#pragma once

#include <cstddef>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class CoreChecker final : public Watch {
 public:
  CoreChecker(Context& context, size_t mailbox_bytes)
      : context_(context), mailbox_bytes_(mailbox_bytes) {}

  void OnStep(const SimServer* server) override;

 private:
  void CheckUsers(const SimServer& server);
  void CheckBounds(const SimServer& server);

  Context& context_;
  const size_t mailbox_bytes_;  // the setting
};

}  // namespace chat77::simulation

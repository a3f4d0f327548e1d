// Invariants 4 and 5 inside the server, after each step: links are symmetric
// and between two, nobody is online twice, nothing that is kept for a client
// grows without bound, and no room is kept that nobody uses.
#pragma once

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class CoreChecker final : public Watch {
 public:
  explicit CoreChecker(Context& context) : context_(context) {}

  void OnStep(const SimServer* server) override;

 private:
  void CheckUsers(const SimServer& server);
  void CheckBounds(const SimServer& server);

  Context& context_;
};

}  // namespace chat77::simulation

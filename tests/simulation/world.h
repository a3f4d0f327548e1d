// One run: users, server, network and disk from one seed, troubles while it
// lasts, then everything heals and must come right.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/block_checker.h"
#include "tests/simulation/context.h"
#include "tests/simulation/core_checker.h"
#include "tests/simulation/narrator.h"
#include "tests/simulation/network.h"
#include "tests/simulation/once_checker.h"
#include "tests/simulation/private_checker.h"
#include "tests/simulation/profile.h"
#include "tests/simulation/room_checker.h"
#include "tests/simulation/sim_client.h"
#include "tests/simulation/sim_server.h"
#include "tests/simulation/sim_storage.h"
#include "tests/simulation/stay_checker.h"
#include "tests/simulation/trigger.h"
#include "tests/simulation/view_checker.h"
#include "tests/simulation/watches.h"
#include "tests/simulation/wire_checker.h"
#include "tests/simulation/workload.h"

namespace chat77::simulation {

struct Outcome {
  std::string failure;  // empty: all invariants held
  uint64_t steps = 0;
  absl::Duration lasted;  // virtual
  uint64_t digest = 0;    // of the whole trace
  std::map<std::string, uint64_t> counts;
  std::vector<std::string> last_lines;
};

class World {
 public:
  struct Options {
    uint64_t seed = 1;
    bool trace = false;    // all that happens, on the standard output
    bool narrate = false;  // all that happens, into the last lines
    uint64_t most_steps = 2'000'000;
  };

  explicit World(const Options& options);

  Outcome Run();

 private:
  void MakeClients();
  void StartServer();
  void CrashServer();
  void StopServer();
  void Trouble(absl::Duration mean, std::function<void()> happen);
  void BeginTroubles();
  void Crash();
  void Cut();
  void DiskTrouble();
  void Storm();
  void FreezeOne();
  void StepClock();
  void Heal();
  void RunHealed();
  // Runs until `done` or that much time has passed. False: it did not get done.
  bool RunUntil(absl::Duration most, const std::function<bool()>& done);
  bool AllWhereTheyWant() const;
  bool AllAtRest() const;
  // What this one's user is owed has come.
  bool HasAll(const SimClient& client) const;
  void SayWhatIsMissing(absl::Duration after);
  bool Step();

  const Options options_;
  Context context_;
  const Profile profile_;
  Watches watches_;
  Disk disk_;
  Network network_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  Workload workload_;
  Trigger trigger_;
  Narrator narrator_;
  RoomChecker room_;
  OnceChecker once_;
  StayChecker stays_;
  PrivateChecker private_;
  ViewChecker views_;
  BlockChecker blocks_;
  WireChecker wire_;
  CoreChecker core_;
  std::unique_ptr<SimServer> server_;
  bool stopping_ = false;
  bool healed_ = false;
  Life life_;
};

}  // namespace chat77::simulation

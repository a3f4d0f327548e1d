// A few hundred seeds with every test run, and those that found something.
// `.ci/run simulation` runs thousands; tests/simulation/run as many as wanted.

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "tests/simulation/world.h"

namespace chat77::simulation {
namespace {

Outcome RunSeed(uint64_t seed) {
  World::Options options;
  options.seed = seed;
  return World(options).Run();
}

void ExpectHolds(uint64_t seed, const Outcome& run) {
  EXPECT_EQ(run.failure, "")
      << "seed " << seed << ": chat77_simulation --trace --seed " << seed;
}

TEST(SimulationTest, SameSeedIsTheSameRun) {
  const Outcome one = RunSeed(7), other = RunSeed(7);
  EXPECT_EQ(one.digest, other.digest);
  EXPECT_EQ(one.steps, other.steps);
  EXPECT_EQ(one.counts, other.counts);
  EXPECT_NE(one.digest, RunSeed(8).digest);
}

// The invariants hold, and what they are for happened: a run in which nothing
// goes wrong proves nothing.
TEST(SimulationTest, InvariantsHoldWhateverGoesWrong) {
  std::map<std::string, uint64_t> counts;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Outcome run = RunSeed(seed);
    ExpectHolds(seed, run);
    for (const auto& [what, count] : run.counts) counts[what] += count;
  }
  for (const char* what : {"asked_in_vain",
                           "bans",
                           "blocks",
                           "kicks",
                           "lifts",
                           "muted",
                           "passwords_changed",
                           "rate_limited",
                           "clock_steps",
                           "crashes",
                           "cuts",
                           "failed_commits",
                           "freezes",
                           "half_open",
                           "kept_unreported",
                           "links",
                           "missed",
                           "private_texts",
                           "answers_found",
                           "rejected_writes",
                           "replays",
                           "restored_stays",
                           "resumes",
                           "revoked",
                           "same_answers",
                           "says",
                           "slow_closed",
                           "stops",
                           "views_compared"}) {
    EXPECT_GT(counts[what], 0u) << what;
  }
}

// What failed once. A seed names a run only until the simulation or the order
// of what it draws changes; the sentence says what it was.

// A logout that the disk refused, and then a restart: two stays of one account.
TEST(SimulationTest, LogoutLostBeforeRestart) { ExpectHolds(90, RunSeed(90)); }

// One who had left with the log trimmed past it was told to have missed
// notices only.
TEST(SimulationTest, LeftBehindTheLog) { ExpectHolds(393, RunSeed(393)); }

// A device whose logout did not reach the disk was ended by a later logout.
TEST(SimulationTest, DeviceEndedByLaterLogout) {
  ExpectHolds(1086, RunSeed(1086));
}

// A pair of a stay whose logout was lost ended the chat with the later stay.
TEST(SimulationTest, PairOfAnEarlierStay) {
  ExpectHolds(10202, RunSeed(10202));
}

// A private text that was refused with BUSY was asked again behind later ones.
TEST(SimulationTest, BusyPrivateTextKeepsItsPlace) {
  ExpectHolds(2892, RunSeed(2892));
}

}  // namespace
}  // namespace chat77::simulation

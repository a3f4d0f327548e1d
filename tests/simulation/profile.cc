#include "tests/simulation/profile.h"

namespace chat77::simulation {
namespace {

// A trouble is absent from some runs, rare in some and frequent in others.
absl::Duration Every(Random& random, absl::Duration rare) {
  switch (random.Below(4)) {
    case 0:
      return absl::InfiniteDuration();
    case 1:
      return rare / 10;
    case 2:
      return rare / 3;
    default:
      return rare;
  }
}

}  // namespace

Profile::Profile(Random& random) {
  accounts = static_cast<int>(random.Between(2, 6));
  second_device = random.Chance(0.5) ? 0.4 : 0;
  legacy = random.Chance(0.4) ? 0.4 : 0;
  chaos = random.Between(absl::Seconds(40), absl::Minutes(6));
  pause = random.Between(absl::Milliseconds(300), absl::Seconds(4));
  long_text = random.Chance(0.3) ? 0.8 : 0.02;
  private_share = random.Chance(0.5) ? 0.6 : 0.15;
  grace = random.Between(absl::Seconds(5), absl::Seconds(40));
  waiting_bytes = random.Chance(0.2) ? 16 * 1024 : 32 * 1024 * 1024;
  cut = Every(random, absl::Seconds(60));
  freeze = Every(random, absl::Seconds(60));
  crash = Every(random, absl::Seconds(120));
  stop = Every(random, absl::Seconds(120));
  disk_trouble = Every(random, absl::Seconds(60));
  storm = Every(random, absl::Seconds(60));
  trouble_share = random.Chance(0.6) ? 0.08 : 0;
  limited = random.Chance(0.2);
  clock_step = Every(random, absl::Seconds(60));
}

}  // namespace chat77::simulation

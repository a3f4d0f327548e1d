// What kind of run a seed is: how many users, how busy, how bad things get.
// Runs differ on purpose: where everything fails all the time nothing deep is
// reached.
#pragma once

#include <cstddef>

#include "absl/time/time.h"

#include "tests/simulation/random.h"

namespace chat77::simulation {

struct Profile {
  explicit Profile(Random& random);

  int accounts = 2;
  double second_device = 0;  // of an account
  double legacy = 0;         // an account's client cannot resume
  absl::Duration chaos;      // how long things go wrong
  absl::Duration pause;      // of one user between two acts, about
  double long_text = 0;      // of texts: up to 8 KiB instead of a few bytes
  double private_share = 0;  // of acts
  double trouble_share = 0;  // of acts: blocks, sanctions, new passwords
  bool limited = false;      // the server has rates
  absl::Duration grace;
  size_t waiting_bytes = 0;
  // Mean times between two troubles of a kind; infinite: never.
  absl::Duration cut, freeze, crash, stop, disk_trouble, storm, clock_step;
};

}  // namespace chat77::simulation

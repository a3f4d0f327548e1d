// The attacks, each a few scripts that run at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/hostile/script.h"

namespace chat77::hostile {

struct Attack {
  std::string name;
  std::vector<Script> scripts;
  // What the server must never answer: the tally's word; empty: anything goes.
  std::string forbidden;
};

// Accounts of attackers: mallory0 and so on, made before the first attack.
inline constexpr size_t kMallories = 16;
std::string Mallory(size_t n);
// They say as much as they may: what the server keeps of the room is full then.
inline constexpr double kFillSeconds = 6;
// So many are more than a log holds.
inline constexpr uint64_t kFillTexts = 400;
Attack FillTheLog();

// All rates times `pace`. `honest`: how many honest users there are.
std::vector<Attack> AllAttacks(double pace, size_t honest);

// What strangers do, and what people with an account do.
std::vector<Attack> StrangersAttacks();
std::vector<Attack> AccountAttacks(size_t honest);

}  // namespace chat77::hostile

// Another name for somebody whose own is taken.
#pragma once

#include <cstddef>
#include <string>

namespace chat77::store {

// "ann" and 2 make "ann_2": a valid alias, cut where it would be too long.
// Where that could not be written in one direction: "user_2".
std::string NumberedAlias(const std::string& alias, size_t number);

}  // namespace chat77::store

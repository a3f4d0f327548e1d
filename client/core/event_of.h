// Frames that are events as they stand.
#pragma once

#include <optional>

#include "client/core/event.h"

namespace chat77::client {

// Nothing for replies, for what is the connection's or the rooms' business
// (Said, PrivateSaid), and for events of a later version.
std::optional<Event> EventOf(const pb::ServerFrame& frame);

}  // namespace chat77::client

// What the core is told of the server around it.
#pragma once

#include "server/core/chat_core.h"
#include "server/net/server.h"
#include "store/model.h"

namespace chat77::server {

// What nobody may know or that must be new in each run is random: two calls
// differ in it.
CoreOptions ToCoreOptions(const ServerOptions& options,
                          const store::LobbyState& lobby, RoomId last_room);

}  // namespace chat77::server

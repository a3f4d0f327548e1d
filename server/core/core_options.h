// What the core is told at a start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"

#include "chat77/v1/session.pb.h"
#include "proto/ids.h"
#include "proto/limits.h"
#include "server/core/login_guard.h"
#include "server/core/request_rates.h"

namespace chat77::server {

struct CoreOptions {
  // Where the lobby stands, from the store (see chat77.v1.RoomState).
  uint64_t epoch = 1;
  uint64_t last_seq = 0;
  // Of direct rooms, which the store keeps whatever `history` says.
  uint64_t direct_epoch = 1;
  // The newest room there is.
  RoomId last_room = kLobby;
  // False: messages are sequenced and told, not stored.
  bool history = true;
  // How long a user who can resume stays online without a connection.
  absl::Duration grace = wire::kGrace;
  // What may wait for the disk (see Overload).
  size_t waiting_bytes = 32 * 1024 * 1024;
  // Who may make an account.
  chat77::v1::Registration registration = chat77::v1::REGISTRATION_OPEN;
  // Nothing: no limit, for anybody. They never hold for sessions that are
  // SessionOpened::unlimited.
  std::optional<RequestRates> request_rates = std::nullopt;
  std::optional<LoginRates> login_rates = std::nullopt;
};

}  // namespace chat77::server

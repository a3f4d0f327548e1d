#include "server/net/core_options.h"

#include <algorithm>
#include <sodium/randombytes.h>

namespace chat77::server {
namespace {

uint64_t Random() {
  uint64_t number = 0;
  randombytes_buf(&number, sizeof number);
  return number;
}

// However little memory there is, a busy moment must not be refused.
constexpr size_t kWaitingLeast = 8 * 1024 * 1024;

}  // namespace

CoreOptions ToCoreOptions(const ServerOptions& options,
                          const store::LobbyState& lobby, RoomId last_room) {
  CoreOptions core;
  // Without history the numbers of this run belong to this run.
  core.epoch = options.history ? lobby.epoch : Random() | 1;
  core.last_seq = lobby.last_seq;
  // Direct rooms are stored in any case.
  core.direct_epoch = lobby.epoch;
  core.last_room = last_room;
  core.history = options.history;
  core.grace = options.grace;
  core.waiting_bytes =
      std::clamp(options.send_bytes / 8, kWaitingLeast, core.waiting_bytes);
  core.registration = options.shard.connection.registration;
  core.request_rates = options.requests;
  core.login_rates = options.logins;
  core.login_rates->hash_key = RandomHashKey();
  return core;
}

}  // namespace chat77::server

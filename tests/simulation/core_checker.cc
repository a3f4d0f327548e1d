#include "tests/simulation/core_checker.h"

#include <algorithm>
#include <set>
#include <string>

#include "proto/limits.h"
#include "tests/simulation/sim_server.h"

namespace chat77::simulation {
namespace {

// What is refused beyond a bound is judged before it is added.
constexpr size_t kOneReply = wire::kFrameBytes + 1024;

}  // namespace

void CoreChecker::OnStep(const SimServer* server) {
  if (server == nullptr) return;
  CheckUsers(*server);
  CheckBounds(*server);
}

void CoreChecker::CheckUsers(const SimServer& server) {
  const server::ChatCore& core = server.core();
  std::set<std::string> keys;
  for (const auto& [id, user] : core.presence().all()) {
    if (!keys.insert(user->key).second) {
      context_.Fail("4", user->alias, " is online twice.");
    }
    for (const auto& [other, room] : core.rooms().Of(user->account)) {
      if (other == user->account) {
        context_.Fail("4", user->alias, " has a private chat with itself.");
      } else if (core.rooms().Find(other, user->account) != room) {
        context_.Fail("4", user->alias,
                      " stands to somebody as that one does not stand to it.");
      }
    }
  }
  for (const auto& room : core.rooms().all()) {
    const bool here = core.presence().Find(room->members[0].key) != nullptr ||
                      core.presence().Find(room->members[1].key) != nullptr;
    if (here || room->held > 0 || !core.idle()) continue;
    context_.Fail("5", "the room of ", room->members[0].alias, " and ",
                  room->members[1].alias,
                  " is kept although neither is online.");
  }
}

void CoreChecker::CheckBounds(const SimServer& server) {
  constexpr size_t kMost =
      std::max(SimSession::kOwnBytesHard, SimSession::kOwnBytesSoft) +
      kOneReply;
  for (const auto& [id, session] : server.sessions()) {
    if (session->own_bytes() <= kMost) continue;
    context_.Fail("5", session->own_bytes(), " bytes wait for connection ",
                  id.value, ".");
  }
  if (server.log().bytes_held() > 2 * server::RoomLog::kChunkBytes) {
    context_.Fail("5", "the room's log holds ", server.log().bytes_held(),
                  " bytes.");
  }
}

}  // namespace chat77::simulation

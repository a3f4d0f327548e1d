#include "tests/simulation/core_checker.h"

#include <algorithm>
#include <set>
#include <string>

#include "proto/limits.h"
#include "tests/simulation/sim_server.h"

namespace chat77::simulation {
namespace {

using server::PrivateState;

// What is refused beyond a bound is judged before it is added; and somebody's
// leaving is never refused.
constexpr size_t kOneEvent = 9 * 1024;
constexpr size_t kOfLeaving = wire::kPrivatePerUser * 512;
constexpr size_t kOneReply = wire::kFrameBytes + 1024;

// How the other side sees it. A hidden request it does not see.
PrivateState Mirrored(const server::PrivateLinks::Peer& peer) {
  const PrivateState state = peer.link.state;
  if (peer.link.hidden && state == PrivateState::kAsking)
    return PrivateState::kNone;
  if (state == PrivateState::kAsking) return PrivateState::kAsked;
  if (state == PrivateState::kAsked) return PrivateState::kAsking;
  return state;
}

}  // namespace

void CoreChecker::OnStep(const SimServer* server) {
  if (server == nullptr) return;
  CheckUsers(*server);
  CheckBounds(*server);
}

void CoreChecker::CheckUsers(const SimServer& server) {
  const server::ChatCore& core = server.core();
  std::set<std::string> keys;
  size_t mailboxes = 0;
  for (const auto& [id, user] : core.presence().all()) {
    if (!keys.insert(user->key).second) {
      context_.Fail("4", user->alias, " is online twice.");
    }
    if (user->mailbox != nullptr) {
      const size_t bytes = user->mailbox->bytes();
      mailboxes += bytes;
      if (bytes > wire::kMailboxBytes + kOneEvent + kOfLeaving) {
        context_.Fail("5", bytes, " bytes of private events wait for ",
                      user->alias, ".");
      }
    }
    for (const auto& peer : core.links().Peers(id)) {
      if (peer.user == id) {
        context_.Fail("4", user->alias, " has a private chat with itself.");
      } else if (core.presence().Get(peer.user) == nullptr ||
                 core.links().Between(peer.user, id) != Mirrored(peer)) {
        context_.Fail("4", user->alias,
                      " stands to somebody as that one does not stand to it.");
      }
    }
  }
  // A server that has stopped forgets everybody at once.
  if (!keys.empty() && mailboxes != core.mailbox_bytes()) {
    context_.Fail("5", "the mailboxes hold ", mailboxes,
                  " bytes, and the server counts ", core.mailbox_bytes(), ".");
  }
  if (mailboxes > mailbox_bytes_ + keys.size() * (kOneEvent + kOfLeaving)) {
    context_.Fail("5", "the mailboxes hold ", mailboxes, " bytes.");
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

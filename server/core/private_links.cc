#include "server/core/private_links.h"

#include "proto/limits.h"

namespace chat77::server {
namespace {

PrivateState Mirrored(PrivateState state) {
  switch (state) {
    case PrivateState::kAsking:
      return PrivateState::kAsked;
    case PrivateState::kAsked:
      return PrivateState::kAsking;
    case PrivateState::kNone:
    case PrivateState::kLinked:
      return state;
  }
  return state;
}

}  // namespace

PrivateState PrivateLinks::Between(UserId self, UserId other) const {
  const auto table = tables_.find(self);
  if (table == tables_.end()) return PrivateState::kNone;
  const auto entry = table->second.find(other);
  return entry == table->second.end() ? PrivateState::kNone : entry->second;
}

AskOutcome PrivateLinks::JudgeAsk(UserId self, UserId other, size_t self_more,
                                  size_t other_more) const {
  switch (Between(self, other)) {
    case PrivateState::kAsking:
      return AskOutcome::kAlreadyAsked;
    case PrivateState::kLinked:
      return AskOutcome::kAlreadyLinked;
    case PrivateState::kAsked:
      return AskOutcome::kConnected;
    case PrivateState::kNone:
      break;
  }
  const bool full = Full(self, self_more) || Full(other, other_more);
  return full ? AskOutcome::kTooMany : AskOutcome::kAsked;
}

AskOutcome PrivateLinks::Ask(UserId self, UserId other) {
  const AskOutcome outcome = JudgeAsk(self, other);
  if (outcome == AskOutcome::kAsked) Set(self, other, PrivateState::kAsking);
  if (outcome == AskOutcome::kConnected) {
    Set(self, other, PrivateState::kLinked);
  }
  return outcome;
}

bool PrivateLinks::Accept(UserId self, UserId other) {
  if (Between(self, other) != PrivateState::kAsked) return false;
  Set(self, other, PrivateState::kLinked);
  return true;
}

bool PrivateLinks::Reject(UserId self, UserId other) {
  if (Between(self, other) != PrivateState::kAsked) return false;
  Erase(self, other);
  Erase(other, self);
  return true;
}

bool PrivateLinks::End(UserId self, UserId other) {
  if (Between(self, other) != PrivateState::kLinked) return false;
  Erase(self, other);
  Erase(other, self);
  return true;
}

std::vector<PrivateLinks::Peer> PrivateLinks::Peers(UserId self) const {
  std::vector<Peer> peers;
  const auto table = tables_.find(self);
  if (table == tables_.end()) return peers;
  for (const auto& [user, state] : table->second) {
    peers.push_back({user, state});
  }
  return peers;
}

std::vector<PrivateLinks::Peer> PrivateLinks::Leave(UserId self) {
  std::vector<Peer> peers = Peers(self);
  for (const Peer& peer : peers) Erase(peer.user, self);
  tables_.erase(self);
  return peers;
}

void PrivateLinks::Set(UserId self, UserId other, PrivateState state) {
  tables_[self][other] = state;
  tables_[other][self] = Mirrored(state);
}

void PrivateLinks::Erase(UserId self, UserId other) {
  const auto table = tables_.find(self);
  if (table == tables_.end()) return;
  table->second.erase(other);
  if (table->second.empty()) tables_.erase(table);
}

bool PrivateLinks::Full(UserId user, size_t more) const {
  const auto table = tables_.find(user);
  const size_t has = table == tables_.end() ? 0 : table->second.size();
  return has + more >= wire::kPrivatePerUser;
}

}  // namespace chat77::server

#include "server/core/private_links.h"

#include <algorithm>

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

PrivateLinks::Link PrivateLinks::Find(UserId self, UserId other) const {
  const auto table = tables_.find(self);
  if (table == tables_.end()) return {};
  const auto entry = table->second.find(other);
  return entry == table->second.end() ? Link{} : entry->second;
}

PrivateState PrivateLinks::Between(UserId self, UserId other) const {
  const Link link = Find(self, other);
  return link.unseen() ? PrivateState::kNone : link.state;
}

bool PrivateLinks::HiddenFrom(UserId self, UserId other) const {
  return Find(self, other).unseen();
}

AskOutcome PrivateLinks::JudgeAsk(UserId self, UserId other) const {
  switch (Find(self, other).state) {
    case PrivateState::kAsking:
      return AskOutcome::kAlreadyAsked;
    case PrivateState::kLinked:
      return AskOutcome::kAlreadyLinked;
    case PrivateState::kAsked:
      // One that did not count so far.
      if (HiddenFrom(self, other) && Count(self, {}) >= wire::kPrivatePerUser) {
        return AskOutcome::kTooMany;
      }
      return AskOutcome::kConnected;
    case PrivateState::kNone:
      break;
  }
  return Full(self, other) ? AskOutcome::kTooMany : AskOutcome::kAsked;
}

AskOutcome PrivateLinks::Ask(UserId self, UserId other, SteadyTime now,
                             bool hidden) {
  const AskOutcome outcome = JudgeAsk(self, other);
  if (outcome == AskOutcome::kAsked) {
    Put(self, other, {PrivateState::kAsking, hidden, now});
  }
  if (outcome == AskOutcome::kConnected) {
    Put(self, other, {PrivateState::kLinked});
  }
  return outcome;
}

bool PrivateLinks::Accept(UserId self, UserId other) {
  if (Between(self, other) != PrivateState::kAsked) return false;
  Put(self, other, {PrivateState::kLinked});
  return true;
}

bool PrivateLinks::Reject(UserId self, UserId other) {
  return Clear(self, other, PrivateState::kAsked);
}

bool PrivateLinks::Withdraw(UserId self, UserId other) {
  return Clear(self, other, PrivateState::kAsking);
}

bool PrivateLinks::End(UserId self, UserId other) {
  return Clear(self, other, PrivateState::kLinked);
}

void PrivateLinks::Hide(UserId self, UserId other) {
  Link link = Find(self, other);
  if (link.state != PrivateState::kAsked) return;
  link.hidden = true;
  Put(self, other, link);
}

bool PrivateLinks::Clear(UserId self, UserId other, PrivateState state) {
  if (Between(self, other) != state) return false;
  Put(self, other, {});
  return true;
}

std::vector<std::pair<UserId, UserId>> PrivateLinks::AskedBefore(
    SteadyTime time) const {
  std::vector<std::pair<UserId, UserId>> asked;
  for (const auto& [self, table] : tables_) {
    for (const auto& [other, entry] : table) {
      if (entry.state == PrivateState::kAsking && entry.asked_at < time) {
        asked.emplace_back(self, other);
      }
    }
  }
  // The same events give the same effects.
  std::sort(asked.begin(), asked.end());
  return asked;
}

std::vector<PrivateLinks::Peer> PrivateLinks::Peers(UserId self) const {
  std::vector<Peer> peers;
  const auto table = tables_.find(self);
  if (table == tables_.end()) return peers;
  for (const auto& [user, link] : table->second) {
    peers.push_back({user, link});
  }
  return peers;
}

std::vector<PrivateLinks::Peer> PrivateLinks::Leave(UserId self) {
  std::vector<Peer> peers = Peers(self);
  for (const Peer& peer : peers) Erase(peer.user, self);
  tables_.erase(self);
  return peers;
}

void PrivateLinks::Put(UserId self, UserId other, Link link) {
  if (link.state == PrivateState::kNone) {
    Erase(self, other);
    return Erase(other, self);
  }
  tables_[self][other] = link;
  link.state = Mirrored(link.state);
  tables_[other][self] = link;
}

void PrivateLinks::Erase(UserId self, UserId other) {
  const auto table = tables_.find(self);
  if (table == tables_.end()) return;
  table->second.erase(other);
  if (table->second.empty()) tables_.erase(table);
}

// Nothing: of any state. What is hidden from a user does not count for them, or
// those they have blocked could keep others from asking.
size_t PrivateLinks::Count(UserId user,
                           std::optional<PrivateState> state) const {
  const auto table = tables_.find(user);
  if (table == tables_.end()) return 0;
  return static_cast<size_t>(std::count_if(
      table->second.begin(), table->second.end(), [&](const auto& entry) {
        return !entry.second.unseen() &&
               (!state || entry.second.state == *state);
      }));
}

bool PrivateLinks::Full(UserId self, UserId other) const {
  return Count(self, {}) >= wire::kPrivatePerUser ||
         Count(other, {}) >= wire::kPrivatePerUser ||
         Count(self, PrivateState::kAsking) >= wire::kAsksOut ||
         Count(other, PrivateState::kAsked) >= wire::kAsksIn;
}

}  // namespace chat77::server

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

PrivateLinks::Entry PrivateLinks::Find(UserId self, UserId other) const {
  const auto table = tables_.find(self);
  if (table == tables_.end()) return {};
  const auto entry = table->second.find(other);
  return entry == table->second.end() ? Entry{} : entry->second;
}

PrivateState PrivateLinks::Between(UserId self, UserId other) const {
  const Entry entry = Find(self, other);
  return entry.unseen() ? PrivateState::kNone : entry.state;
}

bool PrivateLinks::HiddenFrom(UserId self, UserId other) const {
  return Find(self, other).unseen();
}

AskOutcome PrivateLinks::JudgeAsk(UserId self, UserId other, AsksUnderWay selfs,
                                  AsksUnderWay others) const {
  switch (Find(self, other).state) {
    case PrivateState::kAsking:
      return AskOutcome::kAlreadyAsked;
    case PrivateState::kLinked:
      return AskOutcome::kAlreadyLinked;
    case PrivateState::kAsked:
      // One that did not count so far.
      if (HiddenFrom(self, other) && Open(self, selfs) >= wire::kPrivatePerUser)
        return AskOutcome::kTooMany;
      return AskOutcome::kConnected;
    case PrivateState::kNone:
      break;
  }
  return Full(self, other, selfs, others) ? AskOutcome::kTooMany
                                          : AskOutcome::kAsked;
}

AskOutcome PrivateLinks::Ask(UserId self, UserId other, SteadyTime now,
                             bool hidden) {
  const AskOutcome outcome = JudgeAsk(self, other);
  if (outcome == AskOutcome::kAsked) {
    Set(self, other, {PrivateState::kAsking, hidden, now});
  }
  if (outcome == AskOutcome::kConnected) {
    Set(self, other, {PrivateState::kLinked});
  }
  return outcome;
}

bool PrivateLinks::Accept(UserId self, UserId other) {
  if (Between(self, other) != PrivateState::kAsked) return false;
  Set(self, other, {PrivateState::kLinked});
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
  Entry entry = Find(self, other);
  if (entry.state != PrivateState::kAsked) return;
  entry.hidden = true;
  Set(self, other, entry);
}

bool PrivateLinks::Clear(UserId self, UserId other, PrivateState state) {
  if (Between(self, other) != state) return false;
  Erase(self, other);
  Erase(other, self);
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
  for (const auto& [user, entry] : table->second) {
    peers.push_back({user, entry.state, entry.hidden});
  }
  return peers;
}

std::vector<PrivateLinks::Peer> PrivateLinks::Leave(UserId self) {
  std::vector<Peer> peers = Peers(self);
  for (const Peer& peer : peers) Erase(peer.user, self);
  tables_.erase(self);
  return peers;
}

void PrivateLinks::Set(UserId self, UserId other, Entry entry) {
  tables_[self][other] = entry;
  entry.state = Mirrored(entry.state);
  tables_[other][self] = entry;
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

size_t PrivateLinks::Open(UserId user, AsksUnderWay asks) const {
  return Count(user, {}) + asks.out + asks.in;
}

bool PrivateLinks::Full(UserId self, UserId other, AsksUnderWay selfs,
                        AsksUnderWay others) const {
  return Open(self, selfs) >= wire::kPrivatePerUser ||
         Open(other, others) >= wire::kPrivatePerUser ||
         Count(self, PrivateState::kAsking) + selfs.out >= wire::kAsksOut ||
         Count(other, PrivateState::kAsked) + others.in >= wire::kAsksIn;
}

}  // namespace chat77::server

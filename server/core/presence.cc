#include "server/core/presence.h"

#include <algorithm>
#include <utility>

namespace chat77::server {

void User::Know(const AccountName& known) {
  admin = known.admin;
  blocked.reset();
  for (const auto& [other, other_alias] : known.blocked) {
    SetBlocked(other, other_alias, true);
  }
}

void User::Know(const AccountRooms& rooms) {
  for (const ReadMarker& marker : rooms.read) {
    if (marker.room != kLobby) continue;
    // It may have been read before the last that was written.
    lobby_read = std::max(lobby_read, marker.seq);
  }
}

bool User::HasBlocked(AccountId other) const {
  return blocked != nullptr && blocked->contains(other);
}

bool User::SetBlocked(AccountId other, const std::string& other_alias,
                      bool on) {
  if (!on) return blocked != nullptr && blocked->erase(other) > 0;
  if (blocked == nullptr) {
    blocked = std::make_unique<absl::btree_map<AccountId, std::string>>();
  }
  return blocked->insert_or_assign(other, other_alias).second;
}

void User::Note(uint64_t message_id) {
  highest_message_id = std::max(highest_message_id, message_id);
}

std::shared_ptr<User> Presence::Add(SessionId session, std::string alias,
                                    std::string key) {
  auto user = std::make_shared<User>();
  user->id = UserId{++last_id_};
  user->session = session;
  user->alias = std::move(alias);
  user->key = std::move(key);
  by_key_.insert(user);
  users_[user->id] = user;
  return user;
}

void Presence::Remove(UserId id) {
  const auto entry = users_.find(id);
  if (entry == users_.end()) return;
  by_key_.erase(std::string_view(entry->second->key));
  users_.erase(entry);
}

std::shared_ptr<User> Presence::Find(std::string_view key) const {
  const auto entry = by_key_.find(key);
  return entry == by_key_.end() ? nullptr : *entry;
}

std::shared_ptr<User> Presence::FindJoined(std::string_view key) const {
  std::shared_ptr<User> user = Find(key);
  return user != nullptr && user->joined ? user : nullptr;
}

std::shared_ptr<User> Presence::Get(UserId id) const {
  const auto entry = users_.find(id);
  return entry == users_.end() ? nullptr : entry->second;
}

}  // namespace chat77::server

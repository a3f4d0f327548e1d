#include "server/core/presence.h"

#include <utility>

namespace chat77::server {

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

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

bool User::HasBlocked(const User& other) const {
  return blocked != nullptr && blocked->contains(other.account);
}

bool User::HasBlocked(std::string_view other_alias) const {
  return blocked != nullptr &&
         std::any_of(blocked->begin(), blocked->end(), [&](const auto& entry) {
           return entry.second == other_alias;
         });
}

void User::SetBlocked(AccountId other, const std::string& other_alias,
                      bool on) {
  if (!on) {
    if (blocked != nullptr) blocked->erase(other);
    return;
  }
  if (blocked == nullptr) {
    blocked = std::make_unique<absl::btree_map<AccountId, std::string>>();
  }
  (*blocked)[other] = other_alias;
}

const chat77::v1::ServerFrame* User::AnswerTo(uint64_t message_id) const {
  return answers == nullptr ? nullptr : answers->Find(message_id);
}

void User::Remember(uint64_t message_id,
                    const chat77::v1::ServerFrame& answer) {
  if (message_id == 0) return;
  if (answers == nullptr) answers = std::make_unique<RecentAnswers>();
  answers->Add(message_id, answer);
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

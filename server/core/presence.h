// Who is online: one session per account.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"

#include "server/core/ids.h"

namespace chat77::server {

// Somebody's stay, from a right password to the end. It may outlive its place
// in Presence: the room's order still has to say that they joined and left.
struct User {
  UserId id;
  SessionId session;
  std::string alias;       // as registered
  std::string key;         // of the alias
  int64_t connection = 0;  // in the connection log; 0: not recorded yet
  bool joined = false;     // others know of them
  std::string left_why;    // not empty: gone, and the log's reason
};

class Presence {
 public:
  // The key must be free.
  std::shared_ptr<User> Add(SessionId session, std::string alias,
                            std::string key);
  void Remove(UserId id);

  // By key; whether or not others know of them yet. nullptr: nobody.
  std::shared_ptr<User> Find(std::string_view key) const;
  // By key; only those who joined.
  std::shared_ptr<User> FindJoined(std::string_view key) const;
  std::shared_ptr<User> Get(UserId id) const;

  // In order of login.
  const absl::btree_map<UserId, std::shared_ptr<User>>& all() const {
    return users_;
  }

 private:
  absl::btree_map<UserId, std::shared_ptr<User>> users_;
  absl::flat_hash_map<std::string, UserId> by_key_;
  uint64_t last_id_ = 0;
};

}  // namespace chat77::server

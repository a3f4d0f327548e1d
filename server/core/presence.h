// Who is online: one stay per account, with a session or, for a while, without.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

#include "proto/network.h"
#include "server/core/event.h"
#include "server/core/ids.h"
#include "server/core/request_rates.h"

namespace chat77::server {

// What is to be known of somebody who is not on the server's own machine, or
// to whom limits apply.
struct Guest {
  std::optional<wire::IpAddress> address;  // nothing: the server's own
  // Empty and nothing: no limit applies.
  std::string group;
  std::optional<RequestBudget> budget;
};

// Somebody's stay, from a right password or token to the end. It may outlive
// its place in Presence: the room's order still has to say that they joined
// and left.
struct User {
  // It has ended; `left_why` says why.
  bool gone() const { return !left_why.empty(); }
  // Copies from the account whether it is an admin and whom it has blocked.
  void Know(const AccountName& known);
  // And up to where it has read the lobby.
  void Know(const AccountRooms& rooms);
  bool HasBlocked(AccountId other) const;
  // False if it was so already.
  bool SetBlocked(AccountId other, const std::string& other_alias, bool on);
  // A request of that id was carried out.
  void Note(uint64_t message_id);

  UserId id;
  SessionId session;             // 0: away, or gone
  std::string alias;             // as registered
  std::string key;               // of the alias
  AccountId account = {};        // in the store
  DeviceId device = {};          // its number; 0: cannot resume
  ConnectionId connection = {};  // in the connection log; 0: not recorded yet
  bool resumes = false;          // its client can; else the stay ends with it
  bool joined = false;           // others know of them
  bool admin = false;
  // Of the requests of the account that were ever carried out, as far as the
  // store remembers them: a higher id is that of a new request.
  uint64_t highest_message_id = 0;
  Token grace;                   // away: until this elapses
  std::unique_ptr<Guest> guest;  // nullptr: neither. Away: as it was
  // Accounts they have blocked, and their aliases; nullptr: none.
  std::unique_ptr<absl::btree_map<AccountId, std::string>> blocked;
  uint64_t lobby_read = 0;  // the account's read marker for the lobby
  // Commands that will end the stay and are not on disk yet.
  uint16_t ending = 0;
  // Their device ends with the stay: nobody may resume.
  bool ends_device = false;
  // Not empty: gone, and the log's reason, a literal.
  std::string_view left_why;
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
  // A user is found by its key, which is kept nowhere else.
  static std::string_view KeyOf(std::string_view key) { return key; }
  static std::string_view KeyOf(const std::shared_ptr<User>& user) {
    return user->key;
  }
  struct KeyHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming)
    template <class T>
    size_t operator()(const T& user_or_key) const {
      const std::string_view key = KeyOf(user_or_key);
      return absl::HashOf(absl::string_view(key.data(), key.size()));
    }
  };
  struct KeyEqual {
    using is_transparent = void;  // NOLINT(readability-identifier-naming)
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return KeyOf(a) == KeyOf(b);
    }
  };

  absl::btree_map<UserId, std::shared_ptr<User>> users_;
  absl::flat_hash_set<std::shared_ptr<User>, KeyHash, KeyEqual> by_key_;
  uint64_t last_id_ = 0;
};

}  // namespace chat77::server

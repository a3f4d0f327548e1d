// The records the store keeps. Plain values; no rule of the chat lives here.
//
// Times are absl::Time, kept with a precision of one millisecond. Text is
// UTF-8. `key` is an alias's key (proto/alias.h): what accounts are found by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace chat77::store {

struct Account {
  std::string alias;          // as registered, shown everywhere
  std::string key;            // unique
  std::string password_hash;  // libsodium's "$argon2id$..." string
  absl::Time created_at;

  friend bool operator==(const Account&, const Account&) = default;
};

// One session of an account, from login to logout.
struct Connection {
  int64_t id = 0;  // given by the store, ascending
  std::string alias;
  std::string address;  // numeric IPv4 or IPv6
  uint16_t port = 0;
  absl::Time login_time;
  // Empty while the session lasts.
  std::optional<absl::Time> logout_time;
  // Why it ended, in words: "exit", "disconnected", "server stopped", ...
  std::string reason;

  friend bool operator==(const Connection&, const Connection&) = default;
};

// A public message. (room, epoch, seq) is its place; seq is dense from 1.
struct Message {
  std::string room;
  uint64_t seq = 0;  // given by the store
  absl::Time time;
  std::string alias;
  std::string text;

  friend bool operator==(const Message&, const Message&) = default;
};

struct RoomState {
  uint64_t epoch = 0;     // random, not 0, made with the room
  uint64_t last_seq = 0;  // 0: no message yet

  friend bool operator==(const RoomState&, const RoomState&) = default;
};

// What to write. One Commit carries many.
struct CreateAccount {
  Account account;
};
// A whole record, as an import brings it; its id is ignored. The log of
// connections takes any alias: some of the people in it never had an account.
struct AddConnection {
  Connection connection;
};
struct RecordLogin {
  std::string alias;
  std::string address;
  uint16_t port = 0;
  absl::Time time;
};
// NotFound unless that connection is open.
struct RecordLogout {
  int64_t id = 0;  // what RecordLogin returned
  absl::Time time;
  std::string reason;
};
// NotFound unless OpenRoom has made its room.
struct AppendMessage {
  Message message;  // its seq is ignored
};
using Write = std::variant<CreateAccount, AddConnection, RecordLogin,
                           RecordLogout, AppendMessage>;

// A page of a room's messages.
struct HistoryQuery {
  std::string room = "";
  // Exactly one of the two, or neither for the newest messages.
  // Greater ones, from the oldest on.
  std::optional<uint64_t> after_seq = std::nullopt;
  // Smaller ones, the newest of them.
  std::optional<uint64_t> before_seq = std::nullopt;
  uint32_t limit = 0;  // messages; at least 1
  size_t bytes = 0;    // of alias and text together; at least one message is
                       // returned even if it is larger
};
struct HistoryPage {
  std::vector<Message> messages;  // ascending by seq
  bool more = false;              // beyond the page, in its direction
};

}  // namespace chat77::store

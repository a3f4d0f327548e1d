// What is to be done outside the core: the output of ChatCore::Handle, to be
// carried out in order, by one exhaustive visitor (server/net/effect_runner).
//
// Effects that carry a token are answered by exactly one event with it. A time
// is the wall clock's where it is only kept for people to read, a Moment where
// something is decided by it as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "server/core/ids.h"
#include "server/core/records.h"
#include "server/core/sanctions.h"
#include "server/limits/moment.h"

namespace chat77::server {

namespace pb = ::chat77::v1;

// A reply or an event for one session. Dropped if the session is gone. Session
// 0: nobody receives it; the core makes it so that a blocked request takes as
// long as any other.
struct Send {
  SessionId to;
  pb::ServerFrame frame;
};

// From here on the session hears the room; it may use the larger frames. With
// `after_seq`: also what was told after that message, or is told that it
// missed it.
struct JoinRoom {
  SessionId session;
  std::optional<uint64_t> after_seq = std::nullopt;
};

// An event for everybody who hears the room but `except`.
struct TellRoom {
  SessionId except;  // 0: nobody is left out
  uint64_t seq = 0;  // of the message; 0 for a notice
  pb::ServerFrame frame;
};

// Says goodbye and closes, after all that was sent before. The core forgets the
// session: nothing more is sent to it, and its events are ignored.
struct CloseSession {
  SessionId session;
  pb::Code code = pb::CODE_UNSPECIFIED;
  std::string sentence;
  uint32_t retry_after_ms = 0;
};

// -> PasswordChecked
struct CheckPassword {
  Token token;
  std::string key;
  std::string password;
};

// -> DeviceFound
struct FindDevice {
  Token token;
  std::string device_token;
  SteadyTime time;
};

// -> AccountCreated
struct CreateAccount {
  Token token;
  std::string alias;
  std::string key;
  std::string password;
  Moment time;
  // Empty: it needs none.
  std::string invitation = "";
};

// -> AccountFound
struct FindAccount {
  Token token;
  std::string key;
};

// -> PasswordChanged. Other devices than `keep_device` are ended.
struct ChangePassword {
  Token token;
  std::string key;
  AccountId account = {};
  std::string old_password;
  std::string new_password;
  DeviceId keep_device = {};
};

// -> Committed, with the connection's id
struct RecordLogin {
  Token token;
  std::string alias;
  std::string address;
  uint16_t port = 0;
  Moment time;
  AccountId account = {};
  // The device that resumes; or with `make_device` a new one, listed as
  // `software`.
  DeviceId device = {};
  bool make_device = false;
  std::string software = "";
};

// -> Committed if there is a token; the shell logs a failure.
struct RecordLogout {
  Token token;
  ConnectionId connection = {};
  std::string reason;
  absl::Time time;
  bool end_device = false;  // nobody can resume with it any more
};

// -> Committed
struct Append {
  Token token = {};
  Entry entry;
  Moment time;
  uint64_t message_id = 0;  // the client's own; 0: not remembered
  // With it, how it was answered; empty where `entry` says that.
  std::string answer = "";
};

// How two accounts stand to each other from now on. -> Committed
struct SetLink {
  Token token = {};
  Link link;
  std::optional<Entry> entry = std::nullopt;  // of their direct room
  // Who asked for it, the client's own id (0: not remembered), and the answer.
  AccountId account = {};
  uint64_t message_id = 0;
  std::string answer = "";
  Moment time = {};
};

// Up to where an account has read. -> Committed
struct MarkRead {
  Token token = {};
  AccountId account = {};
  std::vector<ReadMarker> markers;
};

// The rooms of an account but for the lobby. -> RoomsRead
struct ReadRooms {
  Token token;
  AccountId account = {};
};

// -> RequestFound
struct FindRequest {
  Token token;
  AccountId account = {};
  uint64_t message_id = 0;
};

// -> DevicesRead. `current` is marked in the list.
struct ReadDevices {
  Token token;
  AccountId account = {};
  DeviceId current = {};
};

// -> Committed
struct RevokeDevice {
  Token token;
  AccountId account = {};
  DeviceId device = {};
};

// Whether an account has blocked another. -> Committed
struct SetBlocked {
  Token token;
  AccountId account = {};
  AccountId blocked = {};
  bool on = true;
};

// What admins do; the store's audit log has each. -> Committed
struct AddSanction {
  Token token;
  Sanction sanction;  // its number is not looked at
};
struct LiftSanction {
  Token token;
  int64_t number = 0;
  std::string by;
  Moment time;
};
struct RecordKick {
  Token token;
  std::string by;
  std::string target;
  std::string reason;
  absl::Time time;
};
// -> AdminMade
struct MakeAdmin {
  Token token;
  AccountId account = {};
  std::string alias;
  std::string code;
  absl::Time time;
};
struct AddInvitation {
  Token token;
  std::string by;
  absl::Time time;
  Moment expires;
};

// A commit failed, and the core knows. The store carries out no write of before
// it: each is answered by the failure.
struct NewGeneration {};

// -> Elapsed, after `duration`
struct Await {
  Token token;
  absl::Duration duration;
};

// -> HistoryRead
struct ReadHistory {
  Token token;
  RoomId room = kLobby;
  std::optional<uint64_t> after_seq;
  std::optional<uint64_t> before_seq;
  uint32_t limit = 0;
  // The newest entry that was told: what is on disk beyond it is not in the
  // page, so that nobody has it before its place in the order.
  uint64_t told = 0;
};

// The last effect of all: everybody was told goodbye.
struct Stopped {};

using Effect =
    std::variant<Send, JoinRoom, TellRoom, CloseSession, CheckPassword,
                 FindDevice, CreateAccount, FindAccount, ChangePassword,
                 RecordLogin, RecordLogout, Append, SetLink, MarkRead,
                 ReadRooms, FindRequest, ReadDevices, RevokeDevice, SetBlocked,
                 AddSanction, LiftSanction, RecordKick, MakeAdmin,
                 AddInvitation, NewGeneration, Await, ReadHistory, Stopped>;
using Effects = std::vector<Effect>;

}  // namespace chat77::server

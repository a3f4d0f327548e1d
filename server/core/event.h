// What happened outside the core: the input of ChatCore::Handle.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "server/core/ids.h"
#include "server/core/overload.h"
#include "server/core/records.h"
#include "server/core/sanctions.h"

namespace chat77::server {

namespace pb = ::chat77::v1;

// A connection said hello. `address` and `port` are those of the person: a
// trusted gateway's word, or the socket's. `resumes`: it asked for
// FEATURE_RESUME, and `software` is what its device will be listed as, however
// long: the core cuts it.
// `unlimited`: no rate applies to that address.
struct SessionOpened {
  SessionId session;
  std::string address;
  uint16_t port = 0;
  bool resumes = false;
  std::string software = "";
  bool unlimited = false;
};

// It sent a request other than hello and ping, which the connection answers.
// The frame is borrowed for the call; its request_id is not 0. Every one gets
// exactly one reply, unless the core closes the session first or the session
// has asked to log out.
struct SessionRequested {
  SessionId session;
  const pb::ClientFrame* frame = nullptr;
};

// It is gone, for whatever reason; no event of it follows.
struct SessionClosed {
  SessionId session;
};

// An account, and what is to be known of whoever comes in with it.
struct AccountName {
  AccountId id = {};
  std::string alias;  // as registered
  bool admin = false;
  // Accounts and their aliases. Empty in an AccountFound.
  std::vector<std::pair<AccountId, std::string>> blocked = {};
};

// The outcome of CheckPassword: whose it is, or
//   Unauthenticated    no such account or the wrong password
//   ResourceExhausted  too many are being checked
//   anything else      the store failed
struct PasswordChecked {
  Token token;
  absl::StatusOr<AccountName> account;
};

struct FoundDevice {
  DeviceId number = {};
  AccountName account;
};

// The outcome of FindDevice; NotFound: nobody has that token, or no longer.
struct DeviceFound {
  Token token;
  absl::StatusOr<FoundDevice> device;
};

// The outcome of CreateAccount, on disk if OK. AlreadyExists (the alias, or one
// that looks like it), PermissionDenied (the invitation), ResourceExhausted, or
// the store failed.
struct AccountCreated {
  Token token;
  absl::Status status;
};

// The outcome of FindAccount; NotFound: there is none.
struct AccountFound {
  Token token;
  absl::StatusOr<AccountName> account;
};

// The outcome of ChangePassword, on disk if OK. Unauthenticated (the old one is
// wrong), ResourceExhausted, or the store failed.
struct PasswordChanged {
  Token token;
  absl::Status status;
};

// The outcome of MakeAdmin, on disk if OK. PermissionDenied: not the code that
// makes an admin; other errors: the store failed.
struct AdminMade {
  Token token;
  absl::Status status;
};

// What a write came to.
struct Outcome {
  // RecordLogin: the connection that began.
  ConnectionId connection = {};
  // RecordLogin: the device that it named or made, if any.
  DeviceId device = {};
  // AddSanction: the sanction's number.
  int64_t sanction = 0;
  // What was made now and nobody else knows. RecordLogin: the device's token.
  // AddInvitation: the code.
  std::string secret = "";
  // RecordLogin: of the requests of the account that the store remembers; 0:
  // it remembers none.
  uint64_t highest_message_id = 0;
};

// The outcome of RecordLogin, RecordLogout with a token, Append, SetLink,
// MarkRead, RevokeDevice, SetBlocked, AddSanction, LiftSanction, RecordKick or
// AddInvitation. Outcomes come in the order in which the effects were emitted,
// or the shell has a bug: builds with tests assert that, others ignore such an
// outcome. NotFound: what it is about is gone (a device, a connection, a
// sanction); ResourceExhausted: too many blocked; other errors: the store
// failed.
struct Committed {
  Token token;
  absl::StatusOr<Outcome> outcome;
};

// The outcome of FindRequest: the answer given then or, where that is empty,
// the number and time of the message that it was; NotFound: not known.
struct RequestFound {
  Token token;
  absl::StatusOr<std::string> answer;
  uint64_t seq = 0;
  absl::Time time = absl::InfinitePast();
};

// The outcome of ReadRooms.
struct RoomsRead {
  Token token;
  absl::StatusOr<AccountRooms> rooms;
};

struct DevicesRead {
  Token token;
  absl::StatusOr<pb::ListDevicesReply> devices;
};

// The time of an Await is over.
struct Elapsed {
  Token token;
};

// Time to look for what has grown too old. The shell says so every hour or so.
struct HourPassed {};

// Before any other event: who was online, and may resume, when the server
// ended, in order of connection. Of two stays of one account the later goes on.
struct RestoredStay {
  ConnectionId connection = {};
  DeviceId device = {};
  AccountName account;
  uint64_t highest_message_id = 0;  // as Outcome's
  AccountRooms rooms = {};
};
struct Restored {
  std::vector<RestoredStay> stays;
  std::vector<Sanction> sanctions = {};
};

struct HistoryRead {
  Token token;
  absl::StatusOr<pb::FetchHistoryReply> page;
};

// The shell measured the memory of the process: from now on at least this much
// is refused, until it says otherwise.
struct MemoryPressed {
  Overload level = Overload::kNone;
};

// The server is to stop: once what is being written is written, everybody is
// told goodbye.
struct StopRequested {};

using Event =
    std::variant<SessionOpened, SessionRequested, SessionClosed,
                 PasswordChecked, DeviceFound, AccountCreated, AccountFound,
                 PasswordChanged, AdminMade, Committed, RequestFound, RoomsRead,
                 DevicesRead, HistoryRead, Elapsed, HourPassed, Restored,
                 MemoryPressed, StopRequested>;

}  // namespace chat77::server

// The records the store keeps. Plain values; no rule of the chat lives here.
//
// Times are absl::Time, kept with a precision of one millisecond. What people
// read is by the wall clock; what a store decides by (Device::used_at, the age
// of a request, what expires and a `now`) is by a calendar of the caller's that
// does not jump (server/storage/calendar.h). Writes that have both name the
// second `at`; without it, it is the same as the first. Text is
// UTF-8. `key` is an alias's key (proto/alias.h): what accounts are found by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "proto/ids.h"
#include "store/moderation.h"

namespace chat77::store {

struct Account {
  AccountId id = {};          // given by the store, ascending
  std::string alias;          // as registered, shown everywhere
  std::string key;            // unique
  std::string password_hash;  // libsodium's "$argon2id$..." string
  absl::Time created_at;
  bool admin = false;  // changed by SetAdmin alone

  friend bool operator==(const Account&, const Account&) = default;
};

// One session of an account, from login to logout.
struct Connection {
  ConnectionId id = {};  // given by the store, ascending
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

// What an entry of a room's log is.
enum class EntryKind : uint8_t {
  kText,    // somebody said `text`
  kLinked,  // a direct room: from here on its two members may write
  kEnded,   // a direct room: from here on they may not
};

// An entry of a room's log. (room, seq) is its place; seq is dense from 1.
struct Message {
  RoomId room = {};
  uint64_t seq = 0;
  absl::Time time;
  std::string alias;  // the author's, as it was shown
  std::string text;
  // The author's. 0: unknown, which only messages from before schema 5 are
  // (store/SCHEMA.md).
  AccountId account = {};
  EntryKind kind = EntryKind::kText;

  friend bool operator==(const Message&, const Message&) = default;
};

struct LobbyState {
  uint64_t epoch = 0;     // random, not 0, made with the store
  uint64_t last_seq = 0;  // 0: no entry yet

  friend bool operator==(const LobbyState&, const LobbyState&) = default;
};

// A place an account can come back from without its password: made by a login
// that asks for one, known by the hash of its token.
struct Device {
  DeviceId number = {};  // given by the store, ascending, never used again
  AccountId account = {};
  std::string alias;     // of the account
  std::string software;  // of the login that made it
  absl::Time created_at;
  // Its last login or resume, or that it was online; by the calendar.
  absl::Time used_at;

  friend bool operator==(const Device&, const Device&) = default;
};

// Names a request so that carrying it out a second time can be told from the
// first: the client's own number, and whose it is.
struct RequestKey {
  AccountId account = {};
  uint64_t message_id = 0;  // 0: this request is not remembered

  friend bool operator==(const RequestKey&, const RequestKey&) = default;
};

// What came of a request. Kept for wire::kRequestMemory at least, until a Tidy
// takes it.
struct RememberedRequest {
  uint64_t seq = 0;  // of the entry; 0 for SetLink
  absl::Time time;
  std::string answer;  // as it was written with the request

  friend bool operator==(const RememberedRequest&,
                         const RememberedRequest&) = default;
};

// How two accounts stand to each other in private.
enum class LinkState : uint8_t {
  kNone,
  kAsked,   // the first asked the second
  kLinked,  // either may write to the other
};

// What there is between two accounts: at most one for each two.
struct Link {
  AccountId first = {};
  AccountId second = {};
  LinkState state = LinkState::kNone;
  bool hidden = false;  // kAsked: the second does not see it
  // A client that cannot resume has part in it: CloseOpenConnections ends it.
  bool bound = false;
  // kAsked: by the calendar; else it means nothing.
  absl::Time asked_at = {};
  // The direct room of the two; {}: they were never linked.
  RoomId room = {};

  friend bool operator==(const Link&, const Link&) = default;
};

// Up to where an account has read a room.
struct ReadMarker {
  RoomId room = {};
  uint64_t seq = 0;

  friend bool operator==(const ReadMarker&, const ReadMarker&) = default;
};

// A link as one of the two accounts needs to know it.
struct KnownLink {
  Link link;
  std::string first_alias;  // as registered
  std::string second_alias;
  uint64_t last_seq = 0;  // of the direct room's newest entry; 0: none

  friend bool operator==(const KnownLink&, const KnownLink&) = default;
};

// The rooms of an account.
struct AccountRooms {
  // Those with a state or a room, in order of (first, second).
  std::vector<KnownLink> links;
  // In order of room; none where nothing was read.
  std::vector<ReadMarker> read;
};

// An open connection that can be resumed.
struct Stay {
  ConnectionId connection = {};
  AccountId account = {};
  DeviceId device = {};
  std::string alias;
  absl::Time login_time;

  friend bool operator==(const Stay&, const Stay&) = default;
};

// What to write. One Commit carries many.
//
// AlreadyExists for a key that is taken, or an alias that looks like another
// account's or like a reserved one (store/skeleton.h). PermissionDenied for an
// invitation that is unknown, used, or expired at `at`: told before anything
// about the alias is.
struct CreateAccount {
  Account account;  // its id and `admin` are ignored
  // Hash of the code (store/code.h) that this account uses up; empty: needs
  // none.
  std::string invitation_hash = "";
  // Take it however it looks: an import's, of people who have the name already.
  bool confusable = false;
  std::optional<absl::Time> at = std::nullopt;  // else the account's created_at
};
// Changes a password. Its devices but `keep_device` end as by RevokeDevice,
// unless the password is the same and only its hash is new. NotFound if there
// is no such account.
struct SetPassword {
  AccountId account = {};
  std::string password_hash = "";
  DeviceId keep_device = {};
  bool end_devices = true;
};
// A whole record, as an import brings it; its id is ignored. The log of
// connections takes any alias: some of the people in it never had an account.
struct AddConnection {
  Connection connection;
};
// Begins a connection. With a device it can be resumed: an existing one
// (`device`), or a new one (`token_hash`; not both). A new one beyond
// wire::kDevicesPerUser takes the place of the account's least recently used.
// NotFound if the account has no such device, or there is no such account;
// AlreadyExists for a hash that is known.
struct RecordLogin {
  std::string alias;
  std::string address;
  uint16_t port = 0;
  absl::Time time;
  AccountId account = {};       // whose device it is; not looked at without one
  DeviceId device = {};         // resumes: its used_at becomes `at`
  std::string token_hash = "";  // not empty: make a device with this hash
  std::string software = "";    // of the new device
  std::optional<absl::Time> at = std::nullopt;  // else `time`
};
// Ends a connection. NotFound unless it is open.
struct RecordLogout {
  ConnectionId id = {};  // what RecordLogin returned
  absl::Time time;
  std::string reason;
  bool end_device = false;  // its device, if it has one, goes too
};
// Appends an entry. NotFound unless its room exists. DataLoss, of the whole
// commit, unless its seq is the one behind the room's newest entry: the caller
// counts, and another program has written to the store.
struct AppendMessage {
  Message message;
  // The request's own number; the author made the request. 0: not remembered.
  uint64_t message_id = 0;
  std::string answer = "";                      // remembered with the request
  std::optional<absl::Time> at = std::nullopt;  // else the message's time

  RequestKey request() const { return {message.account, message_id}; }
};
// Sets how two accounts stand, instead of what there was between them. NotFound
// unless both exist.
struct SetLink {
  // Its room, if it names one, is made by the first write that names it.
  // Internal, of the whole commit, if the two have a room that it does not
  // name, if the room is another's, or if the write contradicts itself (an
  // account with itself, linked without a room, an entry of another room).
  Link link;
  // An entry of that room, as by AppendMessage: its room and seq stand here,
  // too.
  std::optional<Message> entry = std::nullopt;
  RequestKey request = {};
  std::string answer = "";  // remembered with the request
  absl::Time time = {};
  std::optional<absl::Time> at = std::nullopt;  // else `time`
};
// Ends a device: its token is unknown from now on, and its connections, should
// some be open, stay open but cannot be resumed. NotFound if the account has
// no such device.
struct RevokeDevice {
  AccountId account = {};
  DeviceId device = {};
};
// Moves an account's read markers forward; one that is not beyond the account's
// marker for that room changes nothing. NotFound, and none is moved, if the
// account or one of the rooms does not exist.
struct MarkRead {
  AccountId account = {};
  std::vector<ReadMarker> markers;
};
using Write = std::variant<CreateAccount, AddConnection, RecordLogin,
                           RecordLogout, AppendMessage, SetLink, MarkRead,
                           RevokeDevice, SetPassword, SetAdmin, AddSanction,
                           LiftSanction, RecordKick, SetBlocked, AddInvitation>;

// What came of one write.
struct Written {
  // RecordLogin, AddConnection: the connection that it added.
  ConnectionId connection = {};
  // RecordLogin: the device that it named or made, if any.
  DeviceId device = {};
  // AppendMessage: the entry's.
  uint64_t seq = 0;
  // AddSanction: the sanction's number.
  int64_t sanction = 0;
  // The request was carried out before. Nothing was written now; the rest is
  // what came of it then.
  bool repeated = false;
  // AppendMessage: the entry's time. SetLink: when it was carried out.
  absl::Time time = {};
  // AppendMessage, SetLink: how it was answered.
  std::string answer = "";
  // RecordLogin: as Store::HighestMessageId of its account.
  uint64_t highest_message_id = 0;

  friend bool operator==(const Written&, const Written&) = default;
};

// A page of a room's entries.
struct HistoryQuery {
  RoomId room = {};
  // Exactly one of the two, or neither for the newest messages.
  // Greater ones, from the oldest on.
  std::optional<uint64_t> after_seq = std::nullopt;
  // Smaller ones, the newest of them.
  std::optional<uint64_t> before_seq = std::nullopt;
  uint32_t limit = 0;  // entries; at least 1
  size_t bytes = 0;    // of alias and text together; at least one message is
                       // returned even if it is larger
};
struct HistoryPage {
  std::vector<Message> messages;  // ascending by seq
  bool more = false;              // beyond the page, in its direction
};

}  // namespace chat77::store

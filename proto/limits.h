// Every limit of the wire in one place, each with its reason. A server tells
// these to its clients in HelloReply; nothing else in the project repeats them.
//
// No dependency but the standard library and absl/time: the store's tools and
// the terminal client include this too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/time/time.h"

namespace chat77::wire {

// The protocol versions this code speaks.
inline constexpr uint32_t kMinVersion = 1;
inline constexpr uint32_t kMaxVersion = 1;

// The number of the room that every account is in; a request may say 0 for it.
inline constexpr uint64_t kLobby = 1;
// Rooms in one LoginReply, so that it fits a frame whatever the aliases are.
inline constexpr size_t kRoomsListed = 200;
// Markers in one MarkRead.
inline constexpr int kReadMarkers = 64;

// Frames. Before login a stranger may cost the server no more than a login
// needs; afterwards a text, its sender and a page of history must fit.
inline constexpr uint32_t kFrameBytesBeforeLogin = 4 * 1024;
inline constexpr uint32_t kFrameBytes = 64 * 1024;
// A varint of five bytes holds any length below 2^35; more is no length.
inline constexpr size_t kMaxLengthBytes = 5;

// An alias in characters (Unicode scalar values after NFC). 32 four-byte
// characters are 128 bytes.
inline constexpr size_t kAliasCharacters = 32;
inline constexpr size_t kAliasBytes = 4 * kAliasCharacters;
// Argon2id takes any length; above this it is no password but a payload.
inline constexpr size_t kPasswordBytes = 256;
// A text: a pasted page is one message (Ergo: 4096 bytes, 100 lines).
inline constexpr size_t kTextBytes = 8 * 1024;
inline constexpr size_t kTextLines = 200;
// How many lines a text has: a line break at its very end begins no other.
inline size_t CountLines(std::string_view text) {
  size_t lines = 0;
  // find() is the C library's memchr: for a long text ten times as fast as
  // looking at each byte.
  while (!text.empty()) {
    ++lines;
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}
inline constexpr size_t kSoftwareBytes = 64;

// A page of history: by count, and by bytes of text so that it fits a frame.
inline constexpr uint32_t kHistoryPage = 200;
inline constexpr size_t kHistoryPageBytes = 48 * 1024;
// Bytes of aliases in one ListOnlineReply.
inline constexpr size_t kOnlineListBytes = 48 * 1024;

// Resuming. How long a user whose connection broke stays online (a default),
// and how long a device token lives from its last use.
inline constexpr absl::Duration kGrace = absl::Seconds(30);
inline constexpr absl::Duration kDeviceLife = absl::Hours(14 * 24);
inline constexpr size_t kDeviceTokenBytes = 32;
inline constexpr size_t kDevicesPerUser = 16;
// How long a request's message_id is remembered with its answer.
inline constexpr absl::Duration kRequestMemory = absl::Hours(24);
// Links plus open requests of one user, in either direction: for each the core
// keeps some hundred bytes while one of the two is online.
inline constexpr size_t kPrivatePerUser = 64;

// Of those, requests this user made, and requests made to this user, that may
// wait for an answer; and how long they do.
inline constexpr size_t kAsksOut = 5;
inline constexpr size_t kAsksIn = 50;
inline constexpr absl::Duration kAskLife = absl::Hours(7 * 24);
// Accounts one account may have blocked.
inline constexpr size_t kBlockedPerUser = 256;

// Moderation: bytes of a reason; how long an invitation lasts.
inline constexpr size_t kReasonBytes = 200;
inline constexpr absl::Duration kInvitationLife = absl::Hours(7 * 24);

// Requests of one connection that may wait for their reply; beyond it the
// server reads no more from that connection until some are answered.
inline constexpr uint32_t kRequestsInFlight = 256;

// Silence after which a side asks for a sign of life, and after which the
// other is dead: one probe, and 45 s for its answer (Ergo: 90 s and 150 s).
inline constexpr absl::Duration kKeepAlive = absl::Seconds(30);
inline constexpr absl::Duration kDeadAfter = absl::Seconds(75);
// From the connection to the end of the login, without the time the server
// itself takes. For native clients; people type at the gateway, which has its
// own, longer limit.
inline constexpr absl::Duration kLoginTime = absl::Seconds(10);

}  // namespace chat77::wire

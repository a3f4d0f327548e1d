// What the core has the store keep of rooms, and reads back. Plain values; the
// store's own records (store/model.h) say the same with calendar times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chat77/v1/room.pb.h"
#include "proto/ids.h"
#include "server/limits/moment.h"

namespace chat77::server {

// What takes a place in a room's log. `seq` is dense from 1 in each room.
struct Entry {
  RoomId room = kLobby;
  uint64_t seq = 0;
  chat77::v1::EntryKind kind = chat77::v1::TEXT;
  AccountId account = {};  // the author's
  std::string alias;       // the author's, as registered
  std::string text = "";   // of kind TEXT
};

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
  bool hidden = false;  // kAsked: from the second, who has blocked the first
  bool bound = false;   // ends at the next start of the server
  SteadyTime asked_at = SteadyTime::Always();  // kAsked
  RoomId room = {};  // the direct room; {}: they were never linked
};

// A link, as the store knows it.
struct KnownLink {
  Link link;
  std::string first_alias;  // as registered
  std::string second_alias;
  uint64_t last_seq = 0;  // the newest entry of the direct room; 0: none
};

// Up to where an account has read a room.
struct ReadMarker {
  RoomId room = {};
  uint64_t seq = 0;
};

struct AccountRooms {
  std::vector<KnownLink> links;
  std::vector<ReadMarker> read;
};

}  // namespace chat77::server

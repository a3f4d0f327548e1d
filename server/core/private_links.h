// Private chat by consent between users who are online: who asked whom, who is
// linked with whom.
//
// Between two users there is one state, seen from either side:
//
//   state       a asks b     a accepts b  a rejects b  a ends b   either leaves
//   kNone       kAsking      -            -            -          -
//   kAsking     -            -            -            -          kNone
//   kAsked      kLinked      kLinked      kNone        -          kNone
//   kLinked     -            -            -            kNone      kNone
//   ("-": refused, nothing changes; kAsked is kAsking from the other side)
//
// Invariants: states are symmetric (b sees kAsked where a sees kAsking); nobody
// has a state with themselves; a user who left has none; one user has at most
// kPrivatePerUser states that are not kNone.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"

#include "server/core/ids.h"

namespace chat77::server {

enum class PrivateState : uint8_t {
  kNone,
  kAsking,  // this user asked the other
  kAsked,   // the other asked this user
  kLinked,
};

// What came of asking.
enum class AskOutcome : uint8_t {
  kAsked,          // the other is to be told
  kConnected,      // the other had asked: linked now
  kAlreadyAsked,   // refused
  kAlreadyLinked,  // refused
  kTooMany,        // refused: one of the two has kPrivatePerUser already
};

class PrivateLinks {
 public:
  struct Peer {
    UserId user;
    PrivateState state;

    friend bool operator==(const Peer&, const Peer&) = default;
  };

  PrivateState Between(UserId self, UserId other) const;

  // What Ask() would come to, where each of the two has so many states more
  // that are on their way. `self` and `other` differ and are online: the
  // caller's duty.
  AskOutcome JudgeAsk(UserId self, UserId other, size_t self_more = 0,
                      size_t other_more = 0) const;
  AskOutcome Ask(UserId self, UserId other);
  // False, and nothing changes, where the table above says "-".
  bool Accept(UserId self, UserId other);
  bool Reject(UserId self, UserId other);
  bool End(UserId self, UserId other);

  // As it was before the server was restarted; `state` is self's.
  void Restore(UserId self, UserId other, PrivateState state) {
    Set(self, other, state);
  }

  // Everyone `self` has a state with, in order of their login.
  std::vector<Peer> Peers(UserId self) const;
  // The same, and forgets them: `self` left.
  std::vector<Peer> Leave(UserId self);

 private:
  using Table = absl::btree_map<UserId, PrivateState>;

  void Set(UserId self, UserId other, PrivateState state);
  void Erase(UserId self, UserId other);
  bool Full(UserId user, size_t more) const;

  // Users without a state have no entry: an idle user costs nothing here.
  absl::flat_hash_map<UserId, Table> tables_;
};

}  // namespace chat77::server

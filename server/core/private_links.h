// Private chat by consent between users who are online: who asked whom, who is
// linked with whom.
//
// Between two users there is one state, seen from either side:
//
//   state     a asks b   a accepts   a rejects   a withdraws  a ends   leaves
//   kNone     kAsking    -           -           -            -        -
//   kAsking   -          -           -           kNone        -        kNone
//   kAsked    kLinked    kLinked     kNone       -            -        kNone
//   kLinked   -          -           -           -            kNone    kNone
//   ("-": refused, nothing changes; kAsked is kAsking from the other side;
//   "leaves": either does)
//
// A request can be hidden from the one who was asked, who has blocked the
// other: to that one it is kNone, for all but asking, which links the two as
// ever; the one who asked cannot tell.
//
// Invariants: states are symmetric (b sees kAsked, or nothing, where a sees
// kAsking); nobody has a state with themselves; a user who left has none; one
// user has at most kPrivatePerUser states that are not kNone, among them
// kAsksOut requests made and kAsksIn requests seen.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"

#include "server/core/ids.h"
#include "server/limits/moment.h"

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
  kTooMany,        // refused: one of the two has as many as they may
};

class PrivateLinks {
 public:
  // How one user stands to another.
  struct Link {
    PrivateState state = PrivateState::kNone;
    bool hidden = false;  // from the one who was asked; the same on either side
    SteadyTime asked_at = SteadyTime::Always();

    // From the side of the one it is hidden from.
    bool unseen() const { return hidden && state == PrivateState::kAsked; }
    friend bool operator==(const Link&, const Link&) = default;
  };
  struct Peer {
    UserId user;
    Link link;

    friend bool operator==(const Peer&, const Peer&) = default;
  };

  PrivateState Between(UserId self, UserId other) const;

  // Asked, and hidden from `self`.
  bool HiddenFrom(UserId self, UserId other) const;

  // What Ask() would come to. `self` and `other` differ and are online: the
  // caller's duty.
  AskOutcome JudgeAsk(UserId self, UserId other) const;
  AskOutcome Ask(UserId self, UserId other,
                 SteadyTime now = SteadyTime::Always(), bool hidden = false);
  // False, and nothing changes, where the table above says "-".
  bool Accept(UserId self, UserId other);
  bool Reject(UserId self, UserId other);
  bool Withdraw(UserId self, UserId other);
  bool End(UserId self, UserId other);
  // What `other` asked is hidden from `self` from now on, if it did.
  void Hide(UserId self, UserId other);

  // All there is between the two, from the side of `self`; and the way back to
  // it, after a change that was undone or a restart of the server.
  Link Find(UserId self, UserId other) const;
  void Put(UserId self, UserId other, Link link);

  // Requests made before `time`: who asked, and whom.
  std::vector<std::pair<UserId, UserId>> AskedBefore(SteadyTime time) const;

  // Everyone `self` has a state with, in order of their login.
  std::vector<Peer> Peers(UserId self) const;
  // The same, and forgets them: `self` left.
  std::vector<Peer> Leave(UserId self);

 private:
  using Table = absl::btree_map<UserId, Link>;

  bool Clear(UserId self, UserId other, PrivateState state);
  void Erase(UserId self, UserId other);
  bool Full(UserId self, UserId other) const;
  size_t Count(UserId user, std::optional<PrivateState> state) const;

  // Users without a state have no entry: an idle user costs nothing here.
  absl::flat_hash_map<UserId, Table> tables_;
};

}  // namespace chat77::server

// Private chat by consent: how accounts stand to each other, and the rooms of
// two that they have.
//
// Between two accounts there is one state, seen from either side:
//
//   state     a asks b   a accepts   a rejects   a withdraws   a ends
//   kNone     kAsking    -           -           -             -
//   kAsking   -          -           -           kNone         -
//   kAsked    kLinked    kLinked     kNone       -             -
//   kLinked   -          -           -           -             kNone
//   ("-": refused, nothing changes; kAsked is kAsking from the other side)
//
// Each time they are linked, and each time that ends, is an entry of their
// direct room, and so is each text between the two. The room is made when they
// are linked for the first time, and stays.
//
// A request can be hidden from the one who was asked, who has blocked the
// other: to that one it is kNone, for all but asking, which links the two as
// ever; the one who asked cannot tell.
//
// What a stay that cannot resume has part in is bound to it, and ends with it.
//
// Invariants: nobody has a state with themselves; one account has at most
// kPrivatePerUser states that are not kNone, among them kAsksOut requests made
// and kAsksIn requests seen; entries have dense numbers.
//
// In memory are the rooms of accounts that are online, those that the ledger
// holds changes of, and, while the rooms of an account are read, those of them
// that were here: what is read may be older.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"

#include "proto/ids.h"
#include "server/core/ids.h"
#include "server/core/presence.h"
#include "server/core/records.h"
#include "server/limits/moment.h"

namespace chat77::server {

enum class PrivateState : uint8_t {
  kNone,
  kAsking,  // this account asked the other
  kAsked,   // the other asked this account
  kLinked,
};

// What would come of asking.
enum class AskOutcome : uint8_t {
  kAsked,          // the other is to be told
  kConnected,      // the other had asked: linked now
  kAlreadyAsked,   // refused
  kAlreadyLinked,  // refused
  kTooMany,        // refused: one of the two has as many as they may
};

struct DirectRoom {
  struct Member {
    AccountId account;
    std::string alias;  // as registered
    std::string key;    // of the alias
    uint64_t read = 0;  // their read marker
  };
  // What a change sets, and what is undone if it cannot be written.
  struct Standing {
    LinkState state = LinkState::kNone;
    uint8_t asker = 0;                           // kAsked: which of the members
    bool hidden = false;                         // kAsked: from the other one
    SteadyTime asked_at = SteadyTime::Always();  // kAsked
    // By member: the stay that this is bound to; none if they can resume.
    std::array<UserId, 2> bound = {};
    RoomId id = {};         // {}: they were never linked
    uint64_t last_seq = 0;  // of the entries that were ordered
  };

  // Which of the members.
  uint8_t IndexOf(AccountId account) const {
    return members[0].account == account ? 0 : 1;
  }
  const Member& Self(AccountId account) const {
    return members[IndexOf(account)];
  }
  const Member& Other(AccountId account) const {
    return members[1 - IndexOf(account)];
  }
  // As the account sees it.
  PrivateState StateFor(AccountId account) const;
  // The same, but what is hidden from the account is there.
  PrivateState TrueStateFor(AccountId account) const;
  bool IsHiddenFrom(AccountId account) const {
    return standing.hidden && TrueStateFor(account) == PrivateState::kAsked;
  }
  // There is nothing between the two, and never was.
  bool empty() const {
    return standing.state == LinkState::kNone && !standing.id;
  }
  bool WasAskedBefore(SteadyTime time) const {
    return standing.state == LinkState::kAsked && standing.asked_at < time;
  }
  bool is_bound() const { return standing.bound[0] || standing.bound[1]; }
  bool is_bound_to(UserId stay) const {
    return standing.bound[0] == stay || standing.bound[1] == stay;
  }
  // For the store.
  Link ToLink() const;

  std::array<Member, 2> members;  // in order of account
  Standing standing;
  uint64_t told_seq = 0;  // of the entries that were told
  uint32_t held = 0;      // entries and changes that the ledger holds
};

using DirectRoomPtr = std::shared_ptr<DirectRoom>;

class DirectRooms {
 public:
  // By the other's account.
  using Table = absl::btree_map<AccountId, DirectRoomPtr>;

  explicit DirectRooms(const Presence& presence) : presence_(presence) {}

  // nullptr if there is nothing between the two.
  DirectRoomPtr Find(AccountId self, AccountId other) const;
  // By the key of the other's alias; nullptr if there is nothing that the
  // account may know of.
  DirectRoomPtr FindByKey(AccountId self, std::string_view key) const;
  // nullptr if the account has no such room.
  DirectRoomPtr FindById(AccountId self, RoomId id) const;
  // Makes it if need be. The two are different accounts.
  DirectRoomPtr Open(const DirectRoom::Member& one,
                     const DirectRoom::Member& other);
  // All that an account has.
  const Table& Of(AccountId account) const;

  // `room` is nullptr if there is nothing between the two.
  AskOutcome JudgeAsk(const DirectRoom* room, AccountId self,
                      AccountId other) const;
  // Requests made before `time`, of which at least one side has joined. The
  // same events give the same effects: in order of accounts.
  std::vector<DirectRoomPtr> AskedBefore(SteadyTime time) const;

  // The rooms of an account are being read; then that is over, well or not.
  void BeginLoading(AccountId account) { ++loading_[account]; }
  void EndLoading(AccountId account);
  // The store knows of these. What is here already is newer.
  void Load(AccountId account, const AccountRooms& rooms);
  // Forgets what is not needed any more of the account's: it may have left.
  void Forget(AccountId account);
  // What the ledger held of it has happened, or failed.
  void Release(const DirectRoomPtr& room);

  // The server has stopped.
  void Clear() {
    accounts_.clear();
    loading_.clear();
  }

  // All there are, each once.
  std::vector<DirectRoomPtr> all() const;

 private:
  // In order of accounts.
  std::vector<DirectRoomPtr> AllThat(
      absl::FunctionRef<bool(const DirectRoom&)> matches) const;
  bool IsNeeded(const DirectRoom& room) const;
  void Erase(AccountId account, AccountId other);
  size_t Count(AccountId account, std::optional<PrivateState> state) const;
  bool Full(AccountId self, AccountId other) const;

  const Presence& presence_;
  absl::flat_hash_map<AccountId, uint32_t> loading_;
  // An account without rooms has no entry: it costs nothing here.
  absl::flat_hash_map<AccountId, Table> accounts_;
};

}  // namespace chat77::server

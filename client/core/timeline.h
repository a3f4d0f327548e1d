// The entries of one room in their one order: told strictly ascending, each
// once, whatever way they came (live, as the reply to an own text, replayed
// after a resume, from history).
//
// Sequence numbers are dense, so a number that is missing is a hole, and what
// lies beyond it waits until the hole is filled: by the reply to an own text
// (the server does not send those again), by history, by the replay of a
// resume; or until history does not have it either, which is told as Gap. Own
// texts that wait for their reply explain a hole, and so does a replay under
// way; any other is asked for at once. If too much waits, the newest are
// dropped here and fetched as well.
//
// In a direct room the reply to an own text shows the text, so the timeline
// tells own texts of other sessions only. While own texts wait for their
// replies, an own text from history waits as well: it may be one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client/core/event.h"

namespace chat77::client {

// Pure; one per room. A call that may need history returns the request to
// send, never a second one before the first was answered; its reply goes to
// OnPage, its error to OnPageFailed. `self` is this account's name.
class Timeline {
 public:
  using Fetch = std::optional<pb::FetchHistory>;

  // Entries fetched unasked at most; of more, the oldest become a Gap.
  // They come page by page and are told at once: memory does not grow with it.
  static constexpr uint64_t kMaxCatchUp = 100'000;
  // Messages from before the first login at most.
  static constexpr uint64_t kMaxNewest = 1000;
  // Entries that wait behind a hole at most.
  static constexpr size_t kHeld = 1000;

  // The lobby. `newest`: how many messages from before the first login to ask
  // for, at most kMaxNewest.
  explicit Timeline(uint64_t newest);
  // A direct room; `alias` is the other member. The first login that names it
  // begins where the account has read up to.
  Timeline(uint64_t room, std::string alias);

  // A login without the server's help: what was missed is fetched. Another
  // epoch: in the lobby Restarted, and the new order from its beginning; a
  // direct room begins as at a first login. A state before ours in the same
  // epoch (a server that lost what it had acknowledged) takes us back to it.
  Fetch OnLogin(const pb::RoomState& state, std::vector<Event>& events);
  // A resume from epoch() and seq(): the server sends what came after, as Said
  // or named by Missed. With another epoch as OnLogin.
  Fetch OnResume(const pb::RoomState& state, std::vector<Event>& events);
  // What there is up to the end is fetched, wherever that is: for a login that
  // does not name this direct room, because the link has ended.
  Fetch FetchRest();
  // The connection ended: what waited is dropped, and no page comes any more.
  void OnClosed();

  Fetch OnMissed(const pb::Missed& missed, std::vector<Event>& events);
  Fetch OnPage(const pb::FetchHistoryReply& page, std::string_view self,
               std::vector<Event>& events);
  Fetch OnPageFailed(std::vector<Event>& events);
  // An entry that an event or a reply told, of whatever kind. One of a room
  // that no login named: the room is heard from there on. `epoch`: 0 if
  // nothing says it.
  Fetch OnEntry(const pb::Said& said, uint64_t epoch, std::string_view self,
                std::vector<Event>& events);

  // An own text: it will be answered, on this connection or a later one, by
  // one of the two below.
  void OnSaySent() { ++awaited_; }
  Fetch OnSayReply(const pb::Said& said, uint64_t epoch,
                   std::vector<Event>& events);
  Fetch OnSayRefused(std::vector<Event>& events);

  uint64_t room() const { return room_; }
  // Where a resume goes on: everything up to here was told. Epoch 0: nowhere.
  uint64_t epoch() const { return epoch_; }
  uint64_t seq() const { return seq_; }

 private:
  struct Entry {
    pb::Said said;
    bool own = false;
    bool late = false;
  };

  bool direct() const { return room_ != wire::kLobby; }
  uint64_t Beginning(const pb::RoomState& state, bool first) const;
  void Meet(uint64_t seq, uint64_t epoch);
  // CaughtUp is to be told once `target` is reached.
  void Await(uint64_t target);
  Fetch CatchUp(uint64_t target, std::vector<Event>& events);
  // A request for history if something there is to be had.
  Fetch Settle();
  Fetch Ask();
  void Hear(const Entry& entry, std::vector<Event>& events);
  // The next entry is an own text that may be one of those awaited.
  bool Waits() const;
  void Emit(Entry entry, std::vector<Event>& events);
  // Emits what waited for the number before it.
  void Drain(std::vector<Event>& events);
  // Up to `to`: what is held is emitted, what is not is a Gap.
  void Skip(uint64_t to, std::vector<Event>& events);
  void TellCaughtUp(std::vector<Event>& events);

  uint64_t room_;
  std::string alias_;  // of a direct room
  uint64_t newest_ = 0;
  bool known_ = false;
  uint64_t epoch_ = 0;
  uint64_t seq_ = 0;                // the last one told, or given up
  std::map<uint64_t, Entry> held_;  // by seq, all beyond seq_
  size_t awaited_ = 0;              // own texts without their reply
  bool replaying_ = false;          // the server fills holes by itself
  bool fetching_ = false;
  bool to_the_end_ = false;            // history is needed, wherever it ends
  uint64_t asked_after_ = 0;           // where the page under way begins
  uint64_t asked_target_ = 0;          // target_ when it was asked for
  uint64_t target_ = 0;                // history is needed up to here
  std::optional<uint64_t> login_seq_;  // CaughtUp follows once it is reached
  uint64_t caught_up_ = 0;             // CaughtUp's count so far
  // Of a direct room: own texts beyond seq_ that their replies have shown.
  // Outlives connections, as what is held does not.
  std::set<uint64_t> shown_;
};

}  // namespace chat77::client

#include "store/internal/memory_state.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include "store/internal/links.h"
#include "store/internal/milliseconds.h"
#include "store/internal/refusals.h"

namespace chat77::store {
namespace {

class Doer {
 public:
  explicit Doer(MemoryState& state) : state_(state) {}

  template <class Any>
  WriteResult operator()(const Any& write) {
    if constexpr (requires { state_.moderation.Do(write, state_.accounts); }) {
      return state_.moderation.Do(write, state_.accounts);
    } else if constexpr (requires { state_.connections.Do(write); }) {
      return state_.connections.Do(write);
    } else {
      return state_.accounts.Do(write);
    }
  }

  WriteResult operator()(const SetPassword& write) {
    absl::Status status = state_.accounts.SetHash(write);
    if (!status.ok()) return status;
    if (write.end_devices) {
      state_.connections.EndDevices(write.account, write.keep_device);
    }
    return Written{};
  }

  WriteResult operator()(const RecordLogin& write) {
    WriteResult result = state_.connections.Do(write, state_.accounts);
    if (result.ok()) {
      result->highest_message_id =
          state_.requests.HighestMessageId(write.account);
    }
    return result;
  }

  WriteResult operator()(const AppendMessage& write) {
    if (auto repeated = state_.requests.Repeated(write.request())) {
      return *repeated;
    }
    absl::Status status = state_.rooms.Append(write.message);
    if (!status.ok()) return status;
    const absl::Time time = Milliseconds(write.message.time);
    return Remember(write.request(), {write.message.seq, time, write.answer},
                    write.at.value_or(time));
  }

  WriteResult operator()(const SetLink& write) {
    if (auto repeated = state_.requests.Repeated(write.request)) {
      return *repeated;
    }
    for (const AccountId id : {write.link.first, write.link.second}) {
      if (state_.accounts.Find(id) == nullptr) return NoAccountNumber(id);
    }
    absl::Status status = state_.rooms.Set(write);
    if (!status.ok()) return status;
    const absl::Time time = Milliseconds(write.time);
    return Remember(write.request, {0, time, write.answer},
                    write.at.value_or(time));
  }

  WriteResult operator()(const MarkRead& write) {
    if (state_.accounts.Find(write.account) == nullptr) {
      return NoAccountNumber(write.account);
    }
    absl::Status status = state_.rooms.Mark(write);
    if (!status.ok()) return status;
    return Written{};
  }

 private:
  Written Remember(RequestKey key, RememberedRequest request, absl::Time at) {
    Written written{
        .seq = request.seq, .time = request.time, .answer = request.answer};
    state_.requests.Remember(key, std::move(request), at);
    return written;
  }

  MemoryState& state_;
};

// Follows a commit's writes without carrying them out. Says no where it would
// have to look closer.
class Foresight {
 public:
  explicit Foresight(const MemoryState& state) : state_(state) {}

  template <class Any>
  bool operator()(const Any&) const {
    return true;
  }

  bool operator()(const AppendMessage& write) {
    if (state_.requests.Repeated(write.request())) return true;
    return IsFresh(write.request()) && IsNext(write.message);
  }

  bool operator()(const SetLink& write) {
    if (state_.requests.Repeated(write.request)) return true;
    const Link& link = write.link;
    const auto [first, second] = std::minmax(link.first, link.second);
    return IsFresh(write.request) && CheckLink(write).ok() &&
           state_.accounts.Find(first) != nullptr &&
           state_.accounts.Find(second) != nullptr &&
           two_.emplace(first, second).second && FitsRoom(link) &&
           (!write.entry || IsNext(*write.entry));
  }

 private:
  bool IsFresh(RequestKey key) {
    return key.message_id == 0 ||
           requests_.emplace(key.account, key.message_id).second;
  }

  // It is the two accounts' own, or it is made now.
  bool FitsRoom(const Link& link) {
    const RoomId before = state_.rooms.DirectRoom(link.first, link.second);
    if (link.room == before) return true;
    return !before && link.room > state_.rooms.last() &&
           last_seqs_.emplace(link.room, 0).second;
  }

  bool IsNext(const Message& message) {
    auto last = last_seqs_.find(message.room);
    if (last == last_seqs_.end()) {
      const auto on_disk = state_.rooms.LastSeq(message.room);
      if (!on_disk.ok()) return false;
      last = last_seqs_.emplace(message.room, *on_disk).first;
    }
    return message.seq == ++last->second;
  }

  const MemoryState& state_;
  absl::flat_hash_map<RoomId, uint64_t> last_seqs_;  // behind the writes so far
  absl::flat_hash_set<std::pair<AccountId, uint64_t>> requests_;
  absl::flat_hash_set<std::pair<AccountId, AccountId>> two_;
};

}  // namespace

WriteResult MemoryState::Do(const Write& write) {
  return std::visit(Doer(*this), write);
}

bool MemoryState::WillDo(absl::Span<const Write> writes) const {
  Foresight foresight(*this);
  return std::all_of(writes.begin(), writes.end(),
                     [&foresight](const Write& write) {
                       return std::visit(foresight, write);
                     });
}

}  // namespace chat77::store

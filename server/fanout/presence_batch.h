// Who joined and who left, gathered for readers that want it in batches
// (PRESENCE_BATCHED): ten thousand who join within a second become a few
// PresenceChanged events, encoded once for all of those readers.
//
//   batch.Note("ann", true);  batch.Note("bob", false);  ...
//   once a second, unless empty:
//   batch.Drain([&](std::string_view frame) { log.Append(frame, false); });
//
// Pure and deterministic: the order is that of the notes. One thread: each
// shard has a batch of its own.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"

namespace chat77::server {

class PresenceBatch {
 public:
  // `alias`, as registered, came online or went. Only the last word on
  // somebody counts, at the place of the first: who left and came back stands
  // in `joined`, because what hung on their session is gone.
  void Note(std::string_view alias, bool online);

  bool empty() const { return entries_.empty(); }

  // Gives `sink` each encoded frame in turn, valid until it returns: at most
  // wire::kOnlineListBytes of aliases in one, so that it fits a frame of any
  // client and a chunk of the log. No frame if empty. Afterwards the batch is
  // empty and holds no memory; the sink may not call Note.
  void Drain(absl::FunctionRef<void(std::string_view frame)> sink);

 private:
  struct Entry {
    std::string alias;
    bool online;
  };

  std::deque<Entry> entries_;  // in order of first note
  // The key is entries_' own string, which a deque never moves.
  absl::flat_hash_map<std::string_view, Entry*> by_alias_;
};

}  // namespace chat77::server

// Up to where the account has read its direct rooms: what the server knows, and
// when it is to be told more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/time/time.h"

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

// Pure; outlives connections.
class ReadMarkers {
 public:
  // A MarkRead goes out so long after the first text that it marks, or after so
  // many texts; one at a time.
  static constexpr absl::Duration kDelay = absl::Seconds(1);
  static constexpr size_t kTexts = 64;

  // What the server has.
  void OnLogin(const pb::RoomState& state);
  // The room was told up to `seq`; `texts` of others were new. Without any, the
  // marker goes with a later MarkRead.
  void OnTold(uint64_t room, uint64_t seq, size_t texts, absl::Time now);

  // When a MarkRead is to be sent; InfiniteFuture: it need not.
  absl::Time due() const;
  // What is to be sent with that id; nullopt: the server knows everything.
  std::optional<pb::MarkRead> Take(uint64_t request_id);
  // False: it answers something else. After an error the same markers go with
  // the next MarkRead.
  bool OnReply(const pb::ServerFrame& reply);
  // The connection ended.
  void OnClosed();

 private:
  struct Room {
    uint64_t marked = 0;
    uint64_t told = 0;
  };

  std::map<uint64_t, Room> rooms_;
  size_t texts_ = 0;      // not marked yet
  absl::Time first_;      // when the first of them was told
  uint64_t sent_id_ = 0;  // 0: none is under way
  pb::MarkRead sent_;
};

}  // namespace chat77::client

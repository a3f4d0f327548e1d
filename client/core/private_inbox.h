// Private events, each once: what of a user's stay has come, what the server
// may forget of it, and which texts came before in an earlier stay.
//
// With FEATURE_RESUME the server numbers private events densely within a stay
// and sends again what was not acknowledged; numbers up to seq() are known
// already. A text that it sends again after it was restarted has a new number
// but its sender's own id (PrivateSaid.message_id).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>

#include "absl/time/time.h"

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

// Pure; outlives connections.
class PrivateInbox {
 public:
  // An acknowledgement goes with the next frame; without one, by itself after
  // so long, or after so many events.
  static constexpr absl::Duration kAckDelay = absl::Seconds(1);
  static constexpr uint64_t kAckEvents = 64;
  // Ids of texts that are remembered.
  static constexpr size_t kTexts = 256;

  struct Verdict {
    bool known = false;  // it came before: not to be passed on
    bool gap = false;    // events before it are missing
  };

  // A new account or a new start: texts already shown stay known.
  void Forget();
  // A login or resume. True if private events of the stay may be lost.
  bool OnLogin(const pb::LoginReply& reply);
  // The connection ended; a Resume with seq() acknowledges what came.
  void OnClosed() { acknowledged_ = seq_; }

  Verdict OnEvent(const pb::ServerFrame& event, absl::Time now);

  // For the next frame out: ClientFrame.private_seq, 0 if nothing is new. What
  // was taken counts as sent.
  uint64_t TakeAcknowledgement();
  // When an acknowledgement must go out by itself (perhaps in the past);
  // InfiniteFuture: none.
  absl::Time due() const;

  uint64_t stay() const { return stay_; }
  uint64_t seq() const { return seq_; }

 private:
  using Text = std::pair<std::string, uint64_t>;  // who said it, its id

  bool IsKnownText(const pb::PrivateSaid& said);

  uint64_t stay_ = 0;
  uint64_t seq_ = 0;  // the last that came
  uint64_t acknowledged_ = 0;
  absl::Time first_unacknowledged_;
  std::set<Text> texts_;
  std::deque<Text> oldest_texts_;
};

}  // namespace chat77::client

// One connection on the simulated server's side, as server/net/session is:
// the wire's connection and the outbox are the real ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "proto/connection.h"
#include "server/core/ids.h"
#include "server/fanout/outbox.h"
#include "tests/simulation/network.h"

namespace chat77::simulation {

class SimServer;

// What a frame for one session is to it.
enum class Delivery : uint8_t { kEvent, kReply, kLogin };

class SimSession {
 public:
  static constexpr size_t kOwnBytesSoft = 256 * 1024;
  static constexpr size_t kOwnBytesHard = 4 * 1024 * 1024;
  static constexpr absl::Duration kNoProgress = absl::Seconds(30);
  static constexpr absl::Duration kLinger = absl::Seconds(5);

  SimSession(SimServer& server, server::SessionId id,
             std::unique_ptr<Socket> socket);

  void Start();

  void Deliver(std::string_view bytes, Delivery kind);
  void JoinRoom(std::optional<uint64_t> after_seq);
  void SkipOwn(size_t size);
  void Goodbye(wire::pb::Code code, std::string_view sentence,
               uint32_t retry_after_ms);
  // Writes what it can.
  void Flush();
  // Looks at the deadlines.
  void Tick(absl::Time now);
  // The process dies.
  void Reset() { socket_->Reset(); }

  server::SessionId id() const { return id_; }
  bool joined() const { return outbox_.joined(); }
  // It has a cursor in the log, also after it has left.
  bool reads() const { return reads_; }
  size_t own_bytes() const { return outbox_.own_bytes(); }

 private:
  void Take(std::string_view bytes);
  void OnFrame(const wire::pb::ClientFrame& frame);
  void Resume();
  bool Choked() const;
  bool PushScratch();
  void AfterWire();
  void Answered();
  void DestroySoon();
  void OnEnd(bool reset);
  void NoticeProgress(absl::Time now);
  void TellCoreClosed();
  void Destroy();

  SimServer& server_;
  const server::SessionId id_;
  std::unique_ptr<Socket> socket_;
  wire::ServerConnection connection_;
  server::Outbox outbox_;
  std::string scratch_;
  std::string held_;  // read, but not yet wanted
  absl::Time blocked_since_ = absl::InfiniteFuture();
  absl::Time destroy_at_ = absl::InfiniteFuture();
  size_t untaken_ = 0;
  uint32_t in_flight_ = 0;
  bool opened_ = false;
  bool ended_ = false;
  bool eof_ = false;
  bool waiting_ = false;
  bool draining_ = false;
  bool gone_ = false;
  bool reads_ = false;
};

}  // namespace chat77::simulation

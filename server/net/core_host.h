// Where the core lives: its one owner, on the first shard's thread.
//
// Events from that thread are handled at once, or right after the one that is
// being handled; events from other shards and from the store come in batches.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "server/core/chat_core.h"
#include "server/net/effect_runner.h"
#include "server/net/shard.h"

namespace chat77::server {

class CoreHost final : public CorePort {
 public:
  // `runner` must outlive it. `io` is the first shard's.
  CoreHost(CoreOptions options, EffectRunner& runner,
           boost::asio::io_context& io);

  // The core's thread only.
  void Request(SessionId session, const pb::ClientFrame& frame) override;
  void Happened(Event event) override;

  // Any thread: handled soon on the core's, in order.
  void Post(std::vector<Event> events);

  Overload overload() const { return core_.overload(); }

 private:
  void Handle(const Event& event);

  ChatCore core_;
  EffectRunner& runner_;
  boost::asio::io_context& io_;
  Effects effects_;
  std::deque<Event> queue_;
  bool busy_ = false;
};

// The core as the other shards see it: what they report in one turn of their
// loop arrives as one batch.
class RemoteCore final : public CorePort {
 public:
  RemoteCore(CoreHost& host, boost::asio::io_context& core_io)
      : host_(host), core_io_(core_io) {}

  void Request(SessionId session, const pb::ClientFrame& frame) override;
  void Happened(Event event) override;

 private:
  struct OwnedRequest {
    SessionId session;
    std::unique_ptr<pb::ClientFrame> frame;
  };
  using Item = std::variant<OwnedRequest, Event>;

  void Add(Item item);
  void Drain();

  CoreHost& host_;
  boost::asio::io_context& core_io_;
  std::mutex mutex_;
  std::vector<Item> items_;
};

}  // namespace chat77::server

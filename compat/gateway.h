// The door for the original's clients: accepts them, speaks their wire
// (legacy/), and is a client of the native protocol for each of them that logs
// in. Runs in chat77d over socket pairs and in chat77-compat over TCP.
//
//   auto gateway = Gateway::Open(io, options, connect);
//   std::cout << (*gateway)->address();
//   io.run();
//   (*gateway)->Stop([&] { ... });     // on the same thread
//
// Belongs to the io_context's one thread: every call, `connect` and its answer
// are made there. Each legacy connection costs some 2.5 KiB while it is silent,
// at most 13 KiB of input, and 128 KiB of output that it does not take (half of
// it given to the socket, half in legacy/pacer.h); once logged in, a
// client::Link (17 KiB) more, with at most 80 KiB waiting to be sent.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <boost/asio/io_context.hpp>

#include "client/link.h"
#include "compat/legacy/gatherer.h"
#include "compat/legacy/pacer.h"
#include "proto/network.h"
#include "proto/stranger_pool.h"

namespace chat77::compat {

struct GatewayOptions {
  // A numeric address and a port; 0 takes a free one.
  std::string listen = "0.0.0.0:12345";
  // Beyond it a client is told that the server is full, and let go.
  size_t max_connections = 1000;
  // Who may come at all: what is said here can be read on its way. Others are
  // told so.
  wire::NetworkList allow = *wire::NetworkList::Parse("loopback,private");
  // Those who have not logged in; the oldest gives way, with a sentence.
  wire::StrangerLimits strangers{64, 8};
  // Whom `strangers` is not for.
  wire::NetworkList unlimited = *wire::NetworkList::Parse("loopback");
  // For each answer of a login: people type, and the original's window waits
  // for a button.
  absl::Duration login_time = absl::Minutes(5);
  // For what was told to reach a client that ends; then the connection is cut.
  absl::Duration drain_time = absl::Seconds(5);
  // Between the last byte and the reset that an unframed client needs to
  // notice the end; and for a client of lines to close its side as well.
  absl::Duration linger_unframed = absl::Milliseconds(300);
  absl::Duration linger_lines = absl::Seconds(1);
  legacy::GathererOptions gatherer;
  legacy::PacerOptions pacer;
};

class Gateway {
 public:
  // Hands over a connected native transport (a plain socket is one), or an
  // error sentence. Called on the gateway's thread, during Connect or later.
  using OnSocket = std::function<void(absl::StatusOr<client::Transport>)>;
  using Connect = std::function<void(OnSocket)>;

  // Listens. Fails with a sentence that names the address: InvalidArgument if
  // it is none, Aborted when it cannot be had.
  static absl::StatusOr<std::unique_ptr<Gateway>> Open(
      boost::asio::io_context& io, const GatewayOptions& options,
      Connect connect);
  // Cuts what Stop() has not ended.
  ~Gateway();

  // "0.0.0.0:12345" with the actual port.
  std::string address() const;
  // How many legacy clients are connected.
  size_t connections() const;

  // Whom it did not let in, or let go for others.
  struct Refused {
    size_t not_allowed = 0;  // GatewayOptions::allow
    size_t strangers = 0;    // too many from one address
    size_t gave_way = 0;
    size_t full = 0;  // max_connections
    friend bool operator==(const Refused&, const Refused&) = default;
  };
  // When somebody was, at most once a second; the counts are since the last
  // call. For the log.
  void OnRefused(std::function<void(const Refused&)> call);

  // Takes no new connections; tells every legacy client and lets it go as its
  // dialect needs. Calls stopped() when all are gone: at
  // once for most, after twice drain_time at the latest.
  void Stop(std::function<void()> stopped);

 private:
  class Impl;
  explicit Gateway(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace chat77::compat

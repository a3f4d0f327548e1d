// A ClientConnection and a ServerConnection joined in memory, on virtual time
// that stands still unless Advance moves it. Bytes travel in pieces of `chunk`.
//
//   LoopbackPair pair(1);               // byte by byte
//   pair.client.Start(pair.to_server);
//   pair.Exchange();                    // until neither has more to say
//   pair.Advance(absl::Seconds(30));    // deadlines fire on the way
#pragma once

#include <string>
#include <vector>

#include "proto/connection.h"
#include "proto/frame_encoder.h"

namespace chat77::wire {

struct LoopbackPair {
  static constexpr size_t kAll = std::string::npos;

  explicit LoopbackPair(size_t chunk_size = kAll,
                        ConnectionOptions server_side = {},
                        ConnectionOptions client_side = {})
      : chunk(chunk_size),
        server_options(std::move(server_side)),
        client_options(std::move(client_side)) {}

  void Greet() {
    client.Start(to_server);
    Exchange();
  }

  void Send(const pb::ClientFrame& frame) {
    AppendFrame(frame, to_server);
    Exchange();
  }
  void Send(const pb::ServerFrame& frame) {
    AppendFrame(frame, to_client);
    Exchange();
  }

  void Exchange() {
    while (!cut && !(to_server.empty() && to_client.empty())) {
      const std::string there = std::exchange(to_server, {});
      const std::string back = std::exchange(to_client, {});
      Deliver(there, server, to_client, server_got);
      Deliver(back, client, to_server, client_got);
    }
  }

  // Time passes; each side acts exactly when it asked to, if it did.
  void Advance(absl::Duration time) {
    const absl::Time end = now + time;
    for (;;) {
      const absl::Time due =
          std::min(client.NextDeadline(), server.NextDeadline());
      if (due > end) break;
      // Acting must move the deadline, or a real shell would spin.
      stuck += due < now ? 1 : 0;
      if (stuck > 0) break;
      now = due;
      if (client.NextDeadline() <= now) client.OnDeadline(now, to_server);
      if (server.NextDeadline() <= now) server.OnDeadline(now, to_client);
      Exchange();
      if (std::min(client.NextDeadline(), server.NextDeadline()) <= now) {
        ++stuck;
        break;
      }
    }
    now = end;
  }

  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  size_t chunk;
  bool cut = false;  // the wire: what is sent waits in to_server, to_client
  int stuck = 0;     // deadlines that stayed in the past
  ConnectionOptions server_options;
  ConnectionOptions client_options;
  ServerConnection server{server_options, now};
  ClientConnection client{client_options, now};
  std::string to_server;
  std::string to_client;
  std::vector<pb::ClientFrame> server_got;  // what the sinks were given
  std::vector<pb::ServerFrame> client_got;

 private:
  template <class End, class Frame>
  void Deliver(std::string_view bytes, End& end, std::string& answers,
               std::vector<Frame>& got) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(chunk, bytes.size()))) {
      end.Receive(bytes.substr(0, chunk), now, answers,
                  [&](const Frame& frame) { got.push_back(frame); });
    }
  }
};

}  // namespace chat77::wire

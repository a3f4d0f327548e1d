// A chat77 client for programs: connects, logs in, stays connected, and tells
// what happens. Everything on one io_context thread; callbacks are made from
// the event loop, never from within a call.
//
//   boost::asio::io_context io;
//   Client client(io, {.host = "127.0.0.1", .port = 7700},
//                 [&](const Event& event) {
//     if (auto* online = std::get_if<Online>(&event)) {
//       client.Send(SayRequest("hello"), [&](const pb::ServerFrame& reply) {
//         if (reply.has_error()) std::cerr << reply.error().sentence();
//       });
//     } else if (auto* heard = std::get_if<RoomSaid>(&event)) {
//       std::cout << heard->said.alias() << ": " << heard->said.text() << "\n";
//     } else if (auto* offline = std::get_if<Offline>(&event)) {
//       std::cerr << offline->why << "\n";  // final unless retry_in is set
//     }
//   });
//   client.Start(Credentials{.alias = "ann", .password = "secret"});
//   io.run();
//
// Events: client/core/event.h. Requests: client/requests.h. What is retried
// and what is final, what happens to requests under way when the connection
// breaks: client/core/client_core.h. After a reconnect the lobby's missed
// messages come by themselves (RoomSaid with `late`, then CaughtUp), and so do
// private texts (PrivateText with `late`), at the first login as well; private
// chats go on until one of the two ends them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "client/core/client_core.h"
#include "client/core/event.h"
#include "client/requests.h"
#include "client/tls_options.h"

namespace chat77::client {

struct ClientOptions {
  std::string host = "127.0.0.1";  // a name or a numeric address
  uint16_t port = 7700;
  std::string software = "chat77";  // told to the server, at most 64 bytes
  // How to hear of those who come and go, on every connection anew.
  pb::Presence presence = pb::PRESENCE_NOTICES;
  CoreOptions core;  // `server` is filled in
  // How the connection is secured, each one anew. A server that is not to be
  // trusted (any more) is a final Offline{kUntrusted}.
  TlsOptions tls;
};

class Client {
 public:
  using OnEvent = std::function<void(const Event&)>;
  using OnReply = std::function<void(const pb::ServerFrame&)>;

  Client(boost::asio::io_context& io, ClientOptions options, OnEvent on_event);
  // Drops the connection; no callback follows.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connects and logs in; without credentials only asks whether a server is
  // there (Reachable or Offline follows). Ignored unless offline for good.
  void Start(std::optional<Credentials> credentials);

  // One reply for each request; from the server, or an error of the client's
  // own (ClientCore::Send). While the connection is away requests wait for the
  // next one; the server does each once.
  void Send(pb::ClientFrame request, OnReply on_reply);

  // Ends politely once the requests sent so far are answered;
  // Offline{kEnded} follows.
  void Logout();

  State state() const;
  const std::string& alias() const;  // as registered; once online
  size_t unanswered() const;         // requests without a reply

 private:
  class Shell;
  std::shared_ptr<Shell> shell_;
};

}  // namespace chat77::client

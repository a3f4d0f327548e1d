// What a checker can see of a run: what became durable, what the server takes
// in and gives out, what each user asks and is shown. All of it is the public
// protocol; nothing of the insides of server or client.
#pragma once

#include <string>

#include "client/core/event.h"
#include "server/core/ids.h"
#include "store/model.h"
#include "store/store.h"

namespace chat77::simulation {

namespace pb = ::chat77::v1;
class SimClient;
class SimServer;

class Watch {
 public:
  virtual ~Watch() = default;

  virtual void OnDurable(const store::Write& /*write*/,
                         const store::WriteResult& /*result*/) {}

  // The server. `crashed`: it was not told to stop.
  virtual void OnServerStarted(const SimServer& /*server*/) {}
  virtual void OnServerGone(bool /*crashed*/) {}
  // `device`: what the connection's hello says it is.
  virtual void OnServerHello(server::SessionId /*from*/,
                             const std::string& /*device*/) {}
  virtual void OnServerRequest(server::SessionId /*from*/,
                               const pb::ClientFrame& /*frame*/) {}
  virtual void OnServerClosed(server::SessionId /*session*/) {}
  // The server ends a connection and says why.
  virtual void OnServerDismisses(server::SessionId /*session*/,
                                 pb::Code /*code*/) {}
  virtual void OnServerSends(server::SessionId /*to*/,
                             const pb::ServerFrame& /*frame*/) {}
  virtual void OnServerTells(const pb::ServerFrame& /*frame*/) {}

  // A user. `request` is what was asked, the reply's error included.
  virtual void OnClientStarted(const SimClient& /*client*/) {}
  virtual void OnAsked(const SimClient& /*client*/,
                       const pb::ClientFrame& /*request*/) {}
  virtual void OnReplied(const SimClient& /*client*/,
                         const pb::ClientFrame& /*request*/,
                         const pb::ServerFrame& /*reply*/) {}
  // What its library sends and receives.
  virtual void OnTransmit(const SimClient& /*client*/,
                          const pb::ClientFrame& /*frame*/) {}
  virtual void OnFrame(const SimClient& /*client*/,
                       const pb::ServerFrame& /*frame*/) {}
  virtual void OnEvent(const SimClient& /*client*/,
                       const client::Event& /*event*/) {}

  // After every step; and once everything has healed and come to rest, while
  // all who want to be are online.
  virtual void OnStep(const SimServer* /*nullptr: down*/) {}
  virtual void AtRest() {}
  // Everybody has left.
  virtual void AtEnd() {}
};

}  // namespace chat77::simulation

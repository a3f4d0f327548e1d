// Tells in the trace what every other watch sees: for whoever reads a failed
// run. Too slow for the runs that do not fail.
#pragma once

#include <map>
#include <string>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class Narrator final : public Watch {
 public:
  explicit Narrator(Context& context) : context_(context) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerClosed(server::SessionId session) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void OnServerTells(const pb::ServerFrame& frame) override;
  void OnAsked(const SimClient& client,
               const pb::ClientFrame& request) override;
  void OnReplied(const SimClient& client, const pb::ClientFrame& request,
                 const pb::ServerFrame& reply) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;

 private:
  std::string Name(server::SessionId session) const;

  Context& context_;
  std::map<uint64_t, std::string> device_of_;  // by connection
};

}  // namespace chat77::simulation

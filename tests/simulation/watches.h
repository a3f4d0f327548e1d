// Several watches as one; they see everything in the order in which they were
// added. Also what the server and the disk report to.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/watch.h"

namespace chat77::simulation {

class Watches final : public Watch {
 public:
  // Must outlive it.
  void Add(Watch& watch) { all_.push_back(&watch); }

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override {
    for (Watch* watch : all_) watch->OnDurable(write, result);
  }
  void OnServerStarted(const SimServer& server) override {
    for (Watch* watch : all_) watch->OnServerStarted(server);
  }
  void OnServerGone(bool crashed) override {
    for (Watch* watch : all_) watch->OnServerGone(crashed);
  }
  void OnServerHello(server::SessionId from,
                     const std::string& device) override {
    for (Watch* watch : all_) watch->OnServerHello(from, device);
  }
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override {
    for (Watch* watch : all_) watch->OnServerRequest(from, frame);
  }
  void OnServerClosed(server::SessionId session) override {
    for (Watch* watch : all_) watch->OnServerClosed(session);
  }
  void OnServerDismisses(server::SessionId session, pb::Code code) override {
    for (Watch* watch : all_) watch->OnServerDismisses(session, code);
  }
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override {
    for (Watch* watch : all_) watch->OnServerSends(to, frame);
  }
  void OnServerTells(const pb::ServerFrame& frame) override {
    for (Watch* watch : all_) watch->OnServerTells(frame);
  }
  void OnClientStarted(const SimClient& client) override {
    for (Watch* watch : all_) watch->OnClientStarted(client);
  }
  void OnAsked(const SimClient& client,
               const pb::ClientFrame& request) override {
    for (Watch* watch : all_) watch->OnAsked(client, request);
  }
  void OnReplied(const SimClient& client, const pb::ClientFrame& request,
                 const pb::ServerFrame& reply) override {
    for (Watch* watch : all_) watch->OnReplied(client, request, reply);
  }
  void OnTransmit(const SimClient& client,
                  const pb::ClientFrame& frame) override {
    for (Watch* watch : all_) watch->OnTransmit(client, frame);
  }
  void OnFrame(const SimClient& client, const pb::ServerFrame& frame) override {
    for (Watch* watch : all_) watch->OnFrame(client, frame);
  }
  void OnEvent(const SimClient& client, const client::Event& event) override {
    for (Watch* watch : all_) watch->OnEvent(client, event);
  }
  void OnStep(const SimServer* server) override {
    for (Watch* watch : all_) watch->OnStep(server);
  }
  void AtRest() override {
    for (Watch* watch : all_) watch->AtRest();
  }
  void AtEnd() override {
    for (Watch* watch : all_) watch->AtEnd();
  }

 private:
  std::vector<Watch*> all_;
};

}  // namespace chat77::simulation

// The simulated shell of the client library, as client/client and client/link
// are: the real ClientCore and ClientConnection, an in-memory socket, virtual
// timers. One device of one account.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "client/core/client_core.h"
#include "proto/connection.h"
#include "tests/simulation/context.h"
#include "tests/simulation/network.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

struct Device {
  std::string name;   // "ann/2"
  std::string alias;  // whose
  bool resumes = true;
};

class SimClient {
 public:
  SimClient(Context& context, Network& network, Watch& watch, Device device);

  // Gets online, and stays so. Only while offline.
  void Start(bool make_account, bool take_over);
  void Logout();
  // Asks; the watch hears of the reply.
  void Ask(pb::ClientFrame request);
  // Nothing is read or done for a while, as in a suspended machine.
  void Freeze(absl::Duration duration);
  void Thaw();

  const Device& device() const { return device_; }
  const std::string& alias() const { return device_.alias; }
  client::State state() const { return core_->state(); }
  bool online() const { return state() == client::State::kOnline; }
  bool offline() const { return state() == client::State::kOffline; }
  bool frozen() const { return frozen_; }
  size_t unanswered() const { return requests_.size(); }

 private:
  client::Moment Moment();
  void Pump();
  void CarryOut(client::Order order);
  void Tell(const client::Event& event);
  void Drop();
  void Connect();
  void Connected(std::unique_ptr<Socket> socket);
  void OnBytes(std::string_view bytes);
  void Closed(pb::Code code, const std::string& why);
  void Flush();
  absl::Time NextDeadline() const;
  void ArmTimer();
  void OnTimer();

  Context& context_;
  Network& network_;
  Watch& watch_;
  const Device device_;
  wire::ConnectionOptions wire_;
  std::unique_ptr<client::ClientCore> core_;
  std::map<uint64_t, pb::ClientFrame> requests_;  // without a reply yet
  std::unique_ptr<Socket> socket_;
  std::unique_ptr<Socket> dropped_;  // perhaps still in a handler of its own
  std::optional<wire::ClientConnection> connection_;
  std::string out_;
  uint64_t turn_ = 0;  // of connections
  absl::Time armed_ = absl::InfiniteFuture();
  bool frozen_ = false;
  bool pumping_ = false;
  uint64_t freezes_ = 0;
  Life life_;
};

}  // namespace chat77::simulation

// One user of the client library who talks in the room and with a partner in
// private, and watches that everything comes as it was promised.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "client/client.h"
#include "tests/crash/ledger.h"

namespace chat77::crash {

namespace pb = client::pb;

// What all of them share.
struct Scene {
  Ledger ledger;
  bool talking = false;   // else everybody finishes what was begun
  bool complete = false;  // all are online: nobody may be told of another
  uint64_t resumes = 0;
  uint64_t gaps = 0;
  uint64_t links = 0;
};

class Talker {
 public:
  struct Who {
    std::string alias;
    std::string partner;
    bool asks = false;  // for the private chat; the other one accepts
    uint16_t port = 0;
    uint64_t seed = 0;
  };

  // Everything on the thread of `io`.
  Talker(boost::asio::io_context& io, Scene& scene, Who who);
  void Start();
  void Logout() { client_->Logout(); }

  const std::string& alias() const { return who_.alias; }
  const std::string& partner() const { return who_.partner; }
  bool online() const { return client_->state() == client::State::kOnline; }
  // Online, nothing unanswered, and everything heard that was said.
  bool settled() const;
  // Why it is not settled.
  std::string Describe() const;

  // Once settled: asks the server how the private chat stands.
  void AskPrivateState(std::function<void(const pb::ListPrivateReply&)> done);
  bool linked() const { return linked_; }
  // The number of the last message that it heard.
  uint64_t heard_up_to() const { return seq_; }

 private:
  static constexpr int kSaysAtOnce = 3;
  static constexpr int kPrivateAtOnce = 2;

  void Tick();
  bool Chance(double probability);
  void Say();
  void SendPrivate();
  void Change(pb::ClientFrame request, bool links);
  void StepPrivate();
  void SetLinked(bool linked);

  void OnEvent(const client::Event& event);
  void OnOnline(const client::Online& online);
  void OnSaid(const client::RoomSaid& heard);
  void OnGap(const client::Gap& gap);
  void OnPresence(const char* what, const std::string& alias);
  void Fault(const std::string& what);

  Scene& scene_;
  const Who who_;
  std::mt19937_64 random_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<client::Client> client_;

  uint64_t seq_ = 0;  // the last that was heard
  uint64_t said_ = 0, sent_ = 0;
  int saying_ = 0, sending_ = 0;  // unanswered
  bool was_online_ = false;
  bool linked_ = false, asked_ = false, wanted_ = false, changing_ = false;
};

}  // namespace chat77::crash

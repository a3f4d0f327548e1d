// A native server for tests of what talks to one: the protocol's ordinary
// answers from memory, without limits, store or hurry. One thread, the
// io_context's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "proto/connection.h"

namespace chat77::testing {

namespace pb = wire::pb;

class FakeChatServer {
 public:
  explicit FakeChatServer(boost::asio::io_context& io);
  ~FakeChatServer();

  uint16_t port() const;
  // Requests to register or log in get no answer while true.
  void set_silent(bool silent) { silent_ = silent; }
  // Answers the next request with this error instead.
  void FailNext(pb::Code code, const std::string& sentence);
  // An event to everybody who is logged in.
  void Tell(const pb::ServerFrame& event);
  // Ends every connection, with a goodbye or without.
  void CloseAll(bool goodbye);

  size_t connections() const { return sessions_.size(); }
  const std::vector<std::string>& said() const { return said_; }
  const std::string& forwarded_address() const { return forwarded_; }

 private:
  class Session;
  struct PrivateCall;
  using Pair = std::pair<std::string, std::string>;

  void Accept();
  void Handle(Session& session, const pb::ClientFrame& request);
  void HandleLogin(Session& session, const pb::ClientFrame& request,
                   pb::ServerFrame& reply);
  void HandlePrivate(Session& session, const pb::ClientFrame& request,
                     pb::ServerFrame& reply);
  bool Resolve(const std::string& alias, PrivateCall& call);
  bool TakeRequest(const std::string& alias, PrivateCall& call);
  void RequestPrivate(const std::string& alias, PrivateCall& call);
  void AcceptPrivate(const std::string& alias, PrivateCall& call);
  void RejectPrivate(const std::string& alias, PrivateCall& call);
  void EndPrivate(const std::string& alias, PrivateCall& call);
  void SendPrivate(const pb::SendPrivate& request, PrivateCall& call);
  void ListPrivate(PrivateCall& call);
  void Leave(Session& session);
  Session* Find(const std::string& alias);
  void TellOne(const std::string& alias, const pb::ServerFrame& event);
  void TellOthers(const Session* except, const pb::ServerFrame& event);
  static Pair Sorted(const std::string& a, const std::string& b);

  boost::asio::ip::tcp::acceptor acceptor_;
  wire::ConnectionOptions options_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::vector<Session*> online_;                  // in order of login
  std::map<std::string, std::string> passwords_;  // by alias
  std::set<Pair> requests_;                       // who asked whom
  std::set<Pair> links_;
  std::vector<std::string> said_;
  std::string forwarded_;
  pb::Error failure_;
  bool silent_ = false;
};

}  // namespace chat77::testing

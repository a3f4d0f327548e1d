// A native server for tests of what talks to one: the protocol's ordinary
// answers from memory, without limits, store or hurry. One thread, the
// io_context's.
//
// With set_resume(true) it grants FEATURE_RESUME: device tokens, stays that
// last until EndGrace(), answers by message_id, private events that are
// numbered and kept, and the replay of a resume.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "proto/connection.h"

namespace chat77::test {

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
  void CloseAll(bool goodbye, uint32_t retry_after_ms = 0);

  // On connections greeted from now on.
  void set_resume(bool resume) { resume_ = resume; }
  // Carries out the next request, but its connection breaks instead of the
  // reply.
  void LoseNextReply() { lose_next_ = true; }
  // Those whose connection broke leave.
  void EndGrace();
  void ForgetTokens() { tokens_.clear(); }
  // Takes no connections from now on, or again.
  void StopListening();
  void ListenAgain();

  size_t connections() const { return sessions_.size(); }
  const std::vector<std::string>& said() const { return said_; }
  int resumes() const { return resumes_; }  // that were granted
  // Private events that were not acknowledged.
  size_t kept_for(const std::string& alias) {
    return Find(alias)->mailbox.size();
  }
  const std::string& forwarded_address() const { return forwarded_; }

 private:
  class Session;
  struct PrivateCall;
  static constexpr uint64_t kEpoch = 7;

  // Somebody who is online.
  struct Person {
    std::string alias;
    Session* session = nullptr;  // null: away
    bool resumes = false;
    std::string token;
    uint64_t stay = 0;
    uint64_t private_seq = 0;
    std::deque<pb::ServerFrame> mailbox;
  };
  using Pair = std::pair<std::string, std::string>;

  void Accept();
  void Handle(Session& session, const pb::ClientFrame& request);
  void HandleLogin(Session& session, const pb::ClientFrame& request,
                   pb::ServerFrame& reply);
  void HandleResume(Session& session, const pb::ClientFrame& request,
                    pb::ServerFrame& reply);
  void Enter(Session& session, const std::string& alias,
             const std::string& token, pb::ServerFrame& frame,
             pb::LoginReply& reply);
  void Welcome(Session& session, Person& person, pb::ServerFrame& frame,
               pb::LoginReply& reply);
  void Replay(Session& session, const pb::Resume& resume);
  void HandleRequest(Session& session, const pb::ClientFrame& request,
                     pb::ServerFrame& reply);
  void HandleSay(Session& session, const pb::ClientFrame& request,
                 pb::ServerFrame& reply);
  void Answer(Session& session, const pb::ClientFrame& request,
              const pb::ServerFrame& reply);
  void HandlePrivate(Session& session, const pb::ClientFrame& request,
                     pb::ServerFrame& reply);
  bool Resolve(const std::string& alias, PrivateCall& call);
  bool TakeRequest(const std::string& alias, PrivateCall& call);
  void RequestPrivate(const std::string& alias, PrivateCall& call);
  void AcceptPrivate(const std::string& alias, PrivateCall& call);
  void RejectPrivate(const std::string& alias, PrivateCall& call);
  void EndPrivate(const std::string& alias, PrivateCall& call);
  void SendPrivate(const pb::SendPrivate& request, PrivateCall& call);
  pb::ListPrivateReply PrivateState(const std::string& alias) const;
  // The connection ended.
  void Leave(Session& session);
  // The user is no longer online.
  void Depart(const std::string& alias);
  Person* Find(const std::string& alias);
  void TellOne(const std::string& alias, pb::ServerFrame event);
  void TellOthers(const Session* except, const pb::ServerFrame& event);
  static Pair Sorted(const std::string& a, const std::string& b);

  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_ = 0;  // while it does not listen
  wire::ConnectionOptions options_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::list<Person> online_;                      // in order of login
  std::map<std::string, std::string> passwords_;  // by alias
  std::set<Pair> requests_;                       // who asked whom
  std::set<Pair> links_;
  std::vector<std::string> said_;
  std::vector<pb::Said> log_;
  std::map<std::string, std::string> tokens_;  // whose each is
  // By alias and message_id.
  std::map<std::pair<std::string, uint64_t>, pb::ServerFrame> answers_;
  uint64_t last_token_ = 0;
  uint64_t last_stay_ = 0;
  int resumes_ = 0;
  bool resume_ = false;
  bool lose_next_ = false;
  std::string forwarded_;
  pb::Error failure_;
  bool silent_ = false;
};

}  // namespace chat77::test

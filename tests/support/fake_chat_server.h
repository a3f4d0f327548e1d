// A native server for tests of what talks to one: the protocol's ordinary
// answers from memory, without limits, store or hurry. One thread, the
// io_context's.
//
// With set_resume(true) it grants FEATURE_RESUME: device tokens, stays that
// last until EndGrace(), answers by message_id, the replay of a resume, and
// private chats that outlive all of it.
#pragma once

#include <cstdint>
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
  // Up to where one of a private chat has read it, and how many MarkReads came.
  uint64_t ReadBy(const std::string& alias, const std::string& other) {
    return rooms_[Sorted(alias, other)].read[alias];
  }
  int mark_reads() const { return mark_reads_; }
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
  };
  using Pair = std::pair<std::string, std::string>;
  struct DirectRoom {
    uint64_t number = 0;
    std::vector<pb::Said> log;
    std::map<std::string, uint64_t> read;  // by alias
  };

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
  void MarkRead(const std::string& alias, const pb::MarkRead& request);
  void FetchHistory(const std::string& alias, const pb::FetchHistory& request,
                    pb::ServerFrame& reply);
  // Null: no such room, or `alias` is not in it.
  DirectRoom* FindRoom(uint64_t number, const std::string& alias);
  // Appends to the room of the two, which begins with its first entry.
  pb::Said Append(const std::string& author, const std::string& other,
                  pb::EntryKind kind, const std::string& text = "");
  void AddRooms(const std::string& alias, pb::LoginReply& reply);
  bool Resolve(const std::string& alias, PrivateCall& call);
  void Link(PrivateCall& call, pb::Said& entry);
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
  void EndPrivateChats(const std::string& alias);
  Person* Find(const std::string& alias);
  void TellOne(const std::string& alias, const pb::ServerFrame& event);
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
  std::map<Pair, DirectRoom> rooms_;
  std::vector<std::string> said_;
  std::vector<pb::Said> log_;
  std::map<std::string, std::string> tokens_;  // whose each is
  // By alias and message_id.
  std::map<std::pair<std::string, uint64_t>, pb::ServerFrame> answers_;
  uint64_t last_token_ = 0;
  int resumes_ = 0;
  int mark_reads_ = 0;
  bool resume_ = false;
  bool lose_next_ = false;
  std::string forwarded_;
  pb::Error failure_;
  bool silent_ = false;
};

}  // namespace chat77::test

// Watches a core and tells what it may never do, whatever happens outside.
//
// It plays the shell as well: who hears the room, and what each session was
// sent, so that a model can compare.
//
//   - Each request gets one reply, and nobody gets a reply to nothing, or to
//     what was sent behind a logout.
//   - What was said is answered before its session is told goodbye, unless the
//     account was taken over; a logout is answered after it, and right before
//     the goodbye.
//   - Nothing is sent to a session that closed or was told goodbye, and nobody
//     is online, or linked, without a session.
//   - Numbers of messages are dense, and the same for the sender, the room and
//     the store; nothing is told before it is committed, or if that failed.
//   - Nobody hears the room before their own LoginReply, and their own Joined
//     comes first.
//   - Private links are symmetric, between two who are online, and never with
//     oneself; no private text without a link at that moment.
//   - Each account has one session; each login in the log one logout.
//   - Every refusal has a code and a sentence; Stopped is the last effect.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/core_harness.h"

namespace chat77::server {

class CoreInvariants : public CoreObserver {
 public:
  // By session: the frames it was sent, as lines, and "bye CODE".
  using Inboxes = std::map<uint64_t, Lines>;

  // `core` may be set later, but before the first event.
  explicit CoreInvariants(CoreOptions options)
      : history_(options.history), told_seq_(options.last_seq) {}
  void set_core(const ChatCore* core) { core_ = core; }

  void Before(const Event& event) override;
  void After(const Event& event, const Effects& effects) override;

  // Every token has been answered: nobody waits any more.
  void ExpectSettled();

  // Since the last call.
  Inboxes TakeInboxes() { return std::exchange(inboxes_, {}); }
  // The first thing that went wrong; empty: nothing.
  const std::string& violation() const { return violation_; }

 private:
  struct Client {
    std::set<uint64_t> waiting;  // requests without a reply
    std::set<uint64_t> saying;   // those of them that are a Say
    uint64_t logout = 0;         // request under way; 0: none
    bool logged_out = false;     // it was answered
    std::string alias;           // from LoginReply
    bool joined = false;         // hears the room
    bool heard_itself = false;   // join
    uint64_t heard_seq = 0;
  };
  struct Words {
    std::string alias;
    std::string text;
  };
  using Links = std::set<std::pair<std::string, std::string>>;

  void Check(const Send& send);
  void Check(const JoinRoom& join);
  void Check(const TellRoom& tell);
  void Check(const CloseSession& close);
  void Check(const CheckPassword& work) { CheckToken(work.token); }
  void Check(const CreateAccount& work) { CheckToken(work.token); }
  void Check(const RecordLogin& work);
  void Check(const RecordLogout& work);
  void Check(const Append& work);
  void Check(const ReadHistory& work) { CheckToken(work.token); }
  void Check(const Stopped&) { stopped_ = true; }

  void CheckToken(Token token);
  static void Ask(Client& client, const pb::ClientFrame& frame);
  void CheckReply(Client& client, const pb::ServerFrame& frame);
  void CheckLogout(Client& client, const pb::ServerFrame& frame);
  void CheckSaid(const TellRoom& tell);
  void CheckPresence();
  void CheckPeers(const User& user);
  Links LinksNow() const;
  void Hear(uint64_t session, const pb::ServerFrame& frame);
  void Expect(bool good, const std::string& what);

  const ChatCore* core_ = nullptr;
  const bool history_;
  std::map<uint64_t, Client> clients_;  // those who are there
  Links links_before_;                  // the event, by alias
  uint64_t last_token_ = 0;
  std::map<uint64_t, Words> appends_;    // by token, not answered yet
  std::map<uint64_t, Words> committed_;  // by seq, not told yet
  std::set<uint64_t> logins_;            // tokens not answered yet
  std::set<int64_t> open_;               // connections in the log
  uint64_t told_seq_;
  std::optional<uint64_t> replied_seq_;  // SayReply that awaits its Said
  bool stopped_ = false;
  Inboxes inboxes_;
  std::string violation_;
};

}  // namespace chat77::server

// What the chat is to do, told once more and differently: by names and lists,
// without ids, tokens or effects. The core's reference in random tests.
//
// One verb for each thing that may happen, in the words of CoreHarness; it
// notes what each session must be sent, in CoreInvariants' lines. Work outside
// waits in the order in which it was begun.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/core_invariants.h"

namespace chat77::server {

class CoreModel {
 public:
  using Inboxes = CoreInvariants::Inboxes;
  enum class Verb { kRequest, kAccept, kReject, kEnd, kSend };

  explicit CoreModel(bool history) : history_(history) {}

  void AddAccount(const std::string& alias) { accounts_[alias] = "secret"; }

  void Open(uint64_t session);
  void Close(uint64_t session);
  void Stop();

  // Requests. Each takes the next number of its session.
  void Register(uint64_t session, const std::string& alias,
                const std::string& password);
  void Login(uint64_t session, const std::string& alias,
             const std::string& password, bool take_over);
  void Logout(uint64_t session);
  void Say(uint64_t session, const std::string& text);
  void ListOnline(uint64_t session);
  void FetchHistory(uint64_t session);
  void ListPrivate(uint64_t session);
  void Private(uint64_t session, Verb verb, const std::string& alias,
               const std::string& text);
  void Nonsense(uint64_t session);

  // Outcomes. `good`: the store answered.
  void FinishPassword(size_t index, bool good);
  void FinishWrite(bool good);
  void FinishRead(size_t index);

  size_t passwords() const { return passwords_.size(); }
  size_t writes() const;
  size_t reads() const { return reads_.size(); }
  Inboxes TakeInboxes() { return std::exchange(inboxes_, {}); }

 private:
  // Who sits at a session.
  struct Seat {
    enum {
      kStranger,
      kWaiting,  // for a password
      kLeaving,  // logged out: hears the room, is heard no more
      kEntering,
      kInside
    } where = kStranger;
    std::string name;  // entering and inside
  };
  struct Password {
    uint64_t session, request;
    bool registers, take_over;
    std::string alias, password;
  };
  // What the room is to hear, in its order.
  struct Moment {
    enum { kWords, kJoin, kLeave } kind;
    enum { kOpen, kGood, kBad } outcome;
    uint64_t session;
    uint64_t request;  // that is answered then; 0: none, nobody logged out
    std::string name;
    std::string text;  // or the reason of a leave
  };
  using Pair = std::pair<std::string, std::string>;

  // The request's number, or 0: nobody is there, or hears it; or 0 and
  // answered: stopping.
  uint64_t Begin(uint64_t session);
  // The same for requests that need a login.
  uint64_t BeginInside(uint64_t session);
  void Answer(uint64_t session, uint64_t request, const std::string& line);
  void Tell(uint64_t session, const std::string& line);
  void TellInside(uint64_t but, const std::string& line);
  // The session of the one inside whose name is `alias` but for case; 0: none.
  uint64_t SeatOf(const std::string& alias) const;
  void Enter(const Password& login, const std::string& name);
  // `logout` is the request that asks for it; 0: none.
  void Leave(uint64_t session, const std::string& reason, uint64_t logout = 0);
  void Goodbye(uint64_t session, const std::string& code);
  void Unfold();
  void Unfold(const Moment& moment);
  std::string PrivateAnswer(uint64_t session, Verb verb, uint64_t other,
                            const std::string& text);

  const bool history_;
  std::map<std::string, std::string> accounts_;  // password by alias
  std::map<uint64_t, uint64_t> requests_;        // last one by session
  std::map<uint64_t, Seat> seats_;
  std::vector<std::string> online_;  // in order of login, entering too
  std::set<Pair> asked_;             // who, whom
  std::set<Pair> linked_;            // both ways round
  std::deque<Password> passwords_;
  std::deque<std::pair<uint64_t, uint64_t>> reads_;  // session, request
  std::deque<Moment> moments_;
  uint64_t seq_ = 0;
  bool stopping_ = false;
  bool stopped_ = false;
  Inboxes inboxes_;
};

}  // namespace chat77::server

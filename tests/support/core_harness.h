// The core with a script in front and a small made-up store behind it.
//
//   CoreHarness chat;
//   chat.LogIn(1, "ann");                          // opens session 1 as well
//   chat.set_hold(true);
//   chat.Ask(1, "say { text: 'hi' }");             // {"> append ..."}
//   chat.FinishWrite();                            // {"s1: #2 say 1 @5", ...}
//
// Every verb returns the effects of the call as lines (tests/support/
// printing.h). Work outside is finished at once, well, unless it is held; then
// the script finishes it, in any order for passwords and reads, in the order of
// the effects for writes. Requests of a session are numbered 1, 2, 3, ...
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "server/core/chat_core.h"
#include "tests/support/printing.h"

namespace chat77::server {

// Sees every event on its way in, and what came of it.
class CoreObserver {
 public:
  virtual ~CoreObserver() = default;
  virtual void Before(const Event& event) = 0;
  virtual void After(const Event& event, const Effects& effects) = 0;
};

class CoreHarness {
 public:
  // The store stands where `options` say.
  explicit CoreHarness(CoreOptions options = {}, CoreObserver* observer = {});

  // An account that was there before; its password is "secret".
  void AddAccount(std::string_view alias);
  void set_hold(bool hold) { hold_ = hold; }
  // The core's clock stands still at 5 ms after the epoch but for this.
  void Advance(absl::Duration duration) { now_ += duration; }

  // The session's address is 10.0.0.<session>, its port 1000 + session.
  Lines Open(uint64_t session);
  Lines Close(uint64_t session);
  Lines Stop();
  // `request` is a ClientFrame in protobuf's text format.
  Lines Ask(uint64_t session, const std::string& request);
  Lines Ask(uint64_t session, pb::ClientFrame frame);
  // Opens the session, makes the account if there is none, logs in.
  Lines LogIn(uint64_t session, std::string_view alias);

  // Finish work that waits: a CheckPassword or CreateAccount, a RecordLogin or
  // Append, a ReadHistory. OK means that the made-up store answers. There must
  // be such work.
  Lines FinishPassword(absl::Status status = {}, size_t index = 0);
  Lines FinishWrite(absl::Status status = {});
  Lines FinishRead(absl::StatusOr<pb::FetchHistoryReply> page,
                   size_t index = 0);
  // An event that no verb makes.
  Lines Happen(const Event& event);

  size_t passwords() const { return passwords_.size(); }
  size_t writes() const { return writes_.size(); }
  size_t reads() const { return reads_.size(); }
  // What the last verb did, whole.
  const Effects& effects() const { return effects_; }
  const ChatCore& core() const { return core_; }

 private:
  struct Account {
    std::string alias;
    std::string password;
  };

  void Feed(const Event& event);
  void Sort(const Effect& effect);
  bool FinishAnything();
  // The event the made-up store would answer with.
  Event Outcome(const Effect& work, const absl::Status& status);
  absl::Status Create(const CreateAccount& work);
  absl::StatusOr<std::string> Check(const CheckPassword& work) const;

  CoreObserver* const observer_;
  ChatCore core_;
  bool hold_ = false;
  absl::Time now_ = absl::FromUnixMillis(5);
  std::map<uint64_t, uint64_t> last_request_;  // by session
  std::map<std::string, Account> accounts_;    // by key
  int64_t last_seq_;
  int64_t last_connection_ = 0;
  std::deque<Effect> passwords_, writes_, reads_;
  Effects effects_;
};

}  // namespace chat77::server

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
// the script finishes it, in any order for passwords, lookups and reads, in the
// order of the effects for writes. Requests of a session are numbered 1, 2, 3,
// ...; so are devices, and connections in the log. Time passes for those who
// are away when the script says so.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  void MakeAdmin(std::string_view alias);
  // What the made-up store knows of it.
  AccountName Standing(std::string_view alias) const;
  // What was sent to no session so far; it is in nobody's Lines.
  size_t unheard() const { return unheard_; }
  void set_hold(bool hold) { hold_ = hold; }
  // The core's clocks stand still at 5 ms after their zero but for this.
  void Advance(absl::Duration duration) { now_ = now_ + duration; }
  // Somebody sets the wall clock: no time has passed.
  void StepWall(absl::Duration by) { now_.wall += by; }
  const Moment& now() const { return now_; }

  // The session's address is 10.0.0.<session>, its port 1000 + session.
  Lines Open(uint64_t session);
  // The same with FEATURE_RESUME; its software is "phone".
  Lines OpenResuming(uint64_t session);
  Lines Close(uint64_t session);
  Lines Stop();
  // `request` is a ClientFrame in protobuf's text format.
  Lines Ask(uint64_t session, const std::string& request);
  Lines Ask(uint64_t session, pb::ClientFrame frame);
  // From elsewhere, and with no limit or with.
  Lines OpenFrom(uint64_t session, const std::string& address,
                 bool unlimited = false);
  // Opens the session, makes the account if there is none, logs in.
  Lines LogIn(uint64_t session, std::string_view alias);

  // The same with FEATURE_RESUME.
  Lines LogInResuming(uint64_t session, std::string_view alias);
  // Opens the session and resumes with the token of that device; `place` are
  // fields of Resume, as text.
  Lines Resume(uint64_t session, DeviceId device, std::string_view place = "");

  // The made-up store's codes: of the one who becomes an admin, of invitations.
  static constexpr char kAdminCode[] = "open sesame";
  static constexpr char kInvitation[] = "welcome";
  // The made-up store's token of the device, valid or not.
  static std::string TokenOf(DeviceId device);
  // The device made last; there must be one.
  DeviceId newest_device() const { return devices_.rbegin()->first; }

  // Finish work that waits: a CheckPassword, CreateAccount, ChangePassword or
  // MakeAdmin, a FindDevice, FindAccount, FindRequest, ReadRooms or
  // ReadDevices, whatever is Committed, a ReadHistory. OK means that the
  // made-up store answers. There must be such work.
  Lines FinishPassword(absl::Status status = {}, size_t index = 0);
  Lines FinishLookup(absl::Status status = {}, size_t index = 0);
  Lines FinishWrite(absl::Status status = {});
  Lines FinishRead(absl::StatusOr<pb::FetchHistoryReply> page,
                   size_t index = 0);
  // The time of an Await is over; never by itself.
  Lines Elapse(size_t index = 0);
  // An event that no verb makes.
  Lines Happen(const Event& event);

  size_t passwords() const { return passwords_.size(); }
  size_t lookups() const { return lookups_.size(); }
  size_t writes() const { return writes_.size(); }
  size_t reads() const { return reads_.size(); }
  size_t waits() const { return waits_.size(); }
  // What the last verb did, whole.
  const Effects& effects() const { return effects_; }
  const ChatCore& core() const { return core_; }

 private:
  struct Account {
    AccountId id;
    std::string alias;
    std::string password;
    bool admin = false;
    std::map<AccountId, std::string> blocked = {};
    std::map<RoomId, uint64_t> read = {};
  };
  using Pair = std::pair<AccountId, AccountId>;  // the smaller first
  struct Device {
    AccountId account;
    bool ended = false;
  };
  using RequestKey = std::pair<AccountId, uint64_t>;  // and message_id
  struct Request {
    std::string answer;
    uint64_t seq = 0;  // of an entry
    absl::Time time;
  };

  void Feed(const Event& event);
  void Sort(const Effect& effect);
  bool FinishAnything();
  // The events the made-up store would answer with.
  Event Check(const CheckPassword& work, const absl::Status& status) const;
  Event Create(const CreateAccount& work, const absl::Status& status);
  Event LookUp(const Effect& work, const absl::Status& status) const;
  Event Write(const Effect& work, const absl::Status& status);
  Event WriteNext(absl::Status status);
  absl::Status Remember(AccountId account, uint64_t message_id,
                        Request request);
  absl::StatusOr<Outcome> Write(const RecordLogin& work);
  absl::StatusOr<Outcome> Write(const RecordLogout& work);
  absl::StatusOr<Outcome> Write(const Append& work);
  absl::StatusOr<Outcome> Write(const SetLink& work);
  absl::StatusOr<Outcome> Write(const MarkRead& work);
  absl::StatusOr<Outcome> Write(const RevokeDevice& work);
  absl::StatusOr<Outcome> Write(const SetBlocked& work);
  absl::StatusOr<Outcome> Write(const AddSanction& work);
  absl::StatusOr<Outcome> Write(const LiftSanction& work);
  absl::StatusOr<Outcome> Write(const RecordKick& work);
  absl::StatusOr<Outcome> Write(const AddInvitation& work);
  Event Hash(const Effect& work, const absl::Status& status);
  Event Change(const ChangePassword& work, const absl::Status& status);
  Event Promote(const server::MakeAdmin& work, const absl::Status& status);
  AccountName NameOf(const Account& account) const;
  Account* ById(AccountId id);
  AccountRooms RoomsOf(AccountId account) const;
  // Each room's entries have dense numbers.
  absl::Status Enter(const Entry& entry);
  absl::StatusOr<FoundDevice> Find(const std::string& token) const;
  pb::ListDevicesReply List(const ReadDevices& work) const;
  // By number; nullptr: none, or not any more.
  const Device* Valid(DeviceId device) const;

  CoreObserver* const observer_;
  ChatCore core_;
  bool hold_ = false;
  Moment now_ = Moment{} + absl::Milliseconds(5);
  std::map<uint64_t, uint64_t> last_request_;  // by session
  std::map<std::string, Account> accounts_;    // by key
  std::map<int64_t, Sanction> sanctions_;
  int64_t last_sanction_ = 0;
  std::map<DeviceId, Device> devices_;
  std::map<ConnectionId, DeviceId> connections_;
  std::map<RequestKey, Request> requests_;
  std::map<Pair, Link> links_;
  // What a ReadRooms sees that is answered as of when it was asked.
  std::map<Token, std::vector<KnownLink>> early_;
  std::map<RoomId, uint64_t> last_seq_;
  std::deque<Effect> passwords_, lookups_, writes_, reads_, waits_;
  size_t rejected_ = 0;  // of writes_: they were asked for before a failure
  Effects effects_;
  size_t unheard_ = 0;
};

}  // namespace chat77::server

// What the chat is to do, told once more and differently: by names and lists,
// without ids, tokens or effects. The core's reference in random tests, with
// the store it stands on.
//
// One verb for each thing that may happen, in the words of CoreHarness; it
// notes what each session must be sent, in CoreInvariants' lines. Work outside
// waits in the order in which it was begun.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "proto/ids.h"
#include "tests/support/core_invariants.h"

namespace chat77::server {

class CoreModel {
 public:
  using Inboxes = CoreInvariants::Inboxes;
  enum class Verb {
    kRequest,
    kAccept,
    kReject,
    kEnd,
    kSend,
    kList,
    kWithdraw,
    kSay
  };
  // Where a client that resumes says it was; `known`: in the room's order.
  struct Place {
    bool known = false;
    uint64_t seq = 0;
  };
  // A request of private chat, or words for the room.
  struct Wish {
    Verb verb = Verb::kRequest;
    std::string alias;
    std::string text;
    uint64_t id = 0;  // message_id; 0: none
    uint64_t session = 0;
    uint64_t request = 0;
  };

  explicit CoreModel(bool history) : history_(history) {}

  void AddAccount(const std::string& alias) { MakeAccount(alias, "secret"); }
  void MakeAdmin(const std::string& alias) { admins_.insert(alias); }

  void Open(uint64_t session, bool resumes);
  void Close(uint64_t session);
  void Stop();
  // Requests. Each takes the next number of its session.
  void Register(uint64_t session, const std::string& alias,
                const std::string& password);
  void Login(uint64_t session, const std::string& alias,
             const std::string& password, bool take_over);
  // With the token of `device`, or with something that is none (0).
  void Resume(uint64_t session, DeviceId device, bool take_over, Place place);
  void Logout(uint64_t session);
  void ListOnline(uint64_t session);
  void FetchHistory(uint64_t session, uint64_t room);
  void ListPrivate(uint64_t session);
  void MarkRead(uint64_t session, uint64_t room, uint64_t seq);
  void ListDevices(uint64_t session);
  void Revoke(uint64_t session, DeviceId device);
  void Private(uint64_t session, Wish wish);
  void Nonsense(uint64_t session);
  void Block(uint64_t session, const std::string& alias, bool on);
  void ListBlocked(uint64_t session);
  void Kick(uint64_t session, const std::string& alias);
  // `seconds`: 0 for ever.
  void Impose(uint64_t session, const std::string& alias, bool mutes,
              uint64_t seconds);
  void Lift(uint64_t session, uint64_t number);
  void ChangePassword(uint64_t session, const std::string& old_password,
                      const std::string& new_password);
  // So long after the last time that no request is younger.
  void LongAfter(uint64_t milliseconds);

  // Outcomes. `good`: the store answered.
  void FinishPassword(size_t index, bool good);
  void FinishLookup(size_t index, bool good);
  void FinishWrite(bool good);
  void FinishRead(size_t index);
  void Elapse(size_t index);

  size_t passwords() const { return passwords_.size(); }
  size_t lookups() const { return lookups_.size(); }
  size_t writes() const { return writes_.size(); }
  size_t reads() const { return reads_.size(); }
  size_t waits() const { return waits_.size(); }
  Inboxes TakeInboxes() { return std::exchange(inboxes_, {}); }

  // The device made last for the account, 0: none; and where its user is.
  DeviceId DeviceOf(const std::string& alias) const;
  Place PlaceOf(const std::string& alias) const;
  // "secret" for nobody's.
  std::string PasswordOf(const std::string& alias) const;
  // Who is inside at the session; empty: nobody.
  std::string NameAt(uint64_t session) const;
  // Of the direct room of the two; 0: they have none.
  uint64_t RoomOf(const std::string& name, const std::string& alias) const;

 private:
  // Somebody's time in the chat.
  struct Stay {
    std::string name;
    uint64_t session = 0;  // 0: away
    DeviceId device;       // 0: cannot be resumed
    bool resumes = false;  // its client can
    bool joined = false;
    bool gone = false;
    bool ends_device = false;
    int ending = 0;        // commands that will end it
    size_t away = 0;       // counts every time; 0: not away
    uint64_t highest = 0;  // message id that was used
  };
  using StayPtr = std::shared_ptr<Stay>;
  using Pair = std::pair<std::string, std::string>;
  // Who sits at a session.
  struct Seat {
    enum {
      kStranger,
      kWaiting,  // for a password
      kLeaving,  // logged out: hears the room, is heard no more
      kEntering,
      kInside
    } where = kStranger;
    bool resumes = false;
    StayPtr stay;             // entering and inside
    size_t pending = 0;       // requests that wait
    std::deque<Wish> parked;  // those behind one that may be repeated
    uint64_t logout = 0;      // request that waits for them
  };
  // A login, resume or registration.
  struct Attempt {
    uint64_t session = 0, request = 0;
    bool registers = false, take_over = false;
    std::string alias, password;
    DeviceId device = {};
    std::optional<Place> place = std::nullopt;
    // Of a new password, which is `password`.
    StayPtr changes = nullptr;
    std::string old_password = "";
    bool outdated = false;  // the password was changed since
  };
  struct Lookup {
    enum { kDevice, kRequest, kRooms, kDevices, kAccount } kind = kDevice;
    Attempt attempt;
    uint64_t session = 0, request = 0;
    std::string name;
    DeviceId device = {};
    StayPtr stay = nullptr;  // whose rooms
    // Of an account: what is to be done to it.
    enum { kBlock, kUnblock, kMute, kBan } purpose = kBlock;
    uint64_t until = 0;  // 0: for ever
  };
  // What two have with each other. They are in the order in which their
  // accounts were made.
  struct Link {
    enum { kNone, kAsked, kLinked } state = kNone;
    bool second_asked = false;
    bool hidden = false;  // from the one who was asked
    uint64_t asked_at = 0;
    StayPtr bound[2];   // stays that it ends with
    uint64_t room = 0;  // 0: none yet
    uint64_t seq = 0;   // of its newest entry
  };
  // All that is undone when a write fails.
  struct State {
    std::map<Pair, Link> links;
    std::map<std::string, std::set<std::string>> blocked;  // by who blocks
    uint64_t seq = 0;                                      // of the lobby
  };
  struct Write;
  // What follows from writes, in their order. kOther: of `write`. kAgain: the
  // session's first parked wish is looked up. kAnswer: a line for the session.
  // kList, kReturn: somebody lists their private chats, or comes back to them,
  // as they were `before`.
  struct Moment {
    enum {
      kWords,
      kJoin,
      kLeave,
      kOther,
      kAgain,
      kText,
      kAnswer,
      kList,
      kReturn
    } kind;
    enum { kOpen, kGood, kBad, kRevoked } outcome;
    uint64_t session;
    uint64_t request;  // that is answered then; 0: none, nobody logged out
    StayPtr stay;
    std::string text;  // or the reason of a leave
    uint64_t id = 0;
    uint64_t seq = 0;
    Attempt attempt = {};
    bool makes_device = false;
    std::string time = {};  // at which it happened
    StayPtr other = nullptr;
    std::shared_ptr<Write> write = nullptr;
    bool failed = false;
    State before = {};  // that
    // Of a join, a return and a list: how private chat stands, and the rooms of
    // those linked.
    std::string chats = {};
    std::vector<std::pair<Pair, bool>> rooms = {};  // true: linked
    Pair pair = {};                                 // of a text
    uint64_t room = 0;                              // of that
  };
  // What becomes of a private wish.
  enum class Step {
    kAsk,
    kCross,
    kAccept,
    kReject,
    kEnd,
    kWithdraw,
    kExpire,
    kHide
  };
  struct Write {
    enum {
      kMoment,
      kChange,
      kLogout,
      kRevoke,
      kMark,
      kBlock,
      kKick,
      kSanction,
      kLift
    } kind = kMoment;
    uint64_t session = 0, request = 0;
    Wish wish = {};
    Step step = Step::kAsk;
    StayPtr stay;
    std::string answer = {};
    DeviceId device = {};
    // Of a change: whose it is, with whom; what there was.
    std::string who = "", whom = "";
    bool failed = false;
    bool unasked = false;
    bool leaving = false;
    bool seen = true;       // a request, or its end, by the other
    bool asked = false;     // `who` had asked, and not `whom`
    uint64_t seq = 0;       // of its entry
    std::string name = "";  // an account
    bool changes = true;    // a block: it was otherwise before
    std::vector<StayPtr> ends = {};
    bool on = false;      // a block, or a mute and no ban
    uint64_t until = 0;   // a sanction; 0: for ever
    uint64_t number = 0;  // of one
  };
  struct Sanction {
    std::string name;
    bool mutes = false;
    uint64_t until = 0;
  };

  // The request's number, or 0: nobody is there, or hears it; or 0 and
  // answered: stopping.
  uint64_t Begin(uint64_t session);
  // The same for requests that need a login, and for those that do not.
  uint64_t BeginInside(uint64_t session);
  uint64_t BeginAnywhere(uint64_t session);
  bool IsEnding(uint64_t session, uint64_t request);
  bool BeginAttempt(uint64_t session, uint64_t request);
  void Answer(uint64_t session, uint64_t request, const std::string& line);
  void Tell(uint64_t session, const std::string& line);
  void TellInside(uint64_t but, const std::string& line);
  void MakeAccount(const std::string& alias, const std::string& password);
  void Notify(const std::string& name, const std::string& line);
  void FindRooms(const Lookup& lookup, bool good);
  // The one inside, or away, whose name is `alias` but for case.
  StayPtr Find(const std::string& alias) const;
  void Enter(const Attempt& attempt, const std::string& name);
  void ComeBack(const Moment& moment);
  std::string LoginLine(const Moment& moment) const;
  void Replay(const Attempt& attempt);
  // How private chat stands now, for the moment.
  void View(Moment& moment, const std::string& name) const;
  void GoAway(const StayPtr& stay);
  // `logout` is the request that asks for it; 0: none.
  void Leave(const StayPtr& stay, const std::string& reason,
             uint64_t logout = 0);
  void LogOut(uint64_t session, uint64_t request);
  void Goodbye(uint64_t session, const std::string& code);
  void Settle(uint64_t session);  // one of those that waited
  void Happen(Moment moment);
  void Ask(Write write);
  void Unfold();
  void StopIfQuiet();
  void Unfold(const Moment& moment);
  void UnfoldWords(const Moment& moment);
  void UnfoldJoin(const Moment& moment);
  void FinishMoment(bool good);
  void FinishLogin(Moment& moment);
  void FinishLogout(const Write& write, bool good);
  void FinishRevoke(const Write& write, bool good);
  void FindDevice(const Lookup& lookup, bool good);
  // Empty: there is no such device, or it has ended.
  std::string OwnerOf(DeviceId device) const;
  std::string DevicesLine(const Lookup& lookup) const;
  // core_model_repeat.cc
  bool MayBeRepeat(const Wish& wish);
  bool IsHeld(const Wish& wish);
  bool AnswerRecent(const Wish& wish);
  void Unpark(uint64_t session);
  void CarryOut(const Wish& wish);
  void FindRequest(const Lookup& lookup, bool good);
  // core_model_private.cc
  void Do(const Wish& wish);
  void Talk(const Wish& wish, const StayPtr& me);
  std::string Judge(const Wish& wish, const std::string& me,
                    const std::string& you, Step& step,
                    std::string& answer) const;
  std::string Whom(const std::string& me, const std::string& alias) const;
  void Refuse(const Wish& wish, const std::string& line);
  void Send(const Wish& wish, const StayPtr& me, const std::string& you);
  void FinishChange(const Write& write, bool good);
  void Change(Write write);
  void Make(Write& write);
  void ChangeUnasked(Step step, const std::string& me, const std::string& you,
                     bool leaving = false);
  void EndBound(const StayPtr& stay);
  void FailAll();
  // core_model_links.cc
  Pair PairOf(const std::string& one, const std::string& other) const;
  Link LinkOf(const std::string& one, const std::string& other) const;
  // Of that number, and of somebody; Pair(): there is none.
  Pair PairOfRoom(const std::string& name, uint64_t room) const;
  std::string TextLine(const Moment& moment) const;
  // Who is online, entering too; nullptr: nobody.
  StayPtr Present(const std::string& name) const;
  bool Asks(const std::string& who, const std::string& whom) const;
  void Bind(const Pair& pair, Link& link) const;
  void EndIfLeft(const Pair& pair, bool second);
  void EndIfBlocked(const std::string& me, const std::string& you);
  void EndIfOld(const Pair& pair);
  void Reconcile(const Pair& pair);
  void ReconcileAll(const std::string& name);
  // The pairs of somebody, in the order of the others' accounts.
  std::vector<Pair> PairsOf(const std::string& name) const;
  void UnfoldText(const Moment& moment);
  void UnfoldReturn(const Moment& moment);
  // core_model_consent.cc
  std::string Clock() const { return absl::StrCat("@", now_); }
  // The account of that name but for case; empty: none.
  std::string Registered(const std::string& alias) const;
  bool HasBlocked(const std::string& who, const std::string& whom) const;
  void Seek(uint64_t session, uint64_t request, const std::string& alias,
            Lookup lookup);
  void FindAccount(const Lookup& lookup, bool good);
  void SetBlocked(const std::string& who, const std::string& whom, bool on);
  void FinishBlock(const Write& write, bool good);
  bool Punishes(uint64_t session, uint64_t request);
  bool IsUnder(const std::string& name, bool mutes) const;
  void FinishKick(const Write& write, bool good);
  void FinishSanction(const Write& write, bool good);
  void FinishLift(const Write& write, bool good);
  void FinishMark(const Write& write, bool good);
  void FinishPasswordChange(const Attempt& done, bool good);
  void SendAway(const StayPtr& stay, const std::string& code);

  const bool history_;
  std::map<std::string, std::string> accounts_;  // password by alias
  std::vector<std::string> names_;               // in order of account
  std::map<uint64_t, uint64_t> requests_;        // last one by session
  std::map<uint64_t, Seat> seats_;
  std::vector<StayPtr> online_;  // in order of login, entering too
  State state_;
  std::vector<Pair> unsettled_;
  std::map<Pair, uint64_t> told_entries_;  // of direct rooms
  std::map<std::pair<std::string, uint64_t>, uint64_t> read_;  // by room
  uint64_t last_room_ = 1;
  std::set<std::string> admins_;
  std::map<uint64_t, Sanction> sanctions_;
  uint64_t last_sanction_ = 0;
  uint64_t now_ = 5;  // milliseconds
  std::set<DeviceId> logging_out_;
  std::deque<Attempt> passwords_;
  std::deque<Lookup> lookups_;
  std::deque<std::shared_ptr<Write>> writes_;
  std::deque<std::pair<uint64_t, uint64_t>> reads_;  // session, request
  std::deque<std::pair<StayPtr, size_t>> waits_;     // who, which time
  std::deque<Moment> moments_;
  std::vector<std::string> told_;  // what was said, from 1
  // Without a history: name, message id and answer, newest last.
  struct Recent {
    std::string name;
    uint64_t id = 0;
    uint64_t seq = 0;
    std::string answer;
  };
  std::deque<Recent> recent_;
  size_t aways_ = 0;
  bool refused_ = false;  // the write that was finished last
  bool stopping_ = false;
  bool stopped_ = false;
  // The store.
  std::map<DeviceId, std::string> devices_;  // whose; empty: ended
  std::map<std::pair<std::string, uint64_t>, std::string> remembered_;
  Inboxes inboxes_;
};

}  // namespace chat77::server

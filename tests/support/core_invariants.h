// Watches a core and tells what it may never do, whatever happens outside.
//
// It plays the shell as well: who hears the room, and what each session was
// sent, so that a model can compare. Whoever joins it at an earlier place hears
// the messages since; notices are not repeated here.
//
//   - Each request gets one reply, and nobody gets a reply to nothing, or to
//     what was sent behind a logout.
//   - What was said is answered before its session is told goodbye, unless
//     somebody else has the account or the device by then, or an admin sent it
//     away; a logout is answered
//     after it, and right before the goodbye.
//   - Nothing is sent to a session that closed or was told goodbye; without a
//     session only those are online who have a device and joined.
//   - Numbers of messages are dense, and the same for the sender, the room and
//     the store; nothing is told before it is committed, or if that failed, and
//     what was told once is not told again.
//   - Nobody hears the room before their own LoginReply, and their own Joined
//     comes first. The room hears of nobody who joins twice or leaves without
//     having joined, and of no stay that goes on.
//   - An account has no state with itself, and no more than it may. Nothing is
//     written in a direct room, and no text told, of two who were not linked.
//   - The entries of a direct room have dense numbers in the store; nobody is
//     told of one before it is committed, or of an earlier one behind a later.
//   - Each account has one stay; each login in the log one logout, but for
//   stays that may go on after a stop.
//   - Every refusal has a code and a sentence; Stopped is the last effect.
//   - When everything that waited was answered, the core waits for nothing.
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
      : options_(options), told_seq_(options.last_seq) {}
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
    // Of direct rooms, by number: the newest entry it was told of.
    std::map<uint64_t, uint64_t> entries;
  };
  struct Words {
    std::string alias;
    std::string text;
  };
  using Links = std::set<RoomId>;  // of those who are linked

  void Check(const Send& send);
  void Check(const JoinRoom& join);
  void Check(const TellRoom& tell);
  void Check(const CloseSession& close);
  void Check(const CheckPassword& work) { CheckToken(work.token); }
  void Check(const FindDevice& work) { CheckToken(work.token); }
  void Check(const CreateAccount& work) { CheckToken(work.token); }
  void Check(const FindAccount& work) { CheckToken(work.token); }
  void Check(const ChangePassword& work) { CheckToken(work.token); }
  void Check(const SetBlocked& work) { CheckToken(work.token); }
  void Check(const AddSanction& work) { CheckToken(work.token); }
  void Check(const LiftSanction& work) { CheckToken(work.token); }
  void Check(const RecordKick& work) { CheckToken(work.token); }
  void Check(const MakeAdmin& work) { CheckToken(work.token); }
  void Check(const AddInvitation& work) { CheckToken(work.token); }
  void Check(const NewGeneration&) {}
  void Check(const RecordLogin& work);
  void Check(const RecordLogout& work);
  void Check(const Append& work);
  void Check(const SetLink& work);
  void Check(const MarkRead& work) { CheckToken(work.token); }
  void Check(const ReadRooms& work) { CheckToken(work.token); }
  void Check(const FindRequest& work) { CheckToken(work.token); }
  void Check(const ReadDevices& work) { CheckToken(work.token); }
  void Check(const RevokeDevice& work) { CheckToken(work.token); }
  void Check(const Await& work) { CheckToken(work.token); }
  void Check(const ReadHistory& work) { CheckToken(work.token); }
  void Check(const Stopped&) { stopped_ = true; }

  void CheckToken(Token token);
  void Ask(Client& client, const pb::ClientFrame& frame);
  void Excuse(const Event& event, const Effects& effects);
  void Note(const Committed& committed);
  void CheckReply(Client& client, const pb::ServerFrame& frame);
  void CheckLogout(Client& client, const pb::ServerFrame& frame);
  void CheckLogin(Client& client, const pb::LoginReply& reply);
  void CheckEntry(Client& client, const pb::ServerFrame& frame);
  void CheckWritten(const Entry& entry);
  void CheckSaid(const TellRoom& tell);
  void CheckNotice(const pb::ServerFrame& frame);
  void CheckPresence();
  void CheckRooms(const User& user);
  Links LinksNow() const;
  void Hear(uint64_t session, const pb::ServerFrame& frame);
  void Expect(bool good, const std::string& what);

  const ChatCore* core_ = nullptr;
  const CoreOptions options_;
  std::map<uint64_t, Client> clients_;            // those who are there
  Links links_heard_of_;                          // before the event
  std::map<uint64_t, Entry> entries_;             // by token, not answered yet
  std::map<RoomId, uint64_t> committed_entries_;  // the newest
  std::set<std::string> present_;                 // as the room was told
  bool stopping_ = false;
  uint64_t last_token_ = 0;
  std::map<uint64_t, Words> committed_;    // by seq, not told yet
  std::set<uint64_t> logins_;              // tokens not answered yet
  std::map<ConnectionId, DeviceId> open_;  // in the log
  uint64_t told_seq_;
  std::vector<std::pair<uint64_t, std::string>> told_;  // what was said
  std::optional<uint64_t> replied_seq_;  // SayReply that awaits its Said
  bool stopped_ = false;
  Inboxes inboxes_;
  std::string violation_;
};

}  // namespace chat77::server

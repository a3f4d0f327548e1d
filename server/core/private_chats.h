// Private chat by consent: what is asked is judged here, by the table in
// direct_rooms.h. Refusals are held as well: they may speak of a change that
// is not on disk yet.
//
// Pure; one thread, the core's.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/core/core_options.h"
#include "server/core/direct_rooms.h"
#include "server/core/ledger.h"
#include "server/core/overload.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/private_changes.h"
#include "server/core/sessions.h"

namespace chat77::server {

class PrivateChats {
 public:
  PrivateChats(const CoreOptions& options, const Sessions& sessions,
               const Presence& presence, const Workload& workload,
               Ledger& ledger, DirectRooms& rooms, PrivateChanges& changes)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        workload_(workload),
        ledger_(ledger),
        rooms_(rooms),
        changes_(changes) {}

  void Ask(const pb::RequestPrivate& ask, const Request& request);
  void Accept(const pb::AcceptPrivate& accept, const Request& request);
  void Reject(const pb::RejectPrivate& reject, const Request& request);
  void Withdraw(const pb::WithdrawRequest& withdraw, const Request& request);
  void End(const pb::EndPrivate& end, const Request& request);
  void Send(const pb::SendPrivate& send, const Request& request);
  void List(const Request& request);

  PrivateView ViewOf(AccountId account) const;
  // The rooms of the view in which the account may write, or has not read all:
  // kRoomsListed at most.
  void FillRooms(const PrivateView& view, AccountId account,
                 pb::LoginReply& reply) const;

  void Finish(PrivateText& text, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  static void Undo(const PrivateText& text) {
    text.room->standing.last_seq = text.seq - 1;
  }

 private:
  // What there is between the user and whoever has that name; nullptr, and
  // answered, if they are not online and there is nothing.
  DirectRoomPtr FindRoom(const std::string& alias, const Request& request);
  // Refuses with the other's alias.
  void Refuse(pb::Code code, std::string_view sentence,
              const DirectRoom::Member& other, const Request& request);
  pb::ServerFrame AnswerTo(const PrivateText& text) const;
  // True, and answered, if the other has not asked the user.
  bool RefuseUnlessAsked(const DirectRoom& room, const Request& request);

  const CoreOptions& options_;
  const Sessions& sessions_;
  const Presence& presence_;
  const Workload& workload_;
  Ledger& ledger_;
  DirectRooms& rooms_;
  PrivateChanges& changes_;
};

}  // namespace chat77::server

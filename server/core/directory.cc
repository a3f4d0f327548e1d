#include "server/core/directory.h"

#include <optional>

#include "proto/alias.h"

namespace chat77::server {

void Directory::Seek(std::string_view alias, Found found,
                     const Request& request) {
  const Token token = sessions_.Look(request);
  seeking_[token] = std::move(found);
  request.turn.effects.push_back(FindAccount{token, wire::AliasKey(alias)});
}

void Directory::On(const AccountFound& event, Turn& turn) {
  const auto found = seeking_.extract(event.token);
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (found.empty() || !asked) return;
  if (event.account.ok()) return found.mapped()(*event.account, *asked, turn);
  pb::Error& error = *Reply(*asked, turn).mutable_error();
  if (absl::IsNotFound(event.account.status())) {
    FillError(error, pb::NO_SUCH_ACCOUNT, "There is no account of that name.");
  } else {
    FillUnavailable(error);
  }
  sessions_.Settle(asked->session, turn);
}

void Directory::Undo(Command& command) {
  if (command.undo) command.undo();
  command.undo = nullptr;
}

void Directory::Finish(Command& command, const absl::StatusOr<Outcome>& outcome,
                       Turn& turn) {
  for (const auto& user : command.ends) --user->ending;
  if (!outcome.ok()) Undo(command);
  const SessionId session = command.asked.session;
  const bool refused = absl::IsNotFound(outcome.status()) ||
                       absl::IsResourceExhausted(outcome.status());
  if (sessions_.Has(session)) {
    pb::ServerFrame& reply = Reply(command.asked, turn);
    if (outcome.ok()) {
      command.answer(*outcome, reply);
    } else if (refused) {
      FillError(*reply.mutable_error(), command.refusal, command.sentence);
    } else {
      FillUnavailable(*reply.mutable_error());
    }
  }
  sessions_.Settle(session, turn);
  if (outcome.ok() && command.done) command.done(*outcome, turn);
}

}  // namespace chat77::server

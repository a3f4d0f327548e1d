// What is done once it is on disk: each request of an admin, of blocking and of
// revoking is judged, written, and then done and answered. Some need an account
// that may not be online, which is looked up first.

#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/pending_write.h"
#include "server/core/reply.h"

namespace chat77::server {

void ChatCore::Seek(Sought sought, std::string_view alias, Request& context) {
  const Token token = Look(context);
  seeking_.insert_or_assign(token, std::move(sought));
  context.effects.push_back(FindAccount{token, wire::AliasKey(alias)});
}

void ChatCore::On(const AccountFound& event, const Moment& now,
                  Effects& effects) {
  auto entry = seeking_.extract(event.token);
  const std::optional<Lookup> asked = TakeLookup(event.token);
  if (entry.empty() || !asked) return;
  if (event.account.ok()) {
    return std::visit(
        [&](auto& sought) {
          Found(std::move(sought), *event.account, *asked, now, effects);
        },
        entry.mapped());
  }
  pb::ServerFrame& reply = Reply(asked->session, asked->request_id, effects);
  if (event.account.status().code() == absl::StatusCode::kNotFound) {
    reply.mutable_error()->set_code(pb::NO_SUCH_ACCOUNT);
    reply.mutable_error()->set_sentence("There is no account of that name.");
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  LookedUp(asked->session, now, effects);
}

void ChatCore::Finish(const PendingWrite& write,
                      const absl::StatusOr<Outcome>& outcome, const Moment& now,
                      Effects& effects) {
  const auto [session, request_id] = write.asked;
  if (sessions_.contains(session)) {
    pb::ServerFrame& reply = Reply(session, request_id, effects);
    if (outcome.ok()) {
      std::visit([&](const auto& what) { Answer(what, *outcome, reply); },
                 write.what);
    } else {
      FillFailure(write, outcome.status(), *reply.mutable_error());
    }
  }
  LookedUp(session, now, effects);
  if (!outcome.ok()) return;
  std::visit([&](const auto& what) { Done(what, *outcome, now, effects); },
             write.what);
}

void ChatCore::FillFailure(const PendingWrite& write,
                           const absl::Status& status, pb::Error& error) {
  const auto fill = [&](pb::Code code, const char* sentence) {
    error.set_code(code);
    error.set_sentence(sentence);
  };
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      if (std::holds_alternative<Revoking>(write.what)) {
        return fill(pb::NO_SUCH_DEVICE, "You have no device of that number.");
      }
      if (std::holds_alternative<Lifting>(write.what)) {
        return fill(pb::NO_SUCH_SANCTION,
                    "No mute or ban of that number is in force.");
      }
      return fill(pb::NO_SUCH_ACCOUNT, "There is no account of that name.");
    case absl::StatusCode::kResourceExhausted:
      return fill(pb::TOO_MANY_BLOCKED,
                  "You have blocked as many as you may; unblock some first.");
    default:
      return FillUnavailable(error);
  }
}

// ---- answers ----------------------------------------------------------------

void ChatCore::Answer(const Revoking&, const Outcome&, pb::ServerFrame& reply) {
  reply.mutable_revoke_device();
}

void ChatCore::Answer(const Blocking& done, const Outcome&,
                      pb::ServerFrame& reply) {
  if (done.on) {
    reply.mutable_block()->set_alias(done.alias);
  } else {
    reply.mutable_unblock()->set_alias(done.alias);
  }
}

void ChatCore::Answer(const Imposing& done, const Outcome& outcome,
                      pb::ServerFrame& reply) {
  const auto number = static_cast<uint64_t>(outcome.id);
  switch (done.sanction.kind) {
    case Sanction::Kind::kMute:
      return reply.mutable_mute()->set_number(number);
    case Sanction::Kind::kBanAccount:
    case Sanction::Kind::kBanNetwork:
      return reply.mutable_ban()->set_number(number);
  }
}

void ChatCore::Answer(const Lifting&, const Outcome&, pb::ServerFrame& reply) {
  reply.mutable_lift();
}

void ChatCore::Answer(const Kicking& done, const Outcome&,
                      pb::ServerFrame& reply) {
  reply.mutable_kick()->set_alias(done.user->alias);
}

void ChatCore::Answer(const Inviting& done, const Outcome& outcome,
                      pb::ServerFrame& reply) {
  pb::CreateInvitationReply& created = *reply.mutable_create_invitation();
  created.set_code(outcome.secret);
  created.set_expires_ms(absl::ToUnixMillis(done.expires));
}

}  // namespace chat77::server

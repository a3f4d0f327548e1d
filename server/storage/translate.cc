#include "server/storage/translate.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "proto/limits.h"
#include "store/code.h"
#include "store/device_token.h"

namespace chat77::server {
namespace {

store::LinkState ToStore(LinkState state) {
  switch (state) {
    case LinkState::kNone:
      return store::LinkState::kNone;
    case LinkState::kAsked:
      return store::LinkState::kAsked;
    case LinkState::kLinked:
      return store::LinkState::kLinked;
  }
  return store::LinkState::kNone;
}

LinkState ToCore(store::LinkState state) {
  switch (state) {
    case store::LinkState::kNone:
      return LinkState::kNone;
    case store::LinkState::kAsked:
      return LinkState::kAsked;
    case store::LinkState::kLinked:
      return LinkState::kLinked;
  }
  return LinkState::kNone;
}

store::Link ToStore(const Link& link, const Calendar& calendar) {
  store::Link kept{link.first,  link.second, ToStore(link.state),
                   link.hidden, link.bound,  {},
                   link.room};
  if (link.state == LinkState::kAsked) {
    kept.asked_at = calendar.At(link.asked_at);
  }
  return kept;
}

Link ToCore(const store::Link& kept, const Calendar& calendar) {
  Link link{.first = kept.first,
            .second = kept.second,
            .state = ToCore(kept.state),
            .hidden = kept.hidden,
            .bound = kept.bound,
            .room = kept.room};
  if (link.state == LinkState::kAsked) {
    link.asked_at = calendar.When(kept.asked_at);
  }
  return link;
}

// A kind that is none of the store's does not come from the core.
store::EntryKind ToStore(pb::EntryKind kind) {
  if (kind == pb::LINKED) return store::EntryKind::kLinked;
  if (kind == pb::ENDED) return store::EntryKind::kEnded;
  return store::EntryKind::kText;
}

pb::EntryKind ToWire(store::EntryKind kind) {
  switch (kind) {
    case store::EntryKind::kText:
      return pb::TEXT;
    case store::EntryKind::kLinked:
      return pb::LINKED;
    case store::EntryKind::kEnded:
      return pb::ENDED;
  }
  return pb::TEXT;
}

store::Message ToStore(Entry entry, absl::Time time) {
  return {.room = entry.room,
          .seq = entry.seq,
          .time = time,
          .alias = std::move(entry.alias),
          .text = std::move(entry.text),
          .account = entry.account,
          .kind = ToStore(entry.kind)};
}

store::SanctionKind ToStore(Sanction::Kind kind) {
  switch (kind) {
    case Sanction::Kind::kMute:
      return store::SanctionKind::kMute;
    case Sanction::Kind::kBanAccount:
      return store::SanctionKind::kBanAccount;
    case Sanction::Kind::kBanNetwork:
      return store::SanctionKind::kBanNetwork;
  }
  return store::SanctionKind::kMute;
}

Sanction::Kind ToCore(store::SanctionKind kind) {
  switch (kind) {
    case store::SanctionKind::kMute:
      return Sanction::Kind::kMute;
    case store::SanctionKind::kBanAccount:
      return Sanction::Kind::kBanAccount;
    case store::SanctionKind::kBanNetwork:
      return Sanction::Kind::kBanNetwork;
  }
  return Sanction::Kind::kMute;
}

pb::FetchHistoryReply ToReply(const store::HistoryPage& page, uint64_t told) {
  pb::FetchHistoryReply reply;
  for (const store::Message& message : page.messages) {
    if (message.seq > told) break;
    pb::Said& said = *reply.add_messages();
    said.set_room(static_cast<uint64_t>(message.room.value()));
    said.set_seq(message.seq);
    said.set_time_ms(absl::ToUnixMillis(message.time));
    said.set_alias(message.alias);
    said.set_text(message.text);
    said.set_kind(ToWire(message.kind));
  }
  reply.set_more(page.more);
  return reply;
}

pb::ListDevicesReply ToReply(const std::vector<store::Device>& devices,
                             DeviceId current) {
  pb::ListDevicesReply reply;
  for (const store::Device& device : devices) {
    pb::Device& listed = *reply.add_devices();
    listed.set_number(static_cast<uint64_t>(device.number.value()));
    listed.set_software(device.software);
    listed.set_created_ms(absl::ToUnixMillis(device.created_at));
    listed.set_used_ms(absl::ToUnixMillis(device.used_at));
    listed.set_current(device.number == current);
  }
  return reply;
}

}  // namespace

// ---- writes -----------------------------------------------------------------

store::Write ToWrite(CreateAccount effect, std::string password_hash,
                     const Calendar& calendar) {
  store::CreateAccount write{
      store::Account{.alias = std::move(effect.alias),
                     .key = std::move(effect.key),
                     .password_hash = std::move(password_hash),
                     .created_at = effect.time.wall}};
  write.at = calendar.At(effect.time.steady);
  if (!effect.invitation.empty()) {
    write.invitation_hash = store::HashOfCode(effect.invitation);
  }
  return write;
}

store::Write ToWrite(const ChangePassword& effect, std::string password_hash) {
  return store::SetPassword{effect.account, std::move(password_hash),
                            effect.keep_device};
}

store::Write ToWrite(RecordLogin effect, std::string_view device_token,
                     const Calendar& calendar) {
  store::RecordLogin login{std::move(effect.alias), std::move(effect.address),
                           effect.port, effect.time.wall};
  login.at = calendar.At(effect.time.steady);
  login.account = effect.account;
  login.device = effect.device;
  if (!device_token.empty()) {
    login.token_hash = store::HashOfToken(device_token);
    login.software = std::move(effect.software);
  }
  return login;
}

store::Write ToWrite(RecordLogout effect) {
  return store::RecordLogout{effect.connection, effect.time,
                             std::move(effect.reason), effect.end_device};
}

store::Write ToWrite(Append effect, const Calendar& calendar) {
  return store::AppendMessage{
      ToStore(std::move(effect.entry), effect.time.wall), effect.message_id,
      std::move(effect.answer), calendar.At(effect.time.steady)};
}

store::Write ToWrite(SetLink effect, const Calendar& calendar) {
  store::SetLink write{
      .link = ToStore(effect.link, calendar),
      .request = store::RequestKey{effect.account, effect.message_id},
      .answer = std::move(effect.answer),
      .time = effect.time.wall,
      .at = calendar.At(effect.time.steady)};
  if (effect.entry) {
    write.entry = ToStore(*std::move(effect.entry), effect.time.wall);
  }
  return write;
}

store::Write ToWrite(const MarkRead& effect) {
  store::MarkRead write{effect.account, {}};
  for (const ReadMarker& marker : effect.markers) {
    write.markers.push_back({marker.room, marker.seq});
  }
  return write;
}

store::Write ToWrite(const RevokeDevice& effect) {
  return store::RevokeDevice{effect.account, effect.device};
}

store::Write ToWrite(const SetBlocked& effect) {
  return store::SetBlocked{effect.account, effect.blocked, effect.on};
}

store::Write ToWrite(AddSanction effect, const Calendar& calendar) {
  Sanction& sanction = effect.sanction;
  store::Sanction write{.kind = ToStore(sanction.kind),
                        .account = sanction.account,
                        .target = std::move(sanction.target),
                        .reason = std::move(sanction.reason),
                        .by = std::move(sanction.by),
                        .created_at = sanction.created};
  if (sanction.expires != kNever) {
    write.expires_at = calendar.At(sanction.expires.steady);
  }
  return store::AddSanction{std::move(write)};
}

store::Write ToWrite(LiftSanction effect, const Calendar& calendar) {
  return store::LiftSanction{effect.number, std::move(effect.by),
                             effect.time.wall, calendar.At(effect.time.steady)};
}

store::Write ToWrite(RecordKick effect) {
  return store::RecordKick{std::move(effect.by), std::move(effect.target),
                           std::move(effect.reason), effect.time};
}

store::Write ToWrite(const MakeAdmin& effect) {
  return store::SetAdmin{effect.account, true, effect.alias, effect.time};
}

store::Write ToWrite(const AddInvitation& effect, std::string_view code,
                     const Calendar& calendar) {
  return store::AddInvitation{store::HashOfCode(code), effect.by, effect.time,
                              calendar.At(effect.expires.steady)};
}

Committed ToEvent(Token token, const store::WriteResult& result,
                  std::string secret) {
  if (!result.ok()) return {token, result.status()};
  // The core looks up a request before it orders it.
  if (result->repeated) {
    return {token, absl::InternalError("A request that was carried out before "
                                       "was written again.")};
  }
  return {token, Outcome{result->connection, result->device, result->sanction,
                         std::move(secret), result->highest_message_id}};
}

// ---- reads ------------------------------------------------------------------

store::HistoryQuery ToQuery(const ReadHistory& effect) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  store::HistoryQuery query;
  query.room = effect.room;
  query.limit = effect.limit;
  query.bytes = wire::kHistoryPageBytes;
  if (effect.after_seq) {
    query.after_seq = std::min(*effect.after_seq, kMost);
  } else {
    query.before_seq =
        std::min(effect.before_seq.value_or(kMost), effect.told + 1);
  }
  return query;
}

AccountFound ToEvent(const FindAccount& effect,
                     const absl::StatusOr<store::Account>& account) {
  if (!account.ok()) return {effect.token, account.status()};
  return {effect.token,
          AccountName{account->id, account->alias, account->admin, {}}};
}

RequestFound ToEvent(const FindRequest& effect,
                     const absl::StatusOr<store::RememberedRequest>& request) {
  if (!request.ok()) return {effect.token, request.status()};
  return {effect.token, request->answer, request->seq, request->time};
}

DevicesRead ToEvent(const ReadDevices& effect,
                    const absl::StatusOr<std::vector<store::Device>>& devices) {
  if (!devices.ok()) return {effect.token, devices.status()};
  return {effect.token, ToReply(*devices, effect.current)};
}

HistoryRead ToEvent(const ReadHistory& effect,
                    const absl::StatusOr<store::HistoryPage>& page) {
  if (!page.ok()) return {effect.token, page.status()};
  pb::FetchHistoryReply reply = ToReply(*page, effect.told);
  // Backwards all lies before `told`. Forwards there is more only up to it.
  if (effect.after_seq && !page->messages.empty() &&
      page->messages.back().seq >= effect.told) {
    reply.set_more(false);
  }
  return {effect.token, std::move(reply)};
}

AccountName ToCore(AccountId account, std::string alias,
                   const store::Standing& standing) {
  AccountName name{account, std::move(alias), standing.admin, {}};
  for (const store::BlockedAccount& blocked : standing.blocked) {
    name.blocked.emplace_back(blocked.account, blocked.alias);
  }
  return name;
}

Sanction ToCore(const store::Sanction& sanction, const Calendar& calendar) {
  Moment expires = kNever;
  if (const auto& at = sanction.expires_at) expires = {*at, calendar.When(*at)};
  return {sanction.number,     ToCore(sanction.kind),
          sanction.account,    sanction.target,
          sanction.reason,     sanction.by,
          sanction.created_at, expires};
}

AccountRooms ToCore(store::AccountRooms rooms, const Calendar& calendar) {
  AccountRooms known;
  for (store::KnownLink& link : rooms.links) {
    known.links.push_back({ToCore(link.link, calendar),
                           std::move(link.first_alias),
                           std::move(link.second_alias), link.last_seq});
  }
  for (const store::ReadMarker& marker : rooms.read) {
    known.read.push_back({marker.room, marker.seq});
  }
  return known;
}

}  // namespace chat77::server

#include "server/net/effect_runner.h"

#include <spdlog/spdlog.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "proto/frame_encoder.h"
#include "proto/request_traits.h"

namespace chat77::server {
namespace {

DeliveryKind KindOf(const pb::ServerFrame& frame) {
  if (frame.reply_to() == 0) return DeliveryKind::kEvent;
  const wire::RequestTraits& request = wire::TraitsOfReply(frame.body_case());
  if (request.late_reply) return DeliveryKind::kLateReply;
  return request.logs_in ? DeliveryKind::kLogin : DeliveryKind::kReply;
}

}  // namespace

EffectRunner::EffectRunner(const std::vector<std::unique_ptr<Shard>>& shards,
                           Storage& storage, std::function<void()> stopped)
    : shards_(shards),
      storage_(storage),
      stopped_(std::move(stopped)),
      mail_(shards.size()),
      hold_timer_(shards[0]->options().clock->MakeTimer(shards[0]->io(),
                                                        [this] { EndHold(); })),
      waits_(shards[0]->io()) {}

void EffectRunner::Run(Effects& effects) {
  for (Effect& effect : effects) {
    std::visit([this](auto& what) { Do(what); }, effect);
  }
  effects.clear();
}

bool EffectRunner::EndTurn() {
  storage_.HandOver();
  if (Hold()) return false;
  PostMail();
  return true;
}

bool EffectRunner::Hold() {
  if (holding_) {
    holding_ = answered_ < hold_for_;
    if (!holding_) hold_timer_->Cancel();
  } else if (spoken_ && answered_ < asked_ &&
             shards_[0]->sessions() >= kLargeRoom) {
    holding_ = true;
    hold_for_ = asked_;
    hold_timer_->Start(kHold);
  }
  if (!holding_) spoken_ = false;
  return holding_;
}

void EffectRunner::EndHold() {
  hold_for_ = 0;
  shards_[0]->EndTurnSoon();
}

std::string_view EffectRunner::Encode(const pb::ServerFrame& frame) {
  frame_.clear();
  wire::AppendFrame(frame, frame_);
  return frame_;
}

void EffectRunner::Do(Send& effect) {
  if (effect.frame.has_error()) {
    spdlog::debug("refuse session={} code={}", effect.to.value,
                  pb::Code_Name(effect.frame.error().code()));
    refused_.Note(effect.frame.error().code());
  }
  Command command;
  command.kind = Command::Kind::kDeliver;
  command.delivery = KindOf(effect.frame);
  command.session = effect.to;
  Route(command, Encode(effect.frame));
}

void EffectRunner::Do(JoinRoom& effect) {
  Command command;
  command.kind = Command::Kind::kJoin;
  command.session = effect.session;
  command.after_seq = effect.after_seq;
  Route(command, {});
}

void EffectRunner::Do(TellRoom& effect) {
  const pb::ServerFrame& frame = effect.frame;
  Command command;
  command.kind = Command::Kind::kMessage;
  command.session = effect.except;
  std::string_view alias;
  if (frame.has_joined()) {
    command.kind = Command::Kind::kJoined;
    alias = frame.joined().alias();
  } else if (frame.has_left()) {
    command.kind = Command::Kind::kLeft;
    alias = frame.left().alias();
  } else {
    spoken_ = true;
    shards_[0]->EndTurnSoon();
  }
  ToAll(command, Encode(frame), alias);
}

void EffectRunner::Do(RecordLogin& effect) {
  spdlog::debug("login address={} port={}", effect.address, effect.port);
  Commit(effect);
}

void EffectRunner::Do(RecordLogout& effect) {
  spdlog::debug("logout connection={} reason=\"{}\"", effect.connection.value(),
                effect.reason);
  if (effect.token) ++asked_;
  Store(effect);
}

void EffectRunner::Do(CloseSession& effect) {
  spdlog::debug("close session={} code={}", effect.session.value,
                pb::Code_Name(effect.code));
  refused_.Note(effect.code);
  Command command;
  command.kind = Command::Kind::kClose;
  command.session = effect.session;
  command.code = effect.code;
  command.retry_after_ms = effect.retry_after_ms;
  Route(command, effect.sentence);
}

void EffectRunner::ToAll(Command command, std::string_view bytes,
                         std::string_view alias) {
  for (size_t shard = 0; shard < shards_.size(); ++shard) {
    Hand(shard, command, bytes, alias);
  }
}

void EffectRunner::Route(Command command, std::string_view bytes) {
  Hand(command.session.value % shards_.size(), command, bytes, {});
}

void EffectRunner::Hand(size_t shard, Command command, std::string_view bytes,
                        std::string_view alias) {
  if (shard == 0) return Carry(*shards_[0], command, bytes, alias);
  command.bytes = static_cast<uint32_t>(bytes.size());
  command.alias = static_cast<uint32_t>(alias.size());
  Mail& mail = mail_[shard];
  mail.commands.push_back(command);
  mail.bytes.append(bytes).append(alias);
  shards_[0]->EndTurnSoon();
}

void EffectRunner::Carry(Shard& shard, const Command& command,
                         std::string_view bytes, std::string_view alias) {
  switch (command.kind) {
    case Command::Kind::kDeliver:
      return shard.Deliver(command.session, bytes, command.delivery);
    case Command::Kind::kJoin:
      return shard.JoinRoom(command.session, command.after_seq);
    case Command::Kind::kMessage:
      return shard.TellMessage(command.session, bytes);
    case Command::Kind::kJoined:
      return shard.TellPresence(command.session, bytes, alias, true);
    case Command::Kind::kLeft:
      return shard.TellPresence(command.session, bytes, alias, false);
    case Command::Kind::kClose:
      return shard.CloseSession(command.session, command.code, bytes,
                                command.retry_after_ms);
  }
}

void EffectRunner::CarryAll(Shard& shard, const Mail& mail) {
  shard.Touch();
  std::string_view rest = mail.bytes;
  for (const Command& command : mail.commands) {
    const std::string_view bytes = rest.substr(0, command.bytes);
    rest.remove_prefix(command.bytes);
    Carry(shard, command, bytes, rest.substr(0, command.alias));
    rest.remove_prefix(command.alias);
  }
}

void EffectRunner::PostMail() {
  for (size_t i = 1; i < mail_.size(); ++i) {
    if (mail_[i].commands.empty()) continue;
    Shard& shard = *shards_[i];
    boost::asio::post(shard.io(), [&shard, mail = std::exchange(mail_[i], {})] {
      CarryAll(shard, mail);
    });
  }
}

}  // namespace chat77::server

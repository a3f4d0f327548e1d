#include "server/net/effect_runner.h"

#include <spdlog/spdlog.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "proto/frame_encoder.h"

namespace chat77::server {
namespace {

constexpr uint32_t kComeBackMs = 2000;

std::string Encode(const pb::ServerFrame& frame) {
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

}  // namespace

EffectRunner::EffectRunner(const std::vector<std::unique_ptr<Shard>>& shards,
                           Storage& storage, std::function<void()> stopped)
    : shards_(shards),
      storage_(storage),
      stopped_(std::move(stopped)),
      mail_(shards.size()) {}

void EffectRunner::Run(Effects& effects) {
  for (Effect& effect : effects) {
    std::visit([this](auto& what) { Do(what); }, effect);
  }
  effects.clear();
  PostMail();
}

void EffectRunner::Do(Send& effect) {
  if (effect.frame.has_error()) {
    spdlog::debug("refuse session={} code={}", effect.to.value,
                  pb::Code_Name(effect.frame.error().code()));
  }
  Command command{Command::Kind::kDeliver, effect.to, Encode(effect.frame)};
  command.is_reply = effect.frame.reply_to() != 0;
  command.is_login = effect.frame.has_login();
  Route(command);
}

void EffectRunner::Do(JoinRoom& effect) {
  Route({Command::Kind::kJoin, effect.session, {}});
}

void EffectRunner::Do(TellRoom& effect) {
  Command command{Command::Kind::kTell, effect.except, Encode(effect.frame)};
  command.is_message = effect.seq != 0;
  for (size_t shard = 0; shard < shards_.size(); ++shard) Hand(shard, command);
}

void EffectRunner::Do(RecordLogin& effect) {
  spdlog::debug("login address={} port={}", effect.address, effect.port);
  storage_.Do(std::move(effect));
}

void EffectRunner::Do(RecordLogout& effect) {
  spdlog::debug("logout connection={} reason=\"{}\"", effect.connection,
                effect.reason);
  storage_.Do(std::move(effect));
}

void EffectRunner::Do(CloseSession& effect) {
  spdlog::debug("close session={} code={}", effect.session.value,
                pb::Code_Name(effect.code));
  Command command{Command::Kind::kClose, effect.session,
                  std::move(effect.sentence)};
  command.code = effect.code;
  Route(command);
}

void EffectRunner::Route(const Command& command) {
  Hand(command.session.value % shards_.size(), command);
}

void EffectRunner::Hand(size_t shard, const Command& command) {
  if (shard == 0) {
    Carry(*shards_[0], command);
  } else {
    mail_[shard].push_back(command);
  }
}

void EffectRunner::Carry(Shard& shard, const Command& command) {
  switch (command.kind) {
    case Command::Kind::kDeliver:
      return shard.Deliver(command.session, command.bytes, command.is_reply,
                           command.is_login);
    case Command::Kind::kJoin:
      return shard.JoinRoom(command.session);
    case Command::Kind::kTell:
      return shard.TellRoom(command.session, command.bytes, command.is_message);
    case Command::Kind::kClose:
      return shard.CloseSession(
          command.session, command.code, command.bytes,
          command.code == pb::SERVER_STOPPING ? kComeBackMs : 0);
  }
}

void EffectRunner::PostMail() {
  for (size_t i = 1; i < mail_.size(); ++i) {
    if (mail_[i].empty()) continue;
    Shard& shard = *shards_[i];
    boost::asio::post(shard.io(), [&shard, mail = std::exchange(mail_[i], {})] {
      shard.Touch();
      for (const Command& command : mail) {
        Carry(shard, command);
      }
    });
  }
}

}  // namespace chat77::server

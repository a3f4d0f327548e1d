// Who may come into the server, on which shard, and what memory there is for
// them.

#include <algorithm>
#include <chrono>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/address.h"
#include "server/net/moment_now.h"
#include "server/net/server.h"
#include "server/net/steady_time.h"

namespace chat77::server {
namespace {

using boost::system::error_code;

constexpr uint32_t kFullRetryMs = 2000;
// So many more than may come in are told that the server is full.
constexpr size_t kRefusedAtOnce = 100;
constexpr absl::Duration kFullAgain = absl::Minutes(1);  // between two warnings

// Between two looks at the process's memory, and two lines about who was
// refused.
constexpr std::chrono::seconds kGuardPause(1);

}  // namespace

void Server::ArmGuard() {
  guard_->expires_after(kGuardPause);
  guard_->async_wait([this](error_code error) {
    if (error) return;
    door_.Report();
    runner_->ReportRefusals();
    MeasureMemory();
    ArmGuard();
  });
}

void Server::MeasureMemory() {
  if (!memory_) return;
  std::optional<size_t> used = MeasuredBytes();
  if (!used) return;
  if (memory_->ShouldTrim(*used, SteadyNow())) {
    ::malloc_trim(0);
    used = MeasuredBytes();
  }
  if (used) NotePressure(memory_->Judge(*used), *used);
}

void Server::NotePressure(Overload level, size_t used) {
  if (level == std::exchange(pressure_, level)) return;
  spdlog::warn("memory used={} budget={} refused={}", used, memory_->budget(),
               level == Overload::kNone          ? "nothing"
               : level == Overload::kConnections ? "connections"
                                                 : "connections,logins");
  core_->Happened(MemoryPressed{level});
}

void Server::Accept(Descriptor socket, bool plain_ok) {
  const std::string host = PeerAddress(socket.get()).host;
  const bool trusted = IsTrusted(host);
  const bool limited = !trusted && door_.Limits(host);
  const SessionId id = NextId(next_shard_++ % shards_.size());
  const size_t refused = this->refused();
  const size_t serving = sessions() - std::min(sessions(), refused);
  const bool full = serving >= options_.max_connections ||
                    core_->overload() >= Overload::kConnections;
  Door::Answer answer;
  if (limited && !full) answer = door_.Knock(id, host, MomentNow().steady);
  const bool open = !full && answer.verdict == Door::Verdict::kOpen;
  if (!open && refused >= kRefusedAtOnce) return;
  Place(id, std::move(socket), {.trusted = trusted, .plain_ok = plain_ok},
        limited);
  if (full) return RefuseFull(id);
  if (!open) {
    Refuse(id, pb::TOO_MANY_CONNECTIONS, answer.sentence, answer.retry_after);
  }
  if (answer.gives_way) GiveWay(*answer.gives_way);
}

bool Server::IsTrusted(const std::string& host) const {
  const auto& trusted = options_.trusted_gateways;
  return std::find(trusted.begin(), trusted.end(), host) != trusted.end();
}

// A session like others until it has read that: a socket that is closed with a
// hello unread would reset the connection and take the sentence along.
void Server::Refuse(SessionId id, pb::Code code, std::string_view sentence,
                    absl::Duration retry_after) {
  Shard& shard = ShardOf(id);
  const auto retry_ms =
      static_cast<uint32_t>(absl::ToInt64Milliseconds(retry_after));
  boost::asio::post(shard.io(), [&shard, id, code, sentence, retry_ms] {
    shard.Refuse(id, code, sentence, retry_ms);
  });
}

void Server::RefuseFull(SessionId id) {
  const absl::Time now = SteadyNow();
  if (now >= warn_full_at_) {
    spdlog::warn("full max_connections={}", options_.max_connections);
    warn_full_at_ = now + kFullAgain;
  }
  Refuse(id, pb::SERVER_FULL,
         "The server has as many connections as it may; please try later.",
         absl::Milliseconds(kFullRetryMs));
}

void Server::GiveWay(SessionId id) {
  Shard& shard = ShardOf(id);
  boost::asio::post(shard.io(), [&shard, id, most = kRefusedAtOnce] {
    shard.Touch();
    shard.GiveWay(
        id, Door::kGivesWay,
        static_cast<uint32_t>(absl::ToInt64Milliseconds(Door::kRetry)), most);
  });
}

void Server::OnPassage(SessionId id, Passage passage, size_t shard) {
  if (shard == 0) return door_.Passed(id, passage);
  boost::asio::post(io(), [this, id, passage] { door_.Passed(id, passage); });
}

void Server::AdoptTrusted(int fd) {
  boost::asio::post(io(), [this, fd] {
    Place(NextId(next_shard_++ % shards_.size()), Descriptor(fd),
          {.trusted = true, .plain_only = true}, /*metered=*/false);
    if (last_wait_ != nullptr) CloseAll();  // it came too late
  });
}

// The remainder of an id names its shard: see EffectRunner::Route.
SessionId Server::NextId(size_t shard) {
  return SessionId{++last_session_ * shards_.size() + shard};
}

Shard& Server::ShardOf(SessionId id) const {
  return *shards_[id.value % shards_.size()];
}

void Server::Place(SessionId id, Descriptor socket, Entrance entrance,
                   bool metered) {
  Shard& shard = ShardOf(id);
  if (&shard == shards_[0].get()) {
    return shard.Add(id, std::move(socket), entrance, metered);
  }
  boost::asio::post(shard.io(), [&shard, id, entrance, metered,
                                 moved = std::move(socket)]() mutable {
    shard.Add(id, std::move(moved), entrance, metered);
  });
}

size_t Server::refused() const {
  size_t all = 0;
  for (const auto& shard : shards_) all += shard->refused();
  return all;
}

}  // namespace chat77::server

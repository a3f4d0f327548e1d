#include "server/net/shard.h"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

namespace chat77::server {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
// How exact deadlines are. They are tens of seconds; a look at every session
// now and then is cheaper than a timer for each.
constexpr std::chrono::milliseconds kTick(1000);

}  // namespace

Shard::Shard(const ShardOptions& options, uint64_t next_seq)
    : options_(options),
      io_(1),
      work_(io_.get_executor()),
      tick_(io_),
      log_(options.log_bytes, next_seq),
      read_buffer_(kReadBytes) {
  ArmTick();
}

Shard::~Shard() { Join(); }

void Shard::StartThread() {
  thread_ = std::thread([this] { io_.run(); });
}

void Shard::Finish() {
  boost::asio::post(io_, [this] {
    tick_.cancel();
    work_.reset();
    io_.stop();
  });
}

void Shard::Join() {
  if (thread_.joinable()) thread_.join();
}

void Shard::Add(SessionId id, Session::Socket socket, bool trusted) {
  Touch();
  auto session =
      std::make_shared<Session>(*this, id, std::move(socket), trusted);
  sessions_[id] = session;
  count_ = sessions_.size();
  session->Start();
}

Session* Shard::Find(SessionId id) {
  const auto entry = sessions_.find(id);
  return entry == sessions_.end() ? nullptr : entry->second.get();
}

void Shard::Deliver(SessionId to, std::string_view bytes, bool is_reply,
                    bool is_login) {
  if (Session* session = Find(to)) session->Deliver(bytes, is_reply, is_login);
}

void Shard::JoinRoom(SessionId id) {
  if (Session* session = Find(id)) session->JoinRoom();
}

void Shard::TellRoom(SessionId except, std::string_view bytes,
                     bool is_message) {
  if (Session* session = Find(except)) session->SkipOwn(bytes.size());
  log_.Append(bytes, is_message);
  log_grew_ = true;
  ScheduleFlush();
}

void Shard::CloseSession(SessionId id, pb::Code code, std::string_view sentence,
                         uint32_t retry_after_ms) {
  if (Session* session = Find(id)) {
    session->Goodbye(code, sentence, retry_after_ms);
  }
}

void Shard::Refuse(SessionId id, std::string_view sentence,
                   uint32_t retry_after_ms) {
  if (!sessions_.contains(id)) return;
  refused_.insert(id);
  refused_count_ = refused_.size();
  CloseSession(id, pb::SERVER_FULL, sentence, retry_after_ms);
}

void Shard::CloseAll(pb::Code code, std::string_view sentence,
                     uint32_t retry_after_ms) {
  for (const auto& [id, session] : sessions_) {
    session->Goodbye(code, sentence, retry_after_ms);
  }
}

void Shard::MarkDirty(Session& session) {
  if (session.dirty()) return;
  session.set_dirty(true);
  dirty_.push_back(session.shared_from_this());
  ScheduleFlush();
}

void Shard::Remove(SessionId id) {
  sessions_.erase(id);
  count_ = sessions_.size();
  if (refused_.erase(id) > 0) refused_count_ = refused_.size();
}

void Shard::ScheduleFlush() {
  if (std::exchange(flush_posted_, true)) return;
  // Posted: it runs after everything that is ready now.
  boost::asio::post(io_, [this] { Flush(); });
}

void Shard::Flush() {
  flush_posted_ = false;
  Touch();
  if (std::exchange(log_grew_, false)) {
    for (const auto& [id, session] : sessions_) {
      if (session->joined()) MarkDirty(*session);
    }
  }
  std::vector<std::shared_ptr<Session>> dirty;
  dirty.swap(dirty_);
  flush_posted_ = true;  // what becomes dirty meanwhile is noticed below
  for (const std::shared_ptr<Session>& session : dirty) session->Flush();
  flush_posted_ = false;
  if (!dirty_.empty() || log_grew_) ScheduleFlush();
}

void Shard::ArmTick() {
  tick_.expires_after(kTick);
  tick_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    Touch();
    std::vector<std::shared_ptr<Session>> all;
    all.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_) all.push_back(session);
    for (const std::shared_ptr<Session>& session : all) session->Tick(now_);
    ArmTick();
  });
}

}  // namespace chat77::server

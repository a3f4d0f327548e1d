#include "server/net/shard.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/thread_name.h"

namespace chat77::server {
namespace {

// How exact deadlines are. They are tens of seconds; a look at every session
// now and then is cheaper than a timer for each.
constexpr absl::Duration kTick = absl::Seconds(1);
// A late reply waits one to two of these.
constexpr absl::Duration kLateRound = absl::Milliseconds(20);
// Between two batches of those who joined and left.
constexpr absl::Duration kBatchPause = absl::Seconds(1);
// Ticks to the next look at a session without any deadline.
constexpr int64_t kFarAway = 60;

}  // namespace

Shard::Shard(const ShardOptions& options, uint64_t next_seq)
    : options_(options),
      io_(1),
      work_(io_.get_executor()),
      poller_(
          io_,
          [this](std::span<const epoll_event> found) { return Serve(found); }),
      tick_(options.clock->MakeTimer(io_, [this] { OnTick(); })),
      late_timer_(options.clock->MakeTimer(io_, [this] { FlushLate(); })),
      batch_timer_(options.clock->MakeTimer(io_, [this] { FlushBatch(); })),
      rooms_{Room{RoomLog(options.log_bytes, next_seq), {}},
             Room{RoomLog(options.log_bytes, next_seq), {}},
             Room{RoomLog(options.log_bytes, next_seq), {}}},
      burst_(options.io_uring) {
  tick_->Start(kTick);
}

Shard::~Shard() { Join(); }

void Shard::StartThread() {
  thread_ = std::thread([this] {
    NameThread("io");
    io_.run();
  });
}

void Shard::Finish() {
  boost::asio::post(io_, [this] {
    tick_->Cancel();
    poller_.Stop();
    work_.reset();
    io_.stop();
  });
}

void Shard::Join() {
  if (thread_.joinable()) thread_.join();
}

bool Shard::Serve(std::span<const epoll_event> found) {
  Touch();
  shook_hands_ = put_off_ = false;
  for (const epoll_event& event : found) {
    static_cast<Session*>(event.data.ptr)->Ready(event.events);
  }
  return !put_off_;
}

bool Shard::MayShakeHands() {
  put_off_ = put_off_ || shook_hands_;
  return !shook_hands_;
}

void Shard::Add(SessionId id, Descriptor socket, Entrance entrance,
                bool metered) {
  Touch();
  Entry& entry = sessions_[id];
  entry.session =
      std::make_unique<Session>(*this, id, std::move(socket), entrance);
  count_ = sessions_.size();
  if (metered) entry.session->Meter();
  entry.session->Start();
}

Session* Shard::Find(SessionId id) {
  const auto entry = sessions_.find(id);
  return entry == sessions_.end() ? nullptr : entry->second.session.get();
}

void Shard::Deliver(SessionId to, std::string_view bytes, DeliveryKind kind) {
  if (Session* session = Find(to)) session->Deliver(bytes, kind);
}

void Shard::JoinRoom(SessionId id, std::optional<uint64_t> after_seq) {
  Session* session = Find(id);
  if (session == nullptr) return;
  session->JoinRoom(after_seq);
  if (!session->joined()) return;
  std::vector<Session*>& readers = room(session->feed()).readers;
  session->set_place(static_cast<uint32_t>(readers.size()));
  readers.push_back(session);
}

void Shard::Append(Room& room, std::string_view frame, bool is_message) {
  if (HasReaders(room)) {
    room.log.Append(frame, is_message);
    room.grew = true;
    ScheduleFlush();
  } else if (is_message) {
    room.log.PassOver();
  }
}

void Shard::TellMessage(SessionId except, std::string_view frame) {
  if (Session* session = Find(except)) session->SkipOwn(frame.size());
  for (Room& room : rooms_) Append(room, frame, true);
}

void Shard::TellPresence(SessionId except, std::string_view frame,
                         std::string_view alias, bool online) {
  Session* session = Find(except);
  if (session != nullptr && session->feed() == Feed::kNotices) {
    session->SkipOwn(frame.size());
  }
  Append(room(Feed::kNotices), frame, false);
  if (!HasReaders(room(Feed::kBatches))) return;
  if (batch_.empty()) batch_timer_->Start(kBatchPause);
  batch_.Note(alias, online);
}

void Shard::FlushBatch() {
  batch_.Drain([this](std::string_view frame) {
    Append(room(Feed::kBatches), frame, false);
  });
}

void Shard::CloseSession(SessionId id, pb::Code code, std::string_view sentence,
                         uint32_t retry_after_ms) {
  if (Session* session = Find(id)) {
    session->Goodbye(code, sentence, retry_after_ms);
  }
}

void Shard::Refuse(SessionId id, pb::Code code, std::string_view sentence,
                   uint32_t retry_after_ms) {
  if (!sessions_.contains(id)) return;
  refused_.insert(id);
  refused_count_ = refused_.size();
  Find(id)->Refuse(code, sentence, retry_after_ms);
}

void Shard::GiveWay(SessionId id, std::string_view sentence,
                    uint32_t retry_after_ms, size_t most) {
  Session* session = Find(id);
  if (session == nullptr || !session->stranger()) return;
  if (refused() >= most) return session->Cut();
  Refuse(id, pb::TOO_MANY_CONNECTIONS, sentence, retry_after_ms);
}

void Shard::CloseAll(pb::Code code, std::string_view sentence,
                     uint32_t retry_after_ms) {
  for (const auto& [id, entry] : sessions_) {
    entry.session->Goodbye(code, sentence, retry_after_ms);
  }
}

void Shard::MarkDirty(Session& session) {
  if (session.dirty()) return;
  session.set_dirty(true);
  dirty_.push_back(&session);
  ScheduleFlush();
}

void Shard::Remove(SessionId id) {
  const auto entry = sessions_.find(id);
  if (entry == sessions_.end()) return;
  const Session& session = *entry->second.session;
  if (session.place() != Session::kNoPlace) {
    Room& room = this->room(session.feed());
    room.readers[session.place()] = nullptr;
    ++room.gaps;
    if (!flushing_readers_ && room.gaps > room.readers.size() / 2) {
      CloseGaps(room);
    }
  }
  if (session.metered()) Passed(id, Passage::kGone);
  removed_.push_back(std::move(entry->second.session));
  ScheduleFlush();
  sessions_.erase(entry);
  count_ = sessions_.size();
  if (refused_.erase(id) > 0) refused_count_ = refused_.size();
}

void Shard::CloseGaps(Room& room) {
  std::erase(room.readers, nullptr);
  room.gaps = 0;
  for (size_t i = 0; i < room.readers.size(); ++i) {
    room.readers[i]->set_place(static_cast<uint32_t>(i));
  }
}

// ---- the end of a turn -----------------------------------------------------

void Shard::EndTurnSoon() {
  turn_ends_ = true;
  ScheduleFlush();
}

void Shard::ScheduleFlush() {
  if (std::exchange(flush_posted_, true)) return;
  // Posted: it runs after everything that is ready now.
  boost::asio::post(io_, [this] { Flush(); });
}

void Shard::Flush() {
  Touch();
  flush_posted_ = true;  // what comes up meanwhile is noticed below
  const bool ends = std::exchange(turn_ends_, false) || held_;
  held_ = ends && end_of_turn_ && !end_of_turn_();
  if (held_) {
    flush_posted_ = false;
    return;
  }
  for (Room& room : rooms_) {
    if (std::exchange(room.grew, false)) FlushReaders(room);
  }
  FlushDirty();
  flush_posted_ = false;
  const bool more = turn_ends_ || !dirty_.empty() ||
                    std::any_of(rooms_.begin(), rooms_.end(),
                                [](const Room& room) { return room.grew; });
  if (more) ScheduleFlush();
}

void Shard::FlushReaders(Room& room) {
  flushing_readers_ = true;
  burst_.Flush(room.readers);
  flushing_readers_ = false;
  if (room.gaps > 0) CloseGaps(room);
}

void Shard::FlushDirty() {
  flushed_.swap(dirty_);
  // Some were written to as readers; and of those some are in the list again.
  // Nobody may be in a burst twice.
  std::erase_if(flushed_, [](Session* session) {
    if (!session->dirty()) return true;
    session->set_dirty(false);
    return false;
  });
  burst_.Flush(flushed_);
  flushed_.clear();
  if (dirty_.empty()) removed_.clear();
}

// ---- replies that may come late -------------------------------------------

uint8_t Shard::FlushLater(Session& session) {
  late_[late_round_ % 2].push_back(session.id());
  if (!late_armed_) ArmLate();
  return late_round_;
}

void Shard::ArmLate() {
  late_armed_ = true;
  late_timer_->Start(kLateRound);
}

// Those of the round before have waited long enough.
void Shard::FlushLate() {
  late_armed_ = false;
  const uint8_t round = late_round_++;
  const uint8_t before = round - 1;
  std::vector<SessionId> late;
  late.swap(late_[before % 2]);
  for (const SessionId id : late) {
    Session* session = Find(id);
    if (session != nullptr && session->OwesSince(before)) MarkDirty(*session);
  }
  if (!late_[round % 2].empty()) ArmLate();
}

// ---- deadlines -------------------------------------------------------------

void Shard::LookSoon(SessionId id) {
  const auto entry = sessions_.find(id);
  if (entry != sessions_.end()) entry->second.look_at = look_;
}

void Shard::OnTick() {
  Touch();
  Look();
  commons_.refusals.Report();
  tick_->Start(kTick);
}

// Most sessions have no deadline for a long time: they are not even touched.
void Shard::Look() {
  ++look_;
  if (slowed_ > 0) {
    spdlog::warn("read slowed={}", std::exchange(slowed_, 0));
  }
  std::vector<SessionId> due;
  for (const auto& [id, entry] : sessions_) {
    if (entry.look_at <= look_) due.push_back(id);
  }
  for (const SessionId id : due) {
    Session* session = Find(id);
    if (session == nullptr) continue;
    const absl::Duration rest = session->Tick(now_) - now_;
    const auto entry = sessions_.find(id);
    if (entry == sessions_.end()) continue;
    entry->second.look_at =
        look_ + std::clamp<int64_t>(rest / kTick, 1, kFarAway);
  }
}

}  // namespace chat77::server

// Timeline against a trivial model: a room that says what was said, over a
// connection that breaks at any moment.
#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "client/core/timeline.h"

namespace chat77::client {
namespace {

constexpr uint64_t kEpoch = 3;
constexpr uint32_t kPage = 5;

// The room, one client's connection to it, and what that client was told.
class World {
 public:
  World(uint32_t seed, bool direct) : random_(seed), direct_(direct) {
    if (direct_) timeline_ = Timeline(7, "bob");
    Login(false);
  }

  void Step() {
    switch (Chance(12)) {
      case 0:
        return Break();
      case 1:
      case 2:
        return SayOwn();
      case 3:
        return DropForSlowness();
      case 4:
      case 5:
      case 6:
      case 7:
        return Other();
      default:
        Deliver();
    }
  }

  // Everything that is under way arrives.
  void Settle() {
    if (!connected_ || absent_) {
      Break();
      if (!connected_) Login(true);
    }
    while (!stream_.empty() || !replies_.empty()) Deliver();
  }

  void Check() const { direct_ ? CheckDirect() : CheckLobby(); }
  void CheckAllTold() const {
    ASSERT_EQ(timeline_.seq(), log_.size());
    ASSERT_EQ(logins_told_, logins_awaited_);
    if (!direct_) return;
    ASSERT_EQ(Shown().size(), log_.size() - first_);
  }

 private:
  // What each number of the room came to, in order.
  void CheckLobby() const {
    uint64_t expected = first_;
    for (const Event& event : events_) {
      if (const auto* said = std::get_if<RoomSaid>(&event)) {
        ASSERT_EQ(said->said.seq(), ++expected);
        ASSERT_EQ(said->own, log_[expected - 1].alias() == "ann");
      } else {
        ASSERT_TRUE(std::holds_alternative<CaughtUp>(event))
            << "history has everything: no Gap";
      }
    }
    ASSERT_EQ(timeline_.seq(), expected);
  }

  // By an event or, an own text, by its reply.
  std::multiset<uint64_t> Shown() const {
    std::multiset<uint64_t> shown(confirmed_.begin(), confirmed_.end());
    for (const Event& event : events_) {
      shown.insert(std::get<PrivateText>(event).said.seq());
    }
    return shown;
  }
  void CheckDirect() const {
    uint64_t last = first_;
    for (const Event& event : events_) {
      const auto& text = std::get<PrivateText>(event);
      ASSERT_GT(text.said.seq(), std::exchange(last, text.said.seq()));
      ASSERT_EQ(text.own, log_[last - 1].alias() == "ann");
      ASSERT_FALSE(confirmed_.contains(last)) << "its reply told it";
    }
  }

  uint32_t Chance(uint32_t below) { return random_() % below; }

  const pb::Said& Append(const std::string& alias) {
    pb::Said said;
    said.set_seq(log_.size() + 1);
    said.set_alias(alias);
    log_.push_back(said);
    return log_.back();
  }

  void Other() {
    if (absent_) return;
    // Another session of this account, while this one is away.
    const bool own = direct_ && !connected_ && Chance(3) == 0;
    const pb::Said& said = Append(own ? "ann" : "bob");
    if (connected_) {
      pb::ServerFrame frame;
      *frame.mutable_said() = said;
      stream_.push_back(frame);
    }
  }

  void SayOwn() {
    if (!connected_ || absent_) return;
    timeline_.OnSaySent();
    pb::ServerFrame reply;
    *reply.mutable_said() = Append("ann");
    unanswered_.push_back(reply);
    replies_.push_back(reply);
  }

  // The server drops what it has not sent yet.
  void DropForSlowness() {
    if (!connected_ || stream_.empty() || direct_) return;
    pb::ServerFrame frame;
    const auto& first = stream_.front();
    const uint64_t from =
        first.has_said() ? first.said().seq() : first.missed().from_seq();
    frame.mutable_missed()->set_from_seq(from);
    frame.mutable_missed()->set_to_seq(log_.size());
    stream_.assign(1, frame);
  }

  void Break() {
    if (connected_) {
      connected_ = absent_ = false;
      stream_.clear();
      replies_.clear();
      timeline_.OnClosed();
    } else {
      Login(true);
    }
  }

  void Login(bool again) {
    connected_ = true;
    pb::RoomState state;
    state.set_epoch(kEpoch);
    state.set_seq(log_.size());
    if (again && !direct_) ++logins_awaited_;
    const bool resumes = again && !direct_ && Chance(2) == 0;
    // The link has ended.
    absent_ = again && direct_ && Chance(3) == 0;
    const uint64_t from = timeline_.seq();
    Follow(absent_   ? timeline_.FetchRest()
           : resumes ? timeline_.OnResume(state, events_)
                     : timeline_.OnLogin(state, events_));
    if (!again) first_ = timeline_.seq();
    if (resumes) Replay(from);
    // Own texts whose answer was lost are sent again, and answered as before.
    replies_.insert(replies_.end(), unanswered_.begin(), unanswered_.end());
  }

  void Replay(uint64_t after) {
    // What is long ago is named only.
    const uint64_t named = after + Chance(3) * (log_.size() - after) / 2;
    pb::ServerFrame frame;
    if (named > after) {
      frame.mutable_missed()->set_from_seq(after + 1);
      frame.mutable_missed()->set_to_seq(named);
      stream_.push_back(frame);
    }
    for (uint64_t seq = named + 1; seq <= log_.size(); ++seq) {
      *frame.mutable_said() = log_[seq - 1];
      stream_.push_back(frame);
    }
  }

  // Replies and events overtake each other.
  void Deliver() {
    auto& queue = replies_.empty() || (!stream_.empty() && Chance(2) == 0)
                      ? stream_
                      : replies_;
    if (queue.empty()) return;
    const pb::ServerFrame frame = queue.front();
    queue.pop_front();
    if (frame.has_fetch_history()) {
      Follow(timeline_.OnPage(frame.fetch_history(), "ann", events_));
    } else if (frame.has_missed()) {
      Follow(timeline_.OnMissed(frame.missed(), events_));
    } else if (&queue == &replies_) {
      unanswered_.pop_front();
      confirmed_.insert(frame.said().seq());
      Follow(timeline_.OnSayReply(frame.said(), kEpoch, events_));
    } else {
      Follow(timeline_.OnEntry(frame.said(), kEpoch, "ann", events_));
    }
    CountLogins();
  }

  void Follow(const Timeline::Fetch& fetch) {
    CountLogins();
    if (!fetch) return;
    pb::ServerFrame reply;
    auto& page = *reply.mutable_fetch_history();
    for (uint64_t seq = fetch->after_seq() + 1;
         seq <= log_.size() && page.messages_size() < int{kPage}; ++seq) {
      *page.add_messages() = log_[seq - 1];
    }
    page.set_more(fetch->after_seq() + kPage < log_.size());
    replies_.push_back(reply);
  }

  // A login that broke off before it caught up is told with the next.
  void CountLogins() {
    for (; counted_ < events_.size(); ++counted_) {
      if (std::holds_alternative<CaughtUp>(events_[counted_])) {
        ASSERT_LT(logins_told_, logins_awaited_);
        logins_told_ = logins_awaited_;
      }
    }
  }

  std::mt19937 random_;
  bool direct_;
  std::vector<pb::Said> log_;
  Timeline timeline_{0};
  bool connected_ = false;
  bool absent_ = false;
  std::deque<pb::ServerFrame> stream_;
  std::deque<pb::ServerFrame> replies_;
  std::deque<pb::ServerFrame> unanswered_;
  uint64_t first_ = 0;
  std::set<uint64_t> confirmed_;  // by replies
  std::vector<Event> events_;
  size_t counted_ = 0;
  int logins_awaited_ = 0;
  int logins_told_ = 0;
};

class TimelinePropertyTest : public ::testing::TestWithParam<bool> {};

TEST_P(TimelinePropertyTest, TellsAllInOrderAndOnce) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, GetParam());
    for (int step = 0; step < 200; ++step) world.Step();
    world.Check();
    world.Settle();
    world.Check();
    world.CheckAllTold();
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Direct, TimelinePropertyTest, ::testing::Bool());

}  // namespace
}  // namespace chat77::client

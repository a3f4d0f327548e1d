#include "client/core/read_markers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/limits.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReadMarkersTest : public ::testing::Test {
 protected:
  void Login(uint64_t room, uint64_t read) {
    pb::RoomState state;
    state.set_room(room);
    state.set_kind(pb::DIRECT);
    state.set_read(read);
    markers_.OnLogin(state);
  }
  void Tell(uint64_t room, uint64_t seq, size_t texts = 1) {
    markers_.OnTold(room, seq, texts, now_);
  }
  // "7 at 3", in order of room.
  std::vector<std::string> Take(uint64_t id = 1) {
    std::vector<std::string> taken;
    if (const auto request = markers_.Take(id)) {
      for (const pb::ReadMarker& marker : request->markers()) {
        taken.push_back(std::to_string(marker.room()) + " at " +
                        std::to_string(marker.seq()));
      }
    }
    return taken;
  }
  bool Answer(uint64_t id = 1) {
    pb::ServerFrame reply;
    reply.set_reply_to(id);
    reply.mutable_mark_read();
    return markers_.OnReply(reply);
  }
  bool Refuse(pb::Code code) {
    pb::ServerFrame reply;
    reply.set_reply_to(1);
    reply.mutable_error()->set_code(code);
    return markers_.OnReply(reply);
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  ReadMarkers markers_;
};

TEST_F(ReadMarkersTest, MarksWithinASecond) {
  EXPECT_EQ(markers_.due(), absl::InfiniteFuture());
  Tell(7, 1);
  const absl::Time due = now_ + absl::Seconds(1);
  now_ += absl::Milliseconds(500);
  Tell(7, 2);
  Tell(9, 5);
  EXPECT_EQ(markers_.due(), due);
  EXPECT_THAT(Take(), ElementsAre("7 at 2", "9 at 5"));
  EXPECT_EQ(markers_.due(), absl::InfiniteFuture());
  EXPECT_TRUE(Answer());
  EXPECT_THAT(Take(), IsEmpty());
}

TEST_F(ReadMarkersTest, MarksManyAtOnce) {
  Tell(7, 63, ReadMarkers::kTexts - 1);
  EXPECT_GT(markers_.due(), now_);
  Tell(9, 1);
  EXPECT_LE(markers_.due(), now_);
}

TEST_F(ReadMarkersTest, OneAtATime) {
  Tell(7, 1);
  Take();
  Tell(7, 2, ReadMarkers::kTexts);
  EXPECT_EQ(markers_.due(), absl::InfiniteFuture());
  EXPECT_FALSE(Answer(5)) << "it is no answer to that";
  EXPECT_TRUE(Answer());
  EXPECT_LE(markers_.due(), now_);
  EXPECT_THAT(Take(), ElementsAre("7 at 2"));
}

TEST_F(ReadMarkersTest, KnowsWhatTheServerHas) {
  Login(7, 5);
  Tell(7, 5, 0);
  EXPECT_THAT(Take(), IsEmpty());
  Tell(7, 6);
  EXPECT_THAT(Take(), ElementsAre("7 at 6"));
}

TEST_F(ReadMarkersTest, OwnTextsGoWithAnotherMarker) {
  Tell(7, 3, 0);
  EXPECT_EQ(markers_.due(), absl::InfiniteFuture());
  Tell(9, 1);
  EXPECT_THAT(Take(), ElementsAre("7 at 3", "9 at 1"));
}

TEST_F(ReadMarkersTest, AnErrorWaitsForTheNextTime) {
  Tell(7, 1);
  Take();
  EXPECT_TRUE(Refuse(pb::UNAVAILABLE));
  EXPECT_EQ(markers_.due(), absl::InfiniteFuture());
  Tell(9, 1);
  EXPECT_EQ(markers_.due(), now_ + ReadMarkers::kDelay);
  EXPECT_THAT(Take(), ElementsAre("7 at 1", "9 at 1"));
}

TEST_F(ReadMarkersTest, ARoomThatIsNotThereIsForgotten) {
  Tell(7, 1);
  Take();
  EXPECT_TRUE(Refuse(pb::NO_SUCH_ROOM));
  Tell(9, 1);
  EXPECT_THAT(Take(), ElementsAre("9 at 1"));
}

TEST_F(ReadMarkersTest, ABreakLosesNone) {
  Tell(7, 1);
  Take();
  markers_.OnClosed();
  EXPECT_FALSE(Answer()) << "of the connection before";
  now_ += absl::Minutes(1);
  EXPECT_LE(markers_.due(), now_);
  EXPECT_THAT(Take(), ElementsAre("7 at 1"));
}

TEST_F(ReadMarkersTest, OneRequestHasSoMany) {
  for (uint64_t room = 2; room < 2 + wire::kReadMarkers + 3; ++room) {
    Tell(room, 1);
  }
  EXPECT_EQ(Take().size(), size_t{wire::kReadMarkers});
  Answer();
  EXPECT_LE(markers_.due(), now_);
  EXPECT_EQ(Take().size(), 3u);
}

}  // namespace
}  // namespace chat77::client

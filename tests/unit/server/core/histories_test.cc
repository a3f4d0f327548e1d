// Pages of history, of the lobby and of direct rooms, and up to where accounts
// have read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Ann is on session 1 with device 1 and linked with Bob on 2; Cleo is on 3.
// Their room is 2. Ann has said two things in the lobby.
class HistoriesTest : public testing::Test {
 protected:
  explicit HistoriesTest(CoreOptions options = {}) : chat_(options) {
    chat_.LogInResuming(1, "ann");
    chat_.LogInResuming(2, "bob");
    chat_.LogIn(3, "cleo");
    chat_.Ask(2, "request_private { alias: 'ann' }");
    chat_.Ask(1, "accept_private { alias: 'bob' }");
    chat_.Ask(1, "say { text: 'a' }");
    chat_.Ask(1, "say { text: 'b' }");
  }

  Lines Fetch(uint64_t session, const std::string& what) {
    return chat_.Ask(session, "fetch_history { " + what + " }");
  }
  // Up to which entry the store may answer.
  uint64_t Told(const std::string& what) {
    Fetch(1, what);
    return std::get<ReadHistory>(chat_.effects().at(0)).told;
  }

  CoreHarness chat_;
};

TEST_F(HistoriesTest, ReadsThePageThatWasAskedFor) {
  chat_.set_hold(true);
  EXPECT_THAT(Fetch(3, "limit: 5 after_seq: 0"),
              ElementsAre("> read 1 5 after 0"));
  EXPECT_THAT(Fetch(3, "room: 1 before_seq: 9"),
              ElementsAre("> read 1 200 before 9"));
  EXPECT_THAT(Fetch(3, "limit: 201"), ElementsAre("> read 1 200"));
  pb::FetchHistoryReply page;
  page.set_more(true);
  EXPECT_THAT(chat_.FinishRead(page, 2),
              ElementsAre("s3: #4 fetch_history more"));
  EXPECT_THAT(chat_.FinishRead(absl::InternalError("disk")),
              ElementsAre("s3: #2 error UNAVAILABLE"));
  chat_.Close(3);
  EXPECT_THAT(chat_.FinishRead(page), IsEmpty());
}

TEST_F(HistoriesTest, OfADirectRoomIsForItsMembers) {
  EXPECT_THAT(Fetch(1, "room: 2 after_seq: 0"),
              ElementsAre("> read 2 200 after 0", "s1: #5 fetch_history"));
  EXPECT_THAT(Fetch(2, "room: 2"),
              ElementsAre("> read 2 200", "s2: #3 fetch_history"));
  EXPECT_THAT(Fetch(3, "room: 2"), ElementsAre("s3: #2 error NO_SUCH_ROOM"));
}

TEST_F(HistoriesTest, OfRoomsThatAreNot) {
  for (const char* room :
       {"3", "9223372036854775808", "18446744073709551615"}) {
    EXPECT_THAT(Fetch(1, absl::StrCat("room: ", room)),
                ElementsAre(HasSubstr("error NO_SUCH_ROOM")));
  }
}

TEST_F(HistoriesTest, OfARoomWhoseLinkHasEnded) {
  chat_.Ask(2, "end_private { alias: 'ann' }");
  chat_.Ask(2, "logout {}");
  EXPECT_THAT(Fetch(1, "room: 2"), Contains("> read 2 200"));
  EXPECT_THAT(chat_.Resume(4, 1), Contains(HasSubstr("resumed")));
  EXPECT_THAT(Fetch(4, "room: 2"), Contains("> read 2 200"));
}

TEST_F(HistoriesTest, OfARoomThatNobodyHadInMemory) {
  for (const uint64_t session : {1, 2}) {
    chat_.Close(session);
    chat_.Elapse();
  }
  chat_.Resume(4, 1);
  EXPECT_THAT(Fetch(4, "room: 2"), Contains("> read 2 200"));
}

// It may be on disk, but is told at its place in the order.
TEST_F(HistoriesTest, EndsWithWhatWasTold) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'c' }");
  chat_.Ask(1, "send_private { alias: 'bob' text: 'x' }");
  EXPECT_EQ(Told(""), 2u);
  EXPECT_EQ(Told("room: 2"), 1u);
  chat_.FinishWrite();
  EXPECT_EQ(Told(""), 3u);
  chat_.FinishWrite();
  EXPECT_EQ(Told("room: 2"), 2u);
}

class LobbyWithoutHistoryTest : public HistoriesTest {
 protected:
  LobbyWithoutHistoryTest() : HistoriesTest({.history = false}) {}
};

TEST_F(LobbyWithoutHistoryTest, EveryPageOfItIsEmpty) {
  EXPECT_THAT(Fetch(1, ""), ElementsAre("s1: #5 fetch_history"));
}

TEST_F(LobbyWithoutHistoryTest, DirectRoomsHaveTheirs) {
  EXPECT_THAT(Fetch(1, "room: 2"), Contains("> read 2 200"));
  EXPECT_THAT(Fetch(3, "room: 2"), ElementsAre("s3: #2 error NO_SUCH_ROOM"));
}

// ---- read markers -----------------------------------------------------------

class ReadMarkerTest : public HistoriesTest {
 protected:
  // `places`: rooms and entries, such as {{1, 2}}.
  Lines Mark(const std::vector<std::pair<uint64_t, uint64_t>>& places,
             uint64_t session = 1) {
    pb::ClientFrame frame;
    pb::MarkRead& mark = *frame.mutable_mark_read();
    for (const auto& [room, seq] : places) {
      pb::ReadMarker& marker = *mark.add_markers();
      marker.set_room(room);
      marker.set_seq(seq);
    }
    return chat_.Ask(session, frame);
  }
  // The rooms that Ann is told when she comes back.
  std::string Rooms() {
    const std::string line = chat_.Resume(++session_, 1).at(2);
    const size_t begin = line.find('[') + 1;
    return line.substr(begin, line.find(']') - begin);
  }

 private:
  uint64_t session_ = 10;
};

TEST_F(ReadMarkerTest, IsAnsweredOnceItIsOnDisk) {
  chat_.set_hold(true);
  EXPECT_THAT(Mark({{1, 2}, {2, 1}}), ElementsAre("> mark 1 1:2 2:1"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("s1: #5 mark_read"));
  chat_.set_hold(false);
  EXPECT_EQ(Rooms(), "1 LOBBY 1 2 2; 2 DIRECT 1 1 1 bob");
}

TEST_F(ReadMarkerTest, RoomZeroIsTheLobby) {
  EXPECT_EQ(First(Mark({{0, 1}})), "> mark 1 1:1");
}

TEST_F(ReadMarkerTest, IsOfTheAccountThatHasRead) {
  Mark({{2, 1}}, 2);
  EXPECT_EQ(Rooms(), "1 LOBBY 1 2 0; 2 DIRECT 1 1 0 bob");
}

TEST_F(ReadMarkerTest, MovesForwardOnly) {
  Mark({{1, 2}, {2, 1}});
  EXPECT_THAT(Mark({{1, 1}, {2, 1}}), ElementsAre("s1: #6 mark_read"));
  EXPECT_THAT(Mark({}), ElementsAre("s1: #7 mark_read"));
  chat_.Ask(1, "say { text: 'c' }");
  EXPECT_EQ(First(Mark({{1, 3}, {2, 0}})), "> mark 1 1:3")
      << "the one that moves";
}

TEST_F(ReadMarkerTest, EndsWithWhatWasTold) {
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'c' }");
  chat_.Ask(2, "send_private { alias: 'ann' text: 'x' }");
  EXPECT_THAT(Mark({{1, 3}, {2, 99}}), ElementsAre("> mark 1 1:2 2:1"));
}

TEST_F(ReadMarkerTest, TwoUnderWayComeToTheLater) {
  chat_.set_hold(true);
  Mark({{1, 2}});
  Mark({{1, 1}});
  chat_.FinishWrite();
  chat_.FinishWrite();
  chat_.set_hold(false);
  EXPECT_THAT(Rooms(), HasSubstr("1 LOBBY 1 2 2"));
}

TEST_F(ReadMarkerTest, IsNotMovedIfThatFails) {
  chat_.set_hold(true);
  Mark({{1, 2}});
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #5 error UNAVAILABLE 1000"));
  chat_.set_hold(false);
  EXPECT_THAT(Rooms(), HasSubstr("1 LOBBY 1 2 0"));
}

TEST_F(ReadMarkerTest, OfARoomThatOneIsNotIn) {
  EXPECT_THAT(Mark({{1, 1}, {3, 1}}), ElementsAre("s1: #5 error NO_SUCH_ROOM"));
  EXPECT_THAT(Mark({{2, 1}}, 3), ElementsAre("s3: #2 error NO_SUCH_ROOM"));
  EXPECT_THAT(Rooms(), HasSubstr("1 LOBBY 1 2 0"));
}

TEST_F(ReadMarkerTest, SoManyAtATime) {
  std::vector<std::pair<uint64_t, uint64_t>> places(wire::kReadMarkers, {1, 1});
  EXPECT_EQ(Last(Mark(places)), "s1: #5 mark_read");
  places.emplace_back(1, 2);
  EXPECT_THAT(Mark(places), ElementsAre("s1: #6 error INVALID_ARGUMENT"));
}

// What was on its way when somebody came in reaches them.
TEST_F(ReadMarkerTest, WrittenWhileTheNextStayBegins) {
  chat_.set_hold(true);
  Mark({{1, 2}, {2, 1}});
  chat_.OpenResuming(4);
  chat_.Ask(4, "login { alias: 'ann' password: 'secret' take_over: true }");
  chat_.FinishPassword();
  const Token token = std::get<ReadRooms>(chat_.effects().back()).token;
  chat_.FinishWrite();
  // It was read before.
  chat_.Happen(RoomsRead{token, AccountRooms{{}, {{kLobby, 1}}}});
  EXPECT_THAT(First(chat_.FinishWrite()),
              HasSubstr("rooms=[1 LOBBY 1 2 2; 2 DIRECT 1 1 1 bob]"));
}

}  // namespace
}  // namespace chat77::server

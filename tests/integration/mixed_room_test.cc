// Two native and two legacy clients in one room: whoever does something, every
// other hears it in the words of their own wire.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/person.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Kind = Person::Kind;

struct Guest {
  std::string alias;
  std::unique_ptr<Person> person;
};

class MixedRoomTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Enter("nina", Kind::kNative);
    Enter("uma", Kind::kUnframed);
    Enter("Ned", Kind::kNative);
    Enter("lea", Kind::kLines);
  }
  void Enter(const std::string& alias, Kind kind) {
    Guest guest{alias, Person::Connect(kind, server_)};
    ASSERT_TRUE(guest.person->Enter(alias));
    for (const Guest& other : guests_) {
      EXPECT_TRUE(other.person->HearsJoined(alias)) << other.alias;
    }
    guests_.push_back(std::move(guest));
  }

  // Every ordered pair.
  template <class Function>
  void ForEachPair(Function function) {
    for (const Guest& one : guests_) {
      for (const Guest& other : guests_) {
        if (&one == &other) continue;
        SCOPED_TRACE(one.alias + " and " + other.alias);
        function(one, other);
      }
    }
  }
  static void Ask(const Guest& one, const Guest& other) {
    EXPECT_TRUE(one.person->Ask(other.alias));
    EXPECT_TRUE(other.person->HearsRequest(one.alias));
  }
  static void Link(const Guest& one, const Guest& other) {
    Ask(one, other);
    EXPECT_TRUE(other.person->Accept(one.alias));
    EXPECT_TRUE(one.person->HearsConnected(other.alias));
  }
  static void Unlink(const Guest& one, const Guest& other) {
    EXPECT_TRUE(one.person->End(other.alias));
    EXPECT_TRUE(other.person->HearsEnded(one.alias, /*by_command=*/true));
  }

  ServerProcess server_{{"--store=memory:"}};
  std::vector<Guest> guests_;
};

TEST_F(MixedRoomTest, EverybodyHearsEverybody) {
  for (const Guest& speaker : guests_) {
    const std::string text = "I am " + speaker.alias + " \u20ac";
    speaker.person->Say(text);
    for (const Guest& hearer : guests_) {
      if (&hearer == &speaker) continue;
      EXPECT_TRUE(hearer.person->HearsSaid(speaker.alias, text))
          << hearer.alias << " misses " << speaker.alias;
    }
  }
}

TEST_F(MixedRoomTest, EverybodySeesTheSameList) {
  for (const Guest& guest : guests_) {
    EXPECT_THAT(guest.person->Online(),
                ElementsAre("nina", "uma", "Ned", "lea"))
        << guest.alias;
  }
}

TEST_F(MixedRoomTest, EverybodyTalksInPrivateWithEverybody) {
  ForEachPair([](const Guest& one, const Guest& other) {
    Link(one, other);
    one.person->Whisper(other.alias, "psst");
    EXPECT_TRUE(other.person->HearsWhisper(one.alias, "psst"));
    other.person->Whisper(one.alias, "yes?");
    EXPECT_TRUE(one.person->HearsWhisper(other.alias, "yes?"));
    EXPECT_THAT(one.person->PrivateChats(), ElementsAre(other.alias));
    EXPECT_THAT(other.person->PrivateChats(), ElementsAre(one.alias));
    Unlink(one, other);
    EXPECT_THAT(one.person->PrivateChats(), IsEmpty());
  });
}

TEST_F(MixedRoomTest, EverybodyMayRefuseEverybody) {
  ForEachPair([](const Guest& one, const Guest& other) {
    Ask(one, other);
    EXPECT_TRUE(other.person->Reject(one.alias));
    EXPECT_TRUE(one.person->HearsRejected(other.alias));
  });
}

TEST_F(MixedRoomTest, CrossingRequestsConnect) {
  ForEachPair([](const Guest& one, const Guest& other) {
    Ask(one, other);
    EXPECT_TRUE(other.person->Ask(one.alias));
    EXPECT_TRUE(one.person->HearsConnected(other.alias));
    Unlink(other, one);
  });
}

TEST_F(MixedRoomTest, SeveralPartnersAtOnce) {
  const Guest& uma = guests_[1];
  for (const Guest& other : guests_) {
    if (&other != &uma) Link(uma, other);
  }
  EXPECT_THAT(uma.person->PrivateChats(),
              UnorderedElementsAre("nina", "Ned", "lea"));
  for (const Guest& other : guests_) {
    if (&other == &uma) continue;
    uma.person->Whisper(other.alias, "for " + other.alias);
    EXPECT_TRUE(other.person->HearsWhisper("uma", "for " + other.alias));
  }
}

// The leaver's partner, one who waits for the leaver, and the room.
TEST_F(MixedRoomTest, EverybodyHearsWhoLeaves) {
  while (guests_.size() > 1) {
    const Guest leaver = std::move(guests_.back());
    guests_.pop_back();
    SCOPED_TRACE(leaver.alias);
    const bool asked = guests_.size() > 1;
    Link(leaver, guests_[0]);
    if (asked) Ask(guests_[1], leaver);
    leaver.person->Exit();
    EXPECT_TRUE(
        guests_[0].person->HearsEnded(leaver.alias, /*by_command=*/false));
    if (asked) {
      EXPECT_TRUE(guests_[1].person->HearsUnavailable(leaver.alias));
    }
    for (const Guest& other : guests_) {
      EXPECT_TRUE(other.person->HearsLeft(leaver.alias)) << other.alias;
    }
  }
}

}  // namespace
}  // namespace chat77::test

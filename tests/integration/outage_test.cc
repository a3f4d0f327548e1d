// A person at the terminal whose link goes silent for a while. For two seconds;
// CHAT77_OUTAGE_SECONDS=60 makes it a minute.

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "tests/crash/proxy.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/terminal_session.h"

namespace chat77::test {
namespace {

constexpr int kMessages = 40;

int OutageSeconds() {
  const char* seconds = std::getenv("CHAT77_OUTAGE_SECONDS");
  return seconds == nullptr ? 2 : std::atoi(seconds);
}

std::string Word(int number) { return "word-" + std::to_string(100 + number); }

int Count(const std::string& text, const std::string& word) {
  int count = 0;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

class OutageTest : public testing::Test {
 protected:
  // What others were told of Ann, and of what she said.
  struct Told {
    int joined = 0, left = 0;
    std::map<std::string, int> said;
  };

  void SetUp() override { std::ofstream(folder_ / "pw") << "secret\n"; }
  void TearDown() override {
    work_.reset();
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void OnIo(const std::function<void()>& call) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      call();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Ann is cut off and comes back; what Bob was told meanwhile.
  void CutOff(int grace_seconds, Told& told) {
    ServerProcess server({"--store=" + (folder_ / "chat77.db"),
                          "--grace_seconds=" + std::to_string(grace_seconds)});
    ASSERT_TRUE(server.ready()) << server.Log();
    crash::Proxy proxy(io_, static_cast<uint16_t>(server.port()));
    thread_ = std::thread([this] { io_.run(); });
    TerminalSession ann({"--server=127.0.0.1:" + std::to_string(proxy.port()),
                         "--alias=Ann", "--register",
                         "--password_file=" + (folder_ / "pw")});
    ASSERT_TRUE(ann.Await("Welcome, Ann.")) << ann.Screen();
    NativeClient bob(server.port());
    bob.Enter("bob");
    bob.Say("before");
    ASSERT_TRUE(ann.Await("bob: before")) << ann.Screen();

    OnIo([&] { proxy.Silence(true); });
    ann.Enter("typed meanwhile");
    const auto pause =
        std::chrono::milliseconds(OutageSeconds() * 1000 / kMessages);
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_TRUE(bob.Say(Word(i)).has_say());
      std::this_thread::sleep_for(pause);
    }
    OnIo([&] { proxy.Silence(false); });

    const std::string caught_up =
        "reconnected, " + std::to_string(kMessages) + " messages caught up";
    ASSERT_TRUE(ann.Await(caught_up)) << ann.Screen();
    ASSERT_TRUE(ann.Await("Ann: typed meanwhile")) << ann.Screen();
    bob.Say("the last");
    ASSERT_TRUE(ann.Await("bob: the last")) << ann.Screen();
    ExpectEachOnce(ann.Screen());
    Listen(bob, told);
    ann.Enter("/quit");
    EXPECT_EQ(ann.Wait(), 0);
    OnIo([&] { proxy.CutAll(); });
    TearDown();
  }

  static void ExpectEachOnce(const std::string& screen) {
    size_t at = 0;
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_EQ(Count(screen, "bob: " + Word(i)), 1) << Word(i);
      const size_t here = screen.find("bob: " + Word(i));
      EXPECT_GE(here, at) << Word(i) << " stands in the wrong place";
      at = here;
    }
    EXPECT_EQ(Count(screen, "bob: before"), 1);
    EXPECT_EQ(Count(screen, "Ann: typed meanwhile"), 1) << screen;
  }

  // Until he was told what she said, and nothing more comes.
  static void Listen(NativeClient& bob, Told& told) {
    for (;;) {
      const pb::ServerFrame event =
          bob.Hear(told.said.empty() ? NativeClient::kPatience
                                     : std::chrono::milliseconds(500));
      if (event.has_joined()) {
        ++told.joined;
      } else if (event.has_left()) {
        ++told.left;
      } else if (event.has_said()) {
        ++told.said[event.said().text()];
      } else if (!event.has_keep_alive()) {
        return;
      }
    }
  }

  test::TempFolder folder_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_{io_.get_executor()};
  std::thread thread_;
};

const std::map<std::string, int> kTypedOnce = {{"typed meanwhile", 1}};

TEST_F(OutageTest, BackWithinTheGraceNobodyNotices) {
  Told told;
  CutOff(OutageSeconds() + 60, told);
  EXPECT_EQ(told.said, kTypedOnce);
  EXPECT_EQ(told.left, 0);
  EXPECT_EQ(told.joined, 0);
}

// With a minute it is the default's half.
TEST_F(OutageTest, BackAfterTheGraceMissesNothingAllTheSame) {
  Told told;
  CutOff(OutageSeconds() / 2, told);
  EXPECT_EQ(told.said, kTypedOnce);
  EXPECT_EQ(told.left, 1);
  EXPECT_EQ(told.joined, 1);
}

}  // namespace
}  // namespace chat77::test

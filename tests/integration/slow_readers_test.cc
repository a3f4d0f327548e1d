// Slow and broken readers beside healthy ones: what they miss is named, what
// they cost is bounded, and nobody is closed for being slow.

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr auto kPatience = NativeClient::kPatience;
constexpr size_t kMegabyte = 1024 * 1024;
constexpr size_t kSendMegabytes = 8;
constexpr size_t kTextBytes = 8000;
// As little as the kernel allows.
constexpr int kReceiveBytes = 4096;

size_t ResidentBytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

class SlowReadersTest : public testing::Test {
 protected:
  std::string Text(uint64_t number) {
    std::string text = std::to_string(number) + " ";
    text.resize(kTextBytes, 'x');
    return text;
  }
  // Says texts up to number `last`, some at a time; `between` is called before
  // the next ones.
  void SayUpTo(uint64_t last, const std::function<void()>& between = {}) {
    constexpr uint64_t kAtOnce = 32;
    std::vector<uint64_t> ids;
    while (said_ < last) {
      if (between) between();
      ids.clear();
      while (said_ < last && ids.size() < kAtOnce) {
        pb::ClientFrame frame;
        frame.mutable_say()->set_text(Text(++said_));
        ids.push_back(talker_.Send(std::move(frame)));
      }
      for (const uint64_t id : ids) ASSERT_TRUE(talker_.ReplyTo(id).has_say());
    }
  }
  static constexpr uint64_t Messages(size_t megabytes) {
    return megabytes * kMegabyte / kTextBytes;
  }
  std::unique_ptr<NativeClient> SlowReader(const std::string& alias) {
    auto reader = std::make_unique<NativeClient>(
        server_.port(), pb::PRESENCE_NONE, kReceiveBytes);
    reader->Enter(alias);
    return reader;
  }

  test::TempFolder folder_;
  ServerProcess server_{{"--store=" + (folder_ / "chat77.db"),
                         "--send_megabytes=" + std::to_string(kSendMegabytes)}};
  NativeClient talker_{server_.port(), pb::PRESENCE_NONE};
  uint64_t said_ = 0;
};

// A sanitizer keeps up to so many bytes for each.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr size_t kShadows = 5;
#else
constexpr size_t kShadows = 1;
#endif
#else
constexpr size_t kShadows = 1;
#endif

// What the server may grow by: --send_megabytes, one frame that a full socket
// has cut in two for each reader, and what is not for sending at all: the
// store's page cache, the allocator's slack.
TEST_F(SlowReadersTest, ManyWhoNeverReadCostBoundedMemoryAndNobodyElse) {
  constexpr size_t kReaders = 200, kOther = 8 * kMegabyte;
  constexpr uint64_t kMessages = Messages(125);  // the last 100
  talker_.Enter("talker");
  NativeClient healthy(server_.port(), pb::PRESENCE_NONE);
  healthy.Enter("healthy");
  std::atomic<uint64_t> heard = 0;
  std::atomic<bool> over = false;
  std::thread listener([&] {
    while (heard < kMessages && healthy.HearSaid().seq() == heard + 1) ++heard;
    over = true;
  });
  // Who keeps up misses nothing; on a busy machine that takes a little.
  const auto keep_pace = [&] {
    while (heard < said_ && !over) std::this_thread::sleep_for(milliseconds(1));
  };
  // The store's page cache, the allocator's slack.
  SayUpTo(kMessages / 5, keep_pace);
  std::vector<std::unique_ptr<NativeClient>> stuck;
  for (size_t i = 0; i < kReaders; ++i) {
    stuck.push_back(SlowReader("stuck" + std::to_string(i)));
  }
  const size_t before = ResidentBytes(server_.pid());
  size_t most = before;
  for (size_t part = 3; part <= 10; ++part) {
    SayUpTo(kMessages * part / 10, keep_pace);
    most = std::max(most, ResidentBytes(server_.pid()));
  }
  listener.join();
  EXPECT_EQ(heard, kMessages);
  RecordProperty("kilobytes", static_cast<int>((most - before) / 1024));
  std::printf("%zu kB before, %zu kB more at most\n", before / 1024,
              (most - before) / 1024);
  EXPECT_LT(most - before, kShadows * (kSendMegabytes * kMegabyte +
                                       kReaders * (kTextBytes + 512) + kOther))
      << before << " before";
}

TEST_F(SlowReadersTest, LateReaderIsToldWhatItMissedAndHistoryHasIt) {
  constexpr uint64_t kMessages = Messages(40);
  talker_.Enter("talker");
  const auto late = SlowReader("late");
  // Who takes nothing for half a minute is closed, which this is not about.
  constexpr seconds kSoonTooLong{10};
  auto taken = steady_clock::now();
  SayUpTo(kMessages, [&] {
    if (steady_clock::now() - taken < kSoonTooLong) return;
    late->Attend();
    taken = steady_clock::now();
  });
  uint64_t seq = 0, missed = 0;
  while (seq < kMessages) {
    const pb::ServerFrame event = late->Hear();
    if (event.has_missed()) {
      ASSERT_EQ(event.missed().from_seq(), seq + 1);
      for (uint64_t at = seq; at < event.missed().to_seq();) {
        const pb::FetchHistoryReply page = late->History(0, at);
        ASSERT_GT(page.messages_size(), 0);
        for (const pb::Said& said : page.messages()) {
          ASSERT_EQ(said.seq(), ++at);
          ASSERT_EQ(said.text(), Text(at));
        }
      }
      missed += event.missed().to_seq() - seq;
      seq = event.missed().to_seq();
    } else {
      ASSERT_TRUE(event.has_said()) << event.ShortDebugString();
      ASSERT_EQ(event.said().seq(), ++seq);
    }
  }
  EXPECT_GT(missed, 0u);
  EXPECT_LT(missed, kMessages) << "the newest come by themselves";
  EXPECT_FALSE(late->closed());
}

// Too little to read keeps the kernel's window shut, which looks like nothing
// at all from the server: a window opens by halves of the receive buffer.
TEST_F(SlowReadersTest, ClosedOnlyAfterThirtySecondsWithoutAByte) {
  constexpr size_t kBytesASecond = 512;
  constexpr seconds kNoProgress{30};
  NativeClient watcher(server_.port());
  watcher.Enter("watcher");
  talker_.Enter("talker");
  const auto stuck = SlowReader("stuck");
  const auto slow = SlowReader("slow");
  const auto start = steady_clock::now();
  SayUpTo(Messages(16));
  std::set<std::string> left;
  steady_clock::duration until_first{0};
  // Until somebody leaves, and a little longer.
  for (int after = 0; after < 3; after += left.empty() ? 0 : 1) {
    slow->Swallow(kBytesASecond);
    const auto second = steady_clock::now() + seconds(1);
    while (steady_clock::now() < second) {
      const pb::ServerFrame event = watcher.Hear(milliseconds(100));
      if (!event.has_left()) continue;
      if (left.empty()) until_first = steady_clock::now() - start;
      left.insert(event.left().alias());
    }
    ASSERT_LT(steady_clock::now() - start, kNoProgress + kPatience);
  }
  EXPECT_EQ(left, std::set<std::string>{"stuck"});
  EXPECT_GE(until_first, kNoProgress);
}

}  // namespace
}  // namespace chat77::test

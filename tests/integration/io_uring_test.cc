// How the server sends to many: as it was told, as the kernel allows, and what
// its log says of it.

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <vector>

#include "server/net/send_burst.h"
#include "tests/support/native_client.h"
#include "tests/support/refuse_system_call.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

// Enough for a burst.
constexpr size_t kPeople = 2 * server::SendBurst::kWorthIt;

void CheckThatItServes(const ServerProcess& server) {
  std::vector<NativeClient> people;
  for (size_t i = 0; i < kPeople; ++i) {
    people.emplace_back(server.port(), pb::PRESENCE_NONE);
    people.back().Enter("p" + std::to_string(i));
  }
  for (uint64_t seq = 1; seq <= 20; ++seq) {
    ASSERT_EQ(people[seq % kPeople].Say("hello").say().seq(), seq);
  }
  for (size_t i = 0; i < kPeople; ++i) {
    for (uint64_t seq = 1; seq <= 20; ++seq) {
      if (seq % kPeople == i) continue;
      ASSERT_EQ(people[i].HearSaid().seq(), seq) << i;
    }
  }
}

bool Says(const ServerProcess& server, const std::string& words) {
  return server.Log().find("sends=\"" + words + "\"") != std::string::npos;
}

TEST(IoUringTest, IsTakenWhereItCanBeHad) {
  ServerProcess server({"--store=memory:"});
  CheckThatItServes(server);
  const auto why_not = server::SendBurst::WhyNot();
  EXPECT_TRUE(Says(server, why_not
                               ? "one by one, for io_uring says: " + *why_not
                               : "io_uring"))
      << server.Log();
}

TEST(IoUringTest, IsNotTakenWhenToldNotTo) {
  ServerProcess server({"--store=memory:", "--io_uring=off"});
  CheckThatItServes(server);
  EXPECT_TRUE(Says(server, "one by one")) << server.Log();
}

TEST(IoUringTest, IsDoneWithoutInASandbox) {
  std::unique_ptr<ServerProcess> server;
  // A sandbox is for ever: in a thread of its own, for its children.
  std::thread([&] {
    ASSERT_TRUE(test::RefuseSystemCall(SYS_io_uring_setup));
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--store=memory:", "--io_threads=2"});
  }).join();
  CheckThatItServes(*server);
  EXPECT_TRUE(
      Says(*server, "one by one, for io_uring says: Operation not permitted"))
      << server->Log();
}

TEST(IoUringTest, IsDoneWithoutWhenASandboxForbidsItsUse) {
  std::unique_ptr<ServerProcess> server;
  std::thread([&] {
    ASSERT_TRUE(test::RefuseSystemCall(SYS_io_uring_enter));
    server = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--store=memory:"});
  }).join();
  CheckThatItServes(*server);
  EXPECT_NE(server->Log().find("it gave up"), std::string::npos)
      << server->Log();
}

TEST(IoUringTest, ThereIsNoPerhaps) {
  ServerProcess server({"--store=memory:", "--io_uring=maybe"});
  EXPECT_EQ(server.Wait(), 64);
  EXPECT_EQ(server.Log(),
            "chat77d: --io_uring=maybe is not valid: give auto or off.\n");
}

}  // namespace
}  // namespace chat77::test

// The real server as chat77d.service runs it: under its filter of system calls
// and, where this is root, as nobody and with one place to write. Started by
// `.ci/run hardening`; needs systemd-analyze and libseccomp2.
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

// Of a process, from /proc/PID/status.
std::string StatusOf(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name + ":\t", 0) == 0) return line.substr(name.size() + 2);
  }
  return "";
}

class HardenedTest : public ::testing::Test {
 protected:
  HardenedTest() {
    // Where the user it becomes can go as well.
    std::filesystem::permissions(folder_.path(),
                                 std::filesystem::perms::owner_all |
                                     std::filesystem::perms::others_exec |
                                     std::filesystem::perms::others_read);
    std::filesystem::create_directory(state_);
    std::filesystem::copy_file(CHAT77D, program_);
  }

  std::unique_ptr<ServerProcess> Start(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {CHAT77_UNIT,
                                      state_,
                                      program_,
                                      "--store=" + state_ + "/chat77.db",
                                      "--listen=127.0.0.1:0",
                                      "--compat_listen=127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    auto server = std::make_unique<ServerProcess>(words, CHAT77_SANDBOX);
    EXPECT_TRUE(server->ready()) << server->Log();
    return server;
  }

  TempFolder folder_;
  const std::string state_ = std::string(folder_.path()) + "/state";
  const std::string program_ = std::string(folder_.path()) + "/chat77d";
};

TEST_F(HardenedTest, ServesAndRemembers) {
  {
    auto server = Start();
    ASSERT_TRUE(server->ready());
    EXPECT_THAT(server->Log(), HasSubstr("sends=\"one by one"));
    EXPECT_EQ(StatusOf(server->pid(), "Seccomp"), "2");
    EXPECT_EQ(StatusOf(server->pid(), "NoNewPrivs"), "1");
    NativeClient ann(server->port()), bob(server->port());
    ann.Enter("ann");
    bob.Enter("bob");
    EXPECT_TRUE(ann.Say("good morning").has_say());
    EXPECT_EQ(bob.HearSaid().text(), "good morning");
    pb::ClientFrame ask, accept, tell;
    ask.mutable_request_private()->set_alias("bob");
    EXPECT_TRUE(ann.Ask(ask).has_request_private());
    accept.mutable_accept_private()->set_alias("ann");
    EXPECT_TRUE(bob.Ask(accept).has_accept_private());
    tell.mutable_send_private()->set_alias("bob");
    tell.mutable_send_private()->set_text("between us");
    EXPECT_TRUE(ann.Ask(tell).has_send_private());
    server->Signal(SIGTERM);
    EXPECT_EQ(server->Wait(), 0) << server->Log();
    EXPECT_THAT(server->Log(), Not(HasSubstr(" error ")));
  }
  auto server = Start({"--io_threads=2"});
  ASSERT_TRUE(server->ready());
  NativeClient ann(server->port());
  EXPECT_TRUE(ann.Login("ann").has_login());
  EXPECT_EQ(ann.History().messages(0).text(), "good morning");
}

TEST_F(HardenedTest, ItsFilesAreNobodyElses) {
  auto server = Start();
  ASSERT_TRUE(server->ready());
  NativeClient ann(server->port());
  ann.Enter("ann");
  for (const auto& file : std::filesystem::directory_iterator(state_)) {
    struct stat found{};
    ASSERT_EQ(::stat(file.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 077, 0u) << file.path();
  }
}

// That the sandbox is one: what is written elsewhere fails, in a sentence.
TEST_F(HardenedTest, CannotWriteElsewhere) {
  std::vector<std::string> words = {CHAT77_UNIT, state_, program_,
                                    "--store=/var/tmp/chat77-elsewhere.db"};
  ServerProcess server(words, CHAT77_SANDBOX);
  const bool root = ::geteuid() == 0;
  EXPECT_EQ(server.ready(), !root);
  if (root) {
    EXPECT_NE(server.Wait(), 0);
  }
  std::filesystem::remove("/var/tmp/chat77-elsewhere.db");
}

}  // namespace
}  // namespace chat77::test

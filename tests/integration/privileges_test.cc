// Who the server is while it runs: --user, and what it makes.
#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

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

// Started by root it becomes somebody else before it makes a file; by anybody
// else it refuses to pretend.
TEST(PrivilegesTest, UserIsBecomeOrRefused) {
  TempFolder folder;
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
  }
  ServerProcess server({"--user=nobody", "--store=" + folder / "c.db"});
  EXPECT_EQ(server.ready(), root) << server.Log();
  if (!root) {
    EXPECT_EQ(server.Wait(), 77);
    EXPECT_THAT(server.Log(), HasSubstr("Cannot become the user nobody"));
    return;
  }
  EXPECT_EQ(StatusOf(server.pid(), "Uid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(StatusOf(server.pid(), "Gid"), "65534\t65534\t65534\t65534");
  EXPECT_THAT(StatusOf(server.pid(), "Groups"), Not(HasSubstr("0 ")));
  EXPECT_EQ(StatusOf(server.pid(), "CapEff"), "0000000000000000");
  EXPECT_EQ(StatusOf(server.pid(), "CapPrm"), "0000000000000000");
  NativeClient ann(server.port());
  ann.Enter("ann");
  struct stat store{};
  ASSERT_EQ(::stat((folder / "c.db").c_str(), &store), 0);
  EXPECT_EQ(store.st_uid, 65534u);
  EXPECT_EQ(store.st_mode & 077, 0u);
}

TEST(PrivilegesTest, NobodyIsNotAName) {
  ServerProcess server({"--user=no-such-user", "--store=memory:"});
  EXPECT_EQ(server.Wait(), 77);
  EXPECT_THAT(server.Log(), HasSubstr("There is no user no-such-user"));
}

TEST(PrivilegesTest, RootIsNoUserToBecome) {
  ServerProcess server({"--user=root", "--store=memory:"});
  EXPECT_EQ(server.Wait(), 77);
}

TEST(PrivilegesTest, RootIsWarned) {
  ServerProcess server({"--store=memory:"});
  EXPECT_EQ(server.Log().find("running as root") != std::string::npos,
            ::geteuid() == 0);
}

// Whatever the mask of who started it: files are its own.
TEST(PrivilegesTest, FilesAreNobodyElses) {
  TempFolder folder;
  const mode_t before = ::umask(0);
  ServerProcess server(
      {"--store=" + folder / "c.db", "--legacy_json=" + folder / "c.json"});
  ::umask(before);
  NativeClient ann(server.port());
  ann.Enter("ann");
  ann.Close();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    struct stat found{};
    ASSERT_EQ(::stat(file.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 077, 0u) << file.path();
    ++files;
  }
  EXPECT_GE(files, 2);
}

}  // namespace
}  // namespace chat77::test

#include "client/wifi_around.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace chat77::client {
namespace {

using ::testing::HasSubstr;

// A folder of fake tools. The scripts need no PATH of their own.
class WifiAroundTest : public ::testing::Test {
 protected:
  WifiAroundTest() {
    std::string name = ::testing::TempDir() + "/wifiXXXXXX";
    folder_ = mkdtemp(name.data());
  }

  void Tool(const std::string& name, const std::string& script) {
    const std::string file = folder_ + "/" + name;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
  }

  absl::StatusOr<std::string> Around() {
    return WifiAround("/nonexistent::" + folder_);
  }

  std::string folder_;
};

TEST_F(WifiAroundTest, NoToolIsASentence) {
  const auto networks = Around();
  EXPECT_EQ(networks.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(networks.status().message()), HasSubstr("nmcli"));
}

TEST_F(WifiAroundTest, RunsNmcli) {
  Tool("nmcli", "echo \"nmcli $*\"");
  EXPECT_EQ(*Around(), "nmcli device wifi list\n");
}

TEST_F(WifiAroundTest, AsksIwForTheInterface) {
  Tool("iw", R"(case "$*" in
    dev) printf 'phy#0\n\tInterface wlan7\n\t\ttype managed\n';;
    *) echo "iw $*";; esac)");
  EXPECT_EQ(*Around(), "iw dev wlan7 scan\n");
}

TEST_F(WifiAroundTest, NoInterfaceIsASentence) {
  Tool("iw", "true");
  EXPECT_THAT(std::string(Around().status().message()),
              HasSubstr("no Wi-Fi interface"));
}

TEST_F(WifiAroundTest, TakesTheFirstThatExists) {
  Tool("system_profiler", "echo mac");
  Tool("iw", "echo linux");
  Tool("nmcli", "echo manager");
  Tool("netsh", "echo \"windows $*\"");
  EXPECT_EQ(*Around(), "windows wlan show network\n");
}

TEST_F(WifiAroundTest, FailureTellsWhatTheToolSaid) {
  Tool("nmcli", "echo 'Error: NetworkManager is not running.' >&2; exit 8");
  const auto networks = Around();
  EXPECT_EQ(networks.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(networks.status().message()),
              HasSubstr("NetworkManager is not running"));
}

TEST_F(WifiAroundTest, SkipsWhatCannotBeRun) {
  std::ofstream(folder_ + "/nmcli") << "not executable";
  Tool("system_profiler", "echo mac");
  EXPECT_EQ(*Around(), "mac\n");
}

// Arguments go to the tool as they are; no shell reads them.
TEST_F(WifiAroundTest, NoShellIsInvolved) {
  Tool("iw", R"(case "$*" in
    dev) printf '\tInterface $(touch${IFS}owned)\n';;
    *) printf '%s\n' "$2";; esac)");
  EXPECT_EQ(*Around(), "$(touch${IFS}owned)\n");
}

}  // namespace
}  // namespace chat77::client

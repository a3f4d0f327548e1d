// The program chat77 over TLS, as a script uses it: first sight, a changed key,
// the way out of it.
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/finished_program.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"
#include "tests/support/tls_front_thread.h"

namespace chat77::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TerminalTlsTest : public ::testing::Test {
 protected:
  TerminalTlsTest() {
    std::ofstream(folder_ / "pw") << "secret\n";
    NativeClient(server_.port()).Register("bot");
    setenv("CHAT77_KNOWN_HOSTS", (folder_ / "known_hosts").c_str(), 1);
  }
  ~TerminalTlsTest() override { unsetenv("CHAT77_KNOWN_HOSTS"); }

  std::string Front() const {
    return "localhost:" + std::to_string(front_.port());
  }
  FinishedProgram Send(std::vector<std::string> more = {"--tls=on"}) const {
    std::vector<std::string> arguments = {
        "send", "hello", "--server=" + Front(), "--alias=bot",
        "--password_file=" + (folder_ / "pw")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunChat77(arguments);
  }

  test::TempFolder folder_;
  ServerProcess server_{{"--store=memory:"}};
  test::TlsFrontThread front_{static_cast<uint16_t>(server_.port())};
};

TEST_F(TerminalTlsTest, MeetsKnowsAndForgets) {
  const FinishedProgram first = Send();
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, AllOf(HasSubstr("First connection to " + Front()),
                               HasSubstr("SHA256:")));
  const FinishedProgram second = Send();
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.err, IsEmpty());

  front_.ChangeKey();
  const FinishedProgram refused = Send();
  EXPECT_EQ(refused.code, 76);
  EXPECT_THAT(refused.err, HasSubstr("chat77 --forget " + Front()));

  const FinishedProgram forgot = RunChat77({"--forget", Front()});
  EXPECT_EQ(forgot.code, 0) << forgot.err;
  EXPECT_THAT(forgot.out, HasSubstr(Front() + " is forgotten"));
  EXPECT_EQ(Send().code, 0);
}

TEST_F(TerminalTlsTest, ForgetsOnlyWhatItKnows) {
  const FinishedProgram forgot = RunChat77({"--forget=chat.example"});
  EXPECT_EQ(forgot.code, 64);
  EXPECT_THAT(forgot.err, HasSubstr("Nothing is known of chat.example:7700"));
}

TEST_F(TerminalTlsTest, FingerprintMustBeTheServers) {
  const FinishedProgram refused =
      Send({"--fingerprint=SHA256:" + std::string(43, 'A')});
  EXPECT_EQ(refused.code, 76);
  EXPECT_THAT(refused.err, HasSubstr("not the one given"));
  EXPECT_EQ(Send({"--fingerprint=SHA256:abc"}).code, 64);
  EXPECT_EQ(Send({"--tls=maybe"}).code, 64);
}

// On this computer nothing is encrypted unless asked for: the front does not
// understand it.
TEST_F(TerminalTlsTest, LoopbackIsPlainByItself) {
  const FinishedProgram sent = Send({"--tls=auto"});
  EXPECT_EQ(sent.code, 69);
  EXPECT_THAT(sent.err, HasSubstr("closed the connection without"));
}

}  // namespace
}  // namespace chat77::test

// What the log may hold: nothing secret, nothing that somebody wrote to be
// taken for a line of ours.

#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_split.h"

#include "proto/frame_encoder.h"
#include "tests/support/native_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77 {
namespace {

namespace pb = chat77::v1;
using test::NativeClient;
using test::ServerProcess;
using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "pa55-word-of-ann";
constexpr char kNewPassword[] = "n3w-word-of-ann";
constexpr char kWrongPassword[] = "wr0ng-word";
constexpr char kText[] = "a-text-nobody-logs";

class LogTest : public testing::Test {
 protected:
  static bool IsPlain(const std::string& line) {
    return std::all_of(line.begin(), line.end(), [](char c) {
      return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
    });
  }

  test::TempFolder folder_;
  ServerProcess server_{{"--log_level=debug", "--password_cost=min",
                         "--store=" + (folder_ / "chat77.db")}};
};

TEST_F(LogTest, HoldsNothingSecret) {
  pb::ClientFrame frame;
  std::string token;
  {
    NativeClient ann(server_.port());
    ASSERT_TRUE(ann.Register("ann", kPassword).has_register_());
    ann.Login("ann", kWrongPassword);
    ASSERT_TRUE(ann.Login("ann", kPassword).has_login());
    ann.Say(kText);
    frame.mutable_change_password()->set_old_password(kPassword);
    frame.mutable_change_password()->set_new_password(kNewPassword);
    ASSERT_TRUE(ann.Ask(frame).has_change_password());
    NativeClient bob(server_.port());
    bob.Enter("bob");
    frame.mutable_request_private()->set_alias("ann");
    ASSERT_TRUE(bob.Ask(frame).has_request_private());
    frame.mutable_accept_private()->set_alias("bob");
    ASSERT_TRUE(ann.Ask(frame).has_accept_private());
    frame.mutable_send_private()->set_alias("bob");
    frame.mutable_send_private()->set_text(kText);
    ASSERT_TRUE(ann.Ask(frame).has_send_private());
    frame.mutable_send_private()->set_alias("nobody");
    frame.mutable_send_private()->set_text(kText);
    ann.Ask(frame);
    frame.mutable_claim_admin()->set_code("0PEN-SESAME");
    EXPECT_EQ(ann.Ask(frame).error().code(), pb::CODE_INVALID);
    frame.mutable_resume()->set_device_token(
        "t0ken-of-32-bytes-or-a-few-more..");
    ann.Ask(frame);
  }
  server_.Signal(SIGTERM);
  EXPECT_EQ(server_.Wait(), 0);
  const std::string log = server_.Log();
  EXPECT_THAT(log, HasSubstr("login address=127.0.0.1")) << "it is a log";
  for (const char* secret : {kPassword, kNewPassword, kWrongPassword, kText,
                             "0PEN-SESAME", "t0ken-of"}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST_F(LogTest, HoldsNoLineSomebodyElseWrote) {
  const std::string forged =
      "\x1b]0;x\x07\r\n2026-01-01T00:00:00 info all well";
  {
    pb::ClientFrame hello;
    hello.set_request_id(1);
    hello.mutable_hello()->set_min_version(1);
    hello.mutable_hello()->set_max_version(1);
    hello.mutable_hello()->set_software(forged.substr(0, 60));
    hello.mutable_hello()->set_forwarded_address(forged);
    std::string bytes;
    wire::AppendFrame(hello, bytes);
    test::RawSocket stranger(server_.port());
    stranger.Send(bytes);
    NativeClient ann(server_.port());
    ann.Register(forged, forged);
    ann.Login(forged, forged);
    ann.Enter("ann");
    ann.Say(forged);
    test::RawSocket garbage(server_.port()), old(server_.compat_port());
    garbage.Send(forged);
    old.Send("REGISTER\n" + forged + "\n" + forged + "\n");
    test::RawSocket web(server_.port()), old_web(server_.compat_port());
    web.Send("GET /" + forged + " HTTP/1.1\r\n\r\n");
    old_web.Send("GET /" + forged + " HTTP/1.1\r\n\r\n");
    ann.Say("over");
  }
  server_.Signal(SIGTERM);
  EXPECT_EQ(server_.Wait(), 0);
  const std::string log = server_.Log();
  EXPECT_THAT(log, Not(HasSubstr("all well")));
  for (const auto line : absl::StrSplit(log, '\n')) {
    EXPECT_TRUE(IsPlain(std::string(line))) << line;
  }
}

}  // namespace
}  // namespace chat77

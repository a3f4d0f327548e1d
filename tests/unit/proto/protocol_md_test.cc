// PROTOCOL.md says what the code does: its capture, its limits, its codes and
// its table of requests are compared with the encoder, limits.h, errors.proto
// and the options of envelope.proto.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "chat77/v1/envelope.pb.h"
#include "tests/support/golden.h"
#include "tests/support/loopback_pair.h"
#include "tests/support/wire_dump.h"

namespace chat77::wire {
namespace {

using ::testing::HasSubstr;

constexpr char kDocument[] = CHAT77_SOURCE_DIR "/proto/PROTOCOL.md";
constexpr char kBegin[] = "<!-- capture: begin -->\n```text\n";
constexpr char kEnd[] = "```\n<!-- capture: end -->";

template <class Frame>
std::string Bytes(const char* text) {
  Frame frame;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &frame));
  std::string bytes;
  AppendFrame(frame, bytes);
  return bytes;
}

// Ann's whole visit; what both ends say before the login is the connection's.
class Capture {
 public:
  Capture() {
    LoopbackPair pair;
    pair.client.Start(pair.to_server);
    dump_.Add("C", pair.to_server, *v1::ClientFrame::descriptor());
    pair.server.Receive(pair.to_server, pair.now, pair.to_client,
                        [](const v1::ClientFrame&) {});
    dump_.Add("S", pair.to_client, *v1::ServerFrame::descriptor());
  }

  Capture& Client(const char* text) {
    dump_.Add("C", Bytes<v1::ClientFrame>(text),
              *v1::ClientFrame::descriptor());
    return *this;
  }
  Capture& Server(const char* text) {
    dump_.Add("S", Bytes<v1::ServerFrame>(text),
              *v1::ServerFrame::descriptor());
    return *this;
  }
  const std::string& text() const { return dump_.text(); }

 private:
  support::WireDump dump_;
};

std::string CaptureText() {
  return Capture()
      .Client("request_id: 2 login { alias: 'ann' password: 'secret' }")
      .Server(
          "reply_to: 2 login { alias: 'Ann' rooms { room: 1 kind: LOBBY "
          "epoch: 77 seq: 41 read: 40 } private_state {} }")
      .Server("joined { room: 1 alias: 'Ann' time_ms: 1700000000000 }")
      .Client("request_id: 3 say { text: 'hi' }")
      .Client("request_id: 4 request_private { alias: 'bob' }")
      .Server("reply_to: 4 request_private { alias: 'bob' }")
      .Server(
          "reply_to: 3 say { seq: 42 time_ms: 1700000001000 room: 1 epoch: 77 "
          "}")
      .Server(
          "said { room: 1 seq: 43 time_ms: 1700000002000 alias: 'bob' "
          "text: 'hi Ann' }")
      .Server("private_connected { alias: 'bob' room: 9 epoch: 77 seq: 1 }")
      .Client("request_id: 5 logout {}")
      .Server("reply_to: 5 logout {}")
      .Server("goodbye { code: LOGGED_OUT sentence: 'Bye.' }")
      .text();
}

TEST(ProtocolMdTest, CaptureIsWhatTheEncoderWrites) {
  std::string document = support::ReadFile(kDocument);
  const size_t begin = document.find(kBegin);
  const size_t end = document.find(kEnd);
  ASSERT_NE(begin, std::string::npos) << "The marks of the capture are gone.";
  ASSERT_NE(end, std::string::npos) << "The marks of the capture are gone.";
  const size_t start = begin + sizeof(kBegin) - 1;
  if (support::Regenerating()) {
    document.replace(start, end - start, CaptureText());
    support::WriteFile(kDocument, document);
    return;
  }
  EXPECT_EQ(document.substr(start, end - start), CaptureText())
      << "Run `CHAT77_REGENERATE=1 ./test -R ProtocolMd`.";
}

TEST(ProtocolMdTest, NamesEveryCode) {
  const std::string document = support::ReadFile(kDocument);
  const auto& codes = *v1::Code_descriptor();
  for (int i = 1; i < codes.value_count(); ++i) {
    EXPECT_THAT(document,
                HasSubstr(absl::StrCat("\n| ", codes.value(i)->number(), " | `",
                                       codes.value(i)->name(), "` | ")));
  }
}

TEST(ProtocolMdTest, NamesEveryRequestAndEvent) {
  const std::string document = support::ReadFile(kDocument);
  for (const auto* frame :
       {v1::ClientFrame::descriptor(), v1::ServerFrame::descriptor()}) {
    for (int i = 1; i < frame->field_count(); ++i) {
      if (frame->field(i)->message_type() == nullptr) continue;
      EXPECT_THAT(document, HasSubstr(absl::StrCat(
                                "`", frame->field(i)->message_type()->name())));
    }
  }
}

// A value of an enum as the table of requests writes it.
std::string Word(const std::string& value) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(value), {{"_", " "}});
}

TEST(ProtocolMdTest, StatesTheTraitsOfEveryRequest) {
  const std::string document = support::ReadFile(kDocument);
  const auto* requests =
      v1::ClientFrame::descriptor()->FindOneofByName("request");
  for (int i = 0; i < requests->field_count(); ++i) {
    const auto& request = *requests->field(i);
    const auto& options = request.options().GetExtension(v1::traits);
    const auto* reply =
        v1::ServerFrame::descriptor()->FindFieldByNumber(request.number());
    ASSERT_NE(reply, nullptr) << request.name();
    EXPECT_THAT(
        document,
        HasSubstr(absl::StrCat(
            "\n| `", request.message_type()->name(), "` | `",
            reply->message_type()->name(), "` | ",
            Word(v1::RequestOptions::Needs_Name(options.needs())), " | ",
            Word(v1::RequestOptions::Rate_Name(options.rate())), " | ",
            Word(v1::RequestOptions::Repeat_Name(options.repeat())), " | ")));
  }
}

TEST(ProtocolMdTest, StatesTheLimitsInForce) {
  const std::string document = support::ReadFile(kDocument);
  LoopbackPair pair;
  pair.Greet();
  ASSERT_EQ(pair.client_got.size(), 1u);
  const v1::Limits& limits = pair.client_got[0].hello().limits();
  const auto& type = *v1::Limits::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const uint32_t value =
        limits.GetReflection()->GetUInt32(limits, type.field(i));
    EXPECT_THAT(document, HasSubstr(absl::StrCat("\n| `", type.field(i)->name(),
                                                 "` | ", value, " | ")));
  }
  for (const auto& [name, value] :
       {std::pair<const char*, uint64_t>{"software", kSoftwareBytes},
        {"private chats and requests", kPrivatePerUser},
        {"requests in flight", kRequestsInFlight},
        {"login time", absl::ToInt64Milliseconds(kLoginTime)}}) {
    EXPECT_THAT(document,
                HasSubstr(absl::StrCat("\n| ", name, " | ", value, " | ")));
  }
}

}  // namespace
}  // namespace chat77::wire

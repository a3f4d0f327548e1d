#include "server/net/tls/tls_stream.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"

#include "server/net/tls/certificate_files.h"
#include "tests/support/tls_peer.h"

namespace chat77::server::tls {
namespace {

using test::TlsPeer;
using test::TlsPeerOptions;
using State = TlsStream::State;

std::shared_ptr<const TlsContext> Context() {
  static const auto context =
      *TlsContext::Make(*LoadCertificate({}, absl::Now()));
  return context;
}

// A stream and its peer, with all bytes carried at once.
class Pair {
 public:
  explicit Pair(const TlsPeerOptions& options = {})
      : peer_(options), stream_(Context()) {}

  TlsPeer& peer() { return peer_; }
  TlsStream& stream() { return stream_; }
  // `step`: bytes that the stream is given in one piece.
  void Carry(size_t step = SIZE_MAX) {
    for (int i = 0; i < 20; ++i) {
      const std::string to_stream = peer_.TakeOut();
      std::string to_peer;
      for (size_t at = 0; at < to_stream.size(); at += step) {
        stream_.Receive(std::string_view(to_stream).substr(at, step), heard_,
                        to_peer);
        if (step >= to_stream.size()) break;
      }
      to_peer.insert(0, std::exchange(out_, {}));
      if (to_stream.empty() && to_peer.empty()) return;
      peer_heard_ += peer_.Give(to_peer);
    }
  }
  bool Say(std::string_view plain) { return stream_.Send(plain, out_); }
  void Close() { stream_.Close(out_); }
  const std::string& heard() const { return heard_; }
  const std::string& peer_heard() const { return peer_heard_; }

 private:
  TlsPeer peer_;
  TlsStream stream_;
  std::string out_, heard_, peer_heard_;
};

class TlsStreamTest : public testing::TestWithParam<int> {
 protected:
  static TlsPeerOptions Version() {
    TlsPeerOptions options;
    options.version = GetParam();
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(, TlsStreamTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12"
                                                                  : "Tls13";
                         });

TEST_P(TlsStreamTest, CarriesBytesBothWays) {
  Pair pair(Version());
  EXPECT_EQ(pair.stream().state(), State::kHandshake);
  pair.Carry();
  ASSERT_EQ(pair.stream().state(), State::kOpen);
  ASSERT_TRUE(pair.peer().open());
  EXPECT_EQ(SSL_version(pair.peer().ssl()), GetParam());
  pair.peer().Say("hello");
  EXPECT_TRUE(pair.Say("welcome"));
  pair.Carry();
  EXPECT_EQ(pair.heard(), "hello");
  EXPECT_EQ(pair.peer_heard(), "welcome");
}

TEST_P(TlsStreamTest, TakesBytesOneByOne) {
  Pair pair(Version());
  pair.Carry(1);
  ASSERT_EQ(pair.stream().state(), State::kOpen);
  pair.peer().Say("one");
  pair.peer().Say("two");
  pair.Carry(1);
  EXPECT_EQ(pair.heard(), "onetwo");
}

TEST_P(TlsStreamTest, CarriesMuch) {
  Pair pair(Version());
  pair.Carry();
  std::string much(3'000'000, '\0');
  for (size_t i = 0; i < much.size(); ++i) {
    much[i] = static_cast<char>(i * 7 + i / 256);
  }
  EXPECT_TRUE(pair.Say(much));
  for (size_t at = 0; at < much.size(); at += 100'000) {
    pair.peer().Say(std::string_view(much).substr(at, 100'000));
  }
  pair.Carry(64 * 1024);
  EXPECT_TRUE(pair.heard() == much);
  EXPECT_TRUE(pair.peer_heard() == much);
}

TEST_P(TlsStreamTest, ChoosesTheProtocolOrNone) {
  Pair with(Version());
  with.Carry();
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(with.peer().ssl(), &name, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(name), size), "chat77");

  TlsPeerOptions none = Version();
  none.protocol = "";
  Pair without(none);
  without.Carry();
  EXPECT_EQ(without.stream().state(), State::kOpen);

  TlsPeerOptions other = Version();
  other.protocol = "h2";
  Pair wrong(other);
  wrong.Carry();
  EXPECT_EQ(wrong.stream().state(), State::kFailed);
  EXPECT_TRUE(wrong.peer().failed());
  EXPECT_STREQ(wrong.stream().error(), "no application protocol");
}

TEST_P(TlsStreamTest, EndsWithAWordOnBothSides) {
  Pair pair(Version());
  pair.Carry();
  pair.Say("bye");
  pair.Close();
  pair.Close();
  EXPECT_FALSE(pair.Say("more"));
  pair.Carry();
  EXPECT_EQ(pair.peer_heard(), "bye");
  EXPECT_TRUE(pair.peer().ended());
  EXPECT_FALSE(pair.peer().failed());
}

// Who said its last may still be answered.
TEST_P(TlsStreamTest, AnswersAfterThePeersEnd) {
  Pair pair(Version());
  pair.Carry();
  pair.peer().Say("and?");
  pair.peer().Close();
  pair.Carry();
  EXPECT_EQ(pair.heard(), "and?");
  EXPECT_EQ(pair.stream().state(), State::kEnded);
  EXPECT_TRUE(pair.Say("so"));
  pair.Close();
  pair.Carry();
  EXPECT_EQ(pair.peer_heard(), "so");
}

// No byte of an established connection may be changed, and what was cut off is
// not taken for whole.
TEST_P(TlsStreamTest, NoticesEveryChangedByte) {
  size_t size = 0;
  for (size_t at = 0; at == 0 || at < size; ++at) {
    Pair pair(Version());
    pair.Carry();
    pair.peer().Say("pay me 10");
    std::string bytes = pair.peer().TakeOut();
    size = bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::string plain, out;
    // A longer length only waits for what does not come.
    bytes.append(300, '\0');
    pair.stream().Receive(bytes, plain, out);
    EXPECT_EQ(plain, "") << at;
    EXPECT_EQ(pair.stream().state(), State::kFailed) << at;
    EXPECT_FALSE(out.empty()) << at;
  }
}

// Also where its length promises more, and however its bytes come.
TEST_P(TlsStreamTest, EndsAtTheHeaderOfNoRecord) {
  Pair pair(Version());
  pair.Carry();
  std::string plain, out;
  for (const char byte : {'\xa8', '\x03', '\x03', '\x00', '\x02'}) {
    EXPECT_EQ(pair.stream().state(), State::kOpen);
    pair.stream().Receive({&byte, 1}, plain, out);
  }
  EXPECT_EQ(pair.stream().state(), State::kFailed);
  EXPECT_STREQ(pair.stream().error(), "no record of TLS");
  EXPECT_FALSE(out.empty()) << "an alert";
}

TEST_P(TlsStreamTest, WaitsForTheRestOfARecord) {
  Pair pair(Version());
  pair.Carry();
  pair.peer().Say("whole or nothing");
  const std::string bytes = pair.peer().TakeOut();
  std::string plain, out;
  pair.stream().Receive(bytes.substr(0, bytes.size() - 1), plain, out);
  EXPECT_EQ(plain, "");
  EXPECT_EQ(pair.stream().state(), State::kOpen);
  pair.stream().Receive(bytes.substr(bytes.size() - 1), plain, out);
  EXPECT_EQ(plain, "whole or nothing");
}

TEST(TlsStreamRulesTest, RefusesOldVersionsAndWeakSuites) {
  TlsPeerOptions options;
  options.version = TLS1_1_VERSION;
  options.suites12 = "ALL:@SECLEVEL=0";
  Pair old(options);
  old.Carry();
  EXPECT_EQ(old.stream().state(), State::kFailed);
  EXPECT_STREQ(old.stream().error(), "unsupported protocol");

  for (const char* weak : {"ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256",
                           "AES256-SHA", "DHE-RSA-AES128-GCM-SHA256"}) {
    TlsPeerOptions suites;
    suites.version = TLS1_2_VERSION;
    suites.suites12 = weak;
    Pair pair(suites);
    pair.Carry();
    EXPECT_EQ(pair.stream().state(), State::kFailed) << weak;
    EXPECT_TRUE(pair.peer().failed()) << weak;
  }
}

TEST(TlsStreamRulesTest, RefusesOtherCurves) {
  TlsPeerOptions options;
  options.curves = "P-521";
  Pair pair(options);
  pair.Carry();
  EXPECT_EQ(pair.stream().state(), State::kFailed);
}

// The client guessed X448 and is asked for another: its second ClientHello.
TEST(TlsStreamRulesTest, AsksForAnotherCurve) {
  TlsPeerOptions options;
  options.version = TLS1_3_VERSION;
  options.curves = "X448:P-256";
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    Pair pair(options);
    pair.Carry(step);
    EXPECT_EQ(pair.stream().state(), State::kOpen);
  }
}

TEST(TlsStreamRulesTest, DoesNotRenegotiate) {
  TlsPeerOptions options;
  options.version = TLS1_2_VERSION;
  Pair pair(options);
  pair.Carry();
  EXPECT_EQ(SSL_renegotiate(pair.peer().ssl()), 1);
  SSL_do_handshake(pair.peer().ssl());
  pair.Carry();
  // It was told no (no_renegotiation), which OpenSSL's client does not bear.
  EXPECT_TRUE(pair.peer().failed());
  EXPECT_NE(pair.stream().state(), State::kHandshake);
  EXPECT_EQ(pair.heard(), "");
}

TEST(TlsStreamRulesTest, GivesNoTickets) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPeerOptions options;
    options.version = version;
    Pair pair(options);
    pair.Carry();
    pair.Say("x");
    pair.Carry();
    SSL_SESSION* session = SSL_get1_session(pair.peer().ssl());
    EXPECT_EQ(SSL_SESSION_is_resumable(session), 0) << version;
    EXPECT_EQ(SSL_SESSION_has_ticket(session), 0) << version;
    SSL_SESSION_free(session);
  }
}

// What a stranger may make the server do before it has proved anything.
class StrangerTest : public testing::Test {
 protected:
  State Receive(std::string_view bytes) {
    return stream_.Receive(bytes, plain_, out_);
  }
  static std::string Record(char type, const std::string& body) {
    std::string record = {type, 3, 1, static_cast<char>(body.size() >> 8),
                          static_cast<char>(body.size())};
    return record + body;
  }

  TlsStream stream_{Context()};
  std::string plain_, out_;
};

TEST_F(StrangerTest, IsRefusedForGarbage) {
  EXPECT_EQ(Receive("GET / HTTP/1.1\r\n\r\n"), State::kFailed);
  EXPECT_EQ(out_.size(), 7u);  // an alert
  EXPECT_STREQ(stream_.error(), "no record of TLS");
  EXPECT_EQ(Receive("more"), State::kFailed);
  EXPECT_FALSE(stream_.Send("x", out_));
}

TEST_F(StrangerTest, IsRefusedForALengthThatIsNoHellos) {
  // The five bytes of its header are enough.
  EXPECT_EQ(Receive(std::string("\x16\x03\x01\x10\x01", 5)), State::kFailed);
  EXPECT_STREQ(stream_.error(), "too long a handshake");
}

TEST_F(StrangerTest, MustSendItsHelloInOneRecord) {
  // A ClientHello that says it has 131,000 bytes, and a whole one of no sense.
  EXPECT_EQ(Receive(Record(22, std::string("\x01\x01\xff\xb8", 4))),
            State::kFailed);
  EXPECT_STREQ(stream_.error(), "no whole ClientHello");
  for (const auto& body : {std::string("\x02\x00\x00\x00", 4),
                           std::string("\x01", 1), std::string()}) {
    TlsStream other(Context());
    std::string plain, out;
    EXPECT_EQ(other.Receive(Record(22, body), plain, out), State::kFailed);
  }
  TlsStream alert(Context());
  EXPECT_EQ(alert.Receive(Record(21, std::string("\x01\x00", 2)), plain_, out_),
            State::kFailed);
}

TEST_F(StrangerTest, HearsFromOpenSslWhatIsWrongWithItsHello) {
  EXPECT_EQ(Receive(Record(22, std::string("\x01\x00\x00\x02\x03\x03", 6))),
            State::kFailed);
  EXPECT_FALSE(out_.empty());
  EXPECT_STRNE(stream_.error(), "");
}

TEST_F(StrangerTest, IsRefusedForNoRecordBehindItsHello) {
  TlsPeerOptions older;
  older.version = TLS1_2_VERSION;
  TlsPeer peer(older);
  EXPECT_EQ(Receive(peer.TakeOut()), State::kHandshake);
  out_.clear();
  for (const char byte : {'\xa8', '\x03', '\x03', '\x00', '\x02'}) {
    EXPECT_EQ(stream_.state(), State::kHandshake);
    Receive({&byte, 1});
  }
  EXPECT_EQ(stream_.state(), State::kFailed);
  EXPECT_FALSE(out_.empty()) << "an alert";
}

TEST_F(StrangerTest, MayNotGoOnForEver) {
  TlsPeer peer;
  EXPECT_EQ(Receive(peer.TakeOut()), State::kHandshake);
  // What TLS 1.3 ignores for old middle boxes' sake.
  const std::string nothing = Record(20, std::string("\x01", 1));
  size_t sent = 0;
  while (stream_.state() == State::kHandshake && sent < 1'000'000) {
    Receive(nothing);
    sent += nothing.size();
  }
  EXPECT_EQ(stream_.state(), State::kFailed);
  EXPECT_LE(sent, TlsStream::kMaxHandshake);
}

// Reported, and bounded generously: an idle connection keeps no buffers.
TEST(TlsStreamMemoryTest, IsSmallWhenIdle) {
  constexpr int kStreams = 200;
  std::vector<std::unique_ptr<TlsStream>> streams;
  const auto add = [&streams] {
    TlsPeer peer;
    auto stream = std::make_unique<TlsStream>(Context());
    std::string plain, out;
    for (int i = 0; i < 4; ++i) {
      stream->Receive(peer.TakeOut(), plain, out);
      peer.Give(std::exchange(out, {}));
    }
    ASSERT_EQ(stream->state(), State::kOpen);
    streams.push_back(std::move(stream));
  };
  for (int i = 0; i < 20; ++i) add();
  const size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < kStreams; ++i) add();
  const size_t each = (::mallinfo2().uordblks - before) / kStreams;
  RecordProperty("bytes", static_cast<int>(each));
  std::printf("an idle stream: %zu bytes\n", each);
  EXPECT_LT(each, 24 * 1024u);
}

}  // namespace
}  // namespace chat77::server::tls

// Clients of the legacy wire for tests, over a blocking socket, deciding as the
// original's programs decide.
//
// UnframedClient is the README era's: one recv(1024) is one message, decoded
// as strict UTF-8; prompts and AUTH_SUCCESS are compared exactly, the greeting
// by prefix; private chats are booked from the control messages it sees, and a
// private text to anybody else is refused without asking the server.
// LineClient speaks lines, as the original's last version and nc do.
//
//   UnframedClient ann(port);
//   ASSERT_TRUE(ann.Register("ann", "pw"));
//   ASSERT_TRUE(ann.Login("ann", "pw"));
//   ann.Type("bdct txt hello");
//   EXPECT_TRUE(ann.ExpectPrinted("bob: hi"));
//
// Called from one thread; like the original, the unframed client reads on
// another. What the client "prints" is what its user would see.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace chat77::test {

// Long: the machine may be busy. Nothing waits when all is well.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// A connected TCP socket that is closed with its owner.
class TestSocket {
 public:
  // To the loopback interface; `from` is one of its addresses, if it matters.
  explicit TestSocket(uint16_t port, const std::string& from = "");
  ~TestSocket();
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  enum class State { kData, kTimeout, kEnd, kReset };
  // One recv of at most `limit` bytes, waiting for it `within`.
  State Receive(size_t limit, absl::Duration within, std::string& bytes);
  bool Send(std::string_view bytes);
  void ShutdownSend();
  // Closes so that the other side sees a reset.
  void Reset();
  void Close();
  bool connected() const { return fd_ >= 0; }
  // Our end's port: the server's log should show it.
  uint16_t local_port() const;

 private:
  int fd_;
};

class LegacyClient {
 public:
  explicit LegacyClient(uint16_t port, const std::string& from = "")
      : socket_(port, from) {}
  virtual ~LegacyClient() = default;

  // Each goes through the whole dialogue; true if it had the effect. They can
  // follow each other on one connection, as the original's loop allows.
  bool Register(const std::string& alias, const std::string& password);
  bool Login(const std::string& alias, const std::string& password);
  // Answers prompts until one of the login's verdicts is printed; that, or ""
  // if none comes.
  std::string Authenticate(const std::string& mode, const std::string& alias,
                           const std::string& password);

  // What a user types at the client's prompt.
  virtual void Type(const std::string& line) = 0;

  // Waits until a printed line equals `text`; what came before is skipped (and
  // gone). Messages that share a read are lines of their own.
  bool ExpectPrinted(const std::string& text,
                     absl::Duration within = kPatience);
  // The next printed line, or nothing.
  std::optional<std::string> NextPrinted(absl::Duration within = kPatience);
  // True if nothing is printed for that long.
  bool ExpectNothing(absl::Duration duration);
  // True if the connection ends within the time, whatever is printed before.
  bool ExpectEnd(absl::Duration within = kPatience);
  // How it ended: a reset (which the unframed client needs), or an EOF.
  bool was_reset() const { return end_ == TestSocket::State::kReset; }

  TestSocket& socket() { return socket_; }
  const std::set<std::string>& private_chats() const { return partners_; }

 protected:
  // The next message as the client's reading takes it.
  virtual std::optional<std::string> NextMessage(absl::Duration within) = 0;
  virtual bool IsGreeting(const std::string& message) const = 0;
  virtual void Answer(const std::string& text) = 0;
  // A message after login: booked and put in the client's words.
  void Show(const std::string& message);
  void Print(const std::string& text);

  TestSocket socket_;
  TestSocket::State end_ = TestSocket::State::kData;
  std::string alias_;
  std::set<std::string> partners_;
  std::deque<std::string> printed_;

 private:
  bool Pump(absl::Duration within);
  bool in_ = false;
};

// Where a second message of the server's begins in `bytes`, told by how
// messages begin and end; the size of `bytes` if there is none.
size_t SecondMessage(std::string_view bytes);

class UnframedClient : public LegacyClient {
 public:
  explicit UnframedClient(uint16_t port);
  ~UnframedClient() override;
  void Type(const std::string& line) override;

  // Reads of the socket so far, each as it came: how the server wrote.
  std::vector<std::string> reads() const;
  // Hears nothing from now on, but stays connected.
  void StopReading();
  // A read was no UTF-8: the original stops for good.
  bool decode_failed() const { return decode_failed_; }

 protected:
  std::optional<std::string> NextMessage(absl::Duration within) override;
  bool IsGreeting(const std::string& message) const override;
  void Answer(const std::string& text) override;

 private:
  void TypePrivate(const std::string& payload);
  void ReadOn();

  mutable std::mutex mutex_;  // guards what follows, up to the blank line
  std::condition_variable came_;
  std::vector<std::string> reads_;
  TestSocket::State state_ = TestSocket::State::kData;
  bool stop_ = false;

  size_t taken_ = 0;  // of reads_
  bool decode_failed_ = false;
  std::thread reader_;
};

class LineClient : public LegacyClient {
 public:
  using LegacyClient::LegacyClient;
  // Sends the line as it is: nc's user types the server's words.
  void Type(const std::string& line) override;

 protected:
  std::optional<std::string> NextMessage(absl::Duration within) override;
  bool IsGreeting(const std::string& message) const override;
  void Answer(const std::string& text) override;

 private:
  std::string buffer_;
};

}  // namespace chat77::test

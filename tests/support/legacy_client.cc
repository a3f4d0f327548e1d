#include "tests/support/legacy_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <google/protobuf/stubs/common.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace chat77::test {
namespace {

std::string Stripped(const std::string& text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

std::string Lowered(const std::string& text) {
  return absl::AsciiStrToLower(text);
}

bool IsUtf8(const std::string& bytes) {
  return google::protobuf::internal::IsStructurallyValidUTF8(
      bytes.data(), static_cast<int>(bytes.size()));
}

// What a login may come to, in the original's words.
bool IsVerdict(const std::string& message) {
  return message.starts_with("ERROR:") || message == "AUTH_SUCCESS" ||
         message == "This alias is already logged in" ||
         message == "Registration successful. You can login now.";
}

// What stands alone in a write of the server's, by its beginning.
constexpr std::string_view kAlone[] = {"Authorise MODE?",
                                       "ALIAS?",
                                       "PASSWORD?",
                                       "AUTH_SUCCESS",
                                       "ERROR:",
                                       "INFO: ",
                                       "PRIVATE_ENDED:",
                                       "PRIVATE_REJECTED:",
                                       "PRIVATE_CONNECTED:",
                                       "PRIVATE_REQUEST_FROM:"};

// What ends a message.
constexpr std::string_view kLast[] = {"has connected to the chatroom",
                                      "has left the chatroom"};

// Whose comings and goings the tests look at.
constexpr std::string_view kNames[] = {
    "ann", "Ann", "bob", "Bob", "cat",  "eve",  "ben",   "dan",
    "lea", "cid", "cem", "uma", "nina", "rose", "tulip", "talker"};

}  // namespace

size_t SecondMessage(std::string_view bytes) {
  size_t second = bytes.size();
  for (const std::string_view name : kNames) {
    for (const std::string_view words : kLast) {
      const size_t at =
          bytes.find(std::string(name) + " " + std::string(words), 1);
      if (at < second && bytes[at - 1] != ' ' && bytes[at - 1] != '\n') {
        second = at;
      }
    }
  }
  for (const std::string_view words : kAlone) {
    const size_t at = bytes.find(words, 1);
    // In the middle of a text it is a part of that.
    if (at < second && bytes[at - 1] != ' ' && bytes[at - 1] != '\n') {
      second = at;
    }
  }
  for (const std::string_view words : kLast) {
    const size_t end = bytes.find(words) + words.size();
    if (end < second && end > words.size() && bytes[end] != '\n') second = end;
  }
  if (bytes.starts_with("AUTH_SUCCESS")) {
    second = std::min(second, std::string_view("AUTH_SUCCESS").size());
  }
  return second;
}

TestSocket::TestSocket(uint16_t port, const std::string& from)
    : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!from.empty()) {
    inet_pton(AF_INET, from.c_str(), &address.sin_addr);
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    Close();
  }
}

TestSocket::~TestSocket() { Close(); }

TestSocket::State TestSocket::Receive(size_t limit, absl::Duration within,
                                      std::string& bytes) {
  if (fd_ < 0) return State::kReset;
  pollfd wait{fd_, POLLIN, 0};
  const auto ms = static_cast<int>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(within), 0, 600000));
  if (poll(&wait, 1, ms) <= 0) return State::kTimeout;
  bytes.resize(limit);
  const ssize_t size = recv(fd_, bytes.data(), limit, 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  if (size > 0) return State::kData;
  return size == 0 ? State::kEnd : State::kReset;
}

bool TestSocket::Send(std::string_view bytes) {
  while (fd_ >= 0 && !bytes.empty()) {
    const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return fd_ >= 0;
}

uint16_t TestSocket::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void TestSocket::ShutdownSend() { shutdown(fd_, SHUT_WR); }

void TestSocket::Reset() {
  const linger hard{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  Close();
}

void TestSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool LegacyClient::Register(const std::string& alias,
                            const std::string& password) {
  return Authenticate("REGISTER", alias, password) ==
         "Registration successful. You can login now.";
}

bool LegacyClient::Login(const std::string& alias,
                         const std::string& password) {
  return Authenticate("LOGIN", alias, password) == "AUTH_SUCCESS";
}

std::string LegacyClient::Authenticate(const std::string& mode,
                                       const std::string& alias,
                                       const std::string& password) {
  const absl::Time give_up = absl::Now() + kPatience;
  while (absl::Now() < give_up) {
    const auto message = NextMessage(give_up - absl::Now());
    if (!message) break;
    if (IsGreeting(*message)) {
      Answer(mode);
    } else if (*message == "ALIAS?") {
      alias_ = alias;
      Answer(alias);
    } else if (*message == "PASSWORD?") {
      Answer(password);
    } else if (IsVerdict(*message)) {
      in_ = *message == "AUTH_SUCCESS";
      return *message;
    } else {
      Print(*message);
    }
  }
  return "";
}

void LegacyClient::Print(const std::string& text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    printed_.emplace_back(line);
  }
}

void LegacyClient::Show(const std::string& message) {
  const size_t colon = message.find(':');
  const std::string word = message.substr(0, colon);
  const std::string name =
      colon == std::string::npos ? "" : message.substr(colon + 1);
  if (message.starts_with("PRIVATE_REQUEST_FROM:")) {
    Print("Private request from " + name + ". Type: accept connection " + name +
          " or reject connection " + name);
  } else if (message.starts_with("PRIVATE_CONNECTED:")) {
    partners_.insert(name);
    Print("Private chat connected with " + name + ". Use: private txt " + name +
          " {your message}");
  } else if (message.starts_with("PRIVATE_REJECTED:")) {
    Print("Private request rejected by " + name);
  } else if (message.starts_with("PRIVATE_ENDED:")) {
    const std::string partner = name.substr(0, name.find(':'));
    partners_.erase(partner);
    const size_t reason = name.find(':');
    Print("Private chat with " + partner + " ended (" +
          (reason == std::string::npos ? "ended" : name.substr(reason + 1)) +
          ")");
  } else {
    Print(message);
  }
}

// Takes one message; false if none came.
bool LegacyClient::Pump(absl::Duration within) {
  const auto message = NextMessage(within);
  if (!message) return false;
  if (in_) {
    Show(*message);
  } else {
    Print(*message);
  }
  return true;
}

std::optional<std::string> LegacyClient::NextPrinted(absl::Duration within) {
  if (printed_.empty() && !Pump(within)) return std::nullopt;
  std::string line = printed_.front();
  printed_.pop_front();
  return line;
}

bool LegacyClient::ExpectPrinted(const std::string& text,
                                 absl::Duration within) {
  const absl::Time give_up = absl::Now() + within;
  do {
    const auto line = NextPrinted(give_up - absl::Now());
    if (!line) return false;
    if (*line == text) return true;
  } while (true);
}

bool LegacyClient::ExpectNothing(absl::Duration duration) {
  return printed_.empty() && !Pump(duration);
}

bool LegacyClient::ExpectEnd(absl::Duration within) {
  const absl::Time give_up = absl::Now() + within;
  while (absl::Now() < give_up && end_ == TestSocket::State::kData) {
    Pump(give_up - absl::Now());
  }
  return end_ == TestSocket::State::kEnd || end_ == TestSocket::State::kReset;
}

UnframedClient::UnframedClient(uint16_t port)
    : LegacyClient(port), reader_([this] { ReadOn(); }) {}

UnframedClient::~UnframedClient() { StopReading(); }

void UnframedClient::StopReading() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  if (reader_.joinable()) reader_.join();
}

std::vector<std::string> UnframedClient::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

// The server tells its messages apart by a pause of 50 ms: a client that reads
// later than that reads two as one. Where that is allowed (to root, mostly)
// this thread goes before all others of the machine, and it never waits for the
// lock, whose holder may not be running; where the whole machine stood still,
// the messages are told apart by how they begin and end.
void UnframedClient::ReadOn() {
  const sched_param first{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_RR, &first);
  std::vector<std::string> came;
  auto state = TestSocket::State::kData;
  while (true) {
    std::string bytes;
    if (state == TestSocket::State::kData) {
      const auto wait = absl::Milliseconds(came.empty() ? 20 : 1);
      const auto now = socket_.Receive(1024, wait, bytes);
      if (now != TestSocket::State::kTimeout) state = now;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    while (!bytes.empty()) {
      const size_t end = SecondMessage(bytes);
      came.push_back(bytes.substr(0, end));
      bytes.erase(0, end);
    }
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) continue;
    if (stop_) return;
    const bool news = !came.empty() || state != TestSocket::State::kData;
    for (std::string& read : came) reads_.push_back(std::move(read));
    came.clear();
    state_ = state;
    if (news) came_.notify_all();
    if (state_ != TestSocket::State::kData) return;
  }
}

std::optional<std::string> UnframedClient::NextMessage(absl::Duration within) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, absl::ToChronoMilliseconds(within), [this] {
    return taken_ < reads_.size() || state_ != TestSocket::State::kData;
  });
  if (taken_ == reads_.size()) {
    end_ = state_;
    return std::nullopt;
  }
  const std::string bytes = reads_[taken_++];
  if (IsUtf8(bytes)) return bytes;
  decode_failed_ = true;
  return std::nullopt;
}

bool UnframedClient::IsGreeting(const std::string& message) const {
  return message.starts_with("Authorise MODE?");
}

void UnframedClient::Answer(const std::string& text) {
  socket_.Send(Stripped(text));
}

void UnframedClient::Type(const std::string& line) {
  const std::string lowered = Lowered(Stripped(line));
  if (Lowered(line) == "exit") {
    socket_.Send("exit");
    socket_.ShutdownSend();
    return;
  }
  if (lowered == "my private chats") {
    return Print("My private chats: " +
                 (partners_.empty() ? "none" : absl::StrJoin(partners_, ", ")));
  }
  if (lowered.starts_with("bdct txt ")) {
    socket_.Send(alias_ + ": " + Stripped(line.substr(9)));
    return;
  }
  if (lowered.starts_with("private txt ")) {
    return TypePrivate(Stripped(line.substr(12)));
  }
  for (const std::string command :
       {"online clients", "connect to ", "accept connection ",
        "reject connection ", "end private "}) {
    if (!(lowered + " ").starts_with(command)) continue;
    const size_t cut = std::min(command.size(), line.size());
    socket_.Send(Stripped(command + Stripped(line.substr(cut))));
    return;
  }
  Print("Invalid command.");
}

void UnframedClient::TypePrivate(const std::string& payload) {
  const std::string target = payload.substr(0, payload.find(' '));
  if (!partners_.contains(target)) {
    return Print("No active private chat with " + target +
                 ". Use: my private chats");
  }
  socket_.Send("private txt " + payload);
}

std::optional<std::string> LineClient::NextMessage(absl::Duration within) {
  const absl::Time give_up = absl::Now() + within;
  size_t end = buffer_.find('\n');
  while (end == std::string::npos) {
    std::string bytes;
    const auto state = socket_.Receive(4096, give_up - absl::Now(), bytes);
    if (state == TestSocket::State::kTimeout) return std::nullopt;
    if (state != TestSocket::State::kData) {
      end_ = state;
      return std::nullopt;
    }
    buffer_ += bytes;
    end = buffer_.find('\n');
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

bool LineClient::IsGreeting(const std::string& message) const {
  return message == "Authorise MODE? (REGISTER/LOGIN)";
}

void LineClient::Answer(const std::string& text) { socket_.Send(text + "\n"); }
void LineClient::Type(const std::string& line) { socket_.Send(line + "\n"); }

}  // namespace chat77::test

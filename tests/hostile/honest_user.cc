#include "tests/hostile/honest_user.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace chat77::hostile {
namespace {

constexpr int kHonestNetwork = 1;
constexpr uint64_t kAnswerPatience = 60'000'000'000;
constexpr size_t kStampBytes = 1 + 16 + 4;

// '@', the time and the sender in hexadecimal digits, and a sentence's worth.
std::string Stamped(uint32_t sender) {
  std::array<char, 96> text;
  const int size = std::snprintf(
      text.data(), text.size(), "@%016llx%04x is what I wanted to say to you",
      static_cast<unsigned long long>(HonestUser::Now()), sender);
  return {text.data(), static_cast<size_t>(size)};
}

bool FindStamp(std::string_view text, uint32_t& sender, uint64_t& time) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || text.size() < at + kStampBytes) {
    return false;
  }
  const char* digits = text.data() + at + 1;
  return std::from_chars(digits, digits + 16, time, 16).ptr == digits + 16 &&
         std::from_chars(digits + 16, digits + 20, sender, 16).ptr ==
             digits + 20;
}

}  // namespace

uint64_t HonestUser::Now() {
  return static_cast<uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch() /
      std::chrono::nanoseconds(1));
}

HonestUser::HonestUser(Kind kind, uint32_t number, const Ports& ports)
    : kind_(kind), number_(number), ports_(ports) {}

void HonestUser::Connect() {
  if (fd_ >= 0) return;
  fd_ = hostile::Connect(HostOf(kHonestNetwork, number_),
                         kind_ == Kind::kText ? ports_.text : ports_.native);
  if (fd_ >= 0 && kind_ == Kind::kTls) {
    tls_ = std::make_unique<bench::Secure>(fd_);
  }
}

HonestUser::~HonestUser() {
  if (fd_ >= 0) CloseInOrder(fd_);
}

std::string HonestUser::alias() const {
  return "honest" + std::to_string(number_);
}

std::string HonestUser::Register() {
  Connect();
  return kind_ == Kind::kText ? EnterText(false) : Enter(false);
}
std::string HonestUser::Login() {
  Connect();
  return kind_ == Kind::kText ? EnterText(true) : Enter(true);
}

// What is sent is little, and the server reads: it is waited for.
bool HonestUser::Send(std::string bytes) {
  const uint64_t until = Now() + kAnswerPatience;
  while (!bytes.empty() && fd_ >= 0 && Now() < until) {
    if (tls_ == nullptr) {
      if (!SendSome(fd_, bytes)) return false;
    } else if (const ssize_t sent = tls_->Send(bytes); sent >= 0) {
      bytes.erase(0, static_cast<size_t>(sent));
    } else if (errno != EAGAIN) {
      return false;
    }
    if (bytes.empty()) return true;
    pollfd waiting{fd_, POLLIN, 0};
    ::poll(&waiting, 1, 10);
  }
  return bytes.empty();
}

// Adds what there is to in_; false at the end.
bool HonestUser::Fill() {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = tls_ == nullptr
                             ? ::recv(fd_, buffer.data(), buffer.size(), 0)
                             : tls_->Receive(buffer.data(), buffer.size());
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    in_.append(buffer.data(), static_cast<size_t>(size));
  }
}

std::string HonestUser::Enter(bool login) {
  std::string asked = decoder_.buffered() == 0 && !frame_.has_hello()
                          ? hostile::Hello()
                          : std::string();
  asked += login ? hostile::Login(alias()) : hostile::Register(alias());
  if (fd_ < 0 || !Send(std::move(asked))) return "no connection";
  const uint64_t until = Now() + kAnswerPatience;
  bool there = true;
  std::string verdict = "no answer";
  while (there && verdict == "no answer" && Now() < until) {
    pollfd waiting{fd_, POLLIN, 0};
    ::poll(&waiting, 1, 100);
    there = Fill();
    decoder_.Receive(std::exchange(in_, {}), [&](std::string_view body) {
      frame_.ParseFromArray(body.data(), static_cast<int>(body.size()));
      if (frame_.has_login() || frame_.has_register_()) verdict.clear();
      if (frame_.has_error()) verdict = pb::Code_Name(frame_.error().code());
      if (frame_.has_goodbye()) {
        verdict = pb::Code_Name(frame_.goodbye().code());
      }
      return true;
    });
  }
  frame_.mutable_hello();
  return verdict;
}

// Waits for a line that begins so.
bool HonestUser::Await(std::string_view words, std::string& line) {
  const uint64_t until = Now() + kAnswerPatience;
  for (bool there = true; there && Now() < until;) {
    for (size_t end; (end = in_.find('\n')) != std::string::npos;) {
      line = in_.substr(0, end);
      in_.erase(0, end + 1);
      if (line.starts_with(words)) return true;
    }
    pollfd waiting{fd_, POLLIN, 0};
    ::poll(&waiting, 1, 100);
    there = Fill();
  }
  return false;
}

std::string HonestUser::EnterText(bool login) {
  const char* const done = login ? "AUTH_SUCCESS" : "Registration successful";
  const std::pair<const char*, std::string> steps[] = {
      {"Authorise", login ? "LOGIN\n" : "REGISTER\n"},
      {"ALIAS?", alias() + "\n"},
      {"PASSWORD?", std::string(kPassword) + "\n"}};
  std::string line;
  for (const auto& [prompt, answer] : steps) {
    if (fd_ < 0 || !Await(prompt, line) || !Send(answer)) {
      return "no dialogue: " + line;
    }
  }
  return Await(done, line) ? "" : "no entry: " + line;
}

void HonestUser::Say() {
  const std::string text = Stamped(number_);
  if (!Send(kind_ == Kind::kText ? text + "\n" : hostile::Say(text))) {
    Complain("cannot send");
  }
}

bool HonestUser::Read(const Heard& heard) {
  const bool there = Fill();
  if (kind_ == Kind::kText) {
    for (size_t end; (end = in_.find('\n')) != std::string::npos;) {
      Take(std::string_view(in_).substr(0, end), heard);
      in_.erase(0, end + 1);
    }
    return there;
  }
  decoder_.Receive(std::exchange(in_, {}), [&](std::string_view body) {
    Take(body, heard);
    return true;
  });
  return there;
}

// A line or a frame.
void HonestUser::Take(std::string_view body, const Heard& heard) {
  uint32_t sender = 0;
  uint64_t time = 0;
  if (kind_ == Kind::kText) {
    if (body.starts_with("ERROR")) Complain(std::string(body));
    if (FindStamp(body, sender, time) && sender != number_) heard(sender, time);
    return;
  }
  frame_.ParseFromArray(body.data(), static_cast<int>(body.size()));
  if (frame_.has_error()) Complain(frame_.error().sentence());
  if (frame_.has_goodbye()) Complain(frame_.goodbye().sentence());
  if (frame_.has_missed()) Complain("missed messages");
  if (frame_.has_keep_alive()) Send(Ping());
  if (frame_.has_said() && FindStamp(frame_.said().text(), sender, time)) {
    heard(sender, time);
  }
}

void HonestUser::Complain(std::string what) {
  ++complaints_;
  complaint_ = std::move(what);
}

}  // namespace chat77::hostile

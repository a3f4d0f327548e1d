// Bytes of a legacy client through gatherer, dialogue and pacer, against a
// server that answers everything. The first byte chooses the dialect and the
// alias; the rest is what the client sends.
//
// Holds: an outgoing message has no CR, LF, NUL or bad UTF-8 and, whatever the
// user wrote, begins like a control message only where it is one; memory is
// bounded; lines give the same messages whole and byte by byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <google/protobuf/stubs/common.h>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compat/legacy/dialogue.h"
#include "compat/legacy/foreign.h"
#include "compat/legacy/gatherer.h"
#include "compat/legacy/pacer.h"

namespace {

using namespace chat77::compat::legacy;  // NOLINT: a program of one file

void Require(bool holds, const char* what, std::string_view bytes) {
  if (holds) return;
  std::cerr << what << ": " << bytes << "\n";
  std::abort();
}

// The control words and nothing else may begin a message like this.
bool LooksLikeControl(std::string_view text) {
  return text.starts_with("PRIVATE_") || text.starts_with("GROUP_") ||
         text.starts_with("BEEP") || text.starts_with("FILE_");
}

void CheckMessage(const Message& message) {
  const std::string& text = message.text();
  Require(
      text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
      "a line end within a message", text);
  Require(google::protobuf::internal::IsStructurallyValidUTF8(
              text.data(), static_cast<int>(text.size())),
          "bad UTF-8 goes out", text);
  if (message.role() == Message::Role::kControl) return;
  for (const std::string& piece : message.Pieces(Pacer::kUnframedBytes)) {
    Require(piece.size() <= Pacer::kUnframedBytes, "a long piece", piece);
    Require(!LooksLikeControl(piece), "a forged control message", piece);
  }
}

constexpr size_t kUnreadReplies = 16 * 1024;  // of compat/legacy_session.cc

// Answers each request with what suits it, and lets the user hear themselves,
// as another would.
class World : public Dialogue::Host {
 public:
  explicit World(std::string alias) : alias_(std::move(alias)) {}

  void Tell(const Message& message) override {
    CheckMessage(message);
    told_.push_back(message.text());
    pacer_.Push(message);
    Require(!pacer_.overflowed(), "the queue has no end", "");
  }
  void OpenServer() override { opening_ = true; }
  uint64_t Ask(pb::ClientFrame request) override {
    Answer(std::move(request), ++last_id_);
    return last_id_;
  }
  void CloseServer() override { replies_.clear(); }
  void LoggedIn(const std::string& typed) override {
    gatherer_.set_alias(typed);
  }
  void End() override { ended_ = true; }

  void Receive(std::string_view bytes) {
    if (ended_) return;
    Require(!gatherer_.full(), "the gatherer takes no more", "");
    gatherer_.Receive(bytes, now_);
    Turn();
    Require(gatherer_.buffered() <=
                GathererOptions().message_bytes + Gatherer::kReadBytes,
            "the gatherer holds too much", "");
  }
  void Pause() {
    now_ += absl::Milliseconds(100);
    Turn();
  }
  void EndInput() {
    gatherer_.End();
    Turn();
    if (!ended_ && dialogue_.wants_input()) dialogue_.OnInputEnd();
  }
  void Start() { dialogue_.Start(); }
  const std::vector<std::string>& told() const { return told_; }

 private:
  void Turn() {
    while (!ended_) {
      Deliver();
      if (ended_ || !dialogue_.wants_input()) break;
      // As the gateway does: nothing more from a client that has not taken what
      // it caused.
      if (pacer_.queued_replies() > kUnreadReplies) WriteAll();
      const auto input = gatherer_.Next(now_);
      dialogue_.set_dialect(gatherer_.dialect());
      pacer_.set_dialect(gatherer_.dialect());
      if (!input) break;
      dialogue_.OnInput(*input);
    }
    WriteAll();
  }

  void WriteAll() {
    while (!pacer_.empty()) {
      const absl::Time due = std::max(now_, pacer_.NextWrite());
      const std::string bytes = pacer_.Take(due);
      Require(!bytes.empty(), "nothing to write when something was due", "");
      Require(gatherer_.dialect() != Dialect::kUnframed ||
                  bytes.size() <= Pacer::kUnframedBytes,
              "a long write", bytes);
      pacer_.Written(due);
    }
  }

  void Deliver() {
    if (std::exchange(opening_, false)) dialogue_.OnServerOpen();
    while (!replies_.empty() && !ended_) {
      const pb::ServerFrame frame = replies_.front();
      replies_.erase(replies_.begin());
      if (frame.has_goodbye()) {
        dialogue_.OnServerClosed("Goodbye");
      } else {
        dialogue_.OnServerFrame(frame);
      }
    }
  }

  void Answer(pb::ClientFrame request, uint64_t id) {
    pb::ServerFrame& reply = replies_.emplace_back();
    reply.set_reply_to(id);
    if (request.has_login()) {
      reply.mutable_login()->set_alias(alias_);
    } else if (request.has_register_()) {
      reply.mutable_register_();
    } else if (request.has_logout()) {
      reply.mutable_logout();
      replies_.emplace_back().mutable_goodbye();
    } else if (request.has_say()) {
      reply.mutable_say();
      pb::Said& said = *replies_.emplace_back().mutable_said();
      said.set_alias(alias_);
      said.set_text(request.say().text());
    } else if (request.has_send_private()) {
      reply.mutable_send_private();
      pb::PrivateSaid& said = *replies_.emplace_back().mutable_private_said();
      said.set_alias(alias_);
      said.set_text(request.send_private().text());
    } else {
      reply.mutable_error()->set_code(pb::NO_PENDING_REQUEST);
      reply.mutable_error()->set_sentence("No.");
    }
  }

  std::string alias_;
  Gatherer gatherer_{GathererOptions()};
  Pacer pacer_{PacerOptions()};
  Dialogue dialogue_{*this};
  absl::Time now_ = absl::FromUnixSeconds(1000000);
  std::vector<pb::ServerFrame> replies_;
  std::vector<std::string> told_;
  uint64_t last_id_ = 1;
  bool opening_ = false;
  bool ended_ = false;
};

std::vector<std::string> RunLines(const std::string& alias,
                                  std::string_view bytes, size_t step) {
  World world(alias);
  world.Start();
  world.Receive("LOGIN\n" + alias + "\npw\n");
  for (size_t at = 0; at < bytes.size(); at += step) {
    world.Receive(bytes.substr(at, step));
  }
  world.EndInput();
  return world.told();
}

void RunUnframed(const std::string& alias, std::string_view bytes) {
  World world(alias);
  world.Start();
  for (const std::string& answer :
       {std::string("LOGIN"), alias, std::string("pw")}) {
    world.Receive(answer);
    world.Pause();
  }
  // 0xFF, which is never text, stands for a pause.
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\xFF'), bytes.size());
    for (size_t at = 0; at < end; at += Gatherer::kReadBytes) {
      world.Receive(bytes.substr(at, std::min(Gatherer::kReadBytes, end - at)));
    }
    if (end < bytes.size()) world.Pause();
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  world.EndInput();
}

}  // namespace

namespace {

// What a stranger's protocol is does not depend on how its bytes came.
void CheckForeign(std::string_view bytes) {
  ForeignProtocol whole, cut;
  const auto at_once = whole.Look(bytes);
  std::optional<std::string_view> told;
  for (size_t at = 0; at < bytes.size() && !told; ++at) {
    told = cut.Look(bytes.substr(at, 1));
  }
  Require(told == at_once, "cutting changed the protocol", bytes);
  Require(!told || !whole.Look(bytes), "it is told once", bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                               size - 1);
  CheckForeign(bytes);
  const std::vector<std::string> kAliases = {"ann", "a", "PRIVATE_ENDED",
                                             "\xC3\xA9va"};
  const std::string& alias = kAliases[data[0] / 2 % kAliases.size()];
  if (data[0] % 2 == 1) {
    RunUnframed(alias, bytes);
    return 0;
  }
  const auto whole = RunLines(alias, bytes, Gatherer::kReadBytes);
  Require(whole == RunLines(alias, bytes, 1), "cutting changed the messages",
          bytes);
  // And raw bytes from the first on, whatever dialect they make.
  World world(alias);
  world.Start();
  for (size_t at = 0; at < bytes.size(); at += Gatherer::kReadBytes) {
    world.Receive(bytes.substr(at, Gatherer::kReadBytes));
  }
  world.Pause();
  world.EndInput();
  return 0;
}

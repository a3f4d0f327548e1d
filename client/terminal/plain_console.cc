#include <cstdio>
#include <utility>

#include "client/terminal/console.h"

namespace chat77::client {
namespace {

// Of a longer line only this much is kept; it is far above what may be sent.
constexpr size_t kLineBytes = 1024 * 1024;

class PlainConsole : public Console {
 public:
  explicit PlainConsole(Callbacks callbacks)
      : callbacks_(std::move(callbacks)) {}

  void Receive(std::string_view bytes) override {
    if (bytes.empty()) {
      if (!line_.empty()) Take();
      callbacks_.on_end();
      return;
    }
    for (size_t at; (at = bytes.find('\n')) != std::string_view::npos;) {
      Keep(bytes.substr(0, at));
      bytes.remove_prefix(at + 1);
      Take();
    }
    Keep(bytes);
  }

  void Print(std::string_view line) override {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
  }

  void SetPrompt(std::string, bool) override {}
  bool interactive() const override { return false; }

 private:
  void Keep(std::string_view part) {
    line_.append(part.substr(0, kLineBytes - line_.size()));
  }

  void Take() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    callbacks_.on_line(std::exchange(line_, {}));
  }

  Callbacks callbacks_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Console> MakePlainConsole(Console::Callbacks callbacks) {
  return std::make_unique<PlainConsole>(std::move(callbacks));
}

}  // namespace chat77::client

// A console that shows nobody anything: what was printed, and what stands
// before the typing.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "client/terminal/console.h"

namespace chat77::client {

class FakeConsole : public Console {
 public:
  explicit FakeConsole(bool interactive) : interactive_(interactive) {}

  void Receive(std::string_view) override {}
  void Print(std::string_view line) override { printed += line; }
  void SetPrompt(std::string text, bool is_secret) override {
    prompt = std::move(text);
    secret = is_secret;
  }
  bool interactive() const override { return interactive_; }

  std::string printed;  // the lines, without their ends
  std::string prompt;
  bool secret = false;

 private:
  const bool interactive_;
};

}  // namespace chat77::client

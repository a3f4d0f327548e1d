// Where lines come from and go to: an editing terminal, or plain streams. Both
// are driven by one event loop that says when input can be read; neither
// blocks nor has a thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "client/terminal/completion.h"

namespace chat77::client {

class Console {
 public:
  struct Callbacks {
    std::function<void(std::string line)> on_line;
    // The input ended (end of file, or Ctrl-D on an empty line).
    std::function<void()> on_end;
    std::function<Completion(std::string_view before_cursor)> complete;
  };

  virtual ~Console() = default;

  // Bytes that came from the input; none: its end. Callbacks are made from
  // here.
  virtual void Receive(std::string_view bytes) = 0;
  // One line, without its end. What is being typed stays whole below it.
  virtual void Print(std::string_view line) = 0;
  // What stands before the typing from now on; `secret`: typing is not shown.
  // Throws away what was typed so far.
  virtual void SetPrompt(std::string prompt, bool secret) = 0;
  // Throws away what was typed so far; false if that was nothing.
  virtual bool Clear() { return false; }
  // The window's size changed, or the program was stopped and continued.
  virtual void Resize() {}
  // A person sits there and can be asked.
  virtual bool interactive() const = 0;
};

// Lines from Receive, cut at '\n', to standard output. The prompt is not shown
// and typing is the terminal's business.
std::unique_ptr<Console> MakePlainConsole(Console::Callbacks callbacks);

// Editing with history on the terminal that standard input and output are.
// Null if they are none, or one that cannot move its cursor.
std::unique_ptr<Console> MakeLineEditor(Console::Callbacks callbacks);

}  // namespace chat77::client

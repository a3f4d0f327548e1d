// An editing terminal on libedit, in its unbuffered mode: each character that
// came is handed to el_wgets, which edits the line and returns. Enter, Tab and
// the end of input are dealt with here, so that libedit never waits, and a
// secret never reaches it.
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "client/terminal/console.h"
#include "client/terminal/sanitize.h"
#include "client/terminal/screen_row.h"

namespace chat77::client {
namespace {

constexpr int kHistoryLines = 500;
// The rest of an escape sequence comes at once or not at all.
constexpr int kSequenceMillis = 50;
// As much as a paste may bring; far above what may be sent.
constexpr size_t kLineCharacters = 256 * 1024;

constexpr wchar_t kEndOfInput = 4;  // Ctrl-D
constexpr wchar_t kEscape = 27;
constexpr wchar_t kQuote = 22;  // Ctrl-V would wait for another character

std::wstring ToWide(std::string_view text) {
  std::wstring wide;
  while (!text.empty()) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &c);
    wide += size > 0 ? static_cast<wchar_t>(c) : L'\ufffd';
    text.remove_prefix(size > 0 ? static_cast<size_t>(size) : 1);
  }
  return wide;
}

std::string ToUtf8(std::wstring_view wide) {
  std::string text;
  for (const wchar_t c : wide) {
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t size =
        utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
    text.append(reinterpret_cast<const char*>(bytes),
                static_cast<size_t>(size));
  }
  return text;
}

// The bytes at the end of `text` that begin a character but do not end it.
size_t Incomplete(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const size_t whole = byte >= 0xf0   ? 4
                         : byte >= 0xe0 ? 3
                         : byte >= 0xc0 ? 2
                                        : 1;
    return whole > back ? back : 0;
  }
  return 0;
}

bool IsPrintable(wchar_t c) {
  return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0);
}

// libedit asks the C locale how wide a character is and how it is written.
void UseUtf8Locale() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

class LineEditor : public Console {
 public:
  explicit LineEditor(Callbacks callbacks) : callbacks_(std::move(callbacks)) {
    UseUtf8Locale();
    history_ = history_winit();
    HistEventW event;
    history_w(history_, &event, H_SETSIZE, kHistoryLines);
    history_w(history_, &event, H_SETUNIQUE, 1);
    editor_ = el_init("chat77", stdin, stdout, stderr);
    el_wset(editor_, EL_CLIENTDATA, this);
    el_wset(editor_, EL_SIGNAL, 0);
    el_wset(editor_, EL_EDITOR, L"emacs");
    el_wset(editor_, EL_HIST, history_w, history_);
    el_wset(editor_, EL_PROMPT, &LineEditor::Prompt);
    el_wset(editor_, EL_GETCFN, &LineEditor::NextCharacter);
    // Between two lines libedit leaves its editing mode for a moment; the
    // terminal must not echo or cut what is pasted or typed just then.
    el_wset(editor_, EL_SETTY, L"-x", L"-icanon", L"-echo", nullptr);
  }

  ~LineEditor() override {
    Hide();
    el_end(editor_);
    history_wend(history_);
    std::fflush(stdout);
  }

  void Receive(std::string_view bytes) override {
    if (bytes.empty()) {
      callbacks_.on_end();
      return;
    }
    Decode(bytes);
    while (!input_.empty()) {
      if (secret_) {
        TakeSecret();
      } else {
        TakeCharacter();
      }
    }
    std::fflush(stdout);
  }

  void Print(std::string_view line) override {
    if (shown_) Erase();
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    if (shown_) Draw();
    std::fflush(stdout);
  }

  void SetPrompt(std::string prompt, bool secret) override {
    Hide();
    prompt_ = ToWide(SanitizeLine(prompt));
    secret_ = secret;
    Show();
  }

  bool Clear() override {
    const bool any = secret_ ? !secret_text_.empty() : !Line().empty();
    secret_text_.clear();
    Hide();
    Show();
    return any;
  }

  void Resize() override {
    if (!shown_) return;
    Erase();
    std::fflush(stdout);
    el_resize(editor_);
    // Puts the terminal back into the editing mode after a stop.
    el_wset(editor_, EL_UNBUFFERED, 0);
    const std::wstring line(Line());
    el_wset(editor_, EL_UNBUFFERED, 1);
    if (!line.empty()) InsertText(line);
    std::fflush(stdout);
  }

  bool interactive() const override { return true; }

 private:
  static LineEditor* Self(EditLine* editor) {
    void* self = nullptr;
    el_wget(editor, EL_CLIENTDATA, &self);
    return static_cast<LineEditor*>(self);
  }

  static wchar_t* Prompt(EditLine* editor) {
    return Self(editor)->prompt_.data();
  }

  // Called by libedit; the queue is empty only within an escape sequence.
  static int NextCharacter(EditLine* editor, wchar_t* c) {
    LineEditor& self = *Self(editor);
    if (self.input_.empty()) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      char bytes[64];
      if (poll(&input, 1, kSequenceMillis) != 1) return 0;
      const ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
      if (size <= 0) return 0;
      self.Decode(std::string_view(bytes, static_cast<size_t>(size)));
      if (self.input_.empty()) return 0;
    }
    *c = self.input_.front();
    self.input_.pop_front();
    return 1;
  }

  void Decode(std::string_view bytes) {
    undecoded_ += bytes;
    const size_t whole = undecoded_.size() - Incomplete(undecoded_);
    const std::wstring wide =
        ToWide(std::string_view(undecoded_).substr(0, whole));
    input_.insert(input_.end(), wide.begin(), wide.end());
    undecoded_.erase(0, whole);
  }

  std::wstring_view Line() const {
    const LineInfoW* line = el_wline(editor_);
    return {line->buffer, static_cast<size_t>(line->lastchar - line->buffer)};
  }

  std::wstring_view BeforeCursor() const {
    const LineInfoW* line = el_wline(editor_);
    return {line->buffer, static_cast<size_t>(line->cursor - line->buffer)};
  }

  static int Columns() {
    winsize size{};
    const bool known =
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
  }

  // Removes prompt and typing from the screen, the cursor at their place.
  void Erase() {
    std::fputc('\r', stdout);
    const int row = CursorRow(prompt_, BeforeCursor(), Columns());
    if (row > 0) std::fputs(absl::StrCat("\033[", row, "A").c_str(), stdout);
    std::fputs("\033[J", stdout);
  }

  // Prompt and typing from where the cursor is; libedit takes that for the
  // beginning of an empty row.
  void Draw() { el_wset(editor_, EL_REFRESH); }

  void InsertText(const std::wstring& text) {
    Erase();
    el_winsertstr(editor_, text.c_str());
    Draw();
  }

  void Show() {
    if (std::exchange(shown_, true)) return;
    el_wset(editor_, EL_UNBUFFERED, 1);  // an empty line, the prompt drawn
    std::fflush(stdout);
  }

  void Hide() {
    if (!std::exchange(shown_, false)) return;
    Erase();
    std::fflush(stdout);
    el_wset(editor_, EL_UNBUFFERED, 0);
  }

  void TakeSecret() {
    const wchar_t c = input_.front();
    input_.pop_front();
    if (c == L'\r' || c == L'\n') {
      callbacks_.on_line(ToUtf8(std::exchange(secret_text_, {})));
    } else if (c == kEndOfInput && secret_text_.empty()) {
      callbacks_.on_end();
    } else if (c == 0x7f || c == 0x08) {
      if (!secret_text_.empty()) secret_text_.pop_back();
    } else if (c == 0x15) {  // Ctrl-U
      secret_text_.clear();
    } else if (IsPrintable(c) && secret_text_.size() < kLineCharacters) {
      secret_text_ += c;
    }
  }

  void TakeCharacter() {
    const wchar_t c = input_.front();
    if (c == L'\r' || c == L'\n') {
      input_.pop_front();
      Enter();
    } else if (c == L'\t') {
      input_.pop_front();
      CompleteWord();
    } else if (c == kEndOfInput && Line().empty()) {
      input_.pop_front();
      callbacks_.on_end();
    } else if (c == kQuote) {
      input_.pop_front();
    } else if (IsPrintable(c) && !after_escape_) {
      Insert();
    } else {
      after_escape_ = c == kEscape;
      const size_t before = input_.size();
      int count = 0;
      el_wgets(editor_, &count);
      // An escape sequence was eaten whole; a lone Escape was not.
      if (before - input_.size() > 1) after_escape_ = false;
    }
  }

  // All that can be typed at once is inserted at once: pastes are long.
  void Insert() {
    std::wstring text;
    while (!input_.empty() && IsPrintable(input_.front())) {
      text += input_.front();
      input_.pop_front();
    }
    const size_t room =
        kLineCharacters - std::min(kLineCharacters, Line().size());
    text.resize(std::min(text.size(), room));
    if (!text.empty()) InsertText(text);
  }

  void Enter() {
    const std::wstring line(Line());
    Hide();
    Show();
    if (line.find_first_not_of(L' ') != std::wstring::npos) {
      HistEventW event;
      history_w(history_, &event, H_ENTER, line.c_str());
    }
    callbacks_.on_line(ToUtf8(line));
  }

  void CompleteWord() {
    const Completion completion = callbacks_.complete(ToUtf8(BeforeCursor()));
    if (!completion.insert.empty()) {
      InsertText(ToWide(completion.insert));
    } else if (!completion.candidates.empty()) {
      Print(absl::StrJoin(completion.candidates, "  "));
    } else {
      el_beep(editor_);
    }
  }

  Callbacks callbacks_;
  EditLine* editor_;
  HistoryW* history_;
  std::wstring prompt_;
  std::deque<wchar_t> input_;
  std::string undecoded_;
  std::wstring secret_text_;
  bool secret_ = false;
  bool shown_ = false;
  bool after_escape_ = false;
};

bool CanEdit() {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

}  // namespace

std::unique_ptr<Console> MakeLineEditor(Console::Callbacks callbacks) {
  if (!CanEdit()) return nullptr;
  return std::make_unique<LineEditor>(std::move(callbacks));
}

}  // namespace chat77::client

// What a person sees: turns a program's output into rows of characters, as a
// terminal of type xterm would, of unlimited height. Knows what a line editor
// uses; a character is one column wide, whatever it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chat77::test {

class TerminalScreen {
 public:
  explicit TerminalScreen(size_t columns) : columns_(columns) {}

  void Receive(std::string_view bytes);

  // All rows from the first, without trailing blanks, each with a newline.
  std::string Text() const;
  // The row the cursor is in.
  std::string CursorLine() const { return RowText(row_); }
  // Sequences it did not know, for a failure's message.
  const std::string& unknown() const { return unknown_; }

 private:
  using Row = std::vector<std::string>;  // a UTF-8 character in each column

  void Put(char c);
  void Control(char c);
  void Sequence(const std::string& parameters, char final);
  void EraseDisplay(size_t how);
  void EraseLine(size_t how);
  Row& CurrentRow();
  std::string RowText(size_t row) const;

  size_t columns_;
  size_t row_ = 0;
  size_t column_ = 0;  // == columns_: wraps before the next character
  bool inserts_ = false;
  std::vector<Row> rows_ = std::vector<Row>(1);
  std::string pending_;  // an escape sequence's beginning
  std::string unknown_;
};

}  // namespace chat77::test

#include "tests/support/terminal_screen.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace chat77::test {

void TerminalScreen::Receive(std::string_view bytes) {
  for (const char c : bytes) {
    if (pending_.empty()) {
      c == '\033' ? pending_.push_back(c) : Put(c);
      continue;
    }
    pending_.push_back(c);
    if (pending_.size() == 2 && c == '[') continue;
    if (pending_.size() > 2 && (c < '@' || c > '~')) continue;
    if (pending_.size() > 2) {
      Sequence(pending_.substr(2, pending_.size() - 3), c);
    } else if (c != '=' && c != '>') {  // the keypad's modes show nothing
      unknown_ += pending_;
    }
    pending_.clear();
  }
}

TerminalScreen::Row& TerminalScreen::CurrentRow() {
  if (rows_.size() <= row_) rows_.resize(row_ + 1);
  return rows_[row_];
}

void TerminalScreen::Put(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte == 0x7f) {
    Control(c);
    return;
  }
  if ((byte & 0xc0) == 0x80) {  // continues the character before
    Row& row = CurrentRow();
    if (column_ > 0 && column_ <= row.size()) row[column_ - 1].push_back(c);
    return;
  }
  if (column_ == columns_) {
    ++row_;
    column_ = 0;
  }
  Row& row = CurrentRow();
  if (row.size() < column_) row.resize(column_, " ");
  const auto at = row.begin() + static_cast<std::ptrdiff_t>(column_);
  if (inserts_ || column_ == row.size()) {
    row.insert(at, std::string(1, c));
    if (row.size() > columns_) row.resize(columns_);
  } else {
    *at = std::string(1, c);
  }
  ++column_;
}

void TerminalScreen::Control(char c) {
  if (c == '\r') column_ = 0;
  if (c == '\n') ++row_;
  if (c == '\b' && column_ > 0) --column_;
  if (c == '\t') column_ = std::min(columns_ - 1, (column_ / 8 + 1) * 8);
  CurrentRow();
}

void TerminalScreen::EraseLine(size_t how) {
  Row& row = CurrentRow();
  if (how == 0) row.resize(std::min(row.size(), column_));
  if (how == 1) {
    const size_t end = std::min(row.size(), column_ + 1);
    for (size_t i = 0; i < end; ++i) row[i].assign(1, ' ');
  }
  if (how == 2) row.clear();
}

void TerminalScreen::EraseDisplay(size_t how) {
  EraseLine(how);
  if (how == 0) rows_.resize(row_ + 1);
  if (how == 2) rows_.assign(row_ + 1, {});
}

void TerminalScreen::Sequence(const std::string& parameters, char final) {
  const auto given = static_cast<size_t>(std::atoi(parameters.c_str()));
  const size_t count = std::max<size_t>(given, 1);
  Row& row = CurrentRow();
  const size_t until_end = row.size() - std::min(row.size(), column_);
  const auto at =
      row.begin() + static_cast<std::ptrdiff_t>(std::min(row.size(), column_));
  switch (final) {
    case 'A':
      row_ -= std::min(row_, count);
      break;
    case 'B':
      row_ += count;
      break;
    case 'C':
      column_ = std::min(columns_ - 1, column_ + count);
      break;
    case 'D':
      column_ -= std::min(column_, count);
      break;
    case 'G':
      column_ = std::min(columns_, count) - 1;
      break;
    case 'J':
      EraseDisplay(given);
      break;
    case 'K':
      EraseLine(given);
      break;
    case 'P':
      row.erase(at,
                at + static_cast<std::ptrdiff_t>(std::min(until_end, count)));
      break;
    case '@':
      row.insert(at, count, " ");
      break;
    case 'h':
    case 'l':
      if (given == 4) inserts_ = final == 'h';
      break;
    case 'm':
      break;
    default:
      unknown_ += "ESC[" + parameters + final;
  }
  CurrentRow();
}

std::string TerminalScreen::RowText(size_t row) const {
  std::string text;
  if (row < rows_.size()) {
    for (const std::string& character : rows_[row]) text += character;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string TerminalScreen::Text() const {
  std::string text;
  for (size_t row = 0; row < rows_.size(); ++row) {
    text += RowText(row) + "\n";
  }
  return text;
}

}  // namespace chat77::test

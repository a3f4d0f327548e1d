#include "client/terminal/screen_row.h"

#include <clocale>
#include <gtest/gtest.h>
#include <string>

namespace chat77::client {
namespace {

class ScreenRowTest : public ::testing::Test {
 protected:
  ScreenRowTest() { setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(ScreenRowTest, WrapsAtTheLastColumn) {
  EXPECT_EQ(CursorRow(L"> ", L"", 10), 0);
  EXPECT_EQ(CursorRow(L"> ", L"1234567", 10), 0);
  EXPECT_EQ(CursorRow(L"> ", L"12345678", 10), 1);
  EXPECT_EQ(CursorRow(L"> ", std::wstring(38, L'x'), 10), 4);
}

TEST_F(ScreenRowTest, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(CursorRow(L"", L"\u4f60\u597d", 5), 0);
  EXPECT_EQ(CursorRow(L"", L"\u4f60\u597d\u4f60", 5), 1);
  EXPECT_EQ(CursorRow(L"", L"e\u0301e\u0301", 3), 0);
}

TEST_F(ScreenRowTest, NoColumnsIsNoTrouble) {
  EXPECT_GE(CursorRow(L"> ", L"abc", 0), 0);
}

}  // namespace
}  // namespace chat77::client

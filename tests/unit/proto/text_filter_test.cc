#include "proto/text_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <utf8proc.h>
#include <vector>

namespace chat77::wire {
namespace {

std::string Utf8(const std::vector<int>& codes) {
  std::string text;
  for (const int code : codes) {
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(code, bytes);
    text.append(reinterpret_cast<const char*>(bytes),
                static_cast<size_t>(size));
  }
  return text;
}

std::string Spelled(std::string_view text) {
  return FilterText(text, Replaced::kSpelled);
}

TEST(TextFilterTest, PlainTextStays) {
  EXPECT_TRUE(IsPlainText("a line\n\tand ~another"));
  EXPECT_TRUE(IsPlainText(""));
  for (const char* other : {"\x1b", "\r", "\x7f", "\xc3\xa9"}) {
    EXPECT_FALSE(IsPlainText(other));
  }
  EXPECT_EQ(FilterText("a line\n\tand ~another"), "a line\n\tand ~another");
}

TEST(TextFilterTest, OrdinaryWritingStays) {
  for (const char* text :
       {"Grüße, 你好, שלום, สวัสดี, नमस्ते", "e\u0301 a\u0323\u0302", "⣿⠀⣿",
        "\u0661\u06dd", "❤️ ☺︎", "\u00a0nbsp"}) {
    EXPECT_EQ(FilterText(text), text);
    EXPECT_EQ(Spelled(text), text);
  }
}

TEST(TextFilterTest, LineEndsBecomeOne) {
  EXPECT_EQ(FilterText("a\r\nb\rc\n\rd\u0085e\u2028f\u2029g\r"),
            "a\nb\nc\n\nd\ne\nf\ng\n");
}

TEST(TextFilterTest, ControlsAreReplaced) {
  const std::string text("a\x1b[31m\x07\x00\x7f\xc2\x9b", 11);
  EXPECT_EQ(FilterText(text), "a?[31m????");
  EXPECT_EQ(Spelled(text), "a^[[31m^G^@^?<U+009B>");
}

TEST(TextFilterTest, BadUtf8IsReplaced) {
  EXPECT_EQ(FilterText("a\xff\xc3z\xed\xa0\x80"), "a??z???");
  EXPECT_EQ(Spelled("a\xffz"), "a\ufffdz");
}

TEST(TextFilterTest, DirectionIsNotChanged) {
  for (const int c : {0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
                      0x2068, 0x2069, 0x200e, 0x200f, 0x061c}) {
    EXPECT_EQ(FilterText(Utf8({'a', c, 'b'})), "ab") << c;
  }
  EXPECT_EQ(Spelled("a\u202eb"), "a<U+202E>b");
}

TEST(TextFilterTest, InvisibleCharactersGo) {
  for (const int c :
       {0x200b,  0x2060, 0xfeff,  0x00ad,  0xe0041, 0x2061, 0x2064,
        0x206a,  0x180e, 0x034f,  0x3164,  0x115f,  0xffa0, 0xfe01,
        0xe0100, 0xfff9, 0x1d173, 0xfffff, 0x2065,  0x17b4}) {
    EXPECT_EQ(FilterText(Utf8({'a', c, 'b'})), "ab") << c;
    EXPECT_EQ(Spelled(Utf8({'a', c, 'b'})), "ab") << c;
  }
}

TEST(TextFilterTest, JoinersStayWhereTheyMeanSomething) {
  for (const char* text :
       {"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  // Persian
        "\u0915\u094d\u200d\u0937", "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "👩‍🚀", "👩🏽‍🚀", "❤️‍🔥", "🏳️‍🌈"}) {
    EXPECT_EQ(FilterText(text), text);
  }
}

TEST(TextFilterTest, OtherJoinersGo) {
  EXPECT_EQ(FilterText("a\u200db\u200cc\u200d"), "abc");
  EXPECT_EQ(FilterText("\u200d👩\u200d\u200d🚀\u200c🚀"), "👩\u200d🚀🚀");
  EXPECT_EQ(FilterText("\u0645\u200c\u200b\u062e"), "\u0645\u062e");
}

TEST(TextFilterTest, MarksAreFew) {
  std::string text = "z", eight = "z";
  for (int i = 0; i < 50; ++i) text += "\u0335";
  for (int i = 0; i < 8; ++i) eight += "\u0335";
  EXPECT_EQ(FilterText(text + "o" + "\u0308"), eight + "o\u0308");
}

TEST(TextFilterTest, LinesAreOne) {
  EXPECT_EQ(FilterLine("a\r\nb\tc\u2028d"), "a b c d");
  EXPECT_EQ(FilterLine("plain\nline"), "plain line");
}

// Texts of which much is to be filtered.
rc::Gen<std::string> AnyText() {
  return rc::gen::map(
      rc::gen::container<std::vector<int>>(rc::gen::oneOf(
          rc::gen::inRange(0, 0x100), rc::gen::inRange(0x300, 0x310),
          rc::gen::inRange(0x600, 0xdff), rc::gen::inRange(0x2000, 0x2070),
          rc::gen::inRange(0x1f300, 0x1f6ff), rc::gen::inRange(0xfe00, 0xfe10),
          rc::gen::inRange(0xe000, 0x10ffff))),
      Utf8);
}

void CheckFiltered(const std::string& filtered) {
  std::string_view left = filtered;
  int marks = 0;
  while (!left.empty()) {
    utf8proc_int32_t c = 0;
    const auto size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(left.data()),
                         static_cast<utf8proc_ssize_t>(left.size()), &c);
    RC_ASSERT(size > 0);
    left.remove_prefix(static_cast<size_t>(size));
    RC_ASSERT((c >= 0x20 && (c < 0x7f || c > 0x9f)) || c == '\n' || c == '\t');
    RC_ASSERT(c < 0x202a || c > 0x202e);
    RC_ASSERT(c < 0x2060 || c > 0x206f);
    const auto category = utf8proc_category(c);
    const bool mark =
        category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
    marks = mark ? marks + 1 : 0;
    RC_ASSERT(marks <= 8);
  }
}

RC_GTEST_PROP(TextFilterPropertyTest, AnyTextBecomesHarmless, ()) {
  const std::string text = *AnyText();
  CheckFiltered(FilterText(text));
  CheckFiltered(Spelled(text));
}

RC_GTEST_PROP(TextFilterPropertyTest, AnyBytesBecomeHarmless,
              (const std::string& bytes)) {
  CheckFiltered(FilterText(bytes));
  CheckFiltered(Spelled(bytes));
  RC_ASSERT(FilterText(bytes).size() <= bytes.size());
}

RC_GTEST_PROP(TextFilterPropertyTest, TwiceIsOnce, ()) {
  const std::string once = FilterText(*AnyText());
  RC_ASSERT(FilterText(once) == once);
  RC_ASSERT(Spelled(once) == once);
}

}  // namespace
}  // namespace chat77::wire

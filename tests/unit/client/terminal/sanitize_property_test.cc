// Whatever is given to the terminal's filter, what comes out is harmless.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "client/terminal/sanitize.h"
#include "tests/support/harmless_text.h"

namespace chat77::client {
namespace {

RC_GTEST_PROP(SanitizePropertyTest, AnyBytesBecomeOneHarmlessLine,
              (const std::string& bytes)) {
  const std::string line = SanitizeLine(bytes);
  RC_ASSERT(support::IsHarmless(line));
  RC_ASSERT(line.find('\n') == std::string::npos);
}

RC_GTEST_PROP(SanitizePropertyTest, PlainTextStays, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~' + 1));
  RC_ASSERT(SanitizeLine(text) == text);
  RC_ASSERT(EscapeHidden(text) == text);
}

}  // namespace
}  // namespace chat77::client

// What may be said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat77/v1/errors.pb.h"

namespace chat77::server {

struct TextVerdict {
  chat77::v1::Code code = chat77::v1::CODE_UNSPECIFIED;  // of the refusal
  std::string sentence;

  bool ok() const { return code == chat77::v1::CODE_UNSPECIFIED; }
};

// A text is 1 to kTextBytes bytes in at most kTextLines lines, and not white
// space alone. '\n' ends a line; what follows the last one is a line unless it
// is empty. That the text is UTF-8 the parser of the frame has seen to.
TextVerdict JudgeText(std::string_view text);

// A text as it is kept and shown: without what could harm those who read it
// (proto/text_filter.h). To be judged afterwards.
std::string CleanText(std::string_view text);

// An admin's reason, or the name of a program: one line, at most `bytes` long.
std::string CleanLine(std::string_view text, size_t bytes);

// What a password may be, and that as a sentence.
bool IsPassword(std::string_view text);
std::string PasswordRule();

}  // namespace chat77::server

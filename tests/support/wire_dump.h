// Frames in hex, one line for each field, as PROTOCOL.md shows them.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace chat77::support {

class WireDump {
 public:
  // Appends the frames in `bytes`, the first line of each marked with `who`.
  void Add(std::string_view who, std::string_view bytes,
           const google::protobuf::Descriptor& type) {
    Input input(reinterpret_cast<const uint8_t*>(bytes.data()),
                static_cast<int>(bytes.size()));
    while (input.CurrentPosition() < static_cast<int>(bytes.size())) {
      const int start = input.CurrentPosition();
      uint32_t size = 0;
      input.ReadVarint32(&size);
      const int body = input.CurrentPosition();
      Line(who, bytes.substr(start, body - start), 0,
           absl::StrCat("a frame of ", size, " bytes"));
      Fields(input, bytes, body + static_cast<int>(size), type, 1);
    }
  }

  const std::string& text() const { return text_; }

 private:
  using Input = google::protobuf::io::CodedInputStream;
  using Field = google::protobuf::FieldDescriptor;

  static constexpr size_t kPerLine = 12;
  static constexpr size_t kHexColumns = 3 * kPerLine + 8;

  void Fields(Input& input, std::string_view bytes, int end,
              const google::protobuf::Descriptor& type, int depth) {
    while (input.CurrentPosition() < end) {
      const int start = input.CurrentPosition();
      const uint32_t tag = input.ReadTag();
      const Field& field = *type.FindFieldByNumber(static_cast<int>(tag >> 3));
      uint64_t value = 0;
      input.ReadVarint64(&value);  // the value, or its length
      const int head = input.CurrentPosition();
      const bool message = field.cpp_type() == Field::CPPTYPE_MESSAGE;
      std::string what = field.name();
      int shown = head;
      if (message) {
        absl::StrAppend(&what, ", ", value, " bytes");
      } else if (field.cpp_type() == Field::CPPTYPE_STRING) {
        shown += static_cast<int>(value);
        input.Skip(static_cast<int>(value));
        const std::string text(bytes.substr(head, value));
        absl::StrAppend(&what, ": \"", absl::Utf8SafeCEscape(text), "\"");
      } else if (field.cpp_type() == Field::CPPTYPE_ENUM) {
        const auto* name =
            field.enum_type()->FindValueByNumber(static_cast<int>(value));
        absl::StrAppend(&what, ": ", name->name());
      } else {
        absl::StrAppend(&what, ": ", value);
      }
      Line("", bytes.substr(start, shown - start), depth, what);
      if (!message) continue;
      Fields(input, bytes, head + static_cast<int>(value),
             *field.message_type(), depth + 1);
    }
  }

  void Line(std::string_view who, std::string_view bytes, int depth,
            const std::string& what) {
    for (bool first = true; first || !bytes.empty(); first = false) {
      std::string line(first ? who : "");
      line.resize(3 + 2 * depth, ' ');
      for (char c : bytes.substr(0, kPerLine)) {
        absl::StrAppend(&line, absl::BytesToHexString(absl::string_view(&c, 1)),
                        " ");
      }
      bytes.remove_prefix(std::min(kPerLine, bytes.size()));
      line.resize(3 + kHexColumns, ' ');
      if (first) absl::StrAppend(&line, std::string(2 * depth, ' '), what);
      while (line.back() == ' ') line.pop_back();
      absl::StrAppend(&text_, line, "\n");
    }
  }

  std::string text_;
};

}  // namespace chat77::support

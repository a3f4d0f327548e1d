// The schema is append-only: what was once in tests/testdata/schema.golden
// stays as it is, or clients in the field break.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "chat77/v1/envelope.pb.h"
#include "tests/support/golden.h"

namespace chat77::wire {
namespace {

namespace protobuf = ::google::protobuf;

std::string TypeOf(const protobuf::FieldDescriptor& field) {
  std::string type = field.is_repeated() ? "repeated " : "";
  if (field.message_type() != nullptr) {
    return absl::StrCat(type, field.message_type()->full_name());
  }
  if (field.enum_type() != nullptr) {
    return absl::StrCat(type, field.enum_type()->full_name());
  }
  return absl::StrCat(type, field.type_name());
}

void List(const protobuf::EnumDescriptor& type, std::string& out) {
  absl::StrAppend(&out, "enum ", type.full_name(), "\n");
  for (int i = 0; i < type.value_count(); ++i) {
    absl::StrAppend(&out, type.full_name(), ".", type.value(i)->name(), " = ",
                    type.value(i)->number(), "\n");
  }
}

void List(const protobuf::Descriptor& type, std::string& out) {
  absl::StrAppend(&out, "message ", type.full_name(), "\n");
  for (int i = 0; i < type.field_count(); ++i) {
    const protobuf::FieldDescriptor& field = *type.field(i);
    absl::StrAppend(&out, field.full_name(), " = ", field.number(), " ",
                    TypeOf(field));
    if (const auto* oneof = field.containing_oneof()) {
      absl::StrAppend(&out, " oneof ", oneof->name());
    }
    out += '\n';
  }
  for (int i = 0; i < type.nested_type_count(); ++i) {
    List(*type.nested_type(i), out);
  }
  for (int i = 0; i < type.enum_type_count(); ++i) {
    List(*type.enum_type(i), out);
  }
}

// One line for every message, field, enum and value.
std::string Listing() {
  const protobuf::FileDescriptor& top = *v1::ClientFrame::descriptor()->file();
  std::string out;
  std::vector<const protobuf::FileDescriptor*> files;
  for (int i = 0; i < top.dependency_count(); ++i) {
    // Options are not sent.
    if (top.dependency(i) == v1::RequestOptions::descriptor()->file()) continue;
    files.push_back(top.dependency(i));
  }
  files.push_back(&top);
  for (const auto* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      List(*file->message_type(i), out);
    }
    for (int i = 0; i < file->enum_type_count(); ++i) {
      List(*file->enum_type(i), out);
    }
  }
  return out;
}

std::set<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

std::string Without(const std::set<std::string>& lines,
                    const std::set<std::string>& others) {
  std::vector<std::string> left;
  for (const auto& line : lines) {
    if (!others.contains(line)) left.push_back(line);
  }
  return absl::StrJoin(left, "\n");
}

TEST(SchemaTest, OnlyGrows) {
  const std::string path = CHAT77_SOURCE_DIR "/tests/testdata/schema.golden";
  const std::string now = Listing();
  const std::string golden = support::ReadFile(path);
  ASSERT_EQ(Without(Lines(golden), Lines(now)), "")
      << "These were removed or changed. Numbers, names and types are for "
         "ever: put them back, or `reserve` the number and take the line out "
         "of tests/testdata/schema.golden by hand, knowing whom it breaks.";
  if (support::Regenerating()) support::WriteFile(path, now);
  ASSERT_EQ(Without(Lines(now), Lines(support::ReadFile(path))), "")
      << "These are new. Run `CHAT77_REGENERATE=1 ./test -R SchemaTest` and "
         "commit tests/testdata/schema.golden.";
}

TEST(SchemaTest, RepliesHaveTheNumberOfTheirRequest) {
  const auto& requests = *v1::ClientFrame::descriptor();
  const auto& replies = *v1::ServerFrame::descriptor();
  for (int i = 0; i < requests.field_count(); ++i) {
    const auto& request = *requests.field(i);
    if (request.message_type() == nullptr) continue;
    SCOPED_TRACE(request.name());
    const auto* reply = replies.FindFieldByNumber(request.number());
    ASSERT_NE(reply, nullptr);
    if (request.name() == "ping") {
      EXPECT_EQ(reply->name(), "pong");
    } else {
      EXPECT_EQ(reply->name(), request.name());
    }
  }
}

// A stranger's frame must not make the server build a list or a tree.
TEST(SchemaTest, NothingRepeatedBeforeLogin) {
  const auto* requests =
      v1::ClientFrame::descriptor()->FindOneofByName("request");
  for (int k = 0; k < requests->field_count(); ++k) {
    const auto& request = *requests->field(k);
    if (request.options().GetExtension(v1::traits).needs() !=
        v1::RequestOptions::NO_LOGIN) {
      continue;
    }
    SCOPED_TRACE(request.name());
    const auto& type = *request.message_type();
    for (int i = 0; i < type.field_count(); ++i) {
      EXPECT_FALSE(type.field(i)->is_repeated());
      EXPECT_EQ(type.field(i)->message_type(), nullptr);
    }
  }
}

TEST(SchemaTest, EveryCodeIsInARange) {
  const auto& codes = *v1::Code_descriptor();
  for (int i = 0; i < codes.value_count(); ++i) {
    EXPECT_GE(codes.value(i)->number(), 0);
    EXPECT_LE(codes.value(i)->number(), 299) << codes.value(i)->name();
  }
}

}  // namespace
}  // namespace chat77::wire

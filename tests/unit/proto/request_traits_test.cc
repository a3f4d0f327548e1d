// Every request of the schema says in its options what the programs have to
// know of it, and TraitsOf repeats it.
#include "proto/request_traits.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace chat77::wire {
namespace {

using google::protobuf::FieldDescriptor;
using Options = pb::RequestOptions;

std::vector<const FieldDescriptor*> Requests() {
  std::vector<const FieldDescriptor*> requests;
  const auto* all = pb::ClientFrame::descriptor()->FindOneofByName("request");
  for (int i = 0; i < all->field_count(); ++i) {
    requests.push_back(all->field(i));
  }
  return requests;
}

const RequestTraits& TraitsOf(const FieldDescriptor& request) {
  return wire::TraitsOf(
      static_cast<pb::ClientFrame::RequestCase>(request.number()));
}

void ExpectDefaults(const RequestTraits& traits) {
  EXPECT_EQ(traits.needs, Options::NO_LOGIN);
  EXPECT_EQ(traits.rate, Options::OTHER);
  EXPECT_EQ(traits.repeat, Options::NEVER);
  EXPECT_FALSE(traits.large_reply || traits.late_reply || traits.logs_in ||
               traits.once());
  EXPECT_EQ(traits.reply, pb::ServerFrame::BODY_NOT_SET);
}

TEST(RequestTraitsTest, EveryRequestStatesThem) {
  for (const FieldDescriptor* request : Requests()) {
    SCOPED_TRACE(request->name());
    ASSERT_TRUE(request->options().HasExtension(pb::traits))
        << "Its field in envelope.proto needs [(traits) = {...}].";
    const Options& options = request->options().GetExtension(pb::traits);
    const RequestTraits& traits = TraitsOf(*request);
    EXPECT_EQ(traits.needs, options.needs());
    EXPECT_EQ(traits.rate, options.rate());
    EXPECT_EQ(traits.repeat, options.repeat());
    EXPECT_EQ(traits.large_reply, options.large_reply());
    EXPECT_EQ(traits.late_reply, options.late_reply());
    EXPECT_EQ(traits.logs_in, options.logs_in());
  }
}

TEST(RequestTraitsTest, EveryRequestHasAReply) {
  for (const FieldDescriptor* request : Requests()) {
    SCOPED_TRACE(request->name());
    const RequestTraits& traits = TraitsOf(*request);
    const FieldDescriptor* reply =
        pb::ServerFrame::descriptor()->FindFieldByNumber(traits.reply);
    ASSERT_NE(reply, nullptr)
        << "ServerFrame.body needs a reply of the same number.";
    ASSERT_NE(reply->containing_oneof(), nullptr);
    EXPECT_EQ(&TraitsOfReply(traits.reply), &traits);
    EXPECT_EQ(traits.logs_in,
              reply->message_type() == pb::LoginReply::descriptor());
  }
}

TEST(RequestTraitsTest, WhatIsNoRequestHasTheDefaults) {
  ExpectDefaults(wire::TraitsOf(pb::ClientFrame::REQUEST_NOT_SET));
  ExpectDefaults(TraitsOfReply(pb::ServerFrame::BODY_NOT_SET));
  ExpectDefaults(TraitsOfReply(pb::ServerFrame::kError));
  ExpectDefaults(TraitsOfReply(pb::ServerFrame::kSaid));
  ExpectDefaults(TraitsOfReply(pb::ServerFrame::kRequestWithdrawn));
}

// What is plain from the request itself.
TEST(RequestTraitsTest, AgreeWithTheRequest) {
  for (const FieldDescriptor* request : Requests()) {
    SCOPED_TRACE(request->name());
    const google::protobuf::Descriptor& type = *request->message_type();
    const RequestTraits& traits = TraitsOf(*request);
    const bool of_admins = type.file() == pb::Kick::descriptor()->file() &&
                           &type != pb::ClaimAdmin::descriptor();
    EXPECT_EQ(traits.needs == Options::ADMIN, of_admins);
    EXPECT_EQ(traits.rate == Options::TEXT,
              type.FindFieldByName("text") != nullptr);
    const std::string& name = request->name();
    EXPECT_EQ(traits.rate == Options::READ,
              name.starts_with("list_") || name.starts_with("fetch_"));
    if (traits.rate == Options::READ) {
      EXPECT_EQ(traits.repeat, Options::HARMLESS);
    }
  }
}

TEST(RequestTraitsTest, OfSomeRequests) {
  using Kind = pb::ClientFrame;
  const RequestTraits& say = wire::TraitsOf(Kind::kSay);
  EXPECT_EQ(say.needs, Options::LOGIN);
  EXPECT_EQ(say.rate, Options::TEXT);
  EXPECT_EQ(say.repeat, Options::REMEMBERED);
  EXPECT_FALSE(say.late_reply);
  EXPECT_EQ(say.reply, pb::ServerFrame::kSay);

  const RequestTraits& text = wire::TraitsOf(Kind::kSendPrivate);
  EXPECT_EQ(text.repeat, Options::REMEMBERED);
  EXPECT_TRUE(text.late_reply);

  EXPECT_EQ(wire::TraitsOf(Kind::kRequestPrivate).rate, Options::ASK);
  EXPECT_EQ(wire::TraitsOf(Kind::kLogout).rate, Options::UNLIMITED);
  EXPECT_EQ(wire::TraitsOf(Kind::kLogin).needs, Options::NO_LOGIN);
  EXPECT_EQ(wire::TraitsOf(Kind::kPing).reply, pb::ServerFrame::kPong);
  EXPECT_EQ(wire::TraitsOf(Kind::kCreateInvitation).repeat, Options::NEVER);
  EXPECT_TRUE(wire::TraitsOf(Kind::kFetchHistory).large_reply);
  EXPECT_TRUE(wire::TraitsOf(Kind::kListOnline).large_reply);
}

}  // namespace
}  // namespace chat77::wire

#include "server/core/request_rates.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <string>

namespace chat77::server {
namespace {

namespace pb = chat77::v1;

const SteadyTime kFirstRequest = SteadyTime() + absl::Seconds(1000);

pb::ClientFrame Say(size_t bytes) {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text(std::string(bytes, 'x'));
  return frame;
}

int Burst(const pb::ClientFrame& request) {
  RequestBudget budget;
  int requests = 0;
  while (requests < 1000 &&
         budget.Take(request, RequestRates{}, kFirstRequest) ==
             absl::ZeroDuration()) {
    ++requests;
  }
  return requests;
}

TEST(RequestBudgetTest, ByKind) {
  pb::ClientFrame ask, read, other, text;
  ask.mutable_request_private();
  read.mutable_list_private();
  other.mutable_block();
  text.mutable_send_private()->set_text("hi");
  EXPECT_EQ(Burst(Say(2)), 40);
  EXPECT_EQ(Burst(text), 40);
  EXPECT_EQ(Burst(Say(8192)), 16);
  EXPECT_EQ(Burst(ask), 10);
  EXPECT_EQ(Burst(read), 60);
  EXPECT_EQ(Burst(other), 40);
}

TEST(RequestBudgetTest, ALogoutIsNeverTooMuch) {
  pb::ClientFrame logout;
  logout.mutable_logout();
  EXPECT_EQ(Burst(logout), 1000);
}

TEST(RequestBudgetTest, EveryRequestWithATextPaysForItsBytes) {
  const auto* requests =
      pb::ClientFrame::descriptor()->FindOneofByName("request");
  for (int i = 0; i < requests->field_count(); ++i) {
    const google::protobuf::FieldDescriptor& kind = *requests->field(i);
    const auto* text = kind.message_type()->FindFieldByName("text");
    if (text == nullptr) continue;
    pb::ClientFrame frame;
    google::protobuf::Message& request =
        *frame.GetReflection()->MutableMessage(&frame, &kind);
    request.GetReflection()->SetString(&request, text, std::string(8192, 'x'));
    EXPECT_EQ(Burst(frame), 16)
        << kind.name() << ": TextBytes of request_rates.cc does not know it";
  }
}

TEST(RequestBudgetTest, KindsDoNotDisturbEachOther) {
  RequestBudget budget;
  const RequestRates rates;
  while (budget.Take(Say(1), rates, kFirstRequest) == absl::ZeroDuration())
    continue;
  pb::ClientFrame ask;
  ask.mutable_request_private();
  EXPECT_EQ(budget.Take(ask, rates, kFirstRequest), absl::ZeroDuration());
}

TEST(RequestBudgetTest, WhatWasReadIsPaidAfterwards) {
  RequestBudget budget;
  const RequestRates rates;
  pb::ClientFrame read;
  read.mutable_fetch_history();
  EXPECT_EQ(budget.Take(read, rates, kFirstRequest), absl::ZeroDuration());
  budget.ChargeRead(8 * 1024 * 1024, rates, kFirstRequest);
  EXPECT_GT(budget.Take(read, rates, kFirstRequest), absl::Seconds(15));
  EXPECT_EQ(budget.Take(read, rates, kFirstRequest + absl::Seconds(17)),
            absl::ZeroDuration());
}

TEST(RequestBudgetTest, ARejectionCostsAnAsk) {
  RequestBudget budget;
  const RequestRates rates;
  pb::ClientFrame ask;
  ask.mutable_request_private();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(budget.Take(ask, rates, kFirstRequest), absl::ZeroDuration());
    budget.ChargeRejection(rates, kFirstRequest);
  }
  EXPECT_GT(budget.Take(ask, rates, kFirstRequest), absl::ZeroDuration());
  EXPECT_FALSE(budget.IsFull(kFirstRequest));
  EXPECT_TRUE(budget.IsFull(kFirstRequest + absl::Hours(1)));
}

}  // namespace
}  // namespace chat77::server

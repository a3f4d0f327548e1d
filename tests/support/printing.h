// How frames and effects compare and how they look in a test, here only.
//
// One line each, short enough to stand in an expectation:
//
//   s1: #7 say 12 @5            a reply to request 7 of session 1
//   s1: private_said ann hi @5  an event for session 1
//   room -s1: said ...          for everybody who hears the room but 1
//   s1 joins                    JoinRoom; "s1 joins after 7" to hear more
//   s1 bye TAKEN_OVER           CloseSession
//   > append 1:7 ann hi @5      work outside the core: entry 7 of room 1
//
// A frame shows the values of its fields in their order: numbers always, other
// fields if they are set; times as @milliseconds, true as the field's name,
// lists as name=[a b], message ids as =7. The reply to a login or a resume
// names its numbers (DescribeLogin). Sentences for people and tokens are left
// out, == looks at them as well.
#pragma once

#include <string>
#include <vector>

#include "server/core/effect.h"

namespace chat77::server {

using Lines = std::vector<std::string>;

bool operator==(const Send& a, const Send& b);
bool operator==(const JoinRoom& a, const JoinRoom& b);
bool operator==(const TellRoom& a, const TellRoom& b);
bool operator==(const CloseSession& a, const CloseSession& b);
bool operator==(const CheckPassword& a, const CheckPassword& b);
bool operator==(const FindDevice& a, const FindDevice& b);
bool operator==(const CreateAccount& a, const CreateAccount& b);
bool operator==(const FindAccount& a, const FindAccount& b);
bool operator==(const ChangePassword& a, const ChangePassword& b);
bool operator==(const SetBlocked& a, const SetBlocked& b);
bool operator==(const AddSanction& a, const AddSanction& b);
bool operator==(const LiftSanction& a, const LiftSanction& b);
bool operator==(const RecordKick& a, const RecordKick& b);
bool operator==(const MakeAdmin& a, const MakeAdmin& b);
bool operator==(const AddInvitation& a, const AddInvitation& b);
bool operator==(const NewGeneration&, const NewGeneration&);
bool operator==(const RecordLogin& a, const RecordLogin& b);
bool operator==(const RecordLogout& a, const RecordLogout& b);
bool operator==(const Append& a, const Append& b);
bool operator==(const SetLink& a, const SetLink& b);
bool operator==(const MarkRead& a, const MarkRead& b);
bool operator==(const ReadRooms& a, const ReadRooms& b);
bool operator==(const FindRequest& a, const FindRequest& b);
bool operator==(const ReadDevices& a, const ReadDevices& b);
bool operator==(const RevokeDevice& a, const RevokeDevice& b);
bool operator==(const Await& a, const Await& b);
bool operator==(const ReadHistory& a, const ReadHistory& b);
bool operator==(const Stopped& a, const Stopped& b);

std::string Describe(const pb::ServerFrame& frame);
// "ann rooms=[1 LOBBY 1 0 0]" (number, kind, epoch, seq, read; of a direct room
// the other's alias), and of one who can resume: the token if it is new,
// "device 1", "resumed", and how private chat stands.
std::string DescribeLogin(const pb::LoginReply& reply);
std::string Describe(const Effect& effect);
Lines Describe(const Effects& effects);

// The first and the last line, or "nothing".
std::string First(const Lines& lines);
std::string Last(const Lines& lines);

}  // namespace chat77::server

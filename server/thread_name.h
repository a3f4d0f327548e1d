// Names for the threads of the server, as top -H and perf show them.
#pragma once

#include <pthread.h>

namespace chat77::server {

// The calling thread's; at most 15 characters (pthread_setname_np(3)).
inline void NameThread(const char* name) {
  pthread_setname_np(pthread_self(), name);
}

}  // namespace chat77::server

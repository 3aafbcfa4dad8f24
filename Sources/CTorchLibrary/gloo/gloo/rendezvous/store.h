// Gloo's types, as far as the declarations of c10d's ProcessGroupGloo name them. LibTorch contains Gloo, but not its
// headers. The class has these types only behind pointers. If Gloo's headers are installed, they are used.

#pragma once

#if __has_include_next(<gloo/rendezvous/store.h>)
#include_next <gloo/rendezvous/store.h>
#else

#include <chrono>
#include <string>
#include <vector>

namespace gloo::rendezvous {
class Store {
   public:
    virtual ~Store();
    virtual void set(const std::string &key, const std::vector<char> &data) = 0;
    virtual std::vector<char> get(const std::string &key) = 0;
    virtual void wait(const std::vector<std::string> &keys) = 0;
    virtual void wait(const std::vector<std::string> &keys, const std::chrono::milliseconds &timeout) = 0;
};
}  // namespace gloo::rendezvous

#endif
